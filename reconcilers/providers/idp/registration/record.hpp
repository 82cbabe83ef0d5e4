// SPDX-License-Identifier: Apache-2.0
// The registration record of one client: what the vault keeps, and would be lost with the operator's memory.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "operator/base/clock.hpp"
#include "reconcilers/ir/secret_source.hpp"
#include "reconcilers/providers/idp/registration/metadata.hpp"

namespace sallyport::idp::registration {

struct Record {
  enum class State {
    None,        ///< no client; the record is there to count orphans, or not there at all
    Intent,      ///< a registration was about to be sent: its answer, if there was one, is lost
    Registered,  ///< the fields below are the provider's answer
  };
  State state = State::None;
  int orphans = 0;  ///< registrations whose answer is known to be lost, `Intent` not counted
  /// Clients that live on although their record is lost: nobody but the provider's people can delete them.
  std::set<std::string> abandoned;
  SystemTime intent_at{};  ///< when `Intent` was written
  std::string client_id;
  Secret client_secret;
  Secret registration_access_token;     ///< sent to registration_client_uri and nowhere else
  std::string registration_client_uri;  ///< empty, like the token: the provider manages no registrations
  std::int64_t secret_expires_at = 0;
  std::string metadata;    ///< as last returned, without secrets
  std::string asked_hash;  ///< of the metadata that was asked for when it was returned
  std::string insisted;    ///< how `metadata` differs from it, one line each: what the server will not have otherwise
  std::string updating_hash;  ///< a PUT of this was about to be sent, and its answer is not known
  std::int64_t generation = 0;
  bool kept = false;  ///< it was read, or erased by us; else it was made up for want of one

  [[nodiscard]] int lost() const { return orphans + (state == State::Intent ? 1 : 0); }
  [[nodiscard]] bool managed() const { return !registration_client_uri.empty() && !registration_access_token.empty(); }
  /// What there may be at the provider beside the client.
  [[nodiscard]] int left_behind() const { return lost() + static_cast<int>(abandoned.size()); }
  /// Nothing would be forgotten if there were no record.
  [[nodiscard]] bool empty() const { return state == State::None && left_behind() == 0; }
  /// Forgets the client, not the orphans.
  void forget_client();
  /// Takes over what an answer says; what it leaves out stays.
  void take(const Answer& answer);
};

[[nodiscard]] ir::SecretBytes write(const Record& record);
/// Internal when it cannot be understood: nothing is guessed about what is out there.
[[nodiscard]] Result<Record> read(const ir::SecretBytes& bytes);

/// The vault, and a pocket in memory for the answers that it refused to take: a token that the provider replaced is
/// otherwise lost with the answer. Remembers of each record what must outlive it. Thread-safe.
class Ledger {
 public:
  explicit Ledger(ir::RegistrationVault& vault) : vault_(vault) {}

  /// A record with state None when there is none; with the count, and with its client as abandoned, when there was one
  /// in this process's time that somebody else took away. What is in the pocket is saved first.
  [[nodiscard]] Result<Record> load(const ir::Owner& owner);
  [[nodiscard]] Result<void> save(const ir::Owner& owner, const Record& record);
  /// As `save`; a record that cannot be saved goes into the pocket.
  [[nodiscard]] Result<void> save_or_pocket(const ir::Owner& owner, const Record& record);
  [[nodiscard]] Result<void> erase(const Uid& owner);

 private:
  /// Of a record as it was last read or written.
  struct Trace {
    std::string client_id;
    int lost = 0;
    std::set<std::string> abandoned;
  };
  void remember(const Uid& owner, const Record& record);
  [[nodiscard]] Record recall(const Uid& owner);

  ir::RegistrationVault& vault_;
  std::mutex mutex_;
  std::map<Uid, Record> pocket_;
  std::map<Uid, Trace> traces_;
  std::set<Uid> erased_;  ///< by us: that there is no record of these is no loss
};

}  // namespace sallyport::idp::registration
