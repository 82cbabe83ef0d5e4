// SPDX-License-Identifier: Apache-2.0
// The same table of wrong, over-bound, missing and hostile values that the reader is tried with, sent to a real API
// server which holds our CRDs: what the reader refuses, OpenAPI and CEL refuse, at the same path; what the reader takes
// as data comes back as data. All judgements are dry runs, and what has to be there for them goes with its test.
#include <array>
#include <set>

#include "operator/schema/crd.hpp"
#include "operator/schema/leaves.hpp"
#include "operator/schema/sample.hpp"
#include "reconcilers/api/kinds.hpp"
#include "tests/integration/real_api_server.hpp"
#include "tests/reconcilers/api/proposals.hpp"

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
    [[nodiscard]] bool accepted() const { return status == 200 || status == 201; }
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

  static constexpr auto kDryRun = "?dryRun=All&fieldValidation=Strict";

  Judged send(const std::string& method, const std::string& below, const json& object) {
    const bool namespaced = schema::Kind<K>::name.scope == schema::Scope::Namespaced;
    http::Request request{.method = method,
                          .target = kube::resource_of(schema::Kind<K>::name).path(namespaced ? ns_ : "") + below};
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

  json placed(json object) const {
    if (schema::Kind<K>::name.scope == schema::Scope::Namespaced) object["metadata"]["namespace"] = ns_;
    return object;
  }

  Judged create(const std::string& document) { return send("POST", kDryRun, placed(json::parse(document))); }

  /// Only a change of what is there can tell of the rules between versions, and of a status.
  json keep(json object) {
    object["metadata"]["name"] = ns_;  // kinds that know no namespaces are shared with other tests
    Judged kept = send("POST", "?fieldValidation=Strict", placed(std::move(object)));
    EXPECT_TRUE(kept.accepted()) << kept.message;
    return kept.object;
  }
  void drop() { (void)send("DELETE", "/" + ns_, json::object()); }
  Judged change(const json& kept, const json& wanted) {
    json object = kept;
    object["spec"] = wanted.at("spec");
    return send("PUT", "/" + ns_ + kDryRun, object);
  }
  Judged judge(schema::Side side, const json& kept, const std::string& document) {
    if (side == schema::Side::Spec) return create(document);
    json object = kept;
    object["status"] = json::parse(document).at("status");
    return send("PUT", "/" + ns_ + "/status" + kDryRun, object);
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

constexpr std::array kSides{std::pair{schema::Side::Spec, "spec"}, std::pair{schema::Side::Status, "status"}};

TYPED_TEST(RealSchema, RefusesWhatTheReaderRefusesAtTheSamePath) {
  const json kept = this->keep(json::parse(schema::sample<TypeParam>(schema::Extent::Full).dump()));
  std::size_t tried = 0;
  for (const auto& [side, root] : kSides) {
    for (const schema::Trial& trial : schema::trials<TypeParam>(side)) {
      const auto judged = this->judge(side, kept, trial.document);
      const std::string path = as_the_api_server_says(trial.path);
      EXPECT_FALSE(judged.accepted()) << trial.what << " at " << path << " was accepted";
      EXPECT_THAT(judged.fields, ::testing::Contains(path)) << trial.what << ": " << judged.message;
      ++tried;
    }
  }
  this->RecordProperty("tried", std::to_string(tried));
  EXPECT_GT(tried, schema::leaves<TypeParam>().size());
  this->drop();
}

TYPED_TEST(RealSchema, TakesWhatIsLeftOutAndFillsNothingIn) {
  const json kept = this->keep(json::parse(schema::sample<TypeParam>(schema::Extent::Full).dump()));
  for (const auto& [side, root] : kSides) {
    for (const schema::Omission& omission : schema::omissions(schema::kind_of<TypeParam>(), side)) {
      const auto judged = this->judge(side, kept, omission.document);
      EXPECT_TRUE(judged.accepted()) << omission.path << ": " << judged.message;
      if (!judged.accepted()) continue;
      EXPECT_EQ(judged.object.value(root, json()), json::parse(omission.document).at(root)) << omission.path;
    }
  }
  this->drop();
}

TYPED_TEST(RealSchema, HoldsTheRulesBetweenFieldsAndBetweenVersions) {
  for (const api::testing::Proposal& proposal : api::testing::proposals<TypeParam>()) {
    const json wanted = api::testing::smallest_with<TypeParam>(proposal.wanted);
    const bool is_new = proposal.was.is_null();
    const json kept = is_new ? json() : this->keep(api::testing::smallest_with<TypeParam>(proposal.was));
    const auto judged = is_new ? this->create(wanted.dump()) : this->change(kept, wanted);
    EXPECT_EQ(judged.accepted(), !proposal.refused) << proposal.path << " in " << wanted << ": " << judged.message;
    if (proposal.refused) {
      EXPECT_THAT(judged.fields, ::testing::Contains(proposal.path)) << judged.message;
    }
    if (!is_new) this->drop();
  }
}

template <class S>
bool is_read(const json& document, const char* root) {
  return schema::read<S>(document.at(root), root, schema::Unknown::Refuse).ok();
}

TYPED_TEST(RealSchema, TakesOrRefusesHostileTextAsTheReaderDoes) {
  const json kept = this->keep(json::parse(schema::sample<TypeParam>(schema::Extent::Full).dump()));
  for (const auto& [side, root] : kSides) {
    for (const schema::Trial& trial : schema::hostile_trials(schema::kind_of<TypeParam>(), side)) {
      const json document = json::parse(trial.document);
      const bool ours = side == schema::Side::Spec ? is_read<typename TypeParam::Spec>(document, root)
                                                   : is_read<typename TypeParam::Status>(document, root);
      const auto judged = this->judge(side, kept, trial.document);
      EXPECT_EQ(judged.accepted(), ours) << trial.what << " at " << trial.path << ": " << judged.message;
      if (judged.accepted()) {
        EXPECT_EQ(judged.object.at(root), document.at(root)) << trial.path;
      }
    }
  }
  this->drop();
}

}  // namespace
}  // namespace sallyport::store::testing
