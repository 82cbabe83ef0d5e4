// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "operator/base/digest.hpp"
#include "operator/program/cli/offline_store.hpp"
#include "operator/program/cli/planning.hpp"
#include "operator/program/cli/still_clients.hpp"
#include "operator/program/directory_backend.hpp"
#include "operator/store/directory_state.hpp"
#include "tests/operator/program/cli/cli_testing.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::program::cli {
namespace {

using testing::FakeHttp;
using testing::Folder;
using testing::run_cli;
using testing::Said;

ir::Verdict verdict_of(ir::Outcome outcome, std::vector<std::string> notes = {}) {
  ir::Verdict verdict;
  verdict.outcome = outcome;
  verdict.notes = std::move(notes);
  return verdict;
}

Plan plan_with(std::vector<Action> actions) {
  Plan plan;
  plan.endpoints.push_back({"risk", "fraud", {}, {}});
  for (const Action action : actions)
    plan.endpoints.front().items.push_back({api::PlacementSystem::F5, "edge", "x", action});
  return plan;
}

TEST(PlanExitCode, IsZeroWhenNothingIsToDo) {
  EXPECT_EQ(plan_with({Action::Nothing, Action::Nothing}).exit_code(), 0);
  EXPECT_EQ(Plan{}.exit_code(), 0);
}

TEST(PlanExitCode, IsTwoForChanges) {
  for (const Action action : {Action::Create, Action::Change, Action::Remove})
    EXPECT_EQ(plan_with({Action::Nothing, action}).exit_code(), 2);
}

TEST(PlanExitCode, IsOneForAnErrorEvenBesideChanges) {
  EXPECT_EQ(plan_with({Action::Create, Action::Error}).exit_code(), 1);
  Plan refused = plan_with({Action::Nothing});
  refused.endpoints.front().refused.push_back({"NotAllowed", "spec.host: no"});
  EXPECT_EQ(refused.exit_code(), 1);
  Plan faulty;
  faulty.problems.emplace_back("F5Gateway edge: spec.type is required");
  EXPECT_EQ(faulty.exit_code(), 1);
}

TEST(JudgeClient, ReadsTheVerdictOfAComparison) {
  ir::ClientFragment wanted;
  wanted.client_name = "sallyport abcd1234 risk/fraud";
  EXPECT_EQ(judge_client(wanted, "corporate", verdict_of(ir::Outcome::Applied)).action, Action::Nothing);
  EXPECT_EQ(judge_client(wanted, "corporate", verdict_of(ir::Outcome::Pending, {"would register a client"})).action,
            Action::Create);
  ir::Verdict known = verdict_of(ir::Outcome::Pending, {"would change scope"});
  known.facts["client_id"] = "c-1";
  const PlanItem change = judge_client(wanted, "corporate", known);
  EXPECT_EQ(change.action, Action::Change);
  EXPECT_EQ(change.what, "c-1");
  EXPECT_EQ(change.details, (std::vector<std::string>{"would change scope"}));
  wanted.wish = ir::Wish::Absent;
  EXPECT_EQ(judge_client(wanted, "corporate", known).action, Action::Remove);
  EXPECT_EQ(judge_client(wanted, "corporate", verdict_of(ir::Outcome::Gone)).action, Action::Nothing);
}

TEST(JudgeClient, AnErrorIsNeverTakenForAChange) {
  ir::Verdict unknown = verdict_of(ir::Outcome::Unknown);
  unknown.error = Error{Code::Unavailable, "connection refused", "GET https://login.example.com", {}};
  const PlanItem item = judge_client({}, "corporate", unknown);
  EXPECT_EQ(item.action, Action::Error);
  EXPECT_EQ(item.details.front(), "GET https://login.example.com: connection refused");
}

TEST(JudgeGrant, TellsNewEntriesFromChangedAndRemovedOnes) {
  const auto action = [](std::vector<std::string> notes) {
    return judge_grant({}, "prod", verdict_of(ir::Outcome::Unknown, std::move(notes))).action;
  };
  EXPECT_EQ(action({"'a': none -> CAN_QUERY", "'b': none -> CAN_VIEW"}), Action::Create);
  EXPECT_EQ(action({"'a': none -> CAN_QUERY", "'b': CAN_VIEW -> CAN_QUERY"}), Action::Change);
  EXPECT_EQ(action({"'a': CAN_QUERY -> none"}), Action::Remove);
  EXPECT_EQ(action({"tag sallyport-instance: none, would be abcd1234", "'a': none -> CAN_QUERY"}), Action::Create);
  EXPECT_EQ(action({"tag sallyport-instance: none, would be abcd1234"}), Action::Change);
  EXPECT_EQ(judge_grant({}, "prod", verdict_of(ir::Outcome::Applied, {"the serving endpoint is not ready"})).action,
            Action::Nothing);
}

TEST(PlanText, HasASignForEachLineAndASummary) {
  Plan plan = plan_with({Action::Create, Action::Change, Action::Remove, Action::Nothing, Action::Error});
  plan.endpoints.front().items[1].details = {"scope: 'a' -> 'b'"};
  std::ostringstream out;
  print_text(out, plan);
  EXPECT_EQ(out.str(),
            "ProtectedEndpoint risk/fraud\n"
            "  + create   F5 edge: x\n"
            "  ~ change   F5 edge: x\n"
            "      scope: 'a' -> 'b'\n"
            "  - remove   F5 edge: x\n"
            "  = nothing  F5 edge: x\n"
            "  ! error    F5 edge: x\n"
            "Plan: 1 to create, 1 to change, 1 to remove, 1 as wanted, 1 error\n");
}

TEST(ReadingClient, SendsReadsAndSessionsAndNothingElse) {
  auto inner = std::make_unique<FakeHttp>([](const http::Request&) { return http::Response{200, {}, "{}"}; });
  const FakeHttp& fake = *inner;
  ReadingClient client(std::move(inner));
  const auto send = [&](http::Request request) { return client.send(request, std::chrono::seconds(1), {}); };
  EXPECT_TRUE(send({"GET", "/a"}).has_value());
  http::Request session{"POST", "/login"};
  session.session = true;
  EXPECT_TRUE(send(session).has_value());
  EXPECT_EQ(fake.requests().size(), 2U);
  http::Request lying = session;
  lying.changes.push_back({});
  http::Request only_answer{"GET", "/reg/client-1"};  // which may hold the client's new token
  only_answer.delivery = http::Delivery::OnceAlone;
  for (const http::Request& request : {http::Request{"POST", "/a"}, http::Request{"DELETE", "/a"},
                                       http::Request{"PATCH", "/a"}, http::Request{"PUT", "/a"}, lying, only_answer}) {
    const auto answer = send(request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, Code::Refused);
  }
  EXPECT_EQ(fake.requests().size(), 2U);
}

/// The quickstart with its credentials, on systems that answer 503 to everything.
TEST(MakePlan, TellsEachSystemThatCannotBeSeenAndChangesNothing) {
  const Folder folder;
  const auto secret = [](const std::string& ns, const std::string& name, const std::string& more) {
    return "---\napiVersion: v1\nkind: Secret\nmetadata: {name: " + name + ", namespace: " + ns + more;
  };
  const std::string secrets = folder.write(
      "secrets.yaml", secret("sallyport-system", "bigip-edge", "}\nstringData: {username: a, password: b}\n") +
                          secret("sallyport-system", "idp-registration", "}\nstringData: {initial_access_token: t}\n") +
                          secret("sallyport-system", "dbx-prod", "}\nstringData: {client_id: a, client_secret: b}\n") +
                          secret("risk", "fraud-tls",
                                 ", labels: {sallyport.dev/usable-by: ProtectedEndpoint}}\n"
                                 "stringData: {tls.crt: a, tls.key: b}\n"));
  ManifestSource source;
  source.paths = {testing::quickstart(), secrets};
  source.instance = "abcd1234";
  const auto material = read_manifests(source);
  ASSERT_TRUE(material.has_value());
  std::atomic<int> writes{0};
  std::atomic<int> reads{0};
  const auto connect = [&](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
    return std::unique_ptr<http::Client>(std::make_unique<FakeHttp>([&](const http::Request& request) {
      ++(request.changes.empty() ? reads : writes);
      return http::Response{503, {}, "busy"};
    }));
  };
  const Plan plan = make_plan(**material, connect, {});
  EXPECT_EQ(writes, 0);
  EXPECT_GT(reads, 0);
  EXPECT_EQ(plan.exit_code(), 1);
  ASSERT_EQ(plan.endpoints.size(), 1U);
  EXPECT_TRUE(plan.endpoints.front().refused.empty());
  std::set<api::PlacementSystem> failed;
  for (const PlanItem& item : plan.endpoints.front().items)
    if (item.action == Action::Error) failed.insert(item.system);
  EXPECT_TRUE(failed.contains(api::PlacementSystem::F5));
  EXPECT_TRUE(failed.contains(api::PlacementSystem::Databricks));
  EXPECT_EQ(to_json(plan).at("summary").at("change"), 0);
}

/// The quickstart with a registered client, whose consumer's Secret is there, at a provider that says of the client
/// what `token` says. Everything else is busy.
class PlanOfAClient : public ::testing::Test {
 protected:
  void SetUp() override {
    ManifestSource source;
    source.paths = {testing::quickstart()};
    source.instance = "abcd1234";
    material = std::move(*read_manifests(source));
    endpoint = material->caches.endpoints.list().front();
    put("sallyport-system", "idp-registration", {{"initial_access_token", Secret("t")}});
    const Uid record = ir::registration_key(endpoint->meta.uid, "corporate");
    put("sallyport-system", "sallyport-registration-" + short_hash(record.str(), 16),
        {{"state", Secret("registered")},
         {"client_id", Secret("c-1")},
         {"client_secret", Secret("s")},
         {"registration_access_token", Secret("rat")},
         {"registration_client_uri", Secret("https://login.example.com/reg/c-1")},
         {"metadata", Secret("{}")}});
  }
  void put(const std::string& ns, const std::string& name, std::map<std::string, Secret> bytes) const {
    schema::Metadata meta;
    meta.ns = ns;
    meta.name = name;
    if (ns == endpoint->meta.ns) meta.labels[std::string(shared::kOwnerUid)] = endpoint->meta.uid.str();
    static_cast<OfflineStore&>(*material->store).put_secret(std::move(meta), std::move(bytes));
  }
  PlanItem item() {
    const auto connect = [this](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
      return std::unique_ptr<http::Client>(
          std::make_unique<FakeHttp>([this](const http::Request& request) { return answer(request); }));
    };
    const Plan plan = make_plan(*material, connect, {});
    return plan.endpoints.front().items.front();
  }

  std::unique_ptr<Material> material;
  std::shared_ptr<const store::Object<api::ProtectedEndpoint>> endpoint;
  http::Response token{200, {{"Content-Type", "application/json"}}, R"({"access_token":"a","token_type":"Bearer"})"};
  std::vector<std::string> asked;

 private:
  http::Response answer(const http::Request& request) {
    asked.push_back(request.target);
    if (request.target == "/token") return token;
    if (request.target.find("/.well-known/") == std::string::npos) return {503, {}, "busy"};
    return {200,
            {{"Content-Type", "application/json"}},
            R"({"issuer":"https://login.example.com","jwks_uri":"https://login.example.com/jwks",)"
            R"("token_endpoint":"https://login.example.com/token"})"};
  }
};

/// A provider may answer the look at a client with a new token, which plan could not keep.
TEST_F(PlanOfAClient, DoesNotLookWhereTheAnswerMayReplaceTheToken) {
  const PlanItem client = item();

  EXPECT_EQ(std::count(asked.begin(), asked.end(), "/reg/c-1"), 0);
  EXPECT_EQ(client.what, "c-1");
  EXPECT_EQ(client.action, Action::Change) << client.details.front();
  EXPECT_NE(client.details.front().find("only whether it lives was asked"), std::string::npos)
      << client.details.front();
}

TEST_F(PlanOfAClient, TellsOfOneThatWasDeletedAtTheProvider) {
  token = {401, {{"Content-Type", "application/json"}}, R"({"error":"invalid_client"})"};

  const PlanItem client = item();

  EXPECT_EQ(client.action, Action::Change);
  EXPECT_THAT(client.details, ::testing::Contains(::testing::HasSubstr("would register a new one")));
}

TEST_F(PlanOfAClient, TellsWhatTheApplicationsSecretWouldHoldOtherwise) {
  put(endpoint->meta.ns, "fraud-scoring-old", {});
  EXPECT_THAT(item().details, ::testing::Contains(::testing::HasSubstr("would write Secret 'risk/")));

  put(endpoint->meta.ns, shared::consumer_secret_name(*endpoint),
      {{"client_id", Secret("c-1")},
       {"client_secret", Secret("s")},
       {"issuer", Secret("https://login.example.com")},
       {"token_url", Secret("https://login.example.com/token")},
       {"audience", Secret("another")}});
  const PlanItem client = item();

  EXPECT_THAT(client.details, ::testing::Contains(::testing::HasSubstr("would change audience in Secret 'risk/")));
  EXPECT_THAT(client.details, ::testing::Contains("would delete Secret 'risk/fraud-scoring-old'"));
}

TEST_F(PlanOfAClient, TellsHowFarItIs) {
  PlanOptions options;
  std::vector<std::string> told;
  options.progress = [&told](std::string_view what, std::size_t done, std::size_t of) {
    told.push_back(std::string(what) + " " + std::to_string(done) + "/" + std::to_string(of));
  };
  const auto connect = [](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
    return Error{Code::Unavailable, "nothing answers", {}, {}};
  };

  (void)make_plan(*material, connect, options);

  EXPECT_THAT(told, ::testing::IsSupersetOf({"clients 0/1", "clients 1/1", "access lists 0/1", "access lists 1/1"}));
}

TEST_F(PlanOfAClient, IsToldOnlyInItsNamespace) {
  PlanOptions options;
  options.ns = "elsewhere";
  const auto connect = [](const http::ClientOptions&) -> Result<std::unique_ptr<http::Client>> {
    return Error{Code::Unavailable, "nothing is to be asked", {}, {}};
  };

  const Plan plan = make_plan(*material, connect, options);

  EXPECT_TRUE(plan.endpoints.empty());
  EXPECT_EQ(plan.errors(), 0);
}

TEST(PlanCommand, SaysWhichCredentialsAreMissing) {
  const Said said = run_cli({"plan", "-f", testing::quickstart(), "--instance", "abcd1234"});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find("there is no Secret 'sallyport-system/dbx-prod'"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("SecretNotFound: spec.tls.secretName"), std::string::npos) << said.out;
}

TEST(PlanCommand, WantsTheStateOfManifestsThatAreNoDirectoryAndNamesThePlanOfACluster) {
  const Folder folder;
  const std::string file = folder.write("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk}\n");
  const Said said = run_cli({"plan", "-f", file});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.err.find("--state: is needed"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("sallyport plan --cluster"), std::string::npos) << said.err;
}

TEST(PlanCommand, PlansADirectoryOnWhichNoInstallationHasWorkedYet) {
  const Folder home;
  setenv("XDG_STATE_HOME", home.path().c_str(), 1);
  const Folder folder;
  folder.write("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: risk}\n");

  const Said said = run_cli({"plan", "-f", folder.path()});

  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.err.find("names carry 'instance' instead of its id"), std::string::npos) << said.err;
}

TEST(PlanCommand, SaysThatAnIdAloneDoesNotMakeManifestsAClustersObjects) {
  const Said said = run_cli({"plan", "-f", testing::quickstart(), "--instance", "abcd1234"});
  EXPECT_NE(said.err.find("counts as another owner's"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("--cluster"), std::string::npos) << said.err;
}

TEST(PlanCommand, TakesTheStateThatRunKeepsOfTheSameDirectory) {
  const Folder home;
  setenv("XDG_STATE_HOME", home.path().c_str(), 1);
  const store::DirectoryState state(*default_state(testing::quickstart()));
  std::filesystem::create_directories(std::filesystem::path(state.directory()).parent_path());

  const Said before = run_cli({"plan", "-f", testing::quickstart()});
  EXPECT_NE(before.err.find("sallyport run --manifests " + testing::quickstart()), std::string::npos) << before.err;
  EXPECT_NE(before.out.find("there is no Secret 'sallyport-system/dbx-prod'"), std::string::npos) << before.out;

  ASSERT_TRUE(state.prepare().has_value());
  store::DirectoryState running(state.directory());
  ASSERT_TRUE(running.take_over().has_value());
  const Said after = run_cli({"plan", "-f", testing::quickstart() + "/"});
  EXPECT_NE(after.out.find("there is no Secret 'sallyport-system/dbx-prod'"), std::string::npos) << after.err;
  EXPECT_EQ(after.err, "");
}

}  // namespace
}  // namespace sallyport::program::cli
