// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/world.hpp"

namespace sallyport::runtime {

template class Board<Key, ir::EdgeFragment, ir::Verdict>;
template class Board<Key, ir::ClientFragment, ir::Verdict>;
template class Board<Key, ir::GrantFragment, ir::Verdict>;

}  // namespace sallyport::runtime

namespace sallyport::shared {

template class Link<edge::EdgeProvider, ir::EdgeFragment, edge::Condition>;
template class Link<idp::IdpProvider, ir::ClientFragment, idp::Discovery>;
template class Link<data::DataProvider, ir::GrantFragment, std::string>;

World::World(store::Store& s, Caches& c, InstanceId id, Around a, Connect how)
    : store(s),
      caches(c),
      instance(std::move(id)),
      around(std::move(a)),
      connect(std::move(how)),
      secrets(s),
      vault(s),
      ledgers(s, c) {}

Result<void> World::write_status(const Key& key, const schema::Metadata& seen, const std::string& json) {
  Result<void> written = store.write_status(key, seen, json);
  around.metrics.count(metrics::Metric::StatusWrites, {key.kind, written ? "written" : "failed"});
  return written;
}

void World::keep_status(const Key& key) {
  around.metrics.count(metrics::Metric::StatusWrites, {key.kind, "unchanged"});
}

Turn World::turn_at(const std::vector<std::string>& units) {
  std::set<std::string> origins;
  for (const std::string& unit : units) origins.insert(origin_of(unit));
  const std::lock_guard lock(units_mutex_);
  std::vector<std::shared_ptr<std::mutex>> in_order;
  for (const std::string& origin : origins) {
    std::shared_ptr<std::mutex>& unit = units_[origin];
    if (!unit) unit = std::make_shared<std::mutex>();
    in_order.push_back(unit);
  }
  return Turn(std::move(in_order));
}

}  // namespace sallyport::shared
