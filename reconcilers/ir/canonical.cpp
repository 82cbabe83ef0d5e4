// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/canonical.hpp"

#include "operator/base/digest.hpp"

namespace sallyport::ir {

Canonical& Canonical::add(std::string_view name, std::string_view value) {
  text_.append(name).append("=").append(std::to_string(value.size())).append(":").append(value).append(";");
  return *this;
}

Canonical& Canonical::add(std::string_view name, long long value) {
  return add(name, std::to_string(value));
}

Canonical& Canonical::add(std::string_view name, const std::vector<std::string>& values) {
  add(name, static_cast<long long>(values.size()));
  for (const std::string& value : values) add(name, value);
  return *this;
}

std::string Canonical::hash() const {
  return sha256_hex(text_);
}

}  // namespace sallyport::ir
