// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/delivery/agent_name.hpp"

#include <algorithm>
#include <vector>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::delivery {
namespace {

constexpr std::string_view kPrefix = "urn:sallyport:agent:";
constexpr std::size_t kLongestName = 253;
/// A report is a file, and a file's name has at most 255 bytes, of which a few are its ending's.
constexpr std::size_t kLongestReport = 200;
constexpr char kCut = '_';  // no name has one

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

std::string uri_of(const AgentName& name) {
  return std::string(kPrefix) + join({name.instance, name.gateway, name.ns, name.account, name.pod}, ":");
}

std::optional<AgentName> read_uri(std::string_view uri) {
  if (!uri.starts_with(kPrefix)) return std::nullopt;
  std::vector<std::string> parts = split(uri.substr(kPrefix.size()), ':');
  if (parts.size() != 5 || !std::ranges::all_of(parts, is_name)) return std::nullopt;
  return AgentName{std::move(parts[0]), std::move(parts[1]), std::move(parts[2]), std::move(parts[3]),
                   std::move(parts[4])};
}

std::string report_name(const AgentName& name) {
  std::string whole = name.ns + "." + name.pod;
  if (whole.size() <= kLongestReport) return whole;
  return whole.substr(0, kLongestReport) + kCut + short_hash(whole);
}

std::optional<PodName> pod_of_report(std::string_view report) {
  const std::size_t dot = report.find('.');
  if (dot == std::string_view::npos || report.find(kCut) != std::string_view::npos) return std::nullopt;
  PodName name{std::string(report.substr(0, dot)), std::string(report.substr(dot + 1))};
  if (!is_name(name.ns) || !is_name(name.pod)) return std::nullopt;
  return name;
}

}  // namespace sallyport::delivery
