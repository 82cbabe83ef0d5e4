// SPDX-License-Identifier: Apache-2.0
// Reads absolute URLs strictly (RFC 3986, http and https only): what one parser lets through and another reads
// differently is how a request ends at the wrong host.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "operator/base/text.hpp"
#include "operator/http/client.hpp"
#include "operator/http/request_check.hpp"

namespace sallyport::http {
namespace {

constexpr std::size_t kLongestHost = 253;  // RFC 1035 section 2.3.4, in text form
constexpr std::size_t kLongestLabel = 63;

Error bad(std::string_view text, std::string_view why) {
  // A query may carry a secret, and so may what stands before an '@': neither is shown.
  std::string shown(text.substr(0, text.find('?')));
  if (const std::size_t at = shown.rfind('@'); at != std::string::npos) shown.replace(0, at, "...");
  shown = one_line(shown, 128);
  return Error{Code::InvalidSpec, "not a usable URL: " + std::string(why), shown, {}};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_address(int family, std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, std::string(host).c_str(), bytes.data()) == 1;
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > kLongestHost) return false;
  if (host.back() == '.') host.remove_suffix(1);
  const std::vector<std::string> labels = split(host, '.');
  for (const std::string& label : labels) {
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) return false;
  }
  // A last label of digits (or 0x...) makes resolvers read the whole as an IPv4 address in one of its odd spellings.
  const std::string& last = labels.back();
  const bool numeric = std::ranges::all_of(last, is_digit) || last.starts_with("0x");
  return !numeric || is_address(AF_INET, host);
}

struct Authority {
  std::string_view host;
  std::string_view port;  ///< empty when there is none
  bool literal = false;   ///< an IPv6 address in brackets
};

Result<Authority> split_authority(std::string_view text, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) return bad(text, "credentials do not belong in a URL");
  Authority parts;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad(text, "the bracket of the address is not closed");
    parts = {authority.substr(1, end - 1), {}, true};
    rest = authority.substr(end + 1);
  } else {
    const std::size_t colon = authority.find(':');
    parts.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
  }
  if (rest.empty()) return parts;
  if (rest.front() != ':' || rest.size() < 2) return bad(text, "the port is missing after the colon");
  parts.port = rest.substr(1);
  return parts;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad(text, "expected https://host/path");
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return bad(text, "the scheme is neither http nor https");
  const std::string_view after = text.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(after.find_first_of("/?#"), after.size());
  const Authority authority = TRY(split_authority(text, after.substr(0, authority_end)));

  if (authority.literal ? !is_address(AF_INET6, authority.host) : !is_host_name(authority.host)) {
    return bad(text, "the host is missing or is no host name or address");
  }
  url.host = to_lower(authority.host);
  url.port = url.scheme == "https" ? 443 : 80;
  if (!authority.port.empty()) {
    const auto* const end = authority.port.data() + authority.port.size();
    const auto [last, failure] = std::from_chars(authority.port.data(), end, url.port);
    if (failure != std::errc{} || last != end || url.port < 1 || url.port > 65535) {
      return bad(text, "the port is not a number from 1 to 65535");
    }
  }
  url.target = after.substr(authority_end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const std::string_view fault = fault_of_target(url.target); !fault.empty()) return bad(text, fault);
  return url;
}

std::string Url::origin() const {
  std::string text = scheme + "://" + (host.find(':') == std::string::npos ? host : "[" + host + "]");
  if (port != (scheme == "https" ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::text() const {
  return origin() + target;
}

std::string Url::without_query() const {
  return origin() + target.substr(0, target.find('?'));
}

bool Url::is_loopback() const {
  // A name may start with "127." too.
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(AF_INET, host));
}

}  // namespace sallyport::http
