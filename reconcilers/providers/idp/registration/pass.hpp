// SPDX-License-Identifier: Apache-2.0
// One look at one client, and what is done about it. Every step may be the last one before the process dies: what the
// next pass needs is in the vault before the step is taken.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "reconcilers/providers/idp/discovery.hpp"
#include "reconcilers/providers/idp/registration/record.hpp"
#include "reconcilers/providers/idp/telling.hpp"

namespace sallyport::idp::registration {

/// What passes share: one connection's provider, its records, and the way to it. Thread-safe.
struct Office {
  Office(const ir::IdpConnection& to, Surroundings around);
  ir::IdpConnection connection;
  ir::SecretSource& secrets;
  const Clock& clock;
  bool can_keep;
  Issuer issuer;
  Wire wire;
  Ledger ledger;
  std::mutex initial_token_mutex{};
  Secret initial_token{};  ///< empty until it is first needed
};

class Pass {
 public:
  Pass(Office& office, const ir::ClientFragment& fragment, std::stop_token stop);

  /// Registers, or reads back and puts right. At most one POST and one PUT.
  [[nodiscard]] ir::Verdict present();
  /// DELETE; Gone when the token endpoint says `invalid_client`, or there never was a client.
  [[nodiscard]] ir::Verdict absent();
  /// Forgets the record, for good: nobody can manage that client through RFC 7592 any more.
  [[nodiscard]] ir::Verdict release();
  /// Reads only. Applied when there is nothing to do, else Pending with a note per difference. A Hold sends nothing.
  /// Where nothing can be kept, a client is judged by its record: the look at it may end its token and its secret.
  [[nodiscard]] ir::Verdict compare();

 private:
  enum class Look {
    Here,       ///< read, and `record_.metadata` is what was read
    Gone,       ///< the token endpoint says `invalid_client`: a 401 alone is no proof (oidc.md 1.2)
    TokenLost,  ///< it lives, and we have no registration access token that works
  };

  [[nodiscard]] Result<ir::Outcome> make_present();
  [[nodiscard]] Result<ir::Outcome> make_absent();
  [[nodiscard]] Result<ir::Outcome> make_released();
  [[nodiscard]] Result<ir::Outcome> tell_differences();

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> read_record();
  [[nodiscard]] Result<void> save();
  [[nodiscard]] Result<Look> observe();
  [[nodiscard]] Result<Look> look_without_loss();
  [[nodiscard]] Result<Look> read_answer_to_get(const http::Response& response);
  [[nodiscard]] Result<TokenAnswer> try_to_sign_in();
  [[nodiscard]] Result<Look> ask_token_endpoint();
  [[nodiscard]] Result<ir::Outcome> settle();
  [[nodiscard]] Result<ir::Outcome> judge(const std::vector<Difference>& found);
  [[nodiscard]] Result<ir::Outcome> live_without_token();

  [[nodiscard]] Result<void> register_client();
  [[nodiscard]] Result<void> wait_after_losses() const;
  [[nodiscard]] Result<Secret> initial_access_token();
  [[nodiscard]] Result<void> keep(const Answer& answer);
  [[nodiscard]] Result<void> accept(const Answer& answer);
  [[nodiscard]] Error undo(const Error& unsaved);
  void withdraw_intent();
  [[nodiscard]] Result<void> update();
  [[nodiscard]] Result<void> take_update(const http::Response& response);
  [[nodiscard]] Result<ir::Outcome> remove_client();
  [[nodiscard]] Result<ir::Outcome> forget_counted();
  /// The provider accepts neither our token nor our secret. Where the answer to an update was lost, that need not mean
  /// that the client is gone: the answer may have held new ones (RFC 7592 section 2.2). Then it is an orphan.
  bool count_if_it_may_live();
  /// Nothing was registered, but for what an answer that was lost may have left behind.
  [[nodiscard]] Result<ir::Outcome> forget_lost();
  [[nodiscard]] Result<ir::Outcome> forget(std::string note);

  void note_abandoned();
  void warn_of_abandoned() const;
  [[nodiscard]] Result<void> check_client_uri() const;
  /// 401 by RFC 7592 section 2.1; some servers say 404, 405 or 410. The token endpoint knows more.
  [[nodiscard]] static bool may_be_gone(const http::Response& response);
  [[nodiscard]] bool shares_origin(const std::string& uri) const;
  [[nodiscard]] http::Request managing(const std::string& method) const;
  [[nodiscard]] std::vector<Secret> hidden() const;
  [[nodiscard]] ir::Verdict verdict(const Result<ir::Outcome>& result);
  [[nodiscard]] ir::Facts facts() const;

  Office& office_;
  const ir::ClientFragment& fragment_;
  std::stop_token stop_;
  ir::Owner owner_;  ///< whose record it is
  std::string asked_;
  std::string asked_hash_;
  Discovery discovery_;
  Record record_;
  Secret initial_token_;
  std::vector<std::string> notes_;
  bool repaired_ = false;
  bool none_there_ = false;  ///< no client, and none was registered: the provider refused, or nothing was sent
};

}  // namespace sallyport::idp::registration
