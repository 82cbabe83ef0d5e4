// SPDX-License-Identifier: Apache-2.0
#include "operator/http/line_splitter.hpp"

namespace sallyport::http {
namespace {

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<void> LineSplitter::feed(std::string_view bytes, const OnLine& on_line) {
  const Error too_long{
      Code::Unavailable, "a line of the stream is longer than " + std::to_string(longest_) + " bytes", {}, {}};
  for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
    if (partial_.size() + end > longest_) return too_long;
    if (partial_.empty()) {
      TRY(on_line(without_return(bytes.substr(0, end))));
      continue;
    }
    partial_.append(bytes.substr(0, end));
    TRY(on_line(without_return(partial_)));
    partial_.clear();
  }
  if (partial_.size() + bytes.size() > longest_) return too_long;
  partial_.append(bytes);
  return {};
}

}  // namespace sallyport::http
