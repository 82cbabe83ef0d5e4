// SPDX-License-Identifier: Apache-2.0
#include "operator/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace sallyport::detail {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: impossible: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace sallyport::detail
