// SPDX-License-Identifier: Apache-2.0
// Access lists of serving endpoints, and the stale answers that reading them can give: right after a write, or later.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::simulators::databricks {

/// In rising order: each level holds the ones before it.
enum class Level { None, CanView, CanQuery, CanManage };

[[nodiscard]] std::string_view to_string(Level level);  ///< "" for None
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);

/// Principal id -> level.
using Entries = std::map<std::string, Level>;

/// How a read may lie (ucx 507, 4738).
struct StaleReads {
  enum class Mode {
    Fresh,      ///< never
    Lag,        ///< the next `reads` reads show what was before the write
    Alternate,  ///< of the next 2 * `reads` reads every second one does: new, old, new, old
    Relapse,    ///< from when this is set: the next `reads` reads of every list show what was before its last write
  };
  Mode mode = Mode::Fresh;
  int reads = 0;
  friend bool operator==(const StaleReads&, const StaleReads&) = default;
};

/// The direct entries of every endpoint id that ever was: the list of a deleted endpoint stays (reference 1.2).
class AclBook {
 public:
  void set_stale_reads(StaleReads stale);
  [[nodiscard]] const StaleReads& stale_reads() const { return stale_; }

  [[nodiscard]] bool knows(const std::string& endpoint_id) const { return lists_.contains(endpoint_id); }
  /// What counts when access is checked. The id must be known.
  [[nodiscard]] const Entries& actual(const std::string& endpoint_id) const;
  /// What a reader is shown; counts as a read.
  [[nodiscard]] Entries observed(const std::string& endpoint_id);
  /// Replaces the direct entries; opens the list when it is new.
  void write(const std::string& endpoint_id, Entries entries);
  /// Takes a principal that is gone out of every list.
  void forget(const std::string& principal_id);

 private:
  struct List {
    Entries now;
    Entries before;
    int reads_left = 0;  ///< reads that may still be stale
  };
  StaleReads stale_;
  std::map<std::string, List> lists_;
};

}  // namespace sallyport::simulators::databricks
