// SPDX-License-Identifier: Apache-2.0
// The files of a generation that are the same whatever endpoints it has: nginx's main file and what each endpoint's
// file includes. Why they look as they do: BEHAVIOUR.md.
#pragma once

#include <map>
#include <string>

#include "operator/base/result.hpp"
#include "reconcilers/nginx_agent/local.hpp"

namespace sallyport::nginx_agent {

/// What nginx is started and reloaded with, and what a generation is tested with: it writes no pid and no log.
inline constexpr const char* kMainFile = "nginx.conf";
inline constexpr const char* kTestFile = "test.conf";
/// Below a generation: one file per endpoint.
inline constexpr const char* kEndpoints = "endpoints";

/// Contents by file name. `generation` is what the status location tells. InvalidSpec for a setting of the machine that
/// cannot be written.
[[nodiscard]] Result<std::map<std::string, std::string>> render_main(const Local& local, const std::string& generation);

}  // namespace sallyport::nginx_agent
