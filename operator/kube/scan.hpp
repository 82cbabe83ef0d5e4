// SPDX-License-Identifier: Apache-2.0
// Cuts objects out of lists and watch lines without building a document: the reflector needs an object's name and
// version before it decides whether to decode it at all, and a page of 500 objects is never held twice. The slices are
// views into the caller's text. What is cut out is not validated; decoding does that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"

namespace sallyport::kube {

/// One line of a watch: `{"type":"ADDED","object":{...}}`.
struct WatchLine {
  std::string_view type;
  std::string_view object;
};
[[nodiscard]] Result<WatchLine> split_watch_line(std::string_view line);

/// A list's own metadata.
struct ListHead {
  std::string resource_version;
  std::string next;  ///< token for the next page; empty on the last one
};
/// Calls `on_object` for each element of `items`, in order. Its error ends the walk. Unavailable when the text is not a
/// list.
using OnObject = std::function<Result<void>(std::string_view object)>;
[[nodiscard]] Result<ListHead> split_list(std::string_view body, const OnObject& on_object);

/// The part of an object's metadata that tells one version of one life of one object from another.
struct ObjectHead {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  bool initial_events_end = false;  ///< annotation `k8s.io/initial-events-end` of a bookmark
  std::int64_t generation = 0;      ///< grows with the spec; 0: not told
};
/// Unavailable when there is no readable metadata.
[[nodiscard]] Result<ObjectHead> read_head(std::string_view object);

/// The object without what nobody keeps and what is often larger than all the rest: `managedFields` and kubectl's
/// last-applied annotation. Without its member `unread`, too, if that is not empty. As it is when it is no object:
/// parsing will say so.
[[nodiscard]] std::string essence_of(std::string_view object, std::string_view unread = {});
/// How many brackets are open at the deepest place.
[[nodiscard]] std::size_t depth_of(std::string_view json);

}  // namespace sallyport::kube
