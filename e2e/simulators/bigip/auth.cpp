// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/auth.hpp"

#include <algorithm>

#include "e2e/simulators/bigip/as3_request.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

using std::chrono::seconds;

namespace {

constexpr std::size_t kMostTokens = 100;
constexpr int kMostRefused = 3;
constexpr seconds kLongestLife{36'000};
constexpr std::string_view kTokens = "/mgmt/shared/authz/tokens/";

http::Outgoing unauthorized(Group& group, const http::Incoming& incoming, const std::string& message) {
  http::Outgoing out = reply(401, {{"code", 401},
                                   {"message", message},
                                   {"referer", incoming.peer},
                                   {"restOperationId", group.next_id()},
                                   {"kind", ":resterrorresponse"}});
  out.headers["WWW-Authenticate"] = "Basic realm=\"Enterprise Manager\"";
  return out;
}

bool expired(const Group& group, const Token& token) {
  return group.options().clock->now() >= token.created + token.life;
}

/// A locked account refuses the right password, too, with the same words.
bool accepted(Group& group, Unit& unit, const std::string& user, const std::string& password) {
  const auto found = group.accounts().find(user);
  if (found == group.accounts().end()) return false;
  int& refused = unit.refused_logins[user];
  if (refused >= kMostRefused) return false;
  const bool right = found->second.password == Secret(password);
  refused = right ? 0 : refused + 1;
  return right;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

long long micros(SystemTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

Json token_item(const std::string& name, const Token& token) {
  return {{"token", name},
          {"name", name},
          {"userName", token.user},
          {"authProviderName", "tmos"},
          {"user", {{"link", "https://localhost/mgmt/shared/authz/users/" + token.user}}},
          {"timeout", token.life.count()},
          {"startTime", to_rfc3339(token.created)},
          {"address", "127.0.0.1"},
          {"partition", "[All]"},
          {"generation", 1},
          {"lastUpdateMicros", micros(token.created)},
          {"expirationMicros", micros(token.created + token.life)},
          {"kind", "shared:authz:tokens:authtokenitemstate"},
          {"selfLink", "https://localhost/mgmt/shared/authz/tokens/" + name}};
}

std::expected<std::string, http::Outgoing> by_basic(Group& group, Unit& unit, const http::Incoming& incoming,
                                                    const std::string& header) {
  const auto decoded = base64_decode(trim(std::string_view(header).substr(6)));
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos || !accepted(group, unit, decoded->substr(0, colon), decoded->substr(colon + 1))) {
    return std::unexpected(unauthorized(group, incoming, "Authentication required!"));
  }
  return decoded->substr(0, colon);
}

}  // namespace

std::expected<std::string, http::Outgoing> authenticate(Group& group, Unit& unit, const http::Incoming& incoming) {
  if (const auto name = incoming.header("X-F5-Auth-Token")) {
    const auto found = unit.tokens.find(*name);
    if (found == unit.tokens.end())
      return std::unexpected(unauthorized(group, incoming, "X-F5-Auth-Token does not exist."));
    if (expired(group, found->second)) {
      return std::unexpected(unauthorized(group, incoming, "X-F5-Auth-Token has expired."));
    }
    return found->second.user;
  }
  const std::string header = incoming.header("Authorization").value_or("");
  if (to_lower(header.substr(0, 6)) == "basic ") return by_basic(group, unit, incoming, header);
  return std::unexpected(
      unauthorized(group, incoming, "Authorization failed: no user authentication header or token detected."));
}

Answer login(Group& group, Unit& unit, const http::Incoming& incoming) {
  Answer answer;
  answer.takes = group.read_time();
  const auto body = parse_json(incoming.body);
  const std::string user = body ? text_of(*body, "username") : "";
  if (!body || !accepted(group, unit, user, text_of(*body, "password"))) {
    answer.out = unauthorized(group, incoming, "Authentication failed.");
    return answer;
  }
  const auto alive = std::ranges::count_if(
      unit.tokens, [&](const auto& entry) { return entry.second.user == user && !expired(group, entry.second); });
  if (user != "admin" && static_cast<std::size_t>(alive) >= kMostTokens) {
    answer.out = failure(400, "user " + user + " has reached maximum active login tokens");
    return answer;
  }
  const std::string name = upper(random_name(26));
  const Token token{user, group.options().clock->now(), seconds(1200)};
  unit.tokens[name] = token;
  answer.who = user;
  answer.effect = R"({"login":true})";
  answer.out =
      reply(200, {{"username", user},
                  {"loginReference", {{"link", "https://localhost/mgmt/cm/system/authn/providers/tmos/login"}}},
                  {"loginProviderName", text_of(*body, "loginProviderName", "tmos")},
                  {"token", token_item(name, token)},
                  {"generation", 0},
                  {"lastUpdateMicros", 0}});
  return answer;
}

Answer token_request(Group& group, Unit& unit, const http::Incoming& incoming, const std::string& who) {
  Answer answer;
  answer.who = who;
  answer.takes = group.read_time();
  const std::string name = incoming.path().substr(kTokens.size());
  const auto found = unit.tokens.find(name);
  if (found == unit.tokens.end()) {
    answer.out = failure(404, "Auth-token does not exist.");
    return answer;
  }
  if (incoming.method == "DELETE") {
    answer.out = reply(200, token_item(name, found->second));
    unit.tokens.erase(found);
    return answer;
  }
  if (incoming.method == "PATCH") {
    const auto body = parse_json(incoming.body);
    const Json wanted = body ? member(*body, "timeout") : Json();
    const seconds life(wanted.is_number_integer() ? wanted.get<long>()
                       : wanted.is_string()       ? std::atol(text_of(*body, "timeout").c_str())
                                                  : 0);
    if (life.count() <= 0) {
      answer.out = failure(400, "timeout is missing or not a number");
      return answer;
    }
    if (life > kLongestLife) {
      answer.out = failure(406, "Auth-token absolute timeout (36000 seconds) exceeded");
      return answer;
    }
    found->second.life = life;
  }
  answer.out = reply(200, token_item(name, found->second));
  return answer;
}

}  // namespace sallyport::simulators::bigip
