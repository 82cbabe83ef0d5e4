// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/complaint.hpp"

#include "operator/base/text.hpp"
#include "reconcilers/nginx_agent/main_files.hpp"

namespace sallyport::nginx_agent {
namespace {

/// The line of the first error; warnings may stand before it.
std::string_view error_line(std::string_view said) {
  const std::size_t mark = said.find("[emerg]");
  if (mark == said.npos) return said.substr(0, said.find('\n'));
  return said.substr(mark, said.find('\n', mark) - mark);
}

}  // namespace

std::string complaint_of(std::string_view said) {
  std::string_view line = error_line(said);
  if (line.starts_with("[emerg]")) {
    line.remove_prefix(7);
    // "[emerg] 4711#4711: words", or "[emerg] words" before there is a log.
    const std::size_t colon = line.find(": ");
    if (colon != line.npos && line.substr(0, colon).find_first_not_of(" 0123456789#") == line.npos) {
      line.remove_prefix(colon + 2);
    }
  }
  return one_line(trim(line), 400);
}

std::optional<std::string> endpoint_named(std::string_view said) {
  const std::string_view line = error_line(said);
  const std::string folder = "/" + std::string(kEndpoints) + "/";
  const std::size_t at = line.rfind(folder);
  if (at == line.npos) return std::nullopt;
  const std::string_view name = line.substr(at + folder.size());
  const std::size_t end = name.find(".conf");
  if (end == name.npos || end == 0) return std::nullopt;
  return std::string(name.substr(0, end));
}

}  // namespace sallyport::nginx_agent
