// SPDX-License-Identifier: Apache-2.0
// Why a request is refused: the chain that it goes along, link by link, each looked at as it is now. Only reads.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "operator/base/secret.hpp"
#include "operator/http/certificate_look.hpp"
#include "operator/program/cli/material.hpp"
#include "operator/program/cli/request_file.hpp"
#include "reconcilers/shared/world.hpp"

namespace sallyport::program::cli {

enum class Standing {
  Passes,
  Refuses,  ///< a request ends here
  Short,    ///< it passes, and what it needs may not last or not suffice
  Unknown,  ///< could not be looked at from here
};
[[nodiscard]] std::string_view to_string(Standing standing);  ///< "passes", "refuses", "short", "unknown"

/// One link. Texts are for people, and never hold a token.
struct Link {
  std::string name;  ///< stable: "object", "name", "certificate", "gateway", "issuer", ...
  Standing standing = Standing::Passes;
  std::string says;
  std::string mend{};  ///< what would help; empty where nothing has to
  std::vector<std::string> details{};
};

struct Explanation {
  std::string ns;
  std::string name;
  std::vector<Link> chain;

  /// The first link that refuses or, where none does, that is too short; null: none.
  [[nodiscard]] const Link* culprit() const;
};

/// The token of a request, and what is asked with it. All of it may be absent.
struct Subject {
  Secret token{};
  std::optional<RequestFile> request{};
  std::string client_secret_name{};  ///< Secret of the endpoint's namespace with client_id, client_secret, token_url
};

struct ExplainOptions {
  Subject subject{};
  std::string connect_to{};  ///< "host:port" of the gateway, in place of what the name leads to
  std::string ca_file{};     ///< that clients trust; empty: the system's
  http::LookAtCertificate look_at_certificate{};
  /// Addresses of a name; empty: there is none.
  std::function<std::vector<std::string>(const std::string& host)> resolve{};
  SystemTime now{};
  std::function<void(std::string_view what)> progress{};  ///< before each look
};

/// NotFound: there is no such ProtectedEndpoint.
[[nodiscard]] Result<Explanation> explain(Material& material, const shared::Connect& connect, const std::string& ns,
                                          const std::string& name, const ExplainOptions& options);

/// Up to the first link that refuses, or with `all` every one; then what would mend it.
void print_text(std::ostream& out, const Explanation& explanation, bool all);
/// {"namespace", "name", "refusedBy", "chain": [{"link", "standing", "says", "mend", "details"}]}
[[nodiscard]] nlohmann::ordered_json to_json(const Explanation& explanation);

}  // namespace sallyport::program::cli
