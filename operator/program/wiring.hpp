// SPDX-License-Identifier: Apache-2.0
// The composition root: the one place that names concrete classes and ties them together.
#pragma once

#include "operator/base/result.hpp"
#include "operator/program/settings.hpp"

namespace sallyport::program {

/// Runs until a signal says stop. 0: ended as asked; 1: could not start, or the lease was lost.
[[nodiscard]] int run_operator(const Settings& settings);

}  // namespace sallyport::program
