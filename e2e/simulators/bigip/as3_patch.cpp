// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "e2e/simulators/bigip/as3_attempt.hpp"

namespace sallyport::simulators::bigip {

namespace {

Refusal refuse(const std::string& message) {
  return {422, message, {}, Refusal::Stage::Later};
}

Refusal missing(const std::string& path) {
  return refuse("InvalidPatchOperationError: path does not exist " + path);
}

bool supported(const std::string& name) {
  static constexpr std::array kNames{"add", "remove", "replace", "move", "copy"};
  for (const char* known : kNames) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

std::expected<Json, Refusal> apply_patch(Json document, const Json& operations) {
  for (const Json& operation : operations) {
    const std::string name = text_of(operation, "op");
    const std::string path = text_of(operation, "path");
    if (!supported(name)) return std::unexpected(refuse("invalid patch - op '" + name + "' is not supported"));
    const bool moves = name == "move" || name == "copy";
    if ((name == "add" || name == "replace") && !operation.contains("value")) {
      return std::unexpected(refuse("invalid patch - op '" + name + "' lacks a value"));
    }
    try {
      document = document.patch(Json::array({operation}));
    } catch (const Json::exception&) {
      return std::unexpected(missing(moves ? text_of(operation, "from") : path));
    }
  }
  return document;
}

}  // namespace sallyport::simulators::bigip
