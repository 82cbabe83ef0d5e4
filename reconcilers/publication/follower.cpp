// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/follower.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/base/json.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/schema/codec.hpp"
#include "reconcilers/publication/manifest_table.hpp"

namespace sallyport::publication {
namespace {

/// What is kept: the manifest's text, by whose keys it may be read again, and what it would have gone back on.
struct Kept {
  std::string sealed;
  std::string keys;
  std::vector<Entry> held;
};

constexpr std::size_t kMostKept = 2 * kMaxManifestSize;

}  // namespace
}  // namespace sallyport::publication

namespace sallyport::schema {

template <>
struct Describe<publication::Kept> {
  static constexpr std::string_view doc = "What was followed last.";
  static constexpr auto fields =
      std::tuple{field("sealed", &publication::Kept::sealed, "The manifest's text.",
                       {.required = true, .max_length = publication::kMaxManifestSize}),
                 field("keys", &publication::Kept::keys, "Who may have signed it, as a JWK set.",
                       {.required = true, .max_length = token::kMaxKeySetSize}),
                 field("held", &publication::Kept::held, "Entries in the place of older ones.",
                       {.max_items = 100000, .list = ListType::Map, .keys = {"id"}})};
};

}  // namespace sallyport::schema

namespace sallyport::publication {

Result<Follower> Follower::open(std::string state, const std::string& enrolled) {
  const auto text = read_whole_file(state, kMostKept);
  if (!text && text.error().code != Code::NotFound) return text.error();
  Follower follower(std::move(state));
  if (!text) {
    follower.trusted_set_ = TRY(read_whole_file(enrolled, token::kMaxKeySetSize));
    follower.trusted_ = TRY(token::KeySet::read(follower.trusted_set_));
    if (!follower.trusted_.keys().empty()) return follower;
    return Error{Code::InvalidSpec, "holds no key that can be used", enrolled, {}};
  }
  const Result<nlohmann::json> document = parse_json(*text, 8, Code::InvalidSpec);
  if (!document) return document.error().context(follower.state_);
  Kept kept = TRY(schema::read<Kept>(*document, "state", schema::Unknown::Refuse).result());
  Following last;
  last.manifest = TRY(open_sealed(kept.sealed, TRY(token::KeySet::read(kept.keys))));
  last.held = std::move(kept.held);
  for (Entry& entry : last.manifest.endpoints) {
    const auto held = std::ranges::find(last.held, entry.id, &Entry::id);
    if (held != last.held.end()) entry = *held;
  }
  follower.trusted_set_ = announced_set(last.manifest);
  follower.trusted_ = TRY(announced_keys(last.manifest));
  follower.hash_ = sha256_hex(kept.sealed);
  follower.last_ = std::move(last);
  return follower;
}

Result<Following> Follower::examine(std::string_view sealed) const {
  // The keys that it announced may no longer be those that signed it.
  if (last_ && sha256_hex(sealed) == hash_) return *last_;
  Following following{TRY(open_sealed(sealed, trusted_)), {}, {}};
  TRY(announced_keys(following.manifest));
  if (!last_) return following;
  const Manifest& before = last_->manifest;
  TRY(may_follow(before, following.manifest));
  if (before.serial == following.manifest.serial) {
    return Error{Code::Conflict, "is another one under the serial of the last", "manifest.serial", {}};
  }
  std::map<std::string_view, const Entry*> former;
  for (const Entry& entry : before.endpoints) former.emplace(entry.id, &entry);
  for (Entry& entry : following.manifest.endpoints) {
    const auto found = former.find(entry.id);
    if (found == former.end() || found->second->uid != entry.uid || found->second->generation <= entry.generation) {
      continue;
    }
    following.notes.push_back(entry.id + ": generation " + std::to_string(entry.generation) + " is older than the " +
                              std::to_string(found->second->generation) + " that is in force; that one stays");
    entry = *found->second;
    following.held.push_back(entry);
  }
  return following;
}

Result<void> Follower::accept(std::string_view sealed, Following following) {
  if (last_ && sha256_hex(sealed) == hash_) return {};
  const Kept kept{std::string(sealed), trusted_set_, following.held};
  token::KeySet announced = TRY(announced_keys(following.manifest));
  const std::string text = schema::write(kept).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  TRY(replace_file(state_, text, Care::Kept));
  hash_ = sha256_hex(sealed);
  trusted_set_ = announced_set(following.manifest);
  trusted_ = std::move(announced);
  last_ = std::move(following);
  return {};
}

Result<Endpoint> read_document(const Entry& entry, const Objects& objects) {
  Endpoint endpoint = TRY(read_endpoint(TRY(objects.read(entry.document)).reveal()));
  if (endpoint.id != entry.id || endpoint.uid != entry.uid || endpoint.generation != entry.generation) {
    return Error{Code::InvalidSpec, "the document is of another endpoint than the manifest says", entry.id, {}};
  }
  return endpoint;
}

}  // namespace sallyport::publication
