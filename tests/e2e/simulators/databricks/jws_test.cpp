// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/databricks/jws.hpp"

#include <gtest/gtest.h>

#include "tests/e2e/simulators/databricks/signer.hpp"

namespace sallyport::simulators::databricks {
namespace {

TEST(SimulatedJws, TakesASignatureOfAKnownKey) {
  const Signer signer;
  const auto jws = parse_jws(signer.sign({{"sub", "a"}}));
  ASSERT_TRUE(jws);
  EXPECT_EQ(jws->claims["sub"], "a");
  EXPECT_TRUE(verify_jws(*jws, signer.jwks()));
}

TEST(SimulatedJws, RefusesAnotherKeyAndAChangedToken) {
  const Signer signer;
  auto jws = parse_jws(signer.sign({{"sub", "a"}}));
  ASSERT_TRUE(jws);
  EXPECT_FALSE(verify_jws(*jws, Signer().jwks()));
  EXPECT_FALSE(verify_jws(*jws, Json()));
  jws->signed_part += "x";
  EXPECT_FALSE(verify_jws(*jws, signer.jwks()));
}

TEST(SimulatedJws, TakesRs256) {
  // RFC 7515 appendix A.2.
  const auto jws = parse_jws(
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t"
      "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
      "xi12jzDwu"
      "sC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
      "IoypGlUPQGe77Rw");
  ASSERT_TRUE(jws);
  const Json keys = Json::parse(R"({"keys":[{"kty":"RSA","e":"AQAB",
      "n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]})");
  EXPECT_TRUE(verify_jws(*jws, keys));
}

TEST(SimulatedJws, RefusesUnsignedTokens) {
  const auto jws = parse_jws(base64url_encode(R"({"alg":"none"})") + "." + base64url_encode("{}") + ".");
  ASSERT_TRUE(jws);
  EXPECT_FALSE(verify_jws(*jws, Signer().jwks()));
  EXPECT_FALSE(parse_jws("a.b"));
  EXPECT_FALSE(parse_jws("e30.e30.+/+/"));
}

}  // namespace
}  // namespace sallyport::simulators::databricks
