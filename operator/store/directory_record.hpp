// SPDX-License-Identifier: Apache-2.0
// What the state directory keeps of one object: everything a cluster would know of it, its manifest's last good word
// included, so that an object outlives its file until it has been cleaned up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/key.hpp"
#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/schema/field_error.hpp"
#include "operator/schema/metadata.hpp"

namespace sallyport::store {

/// A custom resource, a Secret or a Namespace. Texts are JSON, keys in alphabetical order: equal values are equal
/// texts.
struct Record {
  Key key;
  schema::Metadata meta{};
  std::string file{};  ///< manifest, relative to the directory; empty: made by the operator
  std::string spec = "{}";
  std::string accepted{};  ///< the last spec without faults; empty: there was none
  std::string status = "{}";
  std::vector<schema::FieldError> faults{};  ///< those that the spec by itself does not show
  /// A Secret's data. That of a manifest is not kept on the disk a second time, only its digest.
  std::map<std::string, Secret> bytes{};
  std::string digest{};
  Uid owner{};  ///< a Secret's: it goes when this object goes
};

/// As the state directory's file.
[[nodiscard]] Secret write_record(const Record& record);
/// InvalidSpec when it is none.
[[nodiscard]] Result<Record> read_record(std::string_view text);

/// The whole object, as a WatchedKind takes it.
[[nodiscard]] std::string object_text(const Record& record, std::string_view spec);

}  // namespace sallyport::store
