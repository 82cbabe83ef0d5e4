// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/acl.hpp"

#include <utility>

namespace sallyport::simulators::databricks {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::None:
      return "";
    case Level::CanView:
      return "CAN_VIEW";
    case Level::CanQuery:
      return "CAN_QUERY";
    case Level::CanManage:
      return "CAN_MANAGE";
  }
  return "";
}

std::optional<Level> parse_level(std::string_view text) {
  for (const auto level : {Level::CanView, Level::CanQuery, Level::CanManage})
    if (to_string(level) == text) return level;
  return std::nullopt;
}

void AclBook::set_stale_reads(StaleReads stale) {
  if (stale == stale_) return;
  stale_ = stale;
  if (stale.mode != StaleReads::Mode::Relapse) return;
  for (auto& [id, list] : lists_) list.reads_left = stale.reads;
}

const Entries& AclBook::actual(const std::string& endpoint_id) const {
  return lists_.at(endpoint_id).now;
}

Entries AclBook::observed(const std::string& endpoint_id) {
  List& list = lists_.at(endpoint_id);
  if (list.reads_left == 0) return list.now;
  const int left = list.reads_left--;
  // Counted from 2n down, the even ones are fresh: the first reader sees the new list, the next one the old again.
  const bool fresh = stale_.mode == StaleReads::Mode::Alternate && left % 2 == 0;
  return fresh ? list.now : list.before;
}

void AclBook::write(const std::string& endpoint_id, Entries entries) {
  const bool existed = lists_.contains(endpoint_id);
  List& list = lists_[endpoint_id];
  // A second write within the lag keeps the older picture: caches do not know about each other.
  if (existed && list.reads_left == 0) list.before = list.now;
  if (existed && stale_.mode == StaleReads::Mode::Lag) list.reads_left = stale_.reads;
  if (existed && stale_.mode == StaleReads::Mode::Alternate) list.reads_left = 2 * stale_.reads;
  list.now = std::move(entries);
  if (!existed) list.before = list.now;
}

void AclBook::forget(const std::string& principal_id) {
  for (auto& [id, list] : lists_) {
    list.now.erase(principal_id);
    list.before.erase(principal_id);
  }
}

}  // namespace sallyport::simulators::databricks
