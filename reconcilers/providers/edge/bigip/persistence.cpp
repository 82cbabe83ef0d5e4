// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/persistence.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/answer.hpp"
#include "reconcilers/providers/edge/bigip/group.hpp"

namespace sallyport::edge::bigip {
namespace {

using Node = nlohmann::json;

constexpr std::chrono::seconds kPollPause{2};
constexpr std::chrono::minutes kLongestTask{5};
constexpr std::chrono::minutes kLongestSync{2};

Result<std::string> read_id(const http::Response& response, const std::string& where) {
  const Node body = Node::parse(response.body, nullptr, false);
  const auto id = body.is_object() ? body.find("_taskId") : body.end();
  if (id != body.end() && id->is_number_integer()) return std::to_string(id->get<std::int64_t>());
  if (id != body.end() && id->is_string()) return id->get<std::string>();
  return Error{Code::Unavailable, "the answer names no task", where, {}};
}

}  // namespace

Result<std::string> Persistence::task_state(const std::string& target, std::stop_token stop) {
  const http::Response response = TRY(unit_.get(target, stop));
  const Node body = Node::parse(response.body, nullptr, false);
  const auto state = body.is_object() ? body.find("_taskState") : body.end();
  return state != body.end() && state->is_string() ? state->get<std::string>() : std::string();
}

/// A save replaces what the unit would start with, and a sync all that its peer runs. Both of a task's requests say so.
Result<http::Response> Persistence::change(http::Request request, const std::string& what, std::stop_token stop) {
  http::Change change;
  change.object = gateway_.kind + " " + gateway_.name;
  change.uid = gateway_.uid.str();
  change.resource_version = gateway_.resource_version;
  change.generation = gateway_.generation;
  change.target = "bigip " + gateway_.name + ": " + what;
  change.action = "update";
  request.changes = {std::move(change)};
  return unit_.send(std::move(request), kWriteDeadline, std::move(stop));
}

Result<void> Persistence::run_task(const Task& task, std::stop_token stop) {
  http::Request make{"POST", task.target};
  make.body = task.body;
  const std::string where = unit_.where(make);
  const http::Response made = TRY(change(std::move(make), task.what, stop));
  if (!made.ok()) return error_of(made, where);
  http::Request start{"PUT", task.target + "/" + percent_encode(TRY(read_id(made, where)))};
  start.body = R"({"_taskState":"VALIDATING"})";
  const std::string path = start.target;
  const http::Response started = TRY(change(std::move(start), task.what, stop));
  if (!started.ok()) return error_of(started, where);
  return follow(path, where, std::move(stop));
}

Result<void> Persistence::follow(const std::string& path, const std::string& where, std::stop_token stop) {
  for (const SteadyTime until = clock_.steady() + kLongestTask; clock_.steady() < until;) {
    const std::string state = TRY(task_state(path, stop));
    if (state == "COMPLETED") {
      unit_.concluded(path, http::Ending::Done);
      return {};
    }
    if (state == "FAILED") {
      unit_.concluded(path, http::Ending::NotDone);
      return Error{Code::Unavailable, "the device reports that the task failed", where, {}};
    }
    if (!clock_.sleep(kPollPause, stop))
      return Error{Code::ShuttingDown, "stopped while the device was at work", where, {}};
  }
  return Error{Code::Unavailable, "the device does not come to an end", where, {}};
}

Result<void> Persistence::save(std::stop_token stop) {
  const Result<void> saved =
      run_task({"/mgmt/tm/task/sys/config", R"({"command":"save"})", "saved configuration"}, std::move(stop));
  if (!saved) return saved.error().context("save the configuration");
  return {};
}

Result<std::string> Persistence::sync_status(std::stop_token stop) {
  const http::Response response = TRY(unit_.get("/mgmt/tm/cm/sync-status", stop));
  return read_stat(response, "status");
}

Result<void> Persistence::ask_for_sync(std::stop_token stop) {
  const http::Response response = TRY(unit_.get("/mgmt/tm/cm/device-group", stop));
  const Node body = Node::parse(response.body, nullptr, false);
  const Node items = body.is_object() ? body.value("items", Node::array()) : Node::array();
  for (const Node& group : items) {
    if (!group.is_object() || group.value("type", "") != "sync-failover") continue;
    if (group.value("autoSync", "") == "enabled") return {};
    const std::string name = group.value("name", "");
    const Node command = {{"command", "run"}, {"options", Node::array({{{"to-group", name}}})}};
    const std::string order = command.dump(-1, ' ', false, Node::error_handler_t::replace);
    return run_task({"/mgmt/tm/task/cm/config-sync", order, "configuration of device group " + one_line(name, 80)},
                    std::move(stop));
  }
  return Error{Code::NotFound,
               "the device is in no sync-failover group",
               "GET " + unit_.origin() + "/mgmt/tm/cm/device-group",
               {}};
}

Result<void> Persistence::sync(std::size_t units, std::stop_token stop) {
  std::string status = TRY(sync_status(stop));
  if (status == "Standalone" && units == 1) return {};
  if (status == "Standalone") {
    return Error{Code::Conflict,
                 "the device says that it stands alone, but the gateway names " + std::to_string(units) + " units",
                 "spec.bigip.units",
                 {}};
  }
  const Result<void> asked = ask_for_sync(stop);
  if (!asked) return asked.error().context("sync the configuration");
  for (const SteadyTime until = clock_.steady() + kLongestSync; clock_.steady() < until;) {
    status = TRY(sync_status(stop));
    if (status == "In Sync") return {};
    if (!clock_.sleep(kPollPause, stop)) return Error{Code::ShuttingDown, "stopped while the units synced", {}, {}};
  }
  return Error{Code::Unavailable,
               "the peer is not in sync: " + one_line(status, 80),
               "GET " + unit_.origin() + "/mgmt/tm/cm/sync-status",
               {}};
}

}  // namespace sallyport::edge::bigip
