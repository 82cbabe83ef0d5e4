// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/roca.hpp"

#include <algorithm>
#include <array>

namespace sallyport::token {
namespace {

constexpr std::array<unsigned, 38> kPrimes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                           47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                           107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

unsigned remainder(std::string_view number, unsigned prime) {
  unsigned rest = 0;
  for (const char byte : number) rest = (rest * 256 + static_cast<unsigned char>(byte)) % prime;
  return rest;
}

bool is_power_of_65537(unsigned rest, unsigned prime) {
  unsigned power = 1;
  do {
    if (power == rest) return true;
    power = power * (65537 % prime) % prime;
  } while (power != 1);
  return false;
}

}  // namespace

bool has_roca_weakness(std::string_view modulus) {
  return std::all_of(kPrimes.begin(), kPrimes.end(),
                     [&](unsigned prime) { return is_power_of_65537(remainder(modulus, prime), prime); });
}

}  // namespace sallyport::token
