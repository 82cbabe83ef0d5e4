// SPDX-License-Identifier: Apache-2.0
// The Secret beside the application that holds its client's credentials: client_id, client_secret, issuer, token_url
// and audience, under the name that the CR says.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/store/store.hpp"
#include "reconcilers/ir/client.hpp"
#include "reconcilers/providers/idp/idp_provider.hpp"

namespace sallyport::identity_provider {

/// Those that one identity provider fills. A Secret is ours when its label names the owner's uid; no other is ever
/// written or deleted. What was delivered last is remembered without its bytes, and not across a restart: then the mark
/// on the Secret is believed, so that a start reads none. Every call may fail with Unavailable because the cache does
/// not show yet what was written last; it is to be repeated. Thread-safe; one owner's calls never run at the same time.
class ConsumerSecrets {
 public:
  /// `store` outlives it.
  explicit ConsumerSecrets(store::Store& store) : store_(store) {}

  /// Writes the Secret where it is missing, differs, or was edited since it was delivered, and takes those of former
  /// names away. Conflict when there is one of this name that is not ours.
  [[nodiscard]] Result<void> deliver(const ir::ClientFragment& fragment, const std::string& provider,
                                     const idp::Credentials& credentials);
  /// What `deliver` would do, in words for people; empty: nothing. Reads the bytes, writes nothing. The same errors.
  /// `credentials` nothing: the client that they belong to is still to be registered.
  [[nodiscard]] Result<std::vector<std::string>> compare(const ir::ClientFragment& fragment,
                                                         const std::optional<idp::Credentials>& credentials);
  /// Deletes those that hold this provider's credentials: after a move the Secret is the new provider's.
  [[nodiscard]] Result<void> take_away(const ir::Owner& owner, const std::string& provider);
  /// The client stays outside and is the application's alone; so are, from now on, the Secrets that hold this
  /// provider's credentials: without owner and labels of ours they outlive the CR. One that is missing is written a
  /// last time with what `credentials` says: a foreground deletion takes it before anybody asks us.
  [[nodiscard]] Result<void> give_away(const ir::ClientFragment& fragment, const std::string& provider,
                                       const std::function<Result<idp::Credentials>()>& credentials);
  /// The resourceVersion that holds what was delivered; empty when this process has delivered nothing.
  [[nodiscard]] std::string version(const Uid& owner) const;

 private:
  struct Delivered {
    std::string name;
    std::string mark;     ///< hash of the bytes, as the Secret's annotation has it
    std::string version;  ///< of the Secret
  };
  using Bytes = std::map<std::string, Secret>;

  /// Its resourceVersion.
  [[nodiscard]] Result<std::string> write(const ir::ClientFragment& fragment, const std::string& provider, Bytes bytes,
                                          const std::string& expected_version);
  [[nodiscard]] Result<void> write_last(const ir::ClientFragment& fragment, const std::string& provider,
                                        const std::function<Result<idp::Credentials>()>& credentials);
  /// Reads the Secret, which somebody has touched.
  [[nodiscard]] Result<bool> still_holds(const schema::Metadata& shown, const ir::Owner& owner, const Bytes& bytes);
  [[nodiscard]] Result<void> sweep(const ir::Owner& owner,
                                   const std::function<bool(const schema::Metadata&)>& is_spare);
  /// Whether the cache shows our own last writes.
  [[nodiscard]] bool is_shown(const ir::Owner& owner, const std::string& name) const;
  [[nodiscard]] std::optional<Delivered> last(const Uid& owner) const;
  void remember(const Uid& owner, std::optional<Delivered> delivered);

  store::Store& store_;
  mutable std::mutex mutex_;
  std::map<Uid, Delivered> delivered_;
};

}  // namespace sallyport::identity_provider
