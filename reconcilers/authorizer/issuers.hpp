// SPDX-License-Identifier: Apache-2.0
// The keys of all issuers that the policies name, each fetched in its own time.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "reconcilers/authorizer/key_cache.hpp"
#include "reconcilers/authorizer/snapshot.hpp"

namespace sallyport::authorizer {

/// Thread-safe.
class Issuers {
 public:
  /// Makes the fetch of one issuer's keys (GET jwks_uri).
  using MakeFetch = std::function<KeyCache::Fetch(const publication::Issuer&)>;

  Issuers(MakeFetch make_fetch, const Clock& clock) : make_fetch_(std::move(make_fetch)), clock_(clock) {}

  /// The keys of an issuer, which are kept as long as somebody asks. Endpoints that say the same of an issuer share
  /// them; those that say something else of it (another address, other windows) do not.
  [[nodiscard]] std::shared_ptr<KeyCache> keys_of(const publication::Issuer& issuer);

  /// Makes the keys of a snapshot's issuers and forgets those of all others.
  void follow(const Snapshot& snapshot);

  struct Due {
    publication::Issuer issuer;
    std::shared_ptr<KeyCache> keys;
  };
  /// Those whose keys are to be fetched by now, for the thread in the background.
  [[nodiscard]] std::vector<Due> due() const;
  [[nodiscard]] std::vector<Due> all() const;

 private:
  [[nodiscard]] std::shared_ptr<KeyCache> find_or_make(const publication::Issuer& issuer);

  const MakeFetch make_fetch_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Due> issuers_;  // a handful
};

}  // namespace sallyport::authorizer
