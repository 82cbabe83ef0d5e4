// SPDX-License-Identifier: Apache-2.0
// What every way of registering a client can do.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/ir/client.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::idp {

/// One that a token of the issuer may be signed with.
struct SigningKey {
  std::string id;                       ///< `kid`; may be empty
  std::string thumbprint;               ///< RFC 7638: of another key it is another, whatever its id
  std::vector<std::string> algorithms;  ///< that it can verify: "RS256", ...
  friend bool operator==(const SigningKey&, const SigningKey&) = default;
};

/// What discovery said (RFC 8414, OpenID Connect Discovery 1.0), issuer compared exactly.
struct Discovery {
  std::string issuer;
  std::string token_endpoint;
  std::string registration_endpoint;  ///< may be empty
  std::string jwks_uri;
  std::string hash;  ///< of the fields above: a change is worth an event
  /// What `discover` found at jwks_uri. Clients are registered whether or not these can be read.
  Result<std::vector<SigningKey>> keys{std::vector<SigningKey>{}};
};

/// A client as the consumer needs it: what goes into the Secret beside the application.
struct Credentials {
  std::string client_id;
  Secret client_secret;
  std::string issuer;
  std::string token_url;
  std::string audience;
};

/// One identity provider. Calls for different clients may run at the same time; calls for one client never do.
class IdpProvider {
 public:
  virtual ~IdpProvider() = default;

  /// Reads only: the metadata, and the signing keys. Conflict when the document names another issuer.
  [[nodiscard]] virtual Result<Discovery> discover(std::stop_token stop) = 0;

  /// Observes, compares and, where needed, registers, repairs or removes the client of this fragment. Idempotent; safe
  /// to repeat after a crash at any point. `vault` keeps what must not be lost. Gone only after it was seen gone.
  [[nodiscard]] virtual ir::Verdict converge(const ir::ClientFragment& fragment, std::stop_token stop) = 0;

  /// Reads only: the same comparison without the change, for Observe and `plan`; `notes` list the differences. Nothing
  /// is asked of the provider whose answer would have to be kept, where nothing can be (Surroundings::can_keep).
  [[nodiscard]] virtual ir::Verdict compare(const ir::ClientFragment& fragment, std::stop_token stop) = 0;

  /// The credentials of a client that `converge` reported as Applied. NotFound before that.
  [[nodiscard]] virtual Result<Credentials> credentials(const ir::ClientFragment& fragment) = 0;

  /// What would be sent, for people and tests, secrets as `<secret ...>`. Offline.
  [[nodiscard]] virtual std::string render(const ir::ClientFragment& fragment) const = 0;
};

struct Surroundings {
  std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)> connect;  ///< fenced and audited
  ir::SecretSource& secrets;
  ir::RegistrationVault& vault;
  const Clock& clock;
  Random& random;
  bool can_keep = true;  ///< false: every save into the vault is refused, as in commands that only read
};

[[nodiscard]] Result<std::unique_ptr<IdpProvider>> make_idp_provider(const ir::IdpConnection& connection,
                                                                     Surroundings around);

}  // namespace sallyport::idp
