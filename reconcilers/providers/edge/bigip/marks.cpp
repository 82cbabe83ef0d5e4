// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/marks.hpp"

#include <algorithm>

#include "operator/base/text.hpp"

namespace sallyport::edge::bigip {
namespace {

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string tenant_label(const InstanceId& instance) {
  return "sallyport:" + instance.str();
}

std::string application_remark(const ir::EdgeFragment& fragment) {
  return "sp1 u=" + owner_mark(fragment.owner.uid) + " h=" + fragment.hash().substr(0, 32);
}

Entry read_remark(std::string_view remark) {
  const std::vector<std::string> words = split(remark, ' ');
  if (words.size() != 3 || words[0] != "sp1" || !words[1].starts_with("u=") || !words[2].starts_with("h=")) return {};
  const Entry entry{words[1].substr(2), words[2].substr(2)};
  return is_hex(entry.owner_mark, 16) && is_hex(entry.hash, 32) ? entry : Entry{};
}

std::string path_of(const ir::EdgePlace& place) {
  return "/" + place.tenant + "/" + place.application;
}

}  // namespace sallyport::edge::bigip
