// SPDX-License-Identifier: Apache-2.0
// An issuer's keys (RFC 7517 section 5).
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/token/jws.hpp"
#include "reconcilers/token/public_key.hpp"
#include "reconcilers/token/refusal.hpp"

namespace sallyport::token {

inline constexpr std::size_t kMaxKeySetSize = 262144;  ///< bytes
inline constexpr std::size_t kMaxKeys = 100;

/// A key of the set that is not used.
struct UnusedKey {
  std::string id;  ///< printable, cut
  std::string why;
  bool compromised = false;  ///< its private part was published, which somebody has to hear of
  std::string thumbprint{};  ///< of a compromised one whose public part can be read (RFC 7638)
  friend bool operator==(const UnusedKey&, const UnusedKey&) = default;
};

/// A value; immutable once read, so any number of threads may share one.
class KeySet {
 public:
  /// Fails with Unavailable, the set as a whole being of no use, for what is not a strict JSON object with a list of
  /// at most 100 keys in at most 256 KiB. A single key that cannot be used is set aside, and of two with one id both,
  /// and every key whose private part stands in the same set or whose thumbprint is in `compromised`.
  [[nodiscard]] static Result<KeySet> read(std::string_view text, const std::set<std::string>& compromised = {});

  [[nodiscard]] const std::vector<PublicKey>& keys() const { return keys_; }
  [[nodiscard]] const std::vector<UnusedKey>& unused() const { return unused_; }

  /// The key that the header names, or, where it names none, the only one that fits its algorithm. KeyUnknown or
  /// KeyUnfit. Lives as long as the set.
  [[nodiscard]] Checked<const PublicKey*> choose(const Header& header) const;

 private:
  std::vector<PublicKey> keys_;
  std::vector<UnusedKey> unused_;
};

}  // namespace sallyport::token
