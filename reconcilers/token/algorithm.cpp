// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/algorithm.hpp"

#include <array>
#include <cstddef>

#include "operator/base/enum_rows.hpp"

namespace sallyport::token {
namespace {

struct Row {
  Algorithm algorithm;
  std::string_view name;
  Family family;
  const char* digest;
};

constexpr std::array kRows{
    Row{Algorithm::RS256, "RS256", Family::Pkcs1, "SHA256"}, Row{Algorithm::RS384, "RS384", Family::Pkcs1, "SHA384"},
    Row{Algorithm::RS512, "RS512", Family::Pkcs1, "SHA512"}, Row{Algorithm::PS256, "PS256", Family::Pss, "SHA256"},
    Row{Algorithm::PS384, "PS384", Family::Pss, "SHA384"},   Row{Algorithm::PS512, "PS512", Family::Pss, "SHA512"},
    Row{Algorithm::ES256, "ES256", Family::Ecdsa, "SHA256"}, Row{Algorithm::ES384, "ES384", Family::Ecdsa, "SHA384"},
    Row{Algorithm::ES512, "ES512", Family::Ecdsa, "SHA512"}, Row{Algorithm::Ed25519, "Ed25519", Family::EdDsa, ""}};

static_assert(is_in_order(kRows, &Row::algorithm, Algorithm::Ed25519),
              "every algorithm has its row, in the order of the enum");

const Row& row(Algorithm algorithm) {
  return kRows.at(static_cast<std::size_t>(algorithm));
}

}  // namespace

std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (name == "EdDSA") return Algorithm::Ed25519;
  for (const Row& known : kRows) {
    if (known.name == name) return known.algorithm;
  }
  return std::nullopt;
}

std::string_view to_string(Algorithm algorithm) {
  return row(algorithm).name;
}

const char* digest_of(Algorithm algorithm) {
  return row(algorithm).digest;
}

Family family_of(Algorithm algorithm) {
  return row(algorithm).family;
}

}  // namespace sallyport::token
