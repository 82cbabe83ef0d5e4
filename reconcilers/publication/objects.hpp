// SPDX-License-Identifier: Apache-2.0
// A directory of objects that are named by their SHA-256: documents, certificates, credentials. What is there never
// changes, so whoever has the name needs no signature to believe the bytes.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

namespace sallyport::publication {

inline constexpr std::size_t kMaxObjectSize = 1UL << 20U;

/// Whether it is one that an object may have.
[[nodiscard]] bool is_object_name(std::string_view text);

/// Holds private keys: the directory is 0700, its files 0600. Several processes may use one directory.
class Objects {
 public:
  explicit Objects(std::string directory) : directory_(std::move(directory)) {}

  /// The bytes whose SHA-256 is `name`. NotFound; InvalidSpec for a name that is none, or bytes that are others.
  [[nodiscard]] Result<Secret> read(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

  /// On the disk when the call returns; the name. Written again costs a look.
  [[nodiscard]] Result<std::string> put(const Secret& bytes) const;
  /// The same, without the look: what is there is damaged.
  [[nodiscard]] Result<std::string> replace(const Secret& bytes) const;
  /// Takes away what a writer that was killed left half done. For who alone writes here.
  void sweep() const;
  /// Takes away objects that nobody needs; other files stay.
  [[nodiscard]] Result<void> keep_only(const std::set<std::string>& names) const;

 private:
  std::string directory_;
};

}  // namespace sallyport::publication
