// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/unit.hpp"

#include <algorithm>

#include "e2e/simulators/latency.hpp"

namespace sallyport::simulators::bigip {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kShortestRead{200};
constexpr milliseconds kLongestRead{800};
constexpr milliseconds kTenantMedian{8000};
constexpr double kTenantSigma = 0.4;

}  // namespace

Group::Group(const Options& options) : options_(options) {
  const Config factory = factory_config();
  for (int i = 0; i < options.units; ++i) {
    Unit unit;
    unit.host = std::string("bigip-").append(1, static_cast<char>('a' + i)).append(".example.com");
    unit.failover = i == 0 ? "ACTIVE" : "STANDBY";
    unit.running = factory;
    unit.running.id = last_id_;
    unit.saved = unit.running;
    unit.modules = factory_modules();
    units_.push_back(std::move(unit));
  }
  accounts_[options.user] = {options.password, "admin"};
}

SteadyTime Group::after(milliseconds duration) const {
  return options_.latency == Latency::None ? now() : now() + scaled(duration, options_.time_scale);
}

milliseconds Group::read_time() {
  return uniform(*options_.random, kShortestRead, kLongestRead);
}

milliseconds Group::declaration_time(std::size_t tenants) {
  milliseconds total = read_time();
  for (std::size_t i = 0; i < tenants; ++i) total += lognormal(*options_.random, kTenantMedian, kTenantSigma);
  return total;
}

void Group::settle() {
  for (Unit& unit : units_) {
    if (unit.job && unit.job->done <= now()) {
      Job job = std::move(*unit.job);
      unit.job.reset();
      finish(unit, std::move(job));
    }
    for (auto& [id, task] : unit.tasks) {
      if (task.state != "VALIDATING" || task.done > now()) continue;
      if (task.command == "save") save(unit);
      const bool worked = task.command != "sync" || sync(unit, task.group);
      task.state = worked ? "COMPLETED" : "FAILED";
    }
  }
  sync_by_itself();
}

void Group::finish(Unit& unit, Job job) {
  for (auto& [tenant, objects] : job.tenants) {
    std::erase_if(unit.running.objects, [&tenant = tenant](const auto& entry) {
      return partition_of(entry.first.second) == tenant || text_of(entry.second, "_tenant") == tenant;
    });
    unit.running.objects.merge(objects);
  }
  if (job.declaration) {
    Config& running = unit.running;
    if (!running.declaration.is_null()) running.history.insert(running.history.begin(), running.declaration);
    if (running.history.size() >= job.history_limit) running.history.resize(job.history_limit - 1);
    running.declaration = std::move(*job.declaration);
    touch(running);
  }
  if (job.save) save(unit);
  if (!job.sync_group.empty()) sync(unit, job.sync_group);
}

bool Group::sync(Unit& from, const std::string& group) {
  const std::string wanted = group.starts_with("/Common/") ? group.substr(8) : group;
  if (units_.size() < 2 || wanted != name_ || syncing_.fails) return false;
  for (const Unit& unit : units_) {
    if (now() < unit.up_again) return false;
  }
  for (Unit& unit : units_) {
    if (&unit != &from) unit.running = from.running;
  }
  return true;
}

/// From the unit that changed last.
void Group::sync_by_itself() {
  const auto newer = [](const Unit& a, const Unit& b) { return a.running.id < b.running.id; };
  if (syncing_.automatic && !in_sync()) sync(*std::max_element(units_.begin(), units_.end(), newer), name_);
}

bool Group::in_sync() const {
  for (const Unit& unit : units_) {
    if (unit.running.id != units_.front().running.id) return false;
  }
  return true;
}

void Group::cancel_job(Unit& unit) {
  if (!unit.job) return;
  for (Record& record : unit.records) {
    if (record.done < unit.job->done || record.done <= now()) continue;
    record.done = now();
    record.body = {
        {"results",
         Json::array({{{"message", "task cancelled"}, {"tenant", ""}, {"host", ""}, {"runTime", 0}, {"code", 0}}})},
        {"declaration", Json::object()}};
  }
  unit.job.reset();
}

}  // namespace sallyport::simulators::bigip
