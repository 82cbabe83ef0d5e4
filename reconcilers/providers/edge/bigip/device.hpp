// SPDX-License-Identifier: Apache-2.0
// One BIG-IP unit and our sign-in at it: one token for everything, renewed before it ends (f5.md 4.1). It belongs to
// one connection: two connections to a unit hold a token each, as they may sign in as different users.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::edge::bigip {

/// Bounds of single calls. A write is accepted as a task, so none of them has to outlast a deployment.
inline constexpr std::chrono::seconds kReadDeadline{30};
inline constexpr std::chrono::seconds kWriteDeadline{60};

/// What a device needs of its surroundings. References outlive it.
struct Access {
  ir::SecretHandle credentials;  ///< username, password
  ir::SecretSource& secrets;
  const Clock& clock;
};

/// Not thread-safe: its provider's calls are serialised.
class Device {
 public:
  Device(std::string origin, std::unique_ptr<http::Client> client, Access access);

  [[nodiscard]] const std::string& origin() const { return origin_; }

  /// Sends with our token, within `deadline`, signing in first, within another when there is none or it has lived for
  /// 75 % of its life. A 401 is answered with one new sign-in and one repetition (a 401 has no effect); a second one is
  /// Unauthorized. A sign-in that was refused is not tried again for a minute: too many of them lock the account. Every
  /// other status is a Response. Errors name the unit.
  [[nodiscard]] Result<http::Response> send(http::Request request, std::chrono::milliseconds deadline,
                                            std::stop_token stop);

  /// GET. A 2xx is the Response; anything else is the Error that `error_of` makes of it.
  [[nodiscard]] Result<http::Response> get(const std::string& target, std::stop_token stop) {
    return get(target, kReadDeadline, std::move(stop));
  }
  [[nodiscard]] Result<http::Response> get(const std::string& target, std::chrono::milliseconds deadline,
                                           std::stop_token stop);

  /// For the audit trail: how a task ended that the unit had accepted.
  void concluded(const std::string& task, http::Ending ending) { client_->concluded(task, ending); }

  /// "GET https://unit/path", without its query.
  [[nodiscard]] std::string where(const http::Request& request) const;

  /// Set when signing in fell back to a password with every request because the user has too many live tokens.
  [[nodiscard]] const std::optional<std::string>& note() const { return note_; }

  /// DELETE /mgmt/shared/authz/tokens/<token>. Best effort: a token that is left ends by itself.
  void sign_out(std::stop_token stop);

 private:
  [[nodiscard]] Result<void> sign_in(std::chrono::milliseconds deadline, std::stop_token stop);
  [[nodiscard]] Result<http::Response> login(std::chrono::milliseconds deadline, std::stop_token stop);
  [[nodiscard]] Result<http::Response> send_once(http::Request& request, std::chrono::milliseconds deadline,
                                                 std::stop_token stop);
  [[nodiscard]] std::string renew() const;  ///< what to do about a sign-in that is not accepted
  void revoke(const Secret& token, std::stop_token stop);

  std::string origin_;
  std::unique_ptr<http::Client> client_;
  Access access_;
  Secret token_{};
  Secret basic_{};                  ///< "Basic ...", only while there can be no token
  std::optional<Error> refused_{};  ///< what the last sign-in came to, when that was a refusal
  SteadyTime refused_until_{};
  SteadyTime renew_at_{};  ///< of token_, or when a token is tried again
  std::optional<std::string> note_{};
};

}  // namespace sallyport::edge::bigip
