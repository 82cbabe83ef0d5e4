// SPDX-License-Identifier: Apache-2.0
// A gateway's target with a device that takes everything unless told otherwise, and a test in the place of its worker.
#pragma once

#include <gmock/gmock.h>

#include "reconcilers/f5_gateway/target.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::f5_gateway::testing {

inline const Key kTenant = shared::tenant_target("edge", "sp_inst0001_risk_1");

using ir::Outcome;

/// A device that takes everything.
class FakeDevice : public edge::EdgeProvider {
 public:
  Result<edge::Condition> check(std::stop_token) override {
    if (unwell) return *unwell;
    return condition;
  }
  Result<edge::Observed> observe(const std::set<std::string>&, std::stop_token) override {
    ++looks;
    if (unreadable) return *unreadable;
    edge::Observed observed;
    for (const auto& [place, fragment] : there)
      observed.entries[place] = {edge::owner_mark(fragment.owner.uid), fragment.hash()};
    return observed;
  }
  std::vector<ir::Verdict> apply(const edge::Changes& changes, std::stop_token) override {
    std::vector<ir::Verdict> verdicts;
    for (const ir::EdgeFragment& fragment : changes.put) {
      if (stuck.contains(fragment.place)) {
        verdicts.push_back({Outcome::Unknown, {}, {}, Error{Code::Unavailable, "a neighbour is refused", {}, {}}});
        continue;
      }
      if (refused.contains(fragment.place)) {
        verdicts.push_back({Outcome::Rejected, {}, {}, Error{Code::InvalidSpec, "no such profile", "spec", {}}});
        continue;
      }
      there.insert_or_assign(fragment.place, fragment);
      changed_by_hand.erase(fragment.place);
      verdicts.push_back({Outcome::Applied, {}});
    }
    for (const ir::EdgeFragment& fragment : changes.remove) {
      there.erase(fragment.place);
      verdicts.push_back({Outcome::Gone, {}});
    }
    ++writes;
    return verdicts;
  }
  Result<std::set<ir::EdgePlace>> would_take(const std::vector<ir::EdgeFragment>& rejected, std::stop_token) override {
    ++offers;
    std::set<ir::EdgePlace> taken;
    for (const ir::EdgeFragment& fragment : rejected) {
      if (!refused.contains(fragment.place) || only_a_write_shows) taken.insert(fragment.place);
    }
    return taken;
  }
  Result<std::set<ir::EdgePlace>> drifted(const std::vector<ir::EdgeFragment>&, std::stop_token) override {
    if (unjudgeable) return *unjudgeable;
    return changed_by_hand;
  }
  Result<edge::Persisted> persist(std::stop_token) override {
    if (unsavable) return *unsavable;
    if (saved_writes == writes && saves > 0) return edge::Persisted::NothingToSave;
    saved_writes = writes;
    ++saves;
    return edge::Persisted::Saved;
  }
  std::string render(const std::vector<ir::EdgeFragment>&) const override { return {}; }
  void close(std::stop_token) override { ++closed; }
  bool needs_saving() const override { return saving; }
  std::optional<std::chrono::milliseconds> look_again() const override { return soon; }
  std::optional<std::chrono::milliseconds> heartbeat() const override { return beat; }

  edge::Condition condition{"https://unit", "AS3", {}, {}, {}};
  std::optional<Error> unwell;
  std::optional<Error> unreadable;
  std::optional<Error> unjudgeable;
  std::optional<Error> unsavable;
  std::map<ir::EdgePlace, ir::EdgeFragment> there;
  std::set<ir::EdgePlace> changed_by_hand;
  std::set<ir::EdgePlace> stuck;
  std::set<ir::EdgePlace> refused;
  bool only_a_write_shows = false;  ///< what is refused
  bool saving = true;
  std::optional<std::chrono::milliseconds> soon;
  std::optional<std::chrono::milliseconds> beat;
  int looks = 0;
  int offers = 0;
  int writes = 0;
  int saved_writes = 0;
  int saves = 0;
  int closed = 0;
};

class GatewayTarget : public ::testing::Test {
 protected:
  GatewayTarget() { link.use(device); }

  static ir::EdgeFragment fragment(ir::Wish wish = ir::Wish::Present) {
    ir::EdgeFragment fragment;
    fragment.wish = wish;
    fragment.owner = {"ProtectedEndpoint", "risk", "fraud", Uid("4d1c"), "7", 1};
    fragment.place = {"sp_risk_1", "fraud"};
    fragment.host = "fraud.ml.example.com";
    return fragment;
  }
  void want(const ir::EdgeFragment& fragment) { link.submit(kTenant, fragment, runtime::Priority::Normal); }
  static ir::EdgeFragment other() {
    ir::EdgeFragment one = fragment();
    one.owner = {"ProtectedEndpoint", "risk", "other", Uid("a0ff"), "7", 1};
    one.place.application = "other";
    return one;
  }
  void bring_about(const ir::EdgeFragment& fragment) {
    stored = true;
    (void)look();
    want(fragment);
    (void)converge();
    (void)converge();  // the first may only have set the note
  }
  /// What stands on the device is to be observed, and has been seen once.
  void observe_standing() {
    device->there.emplace(fragment().place, fragment());
    stored = true;
    (void)look();
    want(fragment(ir::Wish::Observe));
    (void)converge();
  }
  void reject(const ir::EdgeFragment& fragment) {
    device->refused.insert(fragment.place);
    bring_about(fragment);
  }
  void save_all() {
    clock.advance(std::chrono::seconds(2));
    (void)save();
    stored = unsaved();
  }
  /// One more edit of the endpoint, brought about.
  void change(int edit) {
    ir::EdgeFragment edited = fragment();
    edited.max_concurrent = edit + 1;
    want(edited);
    (void)converge();
  }
  /// What waits in the queue now; a test is its own worker.
  std::set<Key> due() {
    std::set<Key> keys;
    while (const auto taken = link.queue().try_get()) {
      keys.insert(taken->key);
      link.queue().done(taken->key);
    }
    return keys;
  }
  runtime::Next look() { return step(link, link.check_target(), {}); }
  runtime::Next converge() { return step(link, kTenant, {}); }
  runtime::Next save() { return step(link, {"Save", "", "edge"}, {}); }
  [[nodiscard]] bool unsaved() const { return (*link.health())->unsaved; }
  Outcome outcome() { return link.verdict(kTenant, Uid("4d1c"))->outcome; }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  metrics::Metrics metrics;
  int news = 0;         ///< of verdicts and of the device, each a status to write
  bool stored = false;  ///< what the gateway's status says
  std::shared_ptr<FakeDevice> device = std::make_shared<FakeDevice>();
  shared::GatewayLink::Step step = edge_step([] { return shared::Turn(); }, [this] { return stored; });
  shared::GatewayLink link{
      {"F5Gateway", "", "edge"},
      [](auto&, const Key&, std::stop_token) { return runtime::Next{}; },
      /*threads=*/0,
      {clock, random, metrics, std::chrono::minutes(10), [this](const Key&, runtime::Priority) { ++news; },
       [this](const Key&, shared::HealthNews) { ++news; }}};
};

}  // namespace sallyport::f5_gateway::testing
