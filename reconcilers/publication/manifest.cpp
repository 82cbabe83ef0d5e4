// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/manifest.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/digest.hpp"
#include "operator/base/json.hpp"
#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"
#include "reconcilers/publication/endpoint_table.hpp"

namespace sallyport::schema {

template <>
struct Describe<publication::Entry> {
  static constexpr std::string_view doc = "An endpoint.";
  static constexpr auto fields = std::tuple{
      field("id", &publication::Entry::id, "Names it on the gateway.",
            {.required = true,
             .max_length = 64,
             .pattern = publication::kId,
             .pattern_says = publication::kIdSays,
             .example = "fraud_scoring_0123456789"}),
      field("uid", &publication::Entry::uid, "Of its owner.",
            publication::required(publication::printable(64, "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"))),
      field("generation", &publication::Entry::generation, "Of its owner.", {.required = true, .minimum = 1}),
      field("document", &publication::Entry::document, "Its document.",
            publication::required(publication::kObjectName))};
};

template <>
struct Describe<publication::Manifest> {
  static constexpr std::string_view doc = "What a gateway is to serve.";
  static constexpr auto fields = std::tuple{
      field("instance", &publication::Manifest::instance, "Of the operator.",
            publication::required(publication::printable(63, "k3x8m2qa"))),
      field("gateway", &publication::Manifest::gateway, "Its name.",
            publication::required(publication::printable(253, "edge"))),
      field("serial", &publication::Manifest::serial, "Rises with every signing.", {.required = true, .minimum = 1}),
      field("madeAt", &publication::Manifest::made_at, "When it was signed.",
            {.required = true, .max_length = 40, .format = "date-time", .example = "2026-12-24T18:00:00Z"}),
      field("useUntil", &publication::Manifest::use_until, "When it is too old.",
            {.required = true, .max_length = 40, .format = "date-time", .example = "2026-12-25T18:00:00Z"}),
      field("keys", &publication::Manifest::keys, "By which the next may be signed.",
            {.required = true,
             .min_items = 1,
             .max_items = 8,
             .list = ListType::Set,
             .example = R"({"kty":"OKP"})",
             .item_max_length = 512}),
      field("endpoints", &publication::Manifest::endpoints, "What is served.",
            {.required = true, .max_items = 100000, .list = ListType::Map, .keys = {"id"}})};
};

}  // namespace sallyport::schema

namespace sallyport::publication {
namespace {

/// In front of what is signed, so that nothing else that this key may ever sign can be taken for a manifest.
constexpr std::string_view kFormat = "sallyport-manifest-1";

std::string signing_input(std::string_view body) {
  return std::string(kFormat) + "\n" + std::string(body);
}

struct Sealed {
  std::string key_id, signature;
  std::string_view body;
};

Result<Sealed> take_apart(std::string_view text) {
  const Error broken{Code::InvalidSpec, "is not a signed manifest of the form " + std::string(kFormat), "manifest", {}};
  if (text.size() > kMaxManifestSize) {
    return Error{Code::InvalidSpec, "is longer than " + std::to_string(kMaxManifestSize) + " bytes", "manifest", {}};
  }
  const std::size_t end = text.find('\n');
  if (end == text.npos || end > 512) return broken;
  const std::vector<std::string> words = split(text.substr(0, end), ' ');
  if (words.size() != 3 || words[0] != kFormat) return broken;
  auto signature = base64url_decode(words[2]);
  if (!signature) return broken;
  return Sealed{words[1], std::move(*signature), text.substr(end + 1)};
}

}  // namespace

Result<std::string> seal(const Manifest& manifest, const Signer& signer) {
  const std::string body = schema::write(manifest).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::string signature = TRY(signer.sign(signing_input(body)));
  return std::string(kFormat) + " " + signer.id() + " " + base64url_encode(signature) + "\n" + body;
}

Result<Manifest> open_sealed(std::string_view text, const token::KeySet& trusted) {
  const Sealed sealed = TRY(take_apart(text));
  const token::PublicKey* signed_by = nullptr;
  for (const token::PublicKey& key : trusted.keys())
    if (key.id() == sealed.key_id) signed_by = &key;
  if (signed_by == nullptr) {
    return Error{
        Code::Refused, "is signed by key '" + one_line(sealed.key_id, 64) + "', which is not trusted", "manifest", {}};
  }
  if (!signed_by->verifies(token::Algorithm::Ed25519, signing_input(sealed.body), sealed.signature)) {
    return Error{Code::Refused, "its signature is not that of key '" + signed_by->id() + "'", "manifest", {}};
  }
  const nlohmann::json document = TRY(parse_json(sealed.body, 8, Code::InvalidSpec));
  return schema::read<Manifest>(document, "manifest", schema::Unknown::Refuse).result();
}

Result<token::KeySet> announced_keys(const Manifest& manifest) {
  const std::string set = "{\"keys\":[" + join(manifest.keys, ",") + "]}";
  token::KeySet keys = TRY(token::KeySet::read(set));
  if (keys.keys().size() != manifest.keys.size()) {
    return Error{Code::InvalidSpec, "holds what is not a public key", "manifest.keys", {}};
  }
  return keys;
}

Result<void> may_follow(const Manifest& before, const Manifest& next) {
  if (before.instance != next.instance || before.gateway != next.gateway) {
    return Error{Code::Conflict,
                 "is for gateway '" + next.gateway + "' of instance '" + next.instance +
                     "', and what is installed is for '" + before.gateway + "' of '" + before.instance + "'",
                 "manifest",
                 {}};
  }
  if (next.serial < before.serial) {
    return Error{Code::Conflict,
                 "has serial " + std::to_string(next.serial) + ", which is older than the " +
                     std::to_string(before.serial) + " that is installed",
                 "manifest.serial",
                 {}};
  }
  return {};
}

}  // namespace sallyport::publication
