// SPDX-License-Identifier: Apache-2.0
// The text of one manifest file as objects: what an API server does to a document before it becomes an object.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/key.hpp"
#include "operator/base/secret.hpp"
#include "operator/schema/field.hpp"
#include "operator/schema/field_error.hpp"

namespace sallyport::store {

/// An object as a manifest declares it.
struct Manifest {
  Key key;
  std::string file{};  ///< relative to the directory
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};
  std::string spec = "{}";                   ///< JSON, keys in alphabetical order
  std::vector<schema::FieldError> faults{};  ///< outside the spec, which its kind checks
  std::map<std::string, Secret> bytes{};     ///< of a Secret
};

/// What a directory may declare.
struct Declarable {
  std::map<std::string, schema::KindName> kinds;  ///< by kind; Secret and Namespace come by themselves
  std::set<std::string> internal;                 ///< kinds that only the operator writes
};

struct Contents {
  std::vector<Manifest> manifests{};
  std::vector<std::string> refused{};  ///< one text for each document that is not taken, and why
  std::vector<std::string> ignored{};  ///< "ConfigMap default/a": kinds that are not for us
  /// Not understood at all, or without a single document: a file that is being written, or was damaged.
  bool unusable = false;
};

/// YAML or JSON, several documents, `kind: List` too. A namespaced object without a namespace gets "default".
/// `metadata` may hold what `kubectl get -o yaml` shows; what is the server's own to say is not taken from there, nor
/// is `status`.
[[nodiscard]] Contents read_contents(std::string_view text, const Declarable& declarable);

/// RFC 1123: what Kubernetes asks of names (subdomain) and of namespaces (label).
[[nodiscard]] bool is_object_name(std::string_view name);
[[nodiscard]] bool is_namespace_name(std::string_view name);
/// A key in a Secret's data.
[[nodiscard]] bool is_data_key(std::string_view key);

}  // namespace sallyport::store
