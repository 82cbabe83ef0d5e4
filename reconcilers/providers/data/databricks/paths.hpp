// SPDX-License-Identifier: Apache-2.0
// Where a workspace keeps what: serving endpoints by name, their access lists by id (databricks.md 1, 2).
#pragma once

#include <string>

#include "operator/base/text.hpp"

namespace sallyport::data::databricks {

[[nodiscard]] inline std::string endpoint_path(const std::string& name) {
  return "/api/2.0/serving-endpoints/" + percent_encode(name);
}
[[nodiscard]] inline std::string list_path(const std::string& id) {
  return "/api/2.0/permissions/serving-endpoints/" + percent_encode(id);
}

}  // namespace sallyport::data::databricks
