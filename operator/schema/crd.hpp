// SPDX-License-Identifier: Apache-2.0
// CustomResourceDefinitions (apiextensions.k8s.io/v1) from the tables: `sallyport crds` prints them, crds/ holds them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

/// The whole object: names, scope, status subresource, printer columns (and `Age`), schema.
[[nodiscard]] nlohmann::ordered_json crd_document(const KindShape& kind);

template <class K>
auto crd_document() {
  return crd_document(kind_of<K>());
}

}  // namespace sallyport::schema
