// SPDX-License-Identifier: Apache-2.0
// Handing out virtual addresses from a pool of networks. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::shared {

/// An address of a pool, and how many come before it there.
struct PoolAddress {
  std::string text;  ///< canonical, see `canonical_address`
  std::uint64_t place = 0;
};

/// The first address of the pool, in order, that is not taken, from `place` on. Network and broadcast addresses of IPv4
/// networks larger than /31 are not handed out, nor the first of an IPv6 network (subnet-router anycast, RFC 4291
/// section 2.6.1).
[[nodiscard]] std::optional<PoolAddress> first_free(const std::vector<std::string>& pool,
                                                    const std::function<bool(const std::string&)>& is_taken,
                                                    std::uint64_t place = 0);

/// Whether this address, in canonical text, is one of those that the pool hands out.
[[nodiscard]] bool hands_out(const std::vector<std::string>& pool, const std::string& address);

/// How many addresses the pool can hand out, at most `limit`.
[[nodiscard]] int count_addresses(const std::vector<std::string>& pool, int limit = 1'000'000);

/// RFC 5952 for IPv6, dotted for IPv4, without prefix length or route domain (`%n`); empty when it is no address.
[[nodiscard]] std::string canonical_address(std::string_view text);

}  // namespace sallyport::shared
