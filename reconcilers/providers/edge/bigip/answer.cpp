// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/json.hpp"

namespace sallyport::edge::bigip {
namespace {

/// AS3's lock expires after two minutes without a sign of its owner.
constexpr std::chrono::seconds kBusyPause{30};

/// Without what nobody here reads: the declaration that AS3 sends back (a megabyte for a full tenant) and the values on
/// both sides of a difference, which may be secrets.
Json parse(const std::string& body) {
  const auto keep = [](int, Json::parse_event_t event, const Json& parsed) {
    return event != Json::parse_event_t::key || (parsed != "declaration" && parsed != "lhs" && parsed != "rhs");
  };
  return Json::parse(body, keep, false);
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int code_of(const Json& object) {
  const auto found = object.is_object() ? object.find("code") : object.end();
  return found != object.end() && found->is_number_integer() ? found->get<int>() : -1;
}

bool is_busy(const std::string& message) {
  return message.find("onfiguration operation in progress") != std::string::npos ||
         message.find("onfiguration operations are in progress") != std::string::npos;
}

/// A complaint may quote what it complains about.
std::string harmless(std::string_view words) {
  if (words.find("-----BEGIN") != words.npos) return "a complaint that quotes PEM is not repeated";
  return one_line(words);
}

/// The first of `errors`, else the device's own `response`, else the message.
std::string words_in(const Json& result) {
  const auto errors = result.find("errors");
  if (errors != result.end() && errors->is_array() && !errors->empty() && errors->front().is_string()) {
    return harmless(errors->front().get<std::string>());
  }
  const std::string response = text_of(result, "response");
  return harmless(response.empty() ? text_of(result, "message") : response);
}

void read_differences(const Json& result, Answer& answer) {
  const auto changes = result.find("changes");
  if (changes == result.end() || !changes->is_array()) return;
  for (const Json& change : *changes) {
    const auto path = change.is_object() ? change.find("path") : change.end();
    // Only the path: the values on both sides may be secrets.
    if (path != change.end() && path->is_array() && !path->empty() && path->front().is_string()) {
      answer.differences.push_back(path->front().get<std::string>());
    }
  }
}

Answer refused(const Json& result) {
  Answer answer{Meaning::Invalid, words_in(result)};
  if (answer.words.find("path does not exist") != std::string::npos) answer.meaning = Meaning::Stale;
  if (answer.words.find("lacks valid 'id'") != std::string::npos) answer.meaning = Meaning::First;
  if (text_of(result, "message") == "declaration failed") answer.meaning = Meaning::Rejected;
  return answer;
}

Answer failed(Code code, const std::string& words, std::string_view where) {
  return {Meaning::Failed, words, {}, Error{code, words, std::string(where), {}}};
}

/// One entry of `results`, or a body that is itself such an entry.
Answer read_result(const Json& result, std::string_view where) {
  const int code = code_of(result);
  const std::string message = text_of(result, "message");
  Answer answer{Meaning::Unclear, words_in(result)};
  answer.error = Error{
      Code::Unavailable, answer.words.empty() ? "an answer without a meaning" : answer.words, std::string(where), {}};
  if (message == "task cancelled") {
    answer.meaning = Meaning::Cancelled;
  } else if (code == 0) {
    answer.meaning = Meaning::Running;
  } else if (code == 200) {
    answer.meaning = message == "no change" ? Meaning::NoChange : Meaning::Done;
    read_differences(result, answer);
  } else if (code == 422) {
    // The request itself, not one of its entries: a fault of ours, which is nobody's spec.
    if (message.starts_with("Invalid request")) return failed(Code::Internal, answer.words, where);
    return refused(result);
  } else if (code == 503 && is_busy(message)) {
    answer.meaning = Meaning::Busy;
    answer.error = busy(answer.words, where);
  } else if (code == 409) {
    return failed(Code::Conflict, answer.words, where);
  } else if (code == 400 || code == 404 || code == 405) {
    return failed(Code::Internal, answer.words, where);
  } else if (code == 401 || code == 403) {
    return failed(code == 401 ? Code::Unauthorized : Code::Refused, answer.words, where);
  }
  return answer;
}

/// A result that names no tenant, or a list of them, is about the request as a whole.
bool speaks_of(const Json& result, std::string_view tenant) {
  const std::string named = text_of(result, "tenant");
  return named.empty() || named == tenant;
}

/// A write goes to one tenant, so one result speaks for it: the worst.
Answer read_results(const Json& body, std::string_view where, std::string_view tenant) {
  const Json* chosen = nullptr;
  for (const Json& result : body["results"]) {
    if (!speaks_of(result, tenant)) continue;
    if (chosen == nullptr || code_of(result) > code_of(*chosen)) chosen = &result;
  }
  if (chosen != nullptr) return read_result(*chosen, where);
  const Error error{
      Code::Unavailable, "the answer tells nothing of tenant " + std::string(tenant), std::string(where), {}};
  return {Meaning::Unclear, error.message, {}, error};
}

bool is_running(const Json& record) {
  const auto results = record.is_object() ? record.find("results") : record.end();
  if (results == record.end() || !results->is_array()) return false;
  return std::any_of(results->begin(), results->end(), [](const Json& result) {
    return code_of(result) == 0 && text_of(result, "message") != "task cancelled";
  });
}

bool has_results(const Json& body) {
  const auto results = body.is_object() ? body.find("results") : body.end();
  return results != body.end() && results->is_array() && !results->empty() && results->front().is_object();
}

}  // namespace

bool as3_missing(const http::Response& response) {
  return response.status == 404 && response.body.find("Public URI path not registered") != std::string::npos;
}

std::string words_of(const http::Response& response) {
  const Json body = parse(response.body);
  std::string message = text_of(body, "message");
  if (message.empty()) message = "HTTP " + std::to_string(response.status) + " without a reason";
  return one_line(message);
}

Error error_of(const http::Response& response, std::string_view where) {
  Error error{Code::Internal, words_of(response), std::string(where), {}};
  const int status = response.status;
  if (status == 401) error.code = Code::Unauthorized;
  if (status == 403) {
    error.code = Code::Refused;
    error.message +=
        "; the account in the gateway's credentials lacks the right for this: give it the role that has it";
  }
  if (status == 404) error.code = Code::NotFound;
  if (status == 409) error.code = Code::Conflict;
  if (status == 408 || status >= 500 || response.ok()) error.code = Code::Unavailable;
  if (status == 429 || (status == 503 && is_busy(error.message))) {
    error.code = Code::RateLimited;
    error.retry_after = response.retry_after().value_or(kBusyPause);
  }
  if (as3_missing(response)) error.message = "AS3 is not installed on this device: install its RPM (3.50 or later)";
  return error;
}

Error busy(std::string words, std::string_view where) {
  return {Code::RateLimited, std::move(words), std::string(where), kBusyPause};
}

Result<bool> any_running(const http::Response& response, std::string_view where) {
  const Json body = parse(response.body);
  if (has_results(body)) return is_running(body);
  const auto items = body.is_object() ? body.find("items") : body.end();
  if (items == body.end() || !items->is_array())
    return Error{Code::Unavailable, "what the tasks are doing is unreadable", std::string(where), {}};
  return std::any_of(items->begin(), items->end(), is_running);
}

Answer read_answer(const http::Response& response, std::string_view where, std::string_view tenant) {
  const Json body = parse(response.body);
  if (as3_missing(response) || response.status == 401 || response.status == 403 || response.status == 429) {
    const Error error = error_of(response, where);
    return {Meaning::Failed, error.message, {}, error};
  }
  if (body.is_discarded() || !body.is_object()) {
    const Error error{
        Code::Unavailable, "HTTP " + std::to_string(response.status) + " without JSON", std::string(where), {}};
    return {Meaning::Unclear, error.message, {}, error};
  }
  if (response.status == 202) {
    const std::string id = text_of(body, "id");
    if (!id.empty()) return {Meaning::Accepted, {}, id};
  }
  if (response.status == 404 && text_of(body, "message").starts_with("No record found"))
    return {Meaning::Lost, words_of(response)};
  if (has_results(body)) return read_results(body, where, tenant);
  if (code_of(body) > 0) return read_result(body, where);
  const Error error = error_of(response, where);
  return {Meaning::Unclear, error.message, {}, error};
}

}  // namespace sallyport::edge::bigip
