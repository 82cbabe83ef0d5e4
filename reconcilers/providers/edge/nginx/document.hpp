// SPDX-License-Identifier: Apache-2.0
// From a fragment to the document that agents and authorizers read (publication/endpoint.hpp). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reconcilers/ir/edge.hpp"
#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::edge::nginx {

/// What the objects that a document names are called; empty: there is none.
struct ObjectNames {
  std::string certificate;
  std::string issuer_trust;
  std::vector<std::string> upstream_trust{};  ///< of each backend
  std::string credentials{};                  ///< of the one principal that goes upstream
};

[[nodiscard]] publication::Endpoint document(const ir::EdgeFragment& fragment, const ObjectNames& objects);

/// Why it cannot be published: InvalidSpec at the custom resource's field. What agents and authorizers would refuse is
/// refused here, by the same tables.
[[nodiscard]] std::optional<Error> refuse(const ir::EdgeFragment& fragment);

}  // namespace sallyport::edge::nginx
