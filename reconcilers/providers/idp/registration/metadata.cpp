// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/idp/registration/metadata.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/text.hpp"

namespace sallyport::idp::registration {
namespace {

using Json = nlohmann::json;
using Words = std::set<std::string>;
using Weight = Difference::Weight;

/// No metadata is deeper than a key set; deeper JSON could exhaust the stack of whoever writes it out.
constexpr int kDeepest = 16;

Json parse(const std::string& text) {
  return Json::parse(
      text, [](int depth, Json::parse_event_t, const Json&) { return depth <= kDeepest; }, false);
}

Result<Json> parse_object(const std::string& text) {
  Json json = parse(text);
  if (!json.is_object()) return Error{Code::Internal, "client metadata is no JSON object", {}, {}};
  return json;
}

/// Takes a member out; an absent one, or one of another type, is empty.
std::string take_text(Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  std::string text = found->is_string() ? found->get<std::string>() : std::string();
  object.erase(found);
  return text;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Words list_of(const Json& object, const char* name) {
  Words words;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return words;
  for (const Json& item : *found) {
    if (item.is_string()) words.insert(item.get<std::string>());
  }
  return words;
}

Words scopes_of(const Json& object) {
  Words words;
  for (const std::string& word : split(text_of(object, "scope"), ' ')) {
    if (!word.empty()) words.insert(word);
  }
  return words;
}

/// Words of another system, in quotes, on one line.
std::string quoted(const Words& words) {
  return "'" + one_line(join({words.begin(), words.end()}, "', '"), 200) + "'";
}

Words only_in(const Words& a, const Words& b) {
  Words rest;
  std::ranges::set_difference(a, b, std::inserter(rest, rest.end()));
  return rest;
}

struct Field {
  const char* name;
  Words asked;
  Words registered;
};

void compare_words(const Field& field, std::vector<Difference>& found) {
  if (const Words missing = only_in(field.asked, field.registered); !missing.empty()) {
    found.push_back({Weight::Serious, std::string(field.name) + ": " + quoted(missing) + " is missing"});
  }
  if (const Words more = only_in(field.registered, field.asked); !more.empty()) {
    found.push_back({Weight::Bearable, std::string(field.name) + ": " + quoted(more) + " was not asked for"});
  }
}

void compare_auth(const Json& asked, const Json& registered, std::vector<Difference>& found) {
  static constexpr const char* kName = "token_endpoint_auth_method";
  // Left out, it means client_secret_basic (RFC 7591 section 2).
  const std::string has = registered.contains(kName) ? text_of(registered, kName) : "client_secret_basic";
  if (has == text_of(asked, kName)) return;
  const Weight weight = has == "client_secret_post" ? Weight::Bearable : Weight::Serious;
  found.push_back({weight, std::string(kName) + ": is " + quoted({has})});
}

void compare_text(const char* name, const std::pair<const Json&, const Json&>& both, std::vector<Difference>& found) {
  const std::string wanted = text_of(both.first, name);
  const std::string has = text_of(both.second, name);
  if (wanted == has) return;
  found.push_back({Weight::Bearable, std::string(name) + ": " + (has.empty() ? "was dropped" : "is " + quoted({has}))});
}

}  // namespace

std::string asked_metadata(const ir::ClientFragment& fragment, const InstanceId& instance) {
  Json asked{{"client_name", fragment.client_name},
             {"grant_types", fragment.grant_types},
             {"redirect_uris", Json::array()},
             {"response_types", Json::array()},
             {"software_id", "sallyport/" + instance.str() + "/" + fragment.owner.uid.str()},
             {"token_endpoint_auth_method", "client_secret_basic"}};
  if (!fragment.scopes.empty()) asked["scope"] = join(fragment.scopes, " ");
  return asked.dump();
}

Result<Answer> read_answer(const http::Response& response, const std::string& where) {
  const Error nonsense{
      Code::Unavailable, "HTTP " + std::to_string(response.status) + " without client information", where, {}};
  Json body = parse(response.body);
  if (!body.is_object()) return nonsense;
  Answer answer;
  answer.client_id = take_text(body, "client_id");
  if (answer.client_id.empty()) return nonsense;
  answer.client_secret = Secret(take_text(body, "client_secret"));
  answer.registration_access_token = Secret(take_text(body, "registration_access_token"));
  answer.registration_client_uri = take_text(body, "registration_client_uri");
  if (const auto at = body.find("client_secret_expires_at"); at != body.end() && at->is_number_integer()) {
    answer.secret_expires_at = at->get<std::int64_t>();
  }
  body.erase("client_secret_expires_at");
  body.erase("client_id_issued_at");
  answer.metadata = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer;
}

Result<std::vector<Difference>> differences(const std::string& asked_text, const std::string& registered_text) {
  const Json asked = TRY(parse_object(asked_text));
  const Json registered = TRY(parse_object(registered_text));
  std::vector<Difference> found;
  Field grants{"grant_types", list_of(asked, "grant_types"), {"authorization_code"}};
  if (registered.contains("grant_types")) grants.registered = list_of(registered, "grant_types");
  compare_words(grants, found);
  compare_words({"redirect_uris", {}, list_of(registered, "redirect_uris")}, found);
  compare_words({"response_types", {}, list_of(registered, "response_types")}, found);
  if (!registered.contains("scope") && asked.contains("scope")) {
    found.push_back({Weight::Bearable, "scope: was dropped"});
  } else {
    compare_words({"scope", scopes_of(asked), scopes_of(registered)}, found);
  }
  compare_auth(asked, registered, found);
  compare_text("client_name", {asked, registered}, found);
  compare_text("software_id", {asked, registered}, found);
  return found;
}

std::string words_of(const std::vector<Difference>& found, std::string_view separator) {
  std::vector<std::string> words;
  for (const Difference& difference : found) words.push_back(difference.words);
  return join(words, separator);
}

Result<std::string> update_body(const std::string& client_id, const std::string& asked, const std::string& registered) {
  Json body = TRY(parse_object(registered));
  const Json wanted = TRY(parse_object(asked));
  if (!wanted.contains("scope")) body.erase("scope");  // a field left out is taken back (RFC 7592 section 2.2)
  body.update(wanted);
  body["client_id"] = client_id;
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ClientAuth auth_of(const std::string& registered) {
  const Json json = parse(registered);
  const bool post = json.is_object() && text_of(json, "token_endpoint_auth_method") == "client_secret_post";
  return post ? ClientAuth::Post : ClientAuth::Basic;
}

std::string for_people(const std::string& json) {
  return parse(json).dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sallyport::idp::registration
