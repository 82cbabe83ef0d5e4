// SPDX-License-Identifier: Apache-2.0
// A request as the parts of the workspace see it: path and query decoded, the caller known, bodies read strictly.
#pragma once

#include <expected>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/databricks/reply.hpp"
#include "operator/http/listener.hpp"

namespace sallyport::simulators::databricks {

enum class Credential { Oauth, PersonalAccessToken };

/// Who a token speaks for.
struct Caller {
  std::string principal_id;
  Credential credential = Credential::Oauth;
};

struct Call {
  std::string method;
  std::string path;                   ///< as it came, without its query
  std::vector<std::string> segments;  ///< of the path, decoded; a trailing slash gives an empty last one
  std::map<std::string, std::string> query;
  std::string host;  ///< the Host header
  std::string content_type;
  std::string authorization;  ///< the whole header
  std::string body;
  std::string peer;  ///< address without port
  std::string request_id;
  Caller caller{};

  /// True when segments begin with these.
  [[nodiscard]] bool under(std::initializer_list<std::string_view> prefix) const;
};

/// What a '+' stands for: itself in a path, a space in a query and in a form.
enum class Plus { Literal, Space };
/// A '%' without two hex digits stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text, Plus plus);
/// application/x-www-form-urlencoded; the last of a repeated name wins.
[[nodiscard]] std::map<std::string, std::string> parse_form(std::string_view text);

[[nodiscard]] Call read_call(const http::Incoming& request);

/// The body as a JSON object with no other members than these; otherwise the 400 to answer.
[[nodiscard]] std::expected<Json, Reply> read_object(const Call& call, std::initializer_list<std::string_view> members);
/// The 400 for the first member of `object` that is not in the list; nothing when all are.
[[nodiscard]] std::optional<Reply> unknown_member(const Json& object, std::initializer_list<std::string_view> members);
/// 400 MALFORMED_REQUEST.
[[nodiscard]] Reply malformed(std::string_view message);

}  // namespace sallyport::simulators::databricks
