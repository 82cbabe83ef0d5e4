// SPDX-License-Identifier: Apache-2.0
// All manifests below a directory, and what their absence proves: an object counts as removed only when everything that
// could still declare it has been read.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "operator/store/directory_document.hpp"
#include "operator/store/directory_record.hpp"

namespace sallyport::store {

/// By path, relative.
using Problems = std::map<std::string, std::vector<std::string>>;

/// One look at the directory.
struct Tree {
  std::map<Key, std::shared_ptr<const Manifest>> manifests{};
  Problems problems{};            ///< by file
  Problems directory_problems{};  ///< "" is the root
  std::set<std::string> ignored{};
  std::set<std::string> unread{};       ///< files that are there, but could not be read or understood
  std::set<std::string> faulty{};       ///< files of which a document was refused
  std::set<std::string> closed{};       ///< directories that cannot be listed; "" is the root
  std::set<std::string> bare{};         ///< directories below the root that are there and hold nothing visible
  std::set<std::string> directories{};  ///< absolute, for watching
  /// Nothing changed while we were reading: a file that is being moved is not overlooked.
  bool settled = true;

  /// Whether an object of this file that is in no manifest now has been removed. Not so while the directory, or the
  /// one the file is in, or the file cannot be read; nor when there is no manifest at all, or nothing where the file
  /// was: an empty directory is a mount that is missing more often than a wish.
  [[nodiscard]] bool proves_removal(const std::string& file) const;
  /// The file is still being written: what it says now counts for nothing, and nothing proves a removal.
  void hold_back(const std::string& file);
  /// Puts a problem beside each bare directory for which one of these is held: an empty one by itself is no fault.
  void tell_of_bare(const std::map<Key, Record>& records);
};

/// Not thread-safe. Remembers the files that have not changed since the last look.
class ManifestReader {
 public:
  /// `skip`: a directory that may be below and is not read (the state).
  ManifestReader(std::string directory, std::string skip, Declarable declarable);
  ~ManifestReader();
  ManifestReader(const ManifestReader&) = delete;
  ManifestReader& operator=(const ManifestReader&) = delete;

  /// *.yaml, *.yml and *.json, recursively, in the order of their paths; through symbolic links; without what begins
  /// with a dot (Kubernetes' `..data` among it) and without status files. Of an object that is declared twice, the
  /// first counts.
  [[nodiscard]] Tree read();

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  struct Known;
  struct Listing;
  [[nodiscard]] Listing list() const;
  void list_directory(const std::string& relative, int depth, Listing& listing) const;
  [[nodiscard]] std::shared_ptr<const Known> read_file(const std::string& file, const std::string& signature);

  std::string directory_;
  std::string skip_;
  Declarable declarable_;
  std::map<std::string, std::shared_ptr<const Known>> known_;
};

/// `file` is `directory`, or is in it or below it; "" is the root. Both relative.
[[nodiscard]] bool is_below(const std::string& file, const std::string& directory);

/// Whether a directory is there, and holds nothing but names that begin with a dot.
[[nodiscard]] bool is_bare_directory(const std::string& path);

/// Whether a file of this name, without a path, is read: see ManifestReader::read.
[[nodiscard]] bool is_manifest_file(const std::string& name);
/// Status files are written beside manifests and never read as such.
[[nodiscard]] bool is_status_file(const std::string& file);

}  // namespace sallyport::store
