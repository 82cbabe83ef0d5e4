// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/jws.hpp"

#include <gtest/gtest.h>

#include "operator/base/digest.hpp"

namespace sallyport::token {
namespace {

TEST(Jws, IsTakenApart) {  // RFC 7515 appendix A.3
  const std::string token =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  const auto jws = read_jws(token);
  ASSERT_TRUE(jws) << jws.error().detail;
  EXPECT_EQ(jws->header.algorithm, Algorithm::ES256);
  EXPECT_EQ(jws->header.key_id, "");
  EXPECT_EQ(jws->header.type, "");
  EXPECT_TRUE(jws->payload.starts_with("{\"iss\":\"joe\",")) << jws->payload;
  EXPECT_EQ(jws->signature.size(), 64U);
  EXPECT_EQ(jws->signing_input, token.substr(0, token.rfind('.')));
}

TEST(Jws, ReadsTheTypeAsAMediaType) {
  const auto type_of = [](const std::string& typ) {
    return read_jws(base64url_encode(R"({"alg":"ES256","kid":"k","typ":")" + typ + "\"}") + ".e30.AAAA")->header.type;
  };
  EXPECT_EQ(type_of("application/AT+JWT"), "at+jwt");
  EXPECT_EQ(type_of("at+JWT"), "at+jwt");
  EXPECT_EQ(type_of("text/at+jwt"), "text/at+jwt");
}

TEST(Jws, MayHaveAnEmptyPayloadButNoEmptySignature) {
  const std::string header = base64url_encode(R"({"alg":"ES256"})");
  EXPECT_TRUE(read_jws(header + "..AAAA"));
  EXPECT_EQ(read_jws(header + ".e30.").error(), (Refusal{Reason::SignatureInvalid, "the token is not signed"}));
}

}  // namespace
}  // namespace sallyport::token
