// SPDX-License-Identifier: Apache-2.0
// What a gateway is to serve, as the operator publishes it: a signed list of endpoints' documents by their SHA-256. It
// is signed anew while nothing changes, so that its age tells how long nobody could have taken access away.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "reconcilers/publication/signer.hpp"
#include "reconcilers/token/key_set.hpp"

namespace sallyport::publication {

struct Entry {
  std::string id;  ///< of the endpoint
  std::string uid;
  std::int64_t generation = 0;
  std::string document;  ///< SHA-256 of Endpoint's bytes, 64 hex digits
  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Manifest {
  std::string instance;           ///< of the operator
  std::string gateway;            ///< F5Gateway's name
  std::int64_t serial = 0;        ///< rises with every signing
  std::string made_at;            ///< RFC 3339
  std::string use_until;          ///< RFC 3339; after it the authorizer refuses everything
  std::vector<std::string> keys;  ///< JWK texts: by which keys the next manifests may be signed, this one's included
  std::vector<Entry> endpoints;
};

/// Bytes of the longest manifest: 10,000 endpoints take some 2.5 MB.
inline constexpr std::size_t kMaxManifestSize = 64UL << 20U;

/// With the line of the signature.
inline constexpr std::size_t kMaxSealedSize = kMaxManifestSize + 1024;
/// Where they lie in a publication, and in what an agent has installed.
inline constexpr const char* kManifestFile = "manifest";
inline constexpr const char* kObjectsFolder = "objects";

/// One line with the key's id and the signature, then the manifest. The same bytes for the same value and key, always.
[[nodiscard]] Result<std::string> seal(const Manifest& manifest, const Signer& signer);

/// Refused where no key in `trusted` signed exactly these bytes; InvalidSpec for what is no manifest, or one in which
/// an id comes twice. Says nothing about its age and serial: those are for who knows what came before.
[[nodiscard]] Result<Manifest> open_sealed(std::string_view text, const token::KeySet& trusted);

/// The keys that it announces: as the text of a JWK set, and read. InvalidSpec for a text that is no key.
[[nodiscard]] std::string announced_set(const Manifest& manifest);
[[nodiscard]] Result<token::KeySet> announced_keys(const Manifest& manifest);

/// Why `next` may not take the place of `before`: of another instance or gateway, or older.
[[nodiscard]] Result<void> may_follow(const Manifest& before, const Manifest& next);

}  // namespace sallyport::publication
