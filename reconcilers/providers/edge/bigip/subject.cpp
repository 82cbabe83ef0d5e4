// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/subject.hpp"

#include <algorithm>

#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"

namespace sallyport::edge::bigip {

bool is_about_upstream(const ObjectPath& path, std::string_view key) {
  if (key.empty()) return false;
  if (path.application == kShared) return upstream_key(path.object) == key;
  return path.application.starts_with(node_prefix(key));
}

Subject::Subject(const Wanted& one) : wanted_(one) {
  const UpstreamNames names = upstream_names(*one.fragment);
  upstreams_ = {upstream_key(names.pool), upstream_key(names.monitor)};
}

bool Subject::is_about_its_upstream(const ObjectPath& path) const {
  return std::any_of(upstreams_.begin(), upstreams_.end(),
                     [&path](const std::string& key) { return is_about_upstream(path, key); });
}

bool Subject::is_concerned(const ObjectPath& path) const {
  const ir::EdgeFragment& fragment = *wanted_.fragment;
  return path.application == fragment.place.application || path.application == fragment.address ||
         is_about_its_upstream(path);
}

std::string Subject::field(const ObjectPath& path) const {
  if (path.application == wanted_.fragment->address) return "status.virtualServer.address";
  if (path.application != kShared && is_about_its_upstream(path)) return "spec.backends";
  return field_of(path);
}

}  // namespace sallyport::edge::bigip
