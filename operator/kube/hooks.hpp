// SPDX-License-Identifier: Apache-2.0
// What the Kubernetes layer tells whoever counts: wiring connects these to metrics, tests to a recorder. Each may be
// empty. They are called from any thread, must return at once and must not throw.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace sallyport::kube {

/// Why a watch had to be opened again.
enum class WatchEnd {
  Closed,     ///< The server ended it, as it does every 5 to 10 minutes.
  VeryShort,  ///< Under a second and without any event: something between us closes streams.
  Idle,       ///< Neither event nor bookmark for too long.
  Broken,     ///< Reset, unreadable line, or the connection could not be made.
  Refused,    ///< The server answered with a status other than 200 or 410, or with an ERROR event.
  Gone,       ///< 410: our version is too old, a relist follows.
};

[[nodiscard]] std::string_view to_string(WatchEnd end);

struct Hooks {
  /// One answered or failed request; `code` 0 means that there was no answer. `verb` is the HTTP method or WATCH.
  std::function<void(std::string_view verb, int code, std::chrono::milliseconds took)> request{};
  /// The same request is sent once more; `code` is the answer that was not good enough, 0 for none.
  std::function<void(std::string_view verb, int code)> repeated{};
  std::function<void(std::string_view kind, WatchEnd why)> watch_ended{};
  std::function<void(std::string_view kind)> relisted{};
  /// The version up to which the cache of a kind is known to be complete. `ns` is empty for all namespaces.
  std::function<void(std::string_view kind, std::string_view ns, std::string_view version)> resource_version{};
  /// An object that could not be decoded; the cache keeps what it had.
  std::function<void(std::string_view kind)> undecodable{};
  /// A reconcile was put off because the cache did not yet show our own last write.
  std::function<void(std::string_view kind)> stale_sync_skip{};
  std::function<void()> event_dropped{};
  std::function<void(bool held)> lease_held{};
  /// The lease had changed since our last write, and was read again before it could be renewed.
  std::function<void()> lease_read_again{};
};

}  // namespace sallyport::kube
