// SPDX-License-Identifier: Apache-2.0
// The Kubernetes layer against a real API server: reads, watches, lease, events.
#include <gmock/gmock.h>

#include "tests/integration/real_api_server.hpp"

namespace sallyport::store {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using testing::RealApiServer;

TEST_F(RealApiServer, StreamsItsListAndMarksTheEnd) {
  create("a");
  bool end = false;
  int added = 0;
  const auto answer =
      client_->watch({edges(), ns_}, {.server_timeout = seconds(30)}, {}, [&](std::string_view line) -> Result<void> {
        const auto event = kube::split_watch_line(line);
        if (event->type == "ADDED") ++added;
        end = kube::read_head(event->object)->initial_events_end;
        return end ? Result<void>(Error{Code::Internal, "enough", {}, {}}) : Result<void>();
      });

  EXPECT_TRUE(end) << (answer ? std::to_string(answer->status) : answer.error().text());
  EXPECT_EQ(added, 1);
}

TEST_F(RealApiServer, EndsAWatchWhenTheServerDoes) {
  const std::string version = create("a").resource_version;

  const auto answer = client_->watch({edges(), ns_}, {.resource_version = version, .server_timeout = seconds(1)}, {},
                                     [](std::string_view) { return Result<void>(); });

  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_EQ(answer->status, 200);
}

TEST_F(RealApiServer, SaysGoneForAVersionFromLongAgo) {
  create("a");
  int code = 0;

  const auto answer = client_->watch({edges(), ns_}, {.resource_version = "1", .server_timeout = seconds(5)}, {},
                                     [&](std::string_view line) -> Result<void> {
                                       const auto event = kube::split_watch_line(line);
                                       if (event->type == "ERROR") code = kube::status_code(event->object);
                                       return {};
                                     });

  ASSERT_TRUE(answer.has_value()) << answer.error().text();
  EXPECT_TRUE(code == 410 || answer->status == 410) << code << " " << answer->status;
}

TEST_F(RealApiServer, GivesItsListsInPages) {
  for (const char* name : {"a", "b", "c", "d", "e"}) create(name);
  std::string next;
  int pages = 0;
  std::set<std::string> names;

  do {
    const auto page = client_->list_page({edges(), ns_, "", "", kube::Form::Metadata}, next, 2, {});
    ASSERT_TRUE(page.has_value()) << page.error().text();
    const auto head = kube::split_list(page->body, [&](std::string_view object) -> Result<void> {
      EXPECT_EQ(object.find("\"spec\":"), std::string_view::npos);
      names.insert(kube::read_head(object)->name);
      return {};
    });
    ASSERT_TRUE(head.has_value());
    next = head->next;
    ++pages;
  } while (!next.empty());

  EXPECT_EQ(pages, 3);
  EXPECT_EQ(names.size(), 5U);
}

TEST_F(RealApiServer, RefusesAPageTokenThatItCannotHonour) {
  const auto page = client_->list_page({edges(), ns_}, "bm90IGEgdG9rZW4", 2, {});

  ASSERT_FALSE(page.has_value());
  EXPECT_EQ(page.error().code, Code::Internal);
}

TEST_F(RealApiServer, HandsTheLeaseOver) {
  kube::LeaseOptions lease;
  lease.ns = ns_;
  const auto a = *kube::Lease::create(std::move(kube::make_transports(config_)->lease), options(), lease);
  const auto b = *kube::Lease::create(std::move(kube::make_transports(config_)->lease), options(), lease);

  a->step({});
  b->step({});
  EXPECT_TRUE(a->may_write().has_value());
  EXPECT_FALSE(b->may_write().has_value());
  a->step({});
  EXPECT_EQ(a->standing(), kube::Lease::Standing::Holding);
  a->release();
  b->step({});

  EXPECT_TRUE(b->may_write().has_value());
  EXPECT_FALSE(a->may_write().has_value());
}

TEST_F(RealApiServer, TakesEventsAndTheirCounts) {
  const auto head = create("a");
  kube::Events events(std::move(kube::make_transports(config_)->events), options());
  for (int i = 0; i < 2; ++i) {
    events.post({edges().api_version(), "Edge", ns_, "a", head.uid, "Warning", "Refused", "It does not work"});
    EXPECT_TRUE(events.step({}));
  }

  const auto page = client_->list_page({kube::events(), ns_}, "", 500, {});

  ASSERT_TRUE(page.has_value());
  const json items = json::parse(page->body)["items"];
  ASSERT_EQ(items.size(), 1U) << page->body;
  EXPECT_EQ(items[0]["series"]["count"], 2);
  EXPECT_EQ(items[0]["note"], "It does not work");
}

TEST_F(RealApiServer, SaysWhoIsNotLetIn) {
  kube::Config stranger = config_;
  stranger.token = Secret("nobody");
  kube::ClientOptions client = options();
  client.credentials = std::make_shared<kube::Credentials>(stranger, system_clock());
  kube::Client unknown(std::move(kube::make_transports(config_)->unary), client);

  EXPECT_EQ(unknown.get(ref("a"), kube::Form::Whole, {}).error().code, Code::Unauthorized);
}

TEST_F(RealApiServer, DoesNotHurryBackToANamespaceThatGoes) {
  create("a", {"example.com/holds"});
  const auto ns = client_->get({kube::namespaces(), "", ns_}, kube::Form::Metadata, {});
  ASSERT_TRUE(client_->remove({kube::namespaces(), "", ns_}, Uid(kube::read_head(*ns)->uid), {}).has_value());

  const json late{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "late"}}}};
  const auto made = client_->create({kube::config_maps(), ns_, "late"}, late.dump(), {});

  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::Refused);
  EXPECT_EQ(made.error().retry_after, std::chrono::minutes(1));
  const json patch = json::array({{{"op", "remove"}, {"path", "/metadata/finalizers"}}});
  EXPECT_TRUE(client_->json_patch(ref("a"), patch.dump(), "test", {}).has_value());
}

}  // namespace
}  // namespace sallyport::store
