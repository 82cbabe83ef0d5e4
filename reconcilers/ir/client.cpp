// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/client.hpp"

#include "operator/base/digest.hpp"
#include "reconcilers/ir/canonical.hpp"

namespace sallyport::ir {

std::string ClientFragment::hash() const {
  return Canonical()
      .add("name", client_name)
      .add("grants", grant_types)
      .add("scopes", scopes)
      .add("audience", audience)
      .add("adopt", adopt)
      .add("secret", consumer_secret)
      .hash();
}

Uid registration_key(const Uid& owner, const std::string& connection) {
  return Uid(owner.str() + "." + short_hash(connection, 10));
}

}  // namespace sallyport::ir
