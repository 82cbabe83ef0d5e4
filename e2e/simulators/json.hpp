// SPDX-License-Identifier: Apache-2.0
// JSON for the simulators' insides: the systems that are stood in for keep JSON documents as their state, so here it is
// a member type and not only a wire format. simulator.hpp, journal.hpp and faults.hpp stay free of it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::simulators {

using Json = nlohmann::json;

/// InvalidSpec for text that is not JSON.
[[nodiscard]] inline Result<Json> parse_json(std::string_view text) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return Error{Code::InvalidSpec, "not JSON", {}, {}};
  return value;
}

/// The member as text; `otherwise` when it is absent or not a string.
[[nodiscard]] inline std::string text_of(const Json& object, std::string_view name, std::string_view otherwise = "") {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

/// The member, or a null that lives as long as the program.
[[nodiscard]] inline const Json& member(const Json& object, std::string_view name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

}  // namespace sallyport::simulators
