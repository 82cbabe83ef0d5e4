// SPDX-License-Identifier: Apache-2.0
// One row for each field of each spec: another legal value for it, and the circumstances in which it matters. What it
// then does stands in the kind's own table (`effect`); leaves_test.cpp holds the two against each other.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sallyport::testing {

using Json = nlohmann::json;

/// What happens after everything has settled for the first time.
enum class Then {
  Nothing,
  DeleteEndpoint,  ///< and it settles again
  DropGrants,      ///< spec.access.grants becomes empty, and it settles again
};

struct Edit {
  std::string at;  ///< JSON pointer into base_objects(): "/F5Gateway/spec/allow/0/name"
  Json to;         ///< null: taken away
};

struct Change {
  Edit edit;
  std::vector<Edit> given{};  ///< in both worlds, before anything happens
  Then then = Then::Nothing;
};

/// An endpoint that becomes Ready, and what it needs: {"F5Gateway": {...}, ...}.
[[nodiscard]] Json base_objects();
/// The ledger in which the endpoint's group stands already; `serving_id` is the serving endpoint's.
[[nodiscard]] Json base_ledger(const std::string& serving_id);
/// The same endpoint behind an NGINX, and what else is to be different.
[[nodiscard]] std::vector<Edit> behind_nginx(std::vector<Edit> more = {});
void make(const Edit& edit, Json& objects);

[[nodiscard]] std::vector<Change> gateway_changes();
[[nodiscard]] std::vector<Change> provider_changes();
[[nodiscard]] std::vector<Change> workspace_changes();
[[nodiscard]] std::vector<Change> endpoint_changes();
[[nodiscard]] std::vector<Change> ledger_changes();

}  // namespace sallyport::testing
