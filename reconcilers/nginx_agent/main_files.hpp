// SPDX-License-Identifier: Apache-2.0
// The files of a generation that are the same whatever endpoints it has: nginx's main file and what each endpoint's
// file includes. Why they look as they do: BEHAVIOUR.md.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "operator/base/result.hpp"
#include "reconcilers/nginx_agent/machine.hpp"

namespace sallyport::nginx_agent {

/// What nginx is started and reloaded with, and what a generation is tested with: it has a pid file and an error log of
/// its own, and opens once more what endpoints' files share.
inline constexpr const char* kMainFile = "nginx.conf";
inline constexpr const char* kTestFile = "test.conf";
/// Below a generation: one file per endpoint.
inline constexpr const char* kEndpoints = "endpoints";

/// What a client may say to the serving host: these headers go upstream as they came, and no others.
inline constexpr std::array<std::string_view, 7> kPassedHeaders{
    "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "User-Agent", "traceparent", "tracestate"};

/// Contents by file name. `generation` is what the status location tells; `listens`: where endpoints listen, each of
/// which has a default server. InvalidSpec for a setting of the machine that cannot be written.
[[nodiscard]] Result<std::map<std::string, std::string>> render_main(const Machine& machine,
                                                                     const std::string& generation,
                                                                     const std::set<std::string>& listens);

}  // namespace sallyport::nginx_agent
