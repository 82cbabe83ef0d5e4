// SPDX-License-Identifier: Apache-2.0
// Makes the changes of one tenant: one write for all of them; an entry that is refused is found and put aside, the
// others go through; an answer that got lost is looked up.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/ir/verdict.hpp"
#include "reconcilers/providers/edge/bigip/as3.hpp"

namespace sallyport::edge::bigip {

/// One change and where its verdict goes.
struct Task {
  Wanted wanted;
  ir::Verdict* verdict = nullptr;
};

/// Whose the tenants are, in marks and in the audit trail.
struct Mine {
  InstanceId instance;
  std::string gateway;  ///< F5Gateway's name
};

class Writer {
 public:
  Writer(As3& as3, const Clock& clock, Mine mine) : as3_(as3), clock_(clock), mine_(std::move(mine)) {}

  /// The first attempt takes the tenant for what it was a moment ago, and spares a read of it.
  void start_from(StoredTenant seen) { seen_ = std::move(seen); }

  /// All tasks are for one tenant. Fills every verdict.
  void run(std::vector<Task> tasks, std::stop_token stop);

  /// Something on the device has changed, or may have.
  [[nodiscard]] bool touched() const { return touched_; }

 private:
  /// Ended: every verdict is filled. Refused: `words` say why, nothing has changed. Failed: `error` for all of them,
  /// also for a neighbour that is refused.
  enum class Ending { Ended, Refused, Failed };
  struct Attempt {
    Ending ending = Ending::Ended;
    std::string words{};
    std::optional<Error> error{};
  };

  [[nodiscard]] Result<As3::Look> look(const std::vector<Task>& tasks, std::stop_token stop);
  [[nodiscard]] Answer write(const std::vector<Task>& tasks, const As3::Look& looked, std::stop_token stop);
  [[nodiscard]] Attempt attempt(std::vector<Task>& tasks, std::stop_token stop);
  [[nodiscard]] Attempt conclude(const std::vector<Task>& tasks, const StoredTenant& before, const Answer& answer,
                                 std::stop_token stop);
  [[nodiscard]] Attempt look_up(const std::vector<Task>& tasks, const StoredTenant& before, const Answer& lost,
                                std::stop_token stop);
  void drop_settled(std::vector<Task>& tasks, const StoredTenant& stored) const;

  As3& as3_;
  const Clock& clock_;
  Mine mine_;
  std::optional<StoredTenant> seen_{};
  bool touched_ = false;
};

}  // namespace sallyport::edge::bigip
