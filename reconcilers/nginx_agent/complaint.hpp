// SPDX-License-Identifier: Apache-2.0
// What `nginx -t` says is wrong (BEHAVIOUR.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::nginx_agent {

/// The complaint in one line, without time, process and the closing "test failed".
[[nodiscard]] std::string complaint_of(std::string_view said);

/// The endpoint whose file the complaint names; nothing where it names none. Of two that are at odds, nginx names the
/// one that it read later.
[[nodiscard]] std::optional<std::string> endpoint_named(std::string_view said);

}  // namespace sallyport::nginx_agent
