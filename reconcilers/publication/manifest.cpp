// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/manifest.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/digest.hpp"
#include "operator/base/json.hpp"
#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"
#include "reconcilers/publication/manifest_table.hpp"

namespace sallyport::publication {
namespace {

/// In front of what is signed, so that nothing else that this key may ever sign can be taken for a manifest.
constexpr std::string_view kFormat = "sallyport-manifest-1";
constexpr std::size_t kLongestLine = 512;  // of the signature

std::string signing_input(std::string_view body) {
  std::string text(kFormat);
  text += '\n';
  text += body;
  return text;
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
  if (end > kLongestLine) return broken;  // as npos is
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
  return join({std::string(kFormat), signer.id(), base64url_encode(signature)}, " ") + "\n" + body;
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

std::string announced_set(const Manifest& manifest) {
  return "{\"keys\":[" + join(manifest.keys, ",") + "]}";
}

Result<token::KeySet> announced_keys(const Manifest& manifest) {
  token::KeySet keys = TRY(token::KeySet::read(announced_set(manifest)));
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
