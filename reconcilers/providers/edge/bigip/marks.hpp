// SPDX-License-Identifier: Apache-2.0
// What Sallyport writes on its own things on a BIG-IP, and how it knows them again: the tenant's label names the
// installation, an application's remark names the owner and the content. AS3 keeps both for 64 characters.
#pragma once

#include <string>
#include <string_view>

#include "operator/base/strong_id.hpp"
#include "reconcilers/ir/edge.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge::bigip {

/// The application that holds what the others of a tenant share. AS3's own name for it.
inline constexpr std::string_view kShared = "Shared";

/// "sallyport:<instance>", the Tenant.label of every tenant that is ours.
[[nodiscard]] std::string tenant_label(const InstanceId& instance);

/// "sp1 u=<owner mark> h=<first 32 digits of the fragment's hash>", the Application.remark: 57 characters.
[[nodiscard]] std::string application_remark(const ir::EdgeFragment& fragment);

/// The remark read back. An Entry with empty members when it is not one of ours.
[[nodiscard]] Entry read_remark(std::string_view remark);

/// "/tenant/application".
[[nodiscard]] std::string path_of(const ir::EdgePlace& place);

}  // namespace sallyport::edge::bigip
