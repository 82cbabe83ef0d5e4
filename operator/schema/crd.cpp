// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/crd.hpp"

#include <nlohmann/json.hpp>

#include "operator/schema/leaves.hpp"
#include "operator/schema/open_api.hpp"

namespace sallyport::schema {

namespace {

using Json = nlohmann::ordered_json;

/// The column's type as the API server wants it; text for anything that is no plain path to a field.
std::string column_type(const KindShape& kind, std::string_view json_path) {
  for (const Leaf& leaf : leaves(kind)) {
    if ("." + leaf.path != json_path) continue;
    if (leaf.form == Form::Integer) return "integer";
    if (leaf.form == Form::Number) return "number";
    if (leaf.form == Form::Boolean) return "boolean";
    if (leaf.options.format == "date-time") return "date";
  }
  return "string";
}

Json columns_of(const KindShape& kind) {
  Json columns = Json::array();
  for (const Column& column : kind.columns) {
    Json entry{{"name", std::string(column.name)}, {"type", column_type(kind, column.json_path)}};
    if (column.priority != 0) entry["priority"] = column.priority;
    entry["jsonPath"] = std::string(column.json_path);
    columns.push_back(std::move(entry));
  }
  columns.push_back({{"name", "Age"}, {"type", "date"}, {"jsonPath", ".metadata.creationTimestamp"}});
  return columns;
}

Json schema_of(const KindShape& kind) {
  Json schema{{"description", std::string(kind.name.doc)}, {"type", "object"}};
  Json spec = open_api_of(*kind.spec);
  if (spec.contains("required")) schema["required"] = Json::array({"spec"});
  schema["properties"] = {{"apiVersion", {{"type", "string"}}},
                          {"kind", {{"type", "string"}}},
                          {"metadata", {{"type", "object"}}},
                          {"spec", std::move(spec)},
                          {"status", open_api_of(*kind.status)}};
  return schema;
}

}  // namespace

Json crd_document(const KindShape& kind) {
  const KindName& name = kind.name;
  Json names{{"kind", std::string(name.kind)},
             {"listKind", std::string(name.kind) + "List"},
             {"plural", std::string(name.plural)},
             {"singular", std::string(name.singular)}};
  if (!name.short_name.empty()) names["shortNames"] = Json::array({std::string(name.short_name)});
  if (!name.category.empty()) names["categories"] = Json::array({std::string(name.category)});
  const Json version{{"name", std::string(name.version)},
                     {"served", true},
                     {"storage", true},
                     {"additionalPrinterColumns", columns_of(kind)},
                     {"schema", {{"openAPIV3Schema", schema_of(kind)}}},
                     {"subresources", {{"status", Json::object()}}}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", std::string(name.plural) + "." + std::string(name.group)}}},
          {"spec",
           {{"group", std::string(name.group)},
            {"names", std::move(names)},
            {"scope", name.scope == Scope::Cluster ? "Cluster" : "Namespaced"},
            {"versions", Json::array({version})}}}};
}

}  // namespace sallyport::schema
