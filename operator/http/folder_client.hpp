// SPDX-License-Identifier: Apache-2.0
// A directory of this machine behind http::Client. What is written there for others to fetch passes the same gate as
// every other change outside: the lease, the audit trail, and commands that only read.
#pragma once

#include <memory>
#include <string_view>

#include "operator/http/client.hpp"

namespace sallyport::http {

inline constexpr std::string_view kFolderScheme = "file://";

/// For `base_url` "file:///var/lib/sallyport/edge". GET reads a file, or, where the target ends in '/', the names of
/// the files in that directory, sorted, one a line; 404 for what is not there. PUT makes a file or takes its place,
/// mode 0600, on the disk when the answer is there; missing directories are made (0700). DELETE takes one away. A
/// target is made of letters, digits, '.', '_' and '-', and no part of it begins with a dot. An Error, Unavailable,
/// where the system refuses. Bodies are bounded by `limits.body_bytes`.
[[nodiscard]] Result<std::unique_ptr<Client>> make_folder_client(const ClientOptions& options);

}  // namespace sallyport::http
