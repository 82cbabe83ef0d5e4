// SPDX-License-Identifier: Apache-2.0
#include "operator/store/directory_record.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

json metadata_of(const Record& record) {
  const schema::Metadata& meta = record.meta;
  json out = {{"name", record.key.name},
              {"uid", meta.uid.str()},
              {"resourceVersion", meta.resource_version},
              {"generation", meta.generation},
              {"creationTimestamp", meta.creation_timestamp}};
  if (!record.key.ns.empty()) out["namespace"] = record.key.ns;
  if (meta.deletion_timestamp) out["deletionTimestamp"] = *meta.deletion_timestamp;
  if (!meta.labels.empty()) out["labels"] = meta.labels;
  if (!meta.annotations.empty()) out["annotations"] = meta.annotations;
  if (!meta.finalizers.empty()) out["finalizers"] = meta.finalizers;
  return out;
}

json faults_of(const Record& record) {
  json list = json::array();
  for (const schema::FieldError& fault : record.faults)
    list.push_back({{"path", fault.path}, {"reason", fault.reason}});
  return list;
}

json data_of(const Record& record) {
  json data = json::object();
  for (const auto& [name, value] : record.bytes) data[name] = base64_encode(value.reveal());
  return data;
}

Record from_json(const json& in) {
  Record record;
  auto meta = schema::read_metadata(in);
  if (!meta) throw std::runtime_error(meta.error().text());
  record.meta = std::move(*meta);
  record.key = {in.at("kind").get<std::string>(), record.meta.ns, record.meta.name};
  record.file = in.value("file", "");
  record.spec = in.value("spec", json::object()).dump();
  record.status = in.value("status", json::object()).dump();
  if (in.contains("accepted")) record.accepted = in.at("accepted").dump();
  for (const json& fault : in.value("faults", json::array()))
    record.faults.push_back({fault.at("path").get<std::string>(), fault.at("reason").get<std::string>()});
  const json data = in.value("data", json::object());
  for (const auto& [name, value] : data.items()) {
    auto bytes = base64_decode(value.get_ref<const std::string&>());
    if (!bytes) throw std::runtime_error("data is not base64");
    record.bytes.emplace(name, Secret(std::move(*bytes)));
  }
  record.digest = in.value("digest", "");
  record.owner = Uid(in.value("owner", ""));
  return record;
}

}  // namespace

Secret write_record(const Record& record) {
  json out = {{"kind", record.key.kind}, {"metadata", metadata_of(record)}};
  if (!record.file.empty()) out["file"] = record.file;
  if (record.key.kind == "Secret") {
    if (record.file.empty()) out["data"] = data_of(record);
    if (!record.digest.empty()) out["digest"] = record.digest;
    if (!record.owner.empty()) out["owner"] = record.owner.str();
  } else if (record.key.kind != "Namespace") {
    out["spec"] = json::parse(record.spec);
    out["status"] = json::parse(record.status);
    if (!record.accepted.empty()) out["accepted"] = json::parse(record.accepted);
    if (!record.faults.empty()) out["faults"] = faults_of(record);
  }
  return Secret(out.dump());
}

Result<Record> read_record(std::string_view text) {
  return guard(Code::InvalidSpec, "read a record", [&] { return from_json(json::parse(text)); });
}

std::string object_text(const Record& record, std::string_view spec) {
  std::string text = json({{"kind", record.key.kind}, {"metadata", metadata_of(record)}}).dump();
  text.back() = ',';
  text.append("\"spec\":").append(spec);
  text.append(",\"status\":").append(record.status).append("}");
  return text;
}

}  // namespace sallyport::store
