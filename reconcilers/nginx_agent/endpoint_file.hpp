// SPDX-License-Identifier: Apache-2.0
// nginx's file of one endpoint. Why it looks as it does, measurement by measurement: BEHAVIOUR.md.
#pragma once

#include <string>

#include "operator/base/result.hpp"
#include "reconcilers/nginx_agent/machine.hpp"
#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::nginx_agent {

/// Pure. InvalidSpec for a value that cannot be written safely; Unavailable where a backend's host has no address.
[[nodiscard]] Result<std::string> render_endpoint(const publication::Endpoint& endpoint, const Addresses& addresses,
                                                  const Machine& machine);

/// RFC 9728 section 2: what a client that was refused may read about the resource.
[[nodiscard]] std::string resource_metadata(const publication::Endpoint& endpoint);

}  // namespace sallyport::nginx_agent
