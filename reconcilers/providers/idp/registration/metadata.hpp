// SPDX-License-Identifier: Apache-2.0
// Client metadata of RFC 7591 and 7592 as JSON: what is asked for, what was answered, and how the two differ.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "operator/http/client.hpp"
#include "reconcilers/ir/client.hpp"
#include "reconcilers/providers/idp/token.hpp"

namespace sallyport::idp::registration {

/// What a client of ours is asked to be: {client_name, grant_types, redirect_uris: [], response_types: [], scope,
/// software_id, token_endpoint_auth_method}. The empty lists are sent because their defaults are those of a browser
/// client (RFC 7591 section 2). `software_id` is our mark, "sallyport/<instance>/<uid>". Keys are sorted.
[[nodiscard]] std::string asked_metadata(const ir::ClientFragment& fragment, const InstanceId& instance);

/// Client information (RFC 7591 section 3.2.1), secrets apart from the rest. Members that a server leaves out are
/// empty.
struct Answer {
  std::string client_id;
  Secret client_secret;
  Secret registration_access_token;
  std::string registration_client_uri;
  std::int64_t secret_expires_at = 0;  ///< seconds since 1970; 0: never
  std::string metadata;                ///< JSON: all the rest, ready to be sent back by PUT
};

/// Unavailable when the body is no JSON object with a client_id: the effect of the request is then unknown.
[[nodiscard]] Result<Answer> read_answer(const http::Response& response, const std::string& where);

/// One field that is registered otherwise than asked.
struct Difference {
  /// Serious: the client could not do its work, or is not guarded by its secret. Bearable: people should know.
  enum class Weight { Bearable, Serious };
  Weight weight = Weight::Bearable;
  std::string words;  ///< "scope: 'fraud:score' is missing"
};

/// Their words, one after the other.
[[nodiscard]] std::string words_of(const std::vector<Difference>& found, std::string_view separator);

/// RFC 7591 section 3.2.1 lets a server replace and drop what it likes. Both texts are JSON objects.
[[nodiscard]] Result<std::vector<Difference>> differences(const std::string& asked, const std::string& registered);

/// The body of a PUT (RFC 7592 section 2.2): everything last returned, what is asked over it, and the client_id.
[[nodiscard]] Result<std::string> update_body(const std::string& client_id, const std::string& asked,
                                              const std::string& registered);

/// How the client signs in at the token endpoint, as registered.
[[nodiscard]] ClientAuth auth_of(const std::string& registered);

/// The same JSON, indented.
[[nodiscard]] std::string for_people(const std::string& json);

}  // namespace sallyport::idp::registration
