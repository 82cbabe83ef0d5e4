// SPDX-License-Identifier: Apache-2.0
// What we keep of an object's `metadata`: small, because the cache holds one for every object.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/base/strong_id.hpp"
#include "operator/schema/field_error.hpp"

namespace sallyport::schema {

struct Metadata {
  std::string name;
  std::string ns;  ///< Empty for cluster-scoped objects.
  Uid uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::string creation_timestamp;                   ///< RFC 3339, as the API server wrote it.
  std::optional<std::string> deletion_timestamp{};  ///< Set: the object is being deleted and waits for its finalizers.
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};  ///< Without kubectl's last-applied-configuration.
  std::vector<std::string> finalizers{};
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// Reads `metadata` of a whole object; never touches `managedFields`. `where` of an error names the field. A name is
/// all that must be there: in standalone mode a file has no more.
[[nodiscard]] Result<Metadata> read_metadata(const nlohmann::json& object);

}  // namespace sallyport::schema
