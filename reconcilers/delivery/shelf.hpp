// SPDX-License-Identifier: Apache-2.0
// The publications that are handed out: read as they lie in their directories, where the NGINX backend writes them
// (ADR 12), and the place for agents' reports.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace sallyport::delivery {

inline constexpr std::size_t kMostOfReport = 4UL << 20U;

/// A manifest's text, and the tag by which somebody knows that it is the one that they have.
struct TaggedText {
  std::string text;
  std::string tag;  ///< SHA-256 in quotes (RFC 9110 section 8.8.3)
};

/// Thread-safe. Agents ask twice a second, so a manifest is read and hashed when it has changed, and kept.
class Shelf {
 public:
  /// NotFound where nothing is published yet.
  [[nodiscard]] Result<std::shared_ptr<const TaggedText>> manifest(const std::string& directory);
  [[nodiscard]] static Result<Secret> object(const std::string& directory, const std::string& name);
  /// `agent` is a report_name().
  [[nodiscard]] static Result<void> keep_report(const std::string& directory, const std::string& agent,
                                                const std::string& text);

 private:
  struct Seen {
    std::string appearance;  // of the file: it is replaced by another whenever it changes
    std::shared_ptr<const TaggedText> manifest;
  };

  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  // by directory
};

/// Agents whose reports have not been written for so long, by the file's own time.
[[nodiscard]] std::vector<std::string> quiet_reports(const std::string& directory, std::chrono::seconds since,
                                                     SystemTime now);
/// Gone already: succeeds.
[[nodiscard]] Result<void> drop_report(const std::string& directory, const std::string& agent);

}  // namespace sallyport::delivery
