// SPDX-License-Identifier: Apache-2.0
// A reflector over scripted answers, with a journal of what it reported.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "operator/kube/reflector.hpp"
#include "tests/operator/kube/kube_script.hpp"

namespace sallyport::kube::testing {

/// A cache of "name@version" and a journal of what was reported.
struct Watched {
  explicit Watched(std::deque<Answer> watches, std::deque<Answer> lists = {})
      : watch_script(std::move(watches)),
        list_script(std::move(lists)),
        watch_client(watch_script.client(), client_options(clock, random)),
        list_client(list_script.client(), client_options(clock, random)),
        reflector(list_client, watch_client, {kEdges}, sink(), options()) {}

  Sink sink() {
    return {[this](std::string_view text) -> Result<void> {
              if (on_put) on_put();
              const auto parsed = nlohmann::json::parse(text, nullptr, false);
              if (parsed["metadata"]["name"] == "poisoned") return Error{Code::InvalidSpec, "poisoned", {}, {}};
              cache[parsed["metadata"]["name"]] = parsed["metadata"]["resourceVersion"];
              return {};
            },
            [this](const std::string&, const std::string& name) { cache.erase(name); },
            [this](const ObjectHead& head, Seen seen) {
              const char* word = seen == Seen::Deleted ? "deleted" : seen == Seen::Initial ? "initial" : "changed";
              journal.push_back(std::string(word) + " " + head.name + (seen == Seen::Deleted ? "" : "/" + head.uid));
            },
            [this](const std::string& version) { advanced.push_back(version); }};
  }
  ReflectorOptions options() {
    ReflectorOptions made;
    made.clock = &clock;
    made.random = &random;
    made.hooks.watch_ended = [this](std::string_view, WatchEnd why) { endings.emplace_back(to_string(why)); };
    made.hooks.relisted = [this](std::string_view) { ++relists; };
    made.hooks.undecodable = [this](std::string_view) { ++undecodable; };
    return made;
  }
  std::chrono::milliseconds step() { return reflector.step({}); }
  [[nodiscard]] std::string last_watch() const { return watch_script.requests().back().target; }

  sallyport::testing::FakeClock clock;
  sallyport::testing::FakeRandom random;
  Script watch_script;
  Script list_script;
  Client watch_client;
  Client list_client;
  std::map<std::string, std::string> cache;
  std::vector<std::string> journal;
  std::vector<std::string> advanced;
  std::vector<std::string> endings;
  int relists = 0;
  int undecodable = 0;
  std::function<void()> on_put;
  Reflector reflector;
};

inline std::string filled(int version = 10) {
  return event("ADDED", object("a", 5)) + event("ADDED", object("b", 3)) + end_of_list(version);
}

}  // namespace sallyport::kube::testing
