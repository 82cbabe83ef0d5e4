// SPDX-License-Identifier: Apache-2.0
// Grants of Unity Catalog (reference section 3): what principals hold on catalogs, schemas, models and the like.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/call.hpp"
#include "e2e/simulators/databricks/privileges.hpp"

namespace sallyport::simulators::databricks {

struct World;
class Directory;

struct Securable {
  std::string type;                            ///< as in paths: catalog, schema, function, ...
  std::string full_name;                       ///< main.models.fraud
  std::string owner{};                         ///< a principal's id; no grant, and never told as one
  std::map<std::string, Privileges> grants{};  ///< by the principal's id
};

/// By type and full name, which compares without case.
class Securables {
 public:
  void put(Securable securable);
  [[nodiscard]] Securable* find(const std::string& type, const std::string& full_name);
  [[nodiscard]] const Securable* find(const std::string& type, const std::string& full_name) const;
  /// The schema and catalog above it, nearest first; those that are here.
  [[nodiscard]] std::vector<const Securable*> above(const Securable& securable) const;
  [[nodiscard]] const std::map<std::string, Securable>& all() const { return securables_; }

 private:
  std::map<std::string, Securable> securables_;
};

/// GET|PATCH /api/2.1/unity-catalog/permissions/{type}/{full_name} and GET
/// .../effective-permissions/{type}/{full_name}.
[[nodiscard]] Reply answer_unity_catalog(World& world, const Call& call);

/// [{"type","full_name","owner":reference,"grants":{reference:[privilege]}}]. InvalidSpec for an unknown member, type
/// or privilege, or a reference to nobody.
[[nodiscard]] Result<Securables> read_securables(const Json& json, const Directory& directory);
/// {"function/main.models.fraud": {reference: [privilege]}}.
[[nodiscard]] Json to_json(const Securables& securables, const Directory& directory);

}  // namespace sallyport::simulators::databricks
