// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/refuse.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/application.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"

namespace sallyport::edge::bigip {
namespace {

bool letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

/// Narrower than AS3's own rule (which allows '.' and '-'), so that old versions take it too: f5.md 1.2.
bool is_name(std::string_view text) {
  return only(text, "_") && text.size() <= 64 && !(text[0] >= '0' && text[0] <= '9') && text[0] != '_';
}

/// RFC 1123: labels of letters, digits and inner hyphens, at most 253 characters.
bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  const std::vector<std::string> labels = split(text, '.');
  return labels.size() > 1 && std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
           return only(label, "-") && label.size() <= 63 && !label.starts_with('-') && !label.ends_with('-');
         });
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool is_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  if (!is_address(address)) return false;
  if (slash == std::string::npos) return true;
  const std::string_view bits = std::string_view(text).substr(slash + 1);
  int prefix = -1;
  const auto [end, fault] = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
  const int most = address.find(':') == std::string::npos ? 32 : 128;
  return fault == std::errc() && end == bits.data() + bits.size() && prefix >= 0 && prefix <= most;
}

/// "/Common/name" or "/Common/folder/name": a virtual server of a tenant may refer to nothing else.
bool is_reference(std::string_view text) {
  if (!text.starts_with("/Common/") || text.size() > 255) return false;
  const std::vector<std::string> parts = split(text.substr(1), '/');
  return std::all_of(parts.begin(), parts.end(),
                     [](const std::string& part) { return only(part, "_.-") && part != "." && part != ".."; });
}

/// In normal form: what matches it byte by byte cannot mean another path to the server behind.
bool is_path(std::string_view text) {
  if (!text.starts_with('/') || text.size() > 512 || !only(text, "/_.-~")) return false;
  const std::vector<std::string> parts = split(text.substr(1), '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
}

Error invalid(std::string where, std::string why) {
  return Error{Code::InvalidSpec, std::move(why), std::move(where), {}};
}

std::optional<Error> refuse_place(const ir::EdgeFragment& fragment) {
  if (!is_name(fragment.place.tenant) || fragment.place.tenant == "Common") {
    return invalid("metadata.namespace",
                   "'" + one_line(fragment.place.tenant, 80) + "' cannot be the name of a tenant");
  }
  if (!is_name(fragment.place.application) || fragment.place.application == kShared) {
    return invalid("metadata.name",
                   "'" + one_line(fragment.place.application, 80) + "' cannot be the name of an application");
  }
  if (!only(fragment.owner.ns, ".-") || !only(fragment.owner.name, ".-")) {
    return invalid("metadata.name", "namespace and name are not what Kubernetes allows");
  }
  if (fragment.owner.uid.empty())
    return invalid("metadata.uid", "is empty: nothing on the gateway could be marked as this object's");
  return std::nullopt;
}

/// I1: a virtual server is never declared without the policy that checks its tokens.
std::optional<Error> refuse_policy(const ir::TokenPolicy& policy) {
  static constexpr std::string_view kAccess = "spec.identity.enforcement.accessProfile";
  static constexpr std::string_view kRequest = "spec.identity.enforcement.perRequestPolicy";
  if (policy.access_profile.empty())
    return invalid(std::string(kAccess), "is needed: without a token policy nothing is opened");
  if (policy.per_request_policy.empty())
    return invalid(std::string(kRequest), "is needed: without it only a session's first request is checked");
  if (!is_reference(policy.access_profile))
    return invalid(std::string(kAccess), "is not the name of an object in /Common");
  if (!is_reference(policy.per_request_policy))
    return invalid(std::string(kRequest), "is not the name of an object in /Common");
  return std::nullopt;
}

std::optional<Error> refuse_names(const ir::EdgeFragment& fragment) {
  if (!is_host(fragment.host)) return invalid("spec.host", "is not a DNS name");
  if (!is_address(fragment.address)) return invalid("status.virtualServer.address", "is not an IPv4 or IPv6 address");
  if (!is_host(fragment.upstream.host)) return invalid("spec.backends", "the serving host is not a DNS name");
  if (fragment.waf_policy && !is_reference(*fragment.waf_policy)) {
    return invalid("spec.security.wafPolicy", "is not the name of an object in /Common");
  }
  if (fragment.log_pool && !is_reference(*fragment.log_pool)) {
    return invalid("spec.gatewayRef", "the gateway's log pool is not the name of an object in /Common");
  }
  return std::nullopt;
}

std::optional<Error> refuse_lists(const ir::EdgeFragment& fragment) {
  if (fragment.allowed_paths.empty()) return invalid("spec.backends", "no path would be allowed");
  for (const std::string& path : fragment.allowed_paths) {
    if (!is_path(path)) return invalid("spec.backends", "'" + one_line(path, 80) + "' is not a plain, normalised path");
  }
  for (const std::string& network : fragment.allowed_networks) {
    if (!is_network(network))
      return invalid("spec.security.allowedNetworks", "'" + one_line(network, 80) + "' is not a network (CIDR)");
  }
  return std::nullopt;
}

std::optional<Error> refuse_numbers(const ir::EdgeFragment& fragment) {
  using std::chrono::milliseconds;
  const auto port = [](int number) { return number >= 1 && number <= 65535; };
  const auto within = [](milliseconds value, milliseconds least, milliseconds most) {
    return value >= least && value <= most;
  };
  if (!port(fragment.port)) return invalid("spec.gatewayRef", "the port is out of range");
  if (!port(fragment.upstream.port)) return invalid("spec.backends", "the serving host's port is out of range");
  if (!within(fragment.connect_timeout, std::chrono::seconds(1), kLongestConnect)) {
    return invalid("spec.traffic.timeouts.connect",
                   "is not between 1s and " + std::to_string(kLongestConnect / std::chrono::seconds(1)) + "s");
  }
  if (!within(fragment.response_timeout, milliseconds(1), std::chrono::hours(24)))
    return invalid("spec.traffic.timeouts.response", "is not between 1ms and 24h");
  if (!within(fragment.idle_timeout, milliseconds(1), std::chrono::hours(24)))
    return invalid("spec.traffic.timeouts.idle", "is not between 1ms and 24h");
  if (fragment.max_concurrent < 0) return invalid("spec.traffic.maxConcurrent", "is negative");
  return std::nullopt;
}

}  // namespace

std::optional<Error> refuse(const ir::EdgeFragment& fragment) {
  if (auto error = refuse_place(fragment)) return error;
  if (fragment.wish != ir::Wish::Present) return std::nullopt;
  if (auto error = refuse_policy(fragment.policy)) return error;
  if (auto error = refuse_names(fragment)) return error;
  if (auto error = refuse_lists(fragment)) return error;
  return refuse_numbers(fragment);
}

}  // namespace sallyport::edge::bigip
