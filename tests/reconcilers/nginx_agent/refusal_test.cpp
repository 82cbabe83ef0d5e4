// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/refusal.hpp"

#include <gtest/gtest.h>

namespace sallyport::nginx_agent {
namespace {

TEST(Refusals, AreToldInTheOperatorsWords) {
  const Error error = refusal_of({403, {}, R"({"error": "not listed"})"}, "GET /x");
  EXPECT_EQ(error.code, Code::Refused);
  EXPECT_EQ(error.text(), "GET /x: the operator answers 403: not listed");
}

TEST(Refusals, HaveCodesByTheirStatus) {
  EXPECT_EQ(refusal_of({401, {}, {}}, {}).code, Code::Unauthorized);
  EXPECT_EQ(refusal_of({404, {}, {}}, {}).code, Code::NotFound);
  EXPECT_EQ(refusal_of({429, {{"Retry-After", "3"}}, {}}, {}).retry_after, std::chrono::seconds(3));
  EXPECT_EQ(refusal_of({503, {}, "<html>"}, {}).code, Code::Unavailable);
  EXPECT_EQ(refusal_of({302, {}, R"({"error": 1})"}, {}).message, "the operator answers 302");
}

}  // namespace
}  // namespace sallyport::nginx_agent
