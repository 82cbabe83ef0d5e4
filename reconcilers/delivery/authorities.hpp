// SPDX-License-Identifier: Apache-2.0
// The authority that vouches for agents and for the operator's server, and how the next takes its place: known to all
// first, then in use, and the former believed until it ends. So whoever comes once a day follows.
//
// In a Secret: tls.crt and tls.key (as cert-manager writes them), next.crt and next.key while another is to come, and
// previous.crt, whose key is no longer there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"
#include "operator/pki/authority.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::delivery {

/// For how long a certificate of an agent, or of the server, is good.
inline constexpr std::chrono::hours kLeafTerm{24};
/// Clocks differ.
inline constexpr std::chrono::minutes kSkew{10};

/// A value; may be used by any number of threads.
class Authorities {
 public:
  /// InvalidSpec, with the key's name, for what cannot be used.
  [[nodiscard]] static Result<Authorities> read(const ir::SecretBytes& secret);

  [[nodiscard]] const pki::Authority& current() const { return current_; }
  /// All that are believed, in PEM: the current one, the next and the previous.
  [[nodiscard]] const std::string& bundle() const { return bundle_; }

 private:
  Authorities(pki::Authority current, std::string bundle) : current_(std::move(current)), bundle_(std::move(bundle)) {}

  pki::Authority current_;
  std::string bundle_;
};

/// A first one.
[[nodiscard]] Result<ir::SecretBytes> new_authorities(const std::string& instance, SystemTime now);

/// What becomes of those that the operator made, by now; nothing where they stay as they are. A third of its term
/// before the current one ends the next is made; after a week, in which everybody has heard of it several times, it is
/// used.
[[nodiscard]] Result<std::optional<ir::SecretBytes>> next_step(const ir::SecretBytes& secret,
                                                               const std::string& instance, SystemTime now);

/// What a person should know of one that somebody gave: that it ends, or has ended. `name`: of the Secret.
[[nodiscard]] std::vector<std::string> notes_on(const Authorities& given, const std::string& name, SystemTime now);

}  // namespace sallyport::delivery
