// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them.
#pragma once

#include <string>

namespace sallyport::schema {

/// The shortest text that reads back as this number, without an exponent or a fraction where it is whole: 100000, 0.5.
[[nodiscard]] std::string number_text(double number);

}  // namespace sallyport::schema
