// SPDX-License-Identifier: Apache-2.0
// What the vault keeps of a Keycloak client: id and secret, both ours, written before Keycloak sees them.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::idp::keycloak {

struct Record {
  enum class State {
    None,
    Intent,      ///< the client may be there or not: a look by id tells
    Registered,  ///< it was seen as wanted
  };
  State state = State::None;
  std::string id;  ///< the row's UUID
  std::string client_id;
  Secret client_secret;
  bool adopted = false;          ///< it was there before us
  std::set<std::string> scopes;  ///< of an adopted client: those that we attached
  std::set<std::string> used;    ///< realm scopes that were ever attached: ours among them go with their last client
  std::string asked_hash;        ///< of what it was last seen as
  std::int64_t generation = 0;
};

[[nodiscard]] ir::SecretBytes write(const Record& record);
/// Internal when it cannot be understood.
[[nodiscard]] Result<Record> read(const ir::SecretBytes& bytes);

}  // namespace sallyport::idp::keycloak
