// SPDX-License-Identifier: Apache-2.0
// The world without a file: a few teams, their endpoints, and the operator as a creator who is not an admin, so that a
// careless PUT locks it out here as it would there.
#include "e2e/simulators/databricks/world_file.hpp"

namespace sallyport::simulators::databricks {

std::string_view default_world() {
  return R"({
  "users": [
    {"user_name": "admin@example.com", "display_name": "Ada Admin"},
    {"user_name": "alice@example.com", "display_name": "Alice Analyst"},
    {"user_name": "bob@example.com", "display_name": "Bob Builder"},
    {"user_name": "Maria.Silva@Example.com", "display_name": "Maria Silva"}
  ],
  "service_principals": [
    {"application_id": "$operator", "display_name": "sallyport-operator"},
    {"application_id": "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11", "display_name": "scoring-batch"}
  ],
  "groups": [
    {"display_name": "admins", "source": "system", "members": ["user:admin@example.com"]},
    {"display_name": "users", "source": "system"},
    {"display_name": "risk-analysts", "external_id": "9f0e3c52-6f38-4d0c-8a49-5d0a5d6f1a01",
     "members": ["user:alice@example.com", "user:Maria.Silva@Example.com"]},
    {"display_name": "data-scientists", "members": ["user:bob@example.com", "group:risk-analysts"]},
    {"display_name": "legacy-team", "source": "workspace", "members": ["user:bob@example.com"]}
  ],
  "serving_endpoints": [
    {"name": "fraud-scoring", "creator": "service-principal:$operator", "tags": {"sallyport-namespace": "risk"},
     "permissions": {"user:bob@example.com": "CAN_VIEW"}},
    {"name": "churn", "creator": "user:bob@example.com", "permissions": {"service-principal:$operator": "CAN_MANAGE"}},
    {"name": "optimised-llm", "creator": "service-principal:$operator", "task": "llm/v1/chat", "route_optimized": true,
     "tags": {"sallyport-namespace": "risk"}},
    {"name": "private-model", "creator": "user:bob@example.com"},
    {"name": "databricks-gpt-oss-120b", "task": "llm/v1/chat", "foundation_model": true}
  ],
  "securables": [
    {"type": "catalog", "full_name": "main", "owner": "user:admin@example.com",
     "grants": {"group:data-scientists": ["USE_CATALOG"]}},
    {"type": "schema", "full_name": "main.models", "owner": "user:bob@example.com",
     "grants": {"group:data-scientists": ["USE_SCHEMA"]}},
    {"type": "function", "full_name": "main.models.fraud", "owner": "service-principal:$operator",
     "grants": {"group:risk-analysts": ["EXECUTE"]}}
  ]
})";
}

}  // namespace sallyport::simulators::databricks
