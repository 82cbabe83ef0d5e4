// SPDX-License-Identifier: Apache-2.0
// What certificates the hosts show that serve models: that of the workspace, or one of route-optimised endpoints.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/http/certificate_look.hpp"
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::databricks_workspace {

/// Thread-safe. Each host is asked once within `keep`, however many serving endpoints it has, and one host at a time: a
/// host that does not answer takes one of a workspace's threads, and whoever asks for another is told what was known of
/// that one. The clock outlives it.
class ServingCertificates {
 public:
  /// Without `look` nobody is asked.
  ServingCertificates(http::LookAtCertificate look, const Clock& clock, std::chrono::milliseconds keep)
      : look_(std::move(look)), clock_(clock), keep_(keep) {}

  /// For a verdict: "certificate_until" (RFC 3339) and, where what is shown is refused, "certificate_problem". Nothing
  /// while the host shows none: that says nothing of it.
  [[nodiscard]] ir::Facts facts(const std::string& invocations_url, const std::string& ca_bundle, std::stop_token stop);

 private:
  struct Seen {
    std::optional<SteadyTime> at;
    std::string ca_bundle;
    ir::Facts facts;
  };

  const http::LookAtCertificate look_;
  const Clock& clock_;
  const std::chrono::milliseconds keep_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Seen> seen_;  ///< by origin
  std::string looking_at_;            ///< empty: nobody looks
};

}  // namespace sallyport::databricks_workspace
