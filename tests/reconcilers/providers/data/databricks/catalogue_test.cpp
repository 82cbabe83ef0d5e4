// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/data/databricks/catalogue.hpp"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::data::databricks {
namespace {

class OneToken final : public ir::SecretSource {
 public:
  Result<ir::SecretBytes> read(const std::string&, const std::string&) override {
    return ir::SecretBytes{{"token", Secret("t")}};
  }
};

class NoLedgers final : public ir::LedgerStore {
 public:
  Result<std::optional<ir::Ledger>> load(const std::string&, const std::string&) override {
    return std::optional<ir::Ledger>{};
  }
  Result<std::vector<ir::Ledger>> of(const std::string&, const std::string&) override {
    return std::vector<ir::Ledger>{};
  }
  Result<void> save(const ir::Ledger&) override { return {}; }
  Result<void> erase(const std::string&, const std::string&) override { return {}; }
};

class CatalogueOfAWorkspace : public ::testing::Test {
 protected:
  static Surroundings around(OneToken& secrets, NoLedgers& ledgers, const Clock& clock, Random& random) {
    return {{}, secrets, ledgers, clock, random};
  }

  static ir::DataConnection connection() {
    ir::DataConnection connection;
    connection.name = "w";
    connection.host = "https://w.example";
    connection.auth = "PersonalAccessToken";
    return connection;
  }

  int asked = 0;
  http::Response answer{
      200, {}, R"({"endpoints":[{"id":"a1","name":"a","tags":[{"key":"k","value":"v"}]},{"name":"foundation"}]})"};
  OneToken secrets;
  NoLedgers ledgers;
  testing::FakeClock clock;
  testing::FakeRandom random;
  Session session{connection(),
                  std::make_unique<testing::FakeHttp>([this](const http::Request& request) -> Result<http::Response> {
                    asked += request.target == "/api/2.0/serving-endpoints" ? 1 : 0;
                    return answer;
                  }),
                  around(secrets, ledgers, clock, random)};
  Catalogue catalogue{session, clock};
};

TEST_F(CatalogueOfAWorkspace, AnswersManyQuestionsByOneList) {
  const auto a = catalogue.find("a", {});
  ASSERT_TRUE(a && *a);
  EXPECT_EQ((*a)->id, "a1");
  EXPECT_EQ((*a)->tags.at("k"), "v");
  EXPECT_FALSE(*catalogue.find("b", {}));
  EXPECT_FALSE(*catalogue.find("foundation", {})) << "it has no access list";

  EXPECT_EQ(asked, 1);
}

TEST_F(CatalogueOfAWorkspace, ListsAgainAfterAWhile) {
  (void)catalogue.find("a", {});
  answer.body = R"({"endpoints":[{"id":"a2","name":"a"}]})";
  EXPECT_EQ((*catalogue.find("a", {}))->id, "a1");

  clock.advance(std::chrono::minutes(1));

  EXPECT_EQ((*catalogue.find("a", {}))->id, "a2");
}

TEST_F(CatalogueOfAWorkspace, KeepsTheUrlOfAnEndpointThatWasReadItself) {
  EXPECT_EQ((*catalogue.find("a", {}))->invocations_url, "") << "the list does not tell";
  catalogue.remember({.id = "a1", .name = "a", .invocations_url = "https://x.serving", .ready = true, .tags = {}});
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ((*catalogue.find("a", {}))->invocations_url, "https://x.serving");

  answer.body = R"({"endpoints":[{"id":"a2","name":"a"}]})";
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ((*catalogue.find("a", {}))->invocations_url, "") << "of another life of the name";
}

TEST_F(CatalogueOfAWorkspace, TakesAnEmptyObjectForAnEmptyList) {
  answer.body = "{}";
  const auto found = catalogue.find("a", {});
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(CatalogueOfAWorkspace, DoesNotTakeARefusalForAnEmptyList) {
  answer = {403, {}, R"({"error_code":"PERMISSION_DENIED","message":"no"})"};
  EXPECT_EQ(catalogue.find("a", {}).error().code, Code::Refused);
}

TEST_F(CatalogueOfAWorkspace, BelievesWhatIsNewer) {
  (void)catalogue.find("a", {});
  catalogue.remember({.id = "a9", .name = "a", .invocations_url = "", .ready = true, .tags = {}});
  EXPECT_EQ((*catalogue.find("a", {}))->id, "a9");
}

TEST(Quotas, AreTheWorkspacesOwn) {
  EXPECT_EQ(quota_of("GET", "/api/2.0/permissions/serving-endpoints/1"), Quota::PermissionReads);
  EXPECT_EQ(quota_of("PATCH", "/api/2.0/permissions/serving-endpoints/1"), Quota::PermissionWrites);
  EXPECT_EQ(quota_of("GET", "/api/2.0/preview/scim/v2/Me"), Quota::Scim);
  EXPECT_EQ(quota_of("PATCH", "/api/2.0/serving-endpoints/a/tags"), Quota::ServingWrites);
  EXPECT_EQ(quota_of("GET", "/api/2.0/serving-endpoints/a"), Quota::Others);
}

}  // namespace
}  // namespace sallyport::data::databricks
