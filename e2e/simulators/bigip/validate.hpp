// SPDX-License-Identifier: Apache-2.0
// AS3's parser: is this declaration valid, by itself and against the device it came to? Touches nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/bigip/config.hpp"

namespace sallyport::simulators::bigip {

/// Why AS3 refuses a declaration as a whole, before anything is touched.
struct Refusal {
  enum class Stage { Schema, Later };  ///< Later: found when the schema had been met (pointers, modules, the device)
  int code = 422;
  std::string message;
  std::vector<std::string> errors;  ///< at most one: AS3 reports the first schema error only; empty for other refusals
  Stage stage = Stage::Later;
};

/// Checks a whole ADC in AS3's order: id, schema, lengths, duplicates, then modules, pointers and names on the device.
[[nodiscard]] std::optional<Refusal> validate(const Json& adc, const Config& device, const Modules& modules);

}  // namespace sallyport::simulators::bigip
