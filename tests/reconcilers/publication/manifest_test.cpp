// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/publication/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace sallyport::publication {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ManifestOf : public ::testing::Test {
 protected:
  Manifest manifest() const {
    Manifest manifest;
    manifest.instance = "k3x8m2qa";
    manifest.gateway = "edge";
    manifest.serial = 7;
    manifest.made_at = "2026-11-22T10:00:00Z";
    manifest.use_until = "2026-11-23T10:00:00Z";
    manifest.keys = {signer_.public_jwk().dump()};
    manifest.endpoints = {{"a", "uid-a", 1, std::string(64, '1')}, {"b", "uid-b", 5, std::string(64, '2')}};
    return manifest;
  }
  std::string sealed() const { return *seal(manifest(), signer_); }
  static token::KeySet keys_of(const std::vector<Signer>& signers) {
    json keys = json::array();
    for (const Signer& signer : signers) keys.push_back(signer.public_jwk());
    return *token::KeySet::read(json{{"keys", keys}}.dump());
  }
  std::string refusal_of(const std::string& text) const {
    const auto manifest = open_sealed(text, keys_of({signer_}));
    return manifest ? "taken" : manifest.error().text();
  }

  Signer signer_ = *Signer::generate();
};

TEST_F(ManifestOf, AnOperatorComesBackAsItWasSealed) {
  const auto again = open_sealed(sealed(), keys_of({*Signer::generate(), signer_}));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->endpoints, manifest().endpoints);
  EXPECT_EQ(again->serial, 7);
  EXPECT_EQ(again->use_until, "2026-11-23T10:00:00Z");
}

TEST_F(ManifestOf, ASizeOfTenThousandIsTaken) {
  Manifest large = manifest();
  for (int i = 0; i < 10000; ++i)
    large.endpoints.push_back({"endpoint_" + std::to_string(i), "uid", 1, std::string(64, '3')});
  const std::string text = *seal(large, signer_);
  EXPECT_LT(text.size(), 3U << 20U);
  EXPECT_TRUE(open_sealed(text, keys_of({signer_})));
}

TEST_F(ManifestOf, AnybodyElseIsRefused) {
  const auto manifest = open_sealed(sealed(), keys_of({*Signer::generate()}));
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, Code::Refused);
  EXPECT_THAT(manifest.error().text(), HasSubstr(signer_.id()));
}

TEST_F(ManifestOf, AnOperatorIsRefusedWithEveryByteOfItsBodyChanged) {
  const std::string text = sealed();
  for (std::size_t i = text.find('\n') + 1; i < text.size(); i += 7) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(refusal_of(changed), HasSubstr("signature")) << i;
  }
}

TEST_F(ManifestOf, AnOperatorIsRefusedWhereItIsNotWhole) {
  for (const std::string& text :
       {std::string(), std::string("\n"), sealed().substr(0, 60), sealed().substr(sealed().find('\n')),
        "sallyport-manifest-2" + sealed().substr(20), sealed().substr(0, sealed().find('\n'))})
    EXPECT_THAT(refusal_of(text), HasSubstr("manifest")) << text;
  EXPECT_NE(refusal_of(sealed() + " "), "taken") << "what follows is not signed";
}

TEST_F(ManifestOf, AnOperatorNamesAnEndpointOnce) {
  Manifest twice = manifest();
  twice.endpoints.push_back(twice.endpoints[0]);
  EXPECT_THAT(refusal_of(*seal(twice, signer_)), HasSubstr("manifest.endpoints"));
}

TEST_F(ManifestOf, AnOperatorAnnouncesTheKeysOfTheNext) {
  const Signer next = *Signer::generate();
  Manifest rotating = manifest();
  rotating.keys.push_back(next.public_jwk().dump());
  const auto keys = announced_keys(rotating);
  ASSERT_TRUE(keys);
  EXPECT_TRUE(open_sealed(*seal(manifest(), next), *keys));
  rotating.keys.emplace_back(R"({"kty":"oct","k":"AAAA"})");
  EXPECT_FALSE(announced_keys(rotating));
  rotating.keys.back() = "}],\"x\":[{";
  EXPECT_FALSE(announced_keys(rotating));
}

TEST_F(ManifestOf, AnOperatorFollowsItsOwnFormerOnesOnly) {
  const Manifest before = manifest();
  Manifest next = before;
  EXPECT_TRUE(may_follow(before, next));
  next.serial = 8;
  EXPECT_TRUE(may_follow(before, next));
  EXPECT_FALSE(may_follow(next, before)) << "an old one, kept by somebody and shown again";
  next.gateway = "other";
  EXPECT_FALSE(may_follow(before, next));
  next = before;
  next.instance = "other";
  EXPECT_FALSE(may_follow(before, next));
}

}  // namespace
}  // namespace sallyport::publication
