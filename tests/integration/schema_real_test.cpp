// SPDX-License-Identifier: Apache-2.0
// The same table of wrong, over-bound, missing and hostile values that the reader is tried with, sent to a real API
// server which holds our CRDs: what the reader refuses, OpenAPI and CEL refuse, at the same path; what the reader takes
// as data comes back as data. Everything is a dry run: nothing is left behind.
#include <set>

#include "operator/schema/crd.hpp"
#include "operator/schema/leaves.hpp"
#include "operator/schema/sample.hpp"
#include "reconcilers/api/kinds.hpp"
#include "tests/integration/real_api_server.hpp"

namespace sallyport::store::testing {
namespace {

template <class K>
class RealSchema : public RealApiServer {
 protected:
  struct Judged {
    int status = 0;
    std::vector<std::string> fields;  ///< as the API server names them
    std::string message;
    json object;
    [[nodiscard]] bool accepted() const { return status == 201; }
  };

  void SetUp() override {
    RealApiServer::SetUp();
    if (!client_) return;
    http_ = std::move(kube::make_transports(config_)->unary);
    const json crd = json::parse(schema::crd_document<K>().dump());
    const kube::Ref ref{kCrds, "", crd["metadata"]["name"]};
    const auto applied = client_->apply(ref, {"schema-real-test", crd.dump(), kube::Apply::Part::Object}, {});
    ASSERT_TRUE(applied.has_value()) << applied.error().text();
    // A new schema is in force a moment after it was accepted.
    while (!client_->list_page({kube::resource_of(schema::Kind<K>::name)}, "", 1, {}).has_value())
      std::this_thread::yield();
    const auto good = schema::sample<K>(schema::Extent::Full);
    while (!create(good.dump()).accepted()) std::this_thread::yield();
  }

  Judged create(const std::string& document) {
    json object = json::parse(document);
    const bool namespaced = schema::Kind<K>::name.scope == schema::Scope::Namespaced;
    if (namespaced) object["metadata"]["namespace"] = ns_;
    http::Request request{.method = "POST",
                          .target = kube::resource_of(schema::Kind<K>::name).path(namespaced ? ns_ : "") +
                                    "?dryRun=All&fieldValidation=Strict"};
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = object.dump();
    request.session = true;
    request.authorization = *credentials_->authorization();
    const auto answer = http_->send(request, std::chrono::seconds(30), {});
    EXPECT_TRUE(answer.has_value()) << answer.error().text();
    if (!answer) return {};
    Judged judged{answer->status, {}, "", json::parse(answer->body, nullptr, false)};
    if (judged.accepted()) return judged;
    judged.message = judged.object.value("message", answer->body);
    for (const json& cause : judged.object.value("details", json::object()).value("causes", json::array()))
      judged.fields.push_back(cause.value("field", ""));
    return judged;
  }

  std::unique_ptr<http::Client> http_;
};

using Kinds = ::testing::Types<api::F5Gateway, api::IdentityProvider, api::DatabricksWorkspace, api::ProtectedEndpoint,
                               api::AccessLedger>;
TYPED_TEST_SUITE(RealSchema, Kinds);

/// `matchLabels[ml-edge]` is what we call a key of a map; the API server writes `matchLabels.ml-edge`.
std::string as_the_api_server_says(const std::string& path) {
  std::string said;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::size_t end = path[i] == '[' ? path.find(']', i) : std::string::npos;
    const std::string inside = end == std::string::npos ? "" : path.substr(i + 1, end - i - 1);
    if (inside.empty() || inside.find_first_not_of("0123456789") == std::string::npos) {
      said += path[i];
    } else {
      said += "." + inside;
      i = end;
    }
  }
  return said;
}

TYPED_TEST(RealSchema, RefusesWhatTheReaderRefusesAtTheSamePath) {
  std::size_t tried = 0;
  for (const schema::Trial& trial : schema::trials<TypeParam>()) {
    const auto judged = this->create(trial.document);
    const std::string path = as_the_api_server_says(trial.path);
    EXPECT_FALSE(judged.accepted()) << trial.what << " at " << path << " was accepted";
    EXPECT_THAT(judged.fields, ::testing::Contains(path)) << trial.what << ": " << judged.message;
    ++tried;
  }
  this->RecordProperty("tried", std::to_string(tried));
  EXPECT_GT(tried, schema::leaves<TypeParam>().size() / 2);
}

TYPED_TEST(RealSchema, TakesOrRefusesHostileTextAsTheReaderDoes) {
  for (const schema::Trial& trial : schema::hostile_trials(schema::kind_of<TypeParam>())) {
    const json document = json::parse(trial.document);
    const bool ours = schema::read<typename TypeParam::Spec>(document.at("spec"), "spec", schema::Unknown::Refuse).ok();
    const auto judged = this->create(trial.document);
    EXPECT_EQ(judged.accepted(), ours) << trial.what << " at " << trial.path << ": " << judged.message;
    if (judged.accepted()) {
      EXPECT_EQ(judged.object.at("spec"), document.at("spec")) << trial.path;
    }
  }
}

}  // namespace
}  // namespace sallyport::store::testing
