// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/shared/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sallyport::shared {
namespace {

using Bytes = std::array<unsigned char, 16>;

struct Network {
  Bytes base{};
  int family = AF_INET;
  int host_bits = 0;
};

std::optional<Network> parse_network(const std::string& cidr) {
  const std::size_t slash = cidr.find('/');
  const std::string address = cidr.substr(0, slash);
  Network network;
  network.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const int width = network.family == AF_INET ? 32 : 128;
  int prefix = width;
  if (slash != std::string::npos) {
    const char* end = cidr.data() + cidr.size();
    const auto [read, failed] = std::from_chars(cidr.data() + slash + 1, end, prefix);
    if (failed != std::errc{} || read != end || prefix < 0 || prefix > width) return std::nullopt;
  }
  if (inet_pton(network.family, address.c_str(), network.base.data()) != 1) return std::nullopt;
  network.host_bits = width - prefix;
  for (int bit = 0; bit < network.host_bits; ++bit) {  // clear the host part
    const auto index = static_cast<std::size_t>((width - 1 - bit) / 8);
    network.base[index] = static_cast<unsigned char>(network.base[index] & ~(1U << static_cast<unsigned>(bit % 8)));
  }
  return network;
}

std::string text_of(const Network& network, std::uint64_t offset) {
  Bytes bytes = network.base;
  std::size_t index = network.family == AF_INET ? 4 : 16;
  std::uint64_t carry = offset;
  while (carry > 0 && index > 0) {
    --index;
    carry += bytes[index];
    bytes[index] = static_cast<unsigned char>(carry & 0xFFU);
    carry >>= 8U;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(network.family, bytes.data(), text.data(), text.size());
  return text.data();
}

/// Offsets that may be handed out: [first, last].
std::pair<std::uint64_t, std::uint64_t> usable(const Network& network) {
  const std::uint64_t last =
      network.host_bits >= 32 ? 0xFFFFFFFFULL : (1ULL << static_cast<unsigned>(network.host_bits)) - 1;
  if (network.family == AF_INET)
    return network.host_bits >= 2 ? std::pair{std::uint64_t{1}, last - 1} : std::pair{std::uint64_t{0}, last};
  return network.host_bits >= 1 ? std::pair{std::uint64_t{1}, last} : std::pair{std::uint64_t{0}, last};
}

/// The lower 64 bits of its base.
std::uint64_t low_bits(const Network& network) {
  const std::size_t width = network.family == AF_INET ? 4 : 16;
  std::uint64_t bits = 0;
  for (std::size_t i = width > 8 ? width - 8 : 0; i < width; ++i) bits = (bits << 8U) | network.base[i];
  return bits;
}

}  // namespace

std::optional<PoolAddress> first_free(const std::vector<std::string>& pool,
                                      const std::function<bool(const std::string&)>& is_taken, std::uint64_t place) {
  std::uint64_t before = 0;
  for (const std::string& cidr : pool) {
    const auto network = parse_network(cidr);
    if (!network) continue;
    const auto [first, last] = usable(*network);
    const std::uint64_t count = last - first + 1;
    for (std::uint64_t i = place > before ? place - before : 0; i < count; ++i) {
      std::string address = text_of(*network, first + i);
      if (!is_taken(address)) return PoolAddress{std::move(address), before + i};
    }
    before += count;
  }
  return std::nullopt;
}

bool hands_out(const std::vector<std::string>& pool, const std::string& address) {
  const auto wanted = parse_network(address);
  return wanted && std::any_of(pool.begin(), pool.end(), [&](const std::string& cidr) {
           const auto network = parse_network(cidr);
           if (!network || network->family != wanted->family) return false;
           const auto [first, last] = usable(*network);
           const std::uint64_t offset = low_bits(*wanted) - low_bits(*network);
           return offset >= first && offset <= last && text_of(*network, offset) == address;
         });
}

int count_addresses(const std::vector<std::string>& pool, int limit) {
  std::uint64_t count = 0;
  for (const std::string& cidr : pool) {
    if (const auto network = parse_network(cidr)) {
      const auto [first, last] = usable(*network);
      count += last - first + 1;
    }
  }
  return static_cast<int>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(limit)));
}

std::string canonical_address(std::string_view text) {
  const std::string address(text.substr(0, text.find_first_of("/%")));
  const auto network = parse_network(address);
  return network ? text_of(*network, 0) : "";
}

}  // namespace sallyport::shared
