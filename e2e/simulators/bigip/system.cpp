// SPDX-License-Identifier: Apache-2.0
// The system itself, and the tasks that save and sync its configuration.
#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/icontrol.hpp"
#include "e2e/simulators/latency.hpp"
#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

using std::chrono::milliseconds;

namespace {

constexpr std::string_view kSaveTask = "/mgmt/tm/task/sys/config";
constexpr std::string_view kSyncTask = "/mgmt/tm/task/cm/config-sync";
constexpr milliseconds kSaving{6000};
constexpr milliseconds kSyncing{4000};

Json described(const std::string& text) {
  return {{"description", text}};
}

http::Outgoing read_provision(const Unit& unit) {
  Json items = Json::array();
  for (const auto& [name, level] : unit.modules) {
    items.push_back(
        {{"kind", "tm:sys:provision:provisionstate"}, {"name", name}, {"fullPath", name}, {"level", level}});
  }
  return reply(200, {{"kind", "tm:sys:provision:provisioncollectionstate"}, {"items", std::move(items)}});
}

Answer save_now(Group& group, Unit& unit, const http::Incoming& incoming) {
  Answer answer;
  const auto body = parse_json(incoming.body);
  if (!body || text_of(*body, "command") != "save") {
    answer.out = icontrol_failure(400, "\"command\" is invalid or missing");
    return answer;
  }
  answer.mutating = unit.saved.id != unit.running.id;
  group.save(unit);
  answer.effect = R"({"saved":true})";
  answer.out = reply(200, {{"kind", "tm:sys:config:savestate"}, {"command", "save"}});
  answer.takes = lognormal(*group.options().random, kSaving, 0.3);
  return answer;
}

Json task_body(long id, const SystemTask& task, std::string_view root) {
  Json body = {{"_taskId", id},
               {"_taskState", task.state},
               {"_taskTimeInStateMs", 0},
               {"command", task.command == "save" ? "save" : "run"},
               {"selfLink", "https://localhost" + std::string(root) + "/" + std::to_string(id)}};
  if (task.state == "FAILED") {
    body["_taskErrorStatus"] = {
        {"code", 400}, {"message", "01071488:3: Remote transaction for device group " + task.group + " failed."}};
  }
  return body;
}

Answer start_task(Group& group, Unit& unit, const http::Incoming& incoming, std::string_view root) {
  Answer answer;
  const auto body = parse_json(incoming.body);
  const bool saves = root == kSaveTask;
  if (!body || text_of(*body, "command") != (saves ? "save" : "run")) {
    answer.out = icontrol_failure(400, "\"command\" is invalid or missing");
    return answer;
  }
  SystemTask task{.command = saves ? "save" : "sync"};
  if (!saves) {
    for (const Json& option : member(*body, "options")) task.group = text_of(option, "to-group", task.group);
    if (task.group.empty()) {
      answer.out = icontrol_failure(400, "config-sync needs \"to-group\" or \"from-group\"");
      return answer;
    }
  }
  const long id = group.next_id();
  unit.tasks[id] = task;
  answer.out = reply(200, task_body(id, task, root));
  answer.takes = group.read_time();
  return answer;
}

void run_task(Group& group, Unit& unit, SystemTask& task, Answer& answer) {
  const bool saves = task.command == "save";
  task.state = "VALIDATING";
  task.done = group.after(lognormal(*group.options().random, saves ? kSaving : kSyncing, 0.3));
  answer.mutating = saves ? unit.saved.id != unit.running.id : !group.in_sync();
  answer.effect = saves ? R"({"saved":true})" : Json{{"synced", task.group}}.dump();
}

Answer use_task(Group& group, Unit& unit, const http::Incoming& incoming, std::string_view root) {
  Answer answer;
  answer.takes = group.read_time();
  const std::string rest = incoming.path().substr(root.size() + 1);
  const long id = std::atol(rest.c_str());
  const auto found = unit.tasks.find(id);
  if (found == unit.tasks.end()) {
    answer.out = failure(404, "Task not found, taskid=" + rest);
    return answer;
  }
  SystemTask& task = found->second;
  if (incoming.method == "PUT") {
    const auto body = parse_json(incoming.body);
    if (!body || text_of(*body, "_taskState") != "VALIDATING" || task.state != "STARTED") {
      answer.out = failure(400, "Task cannot go to that state, taskid=" + rest);
      return answer;
    }
    run_task(group, unit, task, answer);
    answer.out = reply(202, {{"message", "Task will execute asynchronously."}});
    return answer;
  }
  answer.out = reply(200, task_body(id, task, root));
  return answer;
}

}  // namespace

std::optional<Answer> answer_system(Group& group, Unit& unit, const http::Incoming& incoming) {
  const std::string path = incoming.path();
  if (path == "/mgmt/tm/sys/config" && incoming.method == "POST") return save_now(group, unit, incoming);
  if (incoming.method != "GET") return {};
  Answer answer;
  answer.takes = group.read_time();
  if (path == "/mgmt/tm/sys/provision") {
    answer.out = read_provision(unit);
  } else if (path == "/mgmt/tm/sys/version") {
    answer.out = statistics("tm:sys:version:versionstats", "sys/version",
                            {{"Build", described("0.0.7")},
                             {"Edition", described("Point Release 1")},
                             {"Product", described("BIG-IP")},
                             {"Title", described("Main Package")},
                             {"Version", described("17.1.1")}});
  } else if (path == "/mgmt/tm/sys/ready") {
    answer.out = statistics(
        "tm:sys:ready:readystats", "sys/ready",
        {{"configReady", described("yes")}, {"licenseReady", described("yes")}, {"provisionReady", described("yes")}});
  } else if (path == "/mgmt/tm/sys/dns") {
    answer.out = reply(200, {{"kind", "tm:sys:dns:dnsstate"},
                             {"nameServers", Json::array({"192.0.2.53"})},
                             {"search", Json::array({"localhost"})}});
  } else {
    return {};
  }
  return answer;
}

std::optional<Answer> answer_task(Group& group, Unit& unit, const http::Incoming& incoming) {
  const std::string path = incoming.path();
  for (const std::string_view root : {kSaveTask, kSyncTask}) {
    if (path == root && incoming.method == "POST") return start_task(group, unit, incoming, root);
    if (path.starts_with(std::string(root) + "/")) {
      Answer answer = use_task(group, unit, incoming, root);
      group.settle();
      return answer;
    }
  }
  return {};
}

}  // namespace sallyport::simulators::bigip
