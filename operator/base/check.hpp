// SPDX-License-Identifier: Apache-2.0
// For what cannot happen: die with a reason rather than go on in an impossible state.
#pragma once

namespace sallyport::detail {
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);
}

#define SALLYPORT_CHECK(condition, why) \
  ((condition) ? static_cast<void>(0) : ::sallyport::detail::check_failed(#condition, why, __FILE__, __LINE__))
