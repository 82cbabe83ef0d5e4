// SPDX-License-Identifier: Apache-2.0
// Project Wycheproof's vectors for JSON Web Signatures and Keys (C2SP/wycheproof, Apache-2.0). They are not part of
// this repository: data/wycheproof-*.json in $SALLYPORT_SHARED, or in a folder `shared` beside the checkout.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "reconcilers/token/key_set.hpp"

namespace sallyport::token {
namespace {

using nlohmann::json;

// What the vectors call valid or invalid and a strict reader does not, or does not for their reason.
const std::map<int, std::string> kOddLabels{
    {346, "the header says PS384, the key is pinned to PS256"},
    {347, "the key's 'alg' is ES521, which is no algorithm (RFC 7518 section 3.1: ES512)"},
    {350, "the header says PS384, the key is pinned to PS256"},
    {351, "the key's 'alg' is ES521, which is no algorithm (RFC 7518 section 3.1: ES512)"},
    {367, "byte for byte vector 357, which is labelled valid"},
    {370, "byte for byte vector 357, which is labelled valid"},
    {372, "a '?' in the header's base64url, labelled valid"},
    {373, "a '?' in the payload's base64url, labelled valid"}};

json read_vectors(const std::string& name) {
  const char* shared = std::getenv("SALLYPORT_SHARED");
  const std::string folder = shared != nullptr ? shared : SALLYPORT_SOURCE_DIR "/../shared";
  std::ifstream file(folder + "/data/" + name);
  return file ? json::parse(file) : json();
}

bool is_symmetric(const json& jwk) {
  return jwk.value("kty", "") == "oct";
}

std::string verdict(const json& jwks, const std::string& token) {
  const auto keys = KeySet::read(json{{"keys", jwks}}.dump());
  if (!keys) return keys.error().message;
  const auto jws = read_jws(token);
  if (!jws) return jws.error().detail;
  const auto key = keys->choose(jws->header);
  if (!key) return key.error().detail;
  const bool good = (*key)->verifies(jws->header.algorithm, jws->signing_input, jws->signature);
  return good ? "valid" : "signature";
}

TEST(Wycheproof, EachSignatureGetsItsRightVerdictAndEachHmacIsRefused) {
  const json file = read_vectors("wycheproof-json-web-signature.json");
  if (file.is_null()) GTEST_SKIP() << "no wycheproof-*.json: set SALLYPORT_SHARED";
  int asymmetric = 0, accepted = 0, hmac = 0, odd = 0;
  for (const json& group : file["testGroups"]) {
    const json jwk = group.value("public", group.value("private", json()));
    for (const json& vector : group["tests"]) {
      const int id = vector["tcId"];
      const std::string said =
          verdict(json::array({jwk}), vector["jws"].is_string() ? vector["jws"] : json(vector["jws"].dump()));
      const bool is_odd = kOddLabels.contains(id);
      odd += is_odd ? 1 : 0;
      if (is_symmetric(jwk)) {
        ++hmac;
        // For what it is, or for a fault of its text that shows before: never for its MAC, which is not looked at.
        EXPECT_TRUE(said.ends_with("is never accepted") || said.starts_with("the ") || said.starts_with("a token") ||
                    said.starts_with("header "))
            << id << ": " << said;
        continue;
      }
      ++asymmetric;
      accepted += said == "valid" ? 1 : 0;
      EXPECT_EQ(said == "valid", vector["result"] == "valid" && !is_odd)
          << id << " " << vector["comment"] << ": " << said;
    }
  }
  EXPECT_EQ(asymmetric, 361);
  EXPECT_EQ(accepted, 32);
  EXPECT_EQ(hmac, 40);
  EXPECT_EQ(odd, 8);
}

TEST(Wycheproof, NoUnfitKeyVerifiesAnything) {
  const json file = read_vectors("wycheproof-json-web-key.json");
  if (file.is_null()) GTEST_SKIP() << "no wycheproof-*.json: set SALLYPORT_SHARED";
  int seen = 0, accepted = 0;
  for (const json& group : file["testGroups"]) {
    const json jwk = group.value("public", group.value("private", json()));
    const json keys = jwk.value("keys", json::array({jwk}));
    for (const json& vector : group["tests"]) {
      ++seen;
      const std::string said = verdict(keys, vector["jws"]);
      const bool symmetric = is_symmetric(keys.front());
      accepted += said == "valid" ? 1 : 0;
      EXPECT_EQ(said == "valid", vector["result"] == "valid" && !symmetric)
          << vector["tcId"] << " " << vector["comment"] << ": " << said;
    }
  }
  EXPECT_EQ(seen, 26);
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace sallyport::token
