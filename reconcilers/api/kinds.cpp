// SPDX-License-Identifier: Apache-2.0
// What is made from the tables of all kinds, compiled here and nowhere else.
#include "reconcilers/api/kinds.hpp"

#include "operator/schema/shape_of.hpp"

namespace sallyport::schema {

template const Shape& shape_of<api::F5GatewaySpec>();
template const Shape& shape_of<api::F5GatewayStatus>();
template const Shape& shape_of<api::IdentityProviderSpec>();
template const Shape& shape_of<api::IdentityProviderStatus>();
template const Shape& shape_of<api::DatabricksWorkspaceSpec>();
template const Shape& shape_of<api::DatabricksWorkspaceStatus>();
template const Shape& shape_of<api::ProtectedEndpointSpec>();
template const Shape& shape_of<api::ProtectedEndpointStatus>();
template const Shape& shape_of<api::AccessLedgerSpec>();
template const Shape& shape_of<api::AccessLedgerStatus>();

}  // namespace sallyport::schema
