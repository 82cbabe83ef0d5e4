// SPDX-License-Identifier: Apache-2.0
// What the agent tells of its gateway.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"

namespace sallyport::nginx_agent {

enum class EndpointState {
  Live,     ///< as published
  Pending,  ///< its policy is in force; its file waits for the next reload
  /// An older file goes on, for nginx will not have the new one, or it cannot be made. Its policy is the new one, and
  /// where that is what cannot be had, nobody is let in.
  Kept,
  LeftOut,  ///< not served
};
[[nodiscard]] std::string_view to_string(EndpointState state);

struct EndpointReport {
  std::string id;
  std::int64_t generation = 0;  ///< that was published
  std::string document;
  EndpointState state = EndpointState::Live;
  std::string why;  ///< of Kept and LeftOut; of Live, what a backend lacks that is left out
  friend bool operator==(const EndpointReport&, const EndpointReport&) = default;
};

struct Report {
  std::int64_t serial = 0;  ///< of the manifest that is followed; 0: none
  std::string generation;   ///< of nginx's files that are in place
  bool running = false;     ///< nginx answers with that generation, and it is all that was published
  std::string trouble;      ///< why nothing newer is followed, or nginx does not run with it; empty: all is well
  std::vector<EndpointReport> endpoints;
  friend bool operator==(const Report&, const Report&) = default;
};

/// As it was `at` this time.
[[nodiscard]] std::string to_json(const Report& report, SystemTime at);

}  // namespace sallyport::nginx_agent
