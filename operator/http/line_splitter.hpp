// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of bytes into lines, however the network cut it into pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::http {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t longest) : longest_(longest) {}

  using OnLine = std::function<Result<void>(std::string_view line)>;
  /// Hands each line that is now whole to `on_line`, without its newline (and a carriage return before it). The view
  /// lives for that call. Ends with the error of `on_line`, or with Unavailable for a line over the limit.
  Result<void> feed(std::string_view bytes, const OnLine& on_line);

  /// Bytes of a line whose newline has not come.
  [[nodiscard]] bool in_mid_line() const { return !partial_.empty(); }

 private:
  std::size_t longest_;
  std::string partial_;
};

}  // namespace sallyport::http
