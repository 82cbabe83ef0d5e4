// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3.hpp"
#include "e2e/simulators/bigip/as3_plan.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr std::size_t kMostRecords = 25;
/// A synchronous call that lasts longer is turned into a 202 by AS3 itself (f5.md 1.3, tracker #140).
constexpr std::chrono::milliseconds kLongestSynchronous{45'000};
constexpr const char* kBusy =
    "Error: Configuration operation in progress on device localhost, please try again in 2 minutes";

std::string self_link(const std::string& id) {
  return "https://localhost/mgmt/shared/appsvcs/task/" + id;
}

Json busy_body(const std::vector<std::string>& tenants, const Json& id) {
  return {{"code", 503}, {"message", kBusy}, {"host", "localhost"}, {"tenant", tenants}, {"declarationId", id}};
}

std::expected<Attempt, Declined> build(Group& group, const Unit& unit, const http::Incoming& incoming,
                                       const As3Request& request) {
  Json body;
  if (incoming.method != "DELETE") {
    auto parsed = parse_json(incoming.body);
    if (!parsed) {
      return std::unexpected(
          Declined{{400, "Bad Request: body is not valid JSON", {}, Refusal::Stage::Later}, Declined::When::AtOnce});
    }
    body = std::move(*parsed);
  }
  if (request.applications) return attempt_applications(incoming, request, body, unit.running);
  if (incoming.method == "DELETE") return attempt_delete(request, unit.running, group.options().clock->now());
  if (incoming.method == "PATCH") return attempt_patch(request, body, unit.running);
  return attempt_post(request, body);
}

/// The finished body inside a record: a refusal as a whole becomes the only result.
Json record_body(const Json& body) {
  if (body.contains("results")) return body;
  return {{"results", Json::array({body})}, {"declaration", Json::object()}};
}

std::string add_record(Unit& unit, const Json& body, SteadyTime done) {
  const std::string id = uuid_v4();
  Json kept = record_body(body);
  kept["id"] = id;
  kept["selfLink"] = self_link(id);
  unit.records.push_back({id, done, std::move(kept)});
  if (unit.records.size() > kMostRecords) unit.records.erase(unit.records.begin());
  return id;
}

http::Outgoing accepted(const std::string& id, const Json& declaration_id) {
  return reply(202, {{"id", id},
                     {"results", Json::array({{{"message", "Declaration successfully submitted"},
                                               {"tenant", ""},
                                               {"host", ""},
                                               {"runTime", 0},
                                               {"code", 0},
                                               {"declarationId", declaration_id}}})},
                     {"declaration", Json::object()},
                     {"selfLink", self_link(id)}});
}

Plan refused(const Declined& declined, const Json& id) {
  Plan made;
  made.status = declined.refusal.code;
  made.body = refusal_body(declined.refusal, {}, id);
  return made;
}

Plan make_plan(Group& group, Unit& unit, const std::expected<Attempt, Declined>& attempt) {
  if (group.locked(unit)) {
    // The lock is tested before the declaration is looked at: an invalid one gets 503 as well.
    const Json id = attempt ? attempt->id : Json();
    Plan made;
    made.status = 503;
    made.body = busy_body(attempt ? members_of_class(attempt->adc, "Tenant") : std::vector<std::string>{}, id);
    return made;
  }
  return attempt ? plan(group, unit, *attempt) : refused(attempt.error(), Json());
}

}  // namespace

Answer write_declaration(Group& group, Unit& unit, const http::Incoming& incoming, const As3Request& request) {
  Answer answer;
  const auto attempt = build(group, unit, incoming, request);
  if (!attempt && attempt.error().when == Declined::When::AtOnce) {
    const Refusal& refusal = attempt.error().refusal;
    answer.out = failure(refusal.code, refusal.message);
    return answer;
  }
  Plan made = make_plan(group, unit, attempt);
  const SteadyTime done = group.after(made.takes);
  const std::string id = add_record(unit, made.body, done);
  if (made.job) {
    made.job->done = done;
    unit.job = std::move(made.job);
  }
  made.effect["task"] = id;
  answer.effect = made.effect.dump();
  answer.mutating = made.changes;
  const bool asked = request.flag("async");
  const bool slow = !asked && made.takes > kLongestSynchronous && group.options().latency == Latency::Realistic;
  if (asked || slow) {
    answer.out = accepted(id, attempt ? attempt->accepted_id : Json());
    answer.takes = slow ? kLongestSynchronous : group.read_time();
  } else {
    answer.out = reply(made.status, made.body);
    answer.takes = made.takes;
  }
  group.settle();
  return answer;
}

http::Outgoing read_task(const Group& group, const Unit& unit, const As3Request& request) {
  const auto shown = [&](const Record& record) -> Json {
    if (record.done <= group.now()) return record.body;
    return {{"id", record.id},
            {"results",
             Json::array({{{"message", "in progress"}, {"tenant", ""}, {"host", ""}, {"runTime", 0}, {"code", 0}}})},
            {"declaration", Json::object()},
            {"selfLink", self_link(record.id)}};
  };
  if (request.task.empty()) {
    Json items = Json::array();
    for (const Record& record : unit.records) items.push_back(shown(record));
    return reply(200, {{"items", std::move(items)}, {"selfLink", "https://localhost/mgmt/shared/appsvcs/task"}});
  }
  for (const Record& record : unit.records) {
    if (record.id == request.task) return reply(200, shown(record));
  }
  return reply(404, {{"message", "No record found with ID of " + request.task}});
}

}  // namespace sallyport::simulators::bigip
