// SPDX-License-Identifier: Apache-2.0
// Statuses as files for people: for `team/edge.yaml` there is `team/edge.status.yaml`, with a YAML document for each of
// its objects (apiVersion, kind, metadata, status) and, as comments on top, what could not be taken from the file. The
// truth is in the state; these may be removed at any time.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "operator/store/directory_record.hpp"

namespace sallyport::store {

/// One object's document.
[[nodiscard]] std::string status_document(const Record& record, const std::string& api_version);

/// `team/edge.status.yaml` for `team/edge.yaml`. Manifests that differ only in their endings share one.
[[nodiscard]] std::string status_file_of(const std::string& manifest);

/// Not thread-safe.
class StatusFiles {
 public:
  /// Where the manifests are, and where status goes when nothing can be written there.
  StatusFiles(std::string manifests, std::string fallback);

  /// The whole text of a status file: `problems` as comments, then the documents. Neither: the file is removed. A file
  /// of this name that we did not write is left alone. Problems are logged, once for each place.
  void show(const std::string& status_file, const std::vector<std::string>& problems,
            const std::vector<std::string>& documents);

 private:
  [[nodiscard]] Result<void> put(const std::string& path, const std::string& text) const;
  [[nodiscard]] Result<void> put_beside_manifest(const std::string& path, const std::string& text) const;
  void say_once(const std::string& about, const Error& error);

  std::string manifests_;
  std::string fallback_;
  std::set<std::string> said_;
};

}  // namespace sallyport::store
