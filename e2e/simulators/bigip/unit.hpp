// SPDX-License-Identifier: Apache-2.0
// One BIG-IP of a device group and what is under way on it; and the group. Time passes when somebody looks: settle()
// brings to an end whatever was due. All of it is guarded by one mutex, the simulator's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/bigip/config.hpp"
#include "e2e/simulators/simulator.hpp"

namespace sallyport::simulators::bigip {

/// The tenant that AS3 takes along with every other, when it is stored.
inline constexpr const char* kCommon = "Common";

struct Token {
  std::string user;
  SystemTime created{};
  std::chrono::seconds life{1200};
};

struct Account {
  Secret password{};
  std::string role = "admin";  ///< "admin", or anything else: may read, may not use AS3
};

/// A declaration that is being carried out; it holds AS3's lock until then.
struct Job {
  SteadyTime done{};
  std::map<std::string, Objects> tenants{};  ///< what the partitions will hold
  std::optional<Json> declaration{};         ///< what will be stored; empty for a dry run
  std::size_t history_limit = 4;
  bool save = false;
  std::string sync_group{};
};

/// AS3's record of a request; also of a synchronous one.
struct Record {
  std::string id;
  SteadyTime done{};
  Json body{};  ///< of the finished request
};

/// `save sys config` or `config-sync` as a task: STARTED, then VALIDATING by PUT, then COMPLETED or FAILED.
struct SystemTask {
  std::string command;  ///< "save" or "sync"
  std::string state = "STARTED";
  std::string group{};
  SteadyTime done{};
};

struct Unit {
  std::string host;
  std::string failover = "ACTIVE";  ///< ACTIVE, STANDBY, OFFLINE, FORCED OFFLINE
  Config running;
  Config saved;
  Modules modules;
  std::map<std::string, Token> tokens;
  std::map<std::string, int> refused_logins;  ///< in a row, by user; a few of them lock the account
  std::vector<Record> records;                ///< the newest last
  std::map<long, SystemTask> tasks;
  std::optional<Job> job;
  SteadyTime locked_until{};  ///< by another writer than this one's requests
  SteadyTime rest_back{};     ///< until then restjavad answers 503 with a page of HTML
  SteadyTime as3_back{};      ///< until then AS3 has not registered its paths
  SteadyTime up_again{};      ///< until then the machine boots: connections are dropped
  bool as3_installed = true;
  std::string common_trouble{};  ///< mcpd's words about tenant Common, whenever it is taken along; empty: it is well
};

/// How the units of a group come to agree.
struct Syncing {
  bool automatic = false;    ///< the group's autoSync: what one unit changes the others have at once
  bool fails = false;        ///< a sync that is asked for ends badly, and sync-status says so
  std::string status{};      ///< what sync-status says instead of the truth ...
  SteadyTime status_ends{};  ///< ... until then
};

class Group {
 public:
  explicit Group(const Options& options);

  [[nodiscard]] std::vector<Unit>& units() { return units_; }
  [[nodiscard]] Unit& unit(int number) { return units_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] std::map<std::string, Account>& accounts() { return accounts_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] SteadyTime now() const { return options_.clock->steady(); }
  /// When something that takes this long on the real system is done here: now, when latency is off.
  [[nodiscard]] SteadyTime after(std::chrono::milliseconds duration) const;
  [[nodiscard]] std::chrono::milliseconds read_time();
  [[nodiscard]] std::chrono::milliseconds declaration_time(std::size_t tenants);
  [[nodiscard]] long next_id() { return ++last_id_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Ends jobs and tasks whose time has come.
  void settle();
  [[nodiscard]] bool locked(const Unit& unit) const { return unit.job.has_value() || now() < unit.locked_until; }
  void touch(Config& config) { config.id = next_id(); }
  void save(Unit& unit) { unit.saved = unit.running; }
  /// Copies the running configuration to the peer, which does not save it. False when there is no such group, when the
  /// peer boots, or when syncing fails.
  bool sync(Unit& from, const std::string& group);
  [[nodiscard]] Syncing& syncing() { return syncing_; }
  [[nodiscard]] bool in_sync() const;
  /// Ends the job without an effect; its record says so. AS3 does that when restnoded restarts.
  void cancel_job(Unit& unit);

 private:
  void finish(Unit& unit, Job job);
  void sync_by_itself();

  Options options_;
  std::vector<Unit> units_;
  std::map<std::string, Account> accounts_;
  std::string name_ = "sync-group";
  Syncing syncing_;
  long last_id_ = 100;
};

}  // namespace sallyport::simulators::bigip
