// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/reply.hpp"

#include <gtest/gtest.h>

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedReply, ErrorsHaveManyForms) {
  EXPECT_EQ(api_error(400, "BAD_REQUEST", "no").body, R"({"error_code":"BAD_REQUEST","message":"no"})");
  EXPECT_EQ(numeric_error(403, "no").body, R"({"error_code":403,"message":"no"})");
  EXPECT_EQ(oauth_error(400, "invalid_grant", "no").body, R"({"error":"invalid_grant","error_description":"no"})");
  EXPECT_EQ(bad_target("/api/x").body, R"({"error":"Bad Target: /api/x"})");
  EXPECT_EQ(Json::parse(scim_error(404, "no", "").body)["status"], "404");
}

TEST(SimulatedReply, APathIsToldWithoutItsVersion) {
  EXPECT_EQ(Json::parse(no_api("GET", "/api/2.0/repos").body)["message"], "No API found for 'GET /repos'");
  EXPECT_EQ(Json::parse(no_api("GET", "/other").body)["message"], "No API found for 'GET /other'");
}

}  // namespace
}  // namespace sallyport::simulators::databricks
