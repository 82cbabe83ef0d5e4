// SPDX-License-Identifier: Apache-2.0
// The operator itself as the source, over mutual TLS (delivery/service.hpp says what it answers).
#pragma once

#include <memory>
#include <stop_token>

#include "reconcilers/nginx_agent/enrolment.hpp"
#include "reconcilers/nginx_agent/source.hpp"

namespace sallyport::nginx_agent {

/// Each call blocks for a few seconds at most; after one that found nobody, or was told to come back later, the next
/// ones fail at once for as long: what is installed is looked after meanwhile. `clock` outlives it.
///
///   GET /gateways/NAME/manifest with If-None-Match, GET /gateways/NAME/objects/SHA256, PUT /gateways/NAME/reports/...
[[nodiscard]] std::unique_ptr<Source> https_source(EnrolmentOptions enrolment, Connect connect, const Clock& clock,
                                                   std::stop_token stop);

}  // namespace sallyport::nginx_agent
