// SPDX-License-Identifier: Apache-2.0
// Text over which fragments are hashed: fields in a fixed order, each with its length, so that no two lists of fields
// give the same text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::ir {

class Canonical {
 public:
  Canonical& add(std::string_view name, std::string_view value);
  Canonical& add(std::string_view name, long long value);
  Canonical& add(std::string_view name, const std::vector<std::string>& values);
  [[nodiscard]] std::string hash() const;  ///< SHA-256 in hex

 private:
  std::string text_;
};

}  // namespace sallyport::ir
