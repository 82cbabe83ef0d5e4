// SPDX-License-Identifier: Apache-2.0
// A directory of manifests with a store on it, for tests: a small kind with what the store has to know of kinds.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>

#include "operator/store/directory.hpp"
#include "operator/store/directory_lock.hpp"
#include "operator/store/watched.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::store::testing {

struct GateSpec {
  std::string host;
  std::string type;
  std::vector<std::string> rules;
};
struct GateStatus {
  std::string address;
};
struct Gate {
  using Spec = GateSpec;
  using Status = GateStatus;
};
struct SiteSpec {
  std::string host;
};
struct Site {
  using Spec = SiteSpec;
  using Status = GateStatus;
};

using sallyport::testing::mode_of;
using sallyport::testing::read_text;
using sallyport::testing::TemporaryDirectory;
using sallyport::testing::write_text;

inline std::string gate(const std::string& name, const std::string& host = "a.example.com",
                        const std::string& type = "BIGIP") {
  return "---\napiVersion: test.dev/v1\nkind: Gate\nmetadata: {name: " + name +
         ", namespace: risk}\nspec: {host: " + host + ", type: " + type + "}\n";
}

/// A store that lives, and may end and begin again, on one directory.
class Directory : public ::testing::Test {
 protected:
  using Caches = std::pair<Cache<Object<Gate>>, Cache<Object<Site>>>;

  void put(const std::string& file, const std::string& text) const { write_text(manifests() + "/" + file, text); }
  void remove(const std::string& file) const { std::filesystem::remove_all(manifests() + "/" + file); }
  [[nodiscard]] std::string manifests() const { return root_.path + "/manifests"; }
  [[nodiscard]] std::string state() const { return root_.path + "/state"; }

  void SetUp() override { std::filesystem::create_directories(manifests()); }
  void TearDown() override { store_.reset(); }

  virtual DirectoryOptions options() {
    DirectoryOptions options;
    options.manifests = manifests();
    options.state = state();
    options.internal_kinds = {"Ledger"};
    options.quiet = std::chrono::milliseconds(20);
    return options;
  }

  /// As a process that starts: nothing is known but what the directories hold.
  Result<void> try_start() {
    store_.reset();
    caches_ = std::make_unique<Caches>();
    changes_.clear();
    TRY(DirectoryState(state()).prepare());
    store_ = std::make_unique<DirectoryStore>(options());
    WatchedKind gates = watch_kind<Gate>(caches_->first, schema::Unknown::Refuse);
    gates.check = [this, check = gates.check](std::string_view before, std::string_view now) {
      ++checked_;
      return check(before, now);
    };
    TRY(store_->start({std::move(gates), watch_kind<Site>(caches_->second, schema::Unknown::Refuse)},
                      [this](const Key& key, Cause cause) { changed(key, cause); }, {}));
    return store_->take_over();
  }
  void start() {
    const auto started = try_start();
    ASSERT_TRUE(started.has_value()) << started.error().text();
  }
  void scan() {
    changes_.clear();
    const auto scanned = store_->scan();
    ASSERT_TRUE(scanned.has_value()) << scanned.error().text();
    store_->show_status();
  }
  virtual void changed(const Key& key, Cause cause) { changes_.emplace_back(key, cause); }

  [[nodiscard]] ObjectPtr<Gate> get(const std::string& name, const std::string& ns = "risk") const {
    return caches_->first.get(ns, name);
  }
  [[nodiscard]] std::string uid(const std::string& name) const {
    const auto object = get(name);
    return object ? object->meta.uid.str() : "";
  }
  void hold(const std::string& name) {
    const auto held = store_->set_finalizer(gate_key(name), get(name)->meta, Store::Finalizer::Present);
    ASSERT_TRUE(held.has_value()) << held.error().text();
  }
  static Key gate_key(const std::string& name) { return {"Gate", "risk", name}; }

  TemporaryDirectory root_;
  std::unique_ptr<Caches> caches_;
  std::vector<std::pair<Key, Cause>> changes_;
  int checked_ = 0;  ///< how many gates were looked at, each time
  std::unique_ptr<DirectoryStore> store_;
};

}  // namespace sallyport::store::testing

template <>
struct sallyport::schema::Describe<sallyport::store::testing::GateSpec> {
  using Spec = store::testing::GateSpec;
  static constexpr std::string_view doc = "What a gate wants.";
  static constexpr auto fields =
      std::tuple{field("host", &Spec::host, "Where it answers.", {.required = true}),
                 field("type", &Spec::type, "What it is made of.", {.required = true, .immutable = true}),
                 field("rules", &Spec::rules, "What passes.")};
  static constexpr auto rules = std::tuple{rule<Spec>("self.host != self.type", "must not be the type", "host",
                                                      [](const Spec& spec) { return spec.host != spec.type; })};
};

template <>
struct sallyport::schema::Describe<sallyport::store::testing::SiteSpec> {
  static constexpr std::string_view doc = "What a site wants.";
  static constexpr auto fields =
      std::tuple{field("host", &store::testing::SiteSpec::host, "Where it answers.", {.required = true})};
};

template <>
struct sallyport::schema::Describe<sallyport::store::testing::GateStatus> {
  static constexpr std::string_view doc = "What a gate has.";
  static constexpr auto fields = std::tuple{field("address", &store::testing::GateStatus::address, "Its address.")};
};

template <>
struct sallyport::schema::Kind<sallyport::store::testing::Gate> {
  static constexpr KindName name{.group = "test.dev",
                                 .version = "v1",
                                 .kind = "Gate",
                                 .plural = "gates",
                                 .singular = "gate",
                                 .short_name = "ga",
                                 .doc = "A gate."};
};

template <>
struct sallyport::schema::Kind<sallyport::store::testing::Site> {
  static constexpr KindName name{.group = "test.dev",
                                 .version = "v1",
                                 .kind = "Site",
                                 .plural = "sites",
                                 .singular = "site",
                                 .short_name = "si",
                                 .scope = Scope::Cluster,
                                 .doc = "A site."};
};
