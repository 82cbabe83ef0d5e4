// SPDX-License-Identifier: Apache-2.0
// Secrets, and the ConfigMap that holds the instance id: read past the cache, written with preconditions.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/store/kubernetes.hpp"
#include "operator/store/kubernetes_document.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;

constexpr const char* kInstanceName = "sallyport-instance";
constexpr std::size_t kInstanceLength = 8;

Key secret_key(const std::string& ns, const std::string& name) {
  return {"Secret", ns, name};
}

json owner_of(const SecretWrite& secret, const std::string& api_version) {
  return json::array({{{"apiVersion", api_version},
                       {"kind", secret.controller_kind},
                       {"name", secret.controller->name},
                       {"uid", secret.controller->uid.str()},
                       {"controller", true},
                       {"blockOwnerDeletion", true}}});
}

json body_of(const SecretWrite& secret, const std::string& owner_api_version) {
  json metadata = {{"namespace", secret.ns}, {"name", secret.name}, {"labels", secret.labels}};
  if (!secret.given_away) metadata["labels"]["sallyport.dev/managed-by"] = "sallyport";
  if (!secret.annotations.empty()) metadata["annotations"] = secret.annotations;
  if (secret.controller) metadata["ownerReferences"] = owner_of(secret, owner_api_version);
  if (!secret.expected_resource_version.empty()) metadata["resourceVersion"] = secret.expected_resource_version;
  json data = json::object();
  for (const auto& [key, bytes] : secret.bytes) data[key] = base64_encode(bytes.reveal());
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata", std::move(metadata)},
          {"data", std::move(data)}};
}

bool is_instance_id(const std::string& id) {
  return id.size() == kInstanceLength &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Result<InstanceId> read_instance_id(std::string_view config_map) {
  const Document document = TRY(Document::parse(config_map));
  const json& data = document.member("data");
  const auto id = data.is_object() ? data.find("id") : data.end();
  if (data.is_object() && id != data.end() && id->is_string() && is_instance_id(id->get<std::string>())) {
    return InstanceId(id->get<std::string>());
  }
  return Error{Code::Internal,
               "has no key `id` of 8 lower-case characters; restore it, or what this installation made outside is "
               "nobody's any more",
               std::string("ConfigMap ") + kInstanceName,
               {}};
}

}  // namespace

Result<SecretRead> KubernetesStore::read_secret(const std::string& ns, const std::string& name) {
  const kube::Ref ref{kube::secrets(), ns, name};
  Secret text(TRY(client_.get(ref, kube::Form::Whole, writing())));
  const Document document = TRY(Document::parse(text.reveal()));
  SecretRead read;
  read.meta = TRY(document.metadata());
  const json& data = document.member("data");
  if (!data.is_object()) return read;
  for (const auto& [key, value] : data.items()) {
    auto bytes = value.is_string() ? base64_decode(value.get_ref<const std::string&>()) : Error{};
    if (!bytes) return Error{Code::Unavailable, "key " + key + " is not base64", ref.text(), {}};
    read.bytes.emplace(key, Secret(std::move(*bytes)));
  }
  return read;
}

Result<schema::Metadata> KubernetesStore::write_secret(const SecretWrite& secret) {
  const kube::Ref ref{kube::secrets(), secret.ns, secret.name};
  std::string owner_api_version;
  if (secret.controller) {
    const kube::Ref owner = TRY(ref_of({secret.controller_kind, secret.controller->ns, secret.controller->name}));
    owner_api_version = owner.resource.api_version();
  }
  std::string body = body_of(secret, owner_api_version).dump();
  const bool create = secret.expected_resource_version.empty();
  auto answer =
      create ? client_.create(ref, std::move(body), writing()) : client_.replace(ref, std::move(body), writing());
  if (!answer && !create && answer.error().code == Code::NotFound) {
    return Error{Code::Conflict, "was deleted meanwhile", ref.text(), {}};
  }
  if (!answer) return answer.error();
  const Secret wiped(std::move(*answer));  // a server that answers with all of it repeats the bytes
  const Document document = TRY(Document::parse(wiped.reveal()));
  schema::Metadata meta = TRY(document.metadata());
  own_writes_.wrote(secret_key(secret.ns, secret.name), meta.uid, meta.resource_version);
  return meta;
}

Result<void> KubernetesStore::delete_secret(const std::string& ns, const std::string& name, const Uid& uid) {
  auto removed = client_.remove({kube::secrets(), ns, name}, uid, writing());
  // Conflict: the Secret of this uid is gone, another one has its name.
  if (!removed && removed.error().code == Code::Conflict) return {};
  return removed;
}

Result<InstanceId> KubernetesStore::instance_id() {
  const kube::Ref ref{kube::config_maps(), options_.operator_namespace, kInstanceName};
  auto current = client_.get(ref, kube::Form::Whole, writing());
  if (current) return read_instance_id(*current);
  // Only the API server's own word that there is none lets us make one.
  if (current.error().code != Code::NotFound) return current.error();
  const json made = {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"namespace", ref.ns}, {"name", ref.name}, {"labels", {{"sallyport.dev/managed-by", "sallyport"}}}}},
      {"data", {{"id", random_name(kInstanceLength)}}}};
  const auto created = client_.create(ref, made.dump(), writing(), kube::Form::Whole);
  if (created) return read_instance_id(*created);
  if (created.error().code != Code::Conflict) return created.error();
  return read_instance_id(TRY(client_.get(ref, kube::Form::Whole, writing())));
}

}  // namespace sallyport::store
