// SPDX-License-Identifier: Apache-2.0
#include "tests/effects/stage.hpp"

#include <filesystem>
#include <thread>

#include "e2e/simulators/bigip/simulator.hpp"
#include "e2e/simulators/databricks/simulator.hpp"
#include "reconcilers/providers/edge/nginx/nginx.hpp"
#include "tests/reconcilers/providers/edge/bigip/fixtures.hpp"

namespace sallyport::testing {
namespace {

constexpr auto kOperatorId = "5a110000-1111-4000-8000-0000000000aa";
constexpr auto kToken = "dapi-of-the-operator";
constexpr auto kPublished = "/published";  ///< stands for a directory of the stage

bool is_device(const std::string& url) {
  return url.find("bigip") != std::string::npos;
}
bool is_folder(const std::string& url) {
  return url.starts_with("file://");
}
bool is_workspace(const std::string& url) {
  return url.find("adb-") != std::string::npos;
}

/// What differs from run to run, or says only that something was written.
bool is_noise(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNoise{
      "observedGeneration", "generation", "hash", "lastTransitionTime", "at", "remark", "label",
      "updateMode",         "endpointId"};  // the last is another one in each simulated workspace
  return std::ranges::find(kNoise, name) != kNoise.end();
}

void see_connections(const std::vector<http::ClientOptions>& opened, const std::string& system, auto belongs,
                     Outcome& seen) {
  int number = 0;
  for (const http::ClientOptions& options : opened) {
    if (!belongs(options.base_url)) continue;
    const std::string at = system + ":connection/" + std::to_string(number++);
    seen[at + "/url"] = options.base_url;
    seen[at + "/ca"] = options.tls.ca_bundle_pem;
    seen[at + "/pin"] = options.tls.pinned_sha256;
    seen[at + "/verify"] = options.tls.insecure_skip_verify ? "no" : "yes";
  }
}

http::Incoming incoming_of(const std::string& base_url, const http::Request& request) {
  http::Incoming incoming{request.method, request.target, request.headers, request.body, "192.0.2.7:4711"};
  incoming.headers["Host"] = base_url.substr(base_url.find("://") + 3);
  if (request.authorization) incoming.headers["Authorization"] = request.authorization->reveal();
  return incoming;
}

http::Response response_of(http::Outgoing out) {
  out.headers["Content-Type"] = out.content_type;
  return http::Response{out.status, out.headers, out.body};
}

template <class K>
void see_status(const store::Cache<store::Object<K>>& cache, Outcome& seen) {
  const std::string kind(schema::Kind<K>::name.kind);
  for (const auto& object : cache.list()) flatten(schema::write(object->status), kind + ":status", '.', seen);
}

/// `status.placements[0].connection` -> `status.placements[].connection`; conditions keep their names.
std::string without_numbers(const std::string& path) {
  std::string general;
  for (std::size_t i = 0; i < path.size(); ++i) {
    general += path[i];
    if (path[i] != '[') continue;
    while (i + 1 < path.size() && std::isdigit(static_cast<unsigned char>(path[i + 1])) != 0) ++i;
  }
  return general;
}

}  // namespace

void flatten(const Json& value, const std::string& path, char separator, Outcome& out) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (!is_noise(name)) flatten(member, path + separator + name, separator, out);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string type = value[i].is_object() ? value[i].value("type", std::to_string(i)) : std::to_string(i);
      flatten(value[i], separator == '.' ? path + "[" + type + "]" : path + separator + std::to_string(i), separator,
              out);
    }
  } else {
    out[path] = value.is_string() ? value.get<std::string>() : value.dump();
  }
}

std::set<std::string> differences(const Outcome& a, const Outcome& b) {
  std::set<std::string> paths;
  for (const auto& [path, value] : a) {
    if (const auto found = b.find(path); found == b.end() || found->second != value)
      paths.insert(without_numbers(path));
  }
  for (const auto& [path, value] : b) {
    if (!a.contains(path)) paths.insert(without_numbers(path));
  }
  return paths;
}

Stage::Stage() {
  make_systems();
  shared::Around around{clock,
                        random,
                        metrics,
                        std::chrono::hours(24),
                        [this](const Key&, runtime::Priority) { ++told_; },
                        [this](const Key&, shared::HealthNews) { ++told_; }};
  world_ = std::make_unique<shared::World>(store, caches, InstanceId("inst0001"), std::move(around),
                                           [this](const http::ClientOptions& options) { return connect(options); });
  world_->publications = folder_.path;
  gateways_ = std::make_unique<f5_gateway::Reconciler>(*world_);
  providers_ = std::make_unique<identity_provider::Reconciler>(*world_);
  workspaces_ = std::make_unique<databricks_workspace::Reconciler>(*world_);
  endpoints_ = std::make_unique<protected_endpoint::Reconciler>(*world_);
  fill_store();
}

Stage::~Stage() {
  const auto stop = [](const auto& links) {
    for (const auto& link : links.all()) link->stop(std::chrono::seconds(5));
  };
  stop(world_->gateways);
  stop(world_->providers);
  stop(world_->workspaces);
}

void Stage::make_systems() {
  simulators::Options options;
  options.password = Secret("s3cret");
  options.token = Secret(kToken);
  options.client_id = kOperatorId;
  options.client_secret = Secret("dose-of-secret");
  options.scheme = "https";
  options.clock = &clock;
  options.random = &random;
  device_ = *simulators::make_bigip(options);
  workspace_ = *simulators::make_databricks(options);
  const auto edit = [&](const char* component, const char* path) {
    device_control("/_sim/edit", {{"op", "put"}, {"component", component}, {"path", path}});
  };
  edit("apm profile access", "/Common/corp_oauth");
  edit("apm profile access", "/Common/corp_oauth_2");
  edit("apm policy access-policy", "/Common/corp_oauth_api");
  edit("apm policy access-policy", "/Common/corp_oauth_api_2");
  edit("asm policy", "/Common/ml_waf");
  edit("ltm pool", "/Common/siem");
}

void Stage::fill_store() {
  static const auto pems = edge::bigip::testing::make_pems();
  static const auto other = edge::bigip::testing::make_pems();
  const std::map<std::string, std::string> usable{{"sallyport.dev/usable-by", "ProtectedEndpoint"}};
  store.put_namespace("risk", {{"ml-edge", "true"}});
  store.put_secret("risk", "fraud-tls", edge::bigip::testing::tls_secret(pems), usable);
  store.put_secret("risk", "fraud-tls-2", edge::bigip::testing::tls_secret(other), usable);
  for (const auto& [name, secret] :
       std::map<std::string, std::string>{{"fraud-upstream", "a"}, {"fraud-upstream-2", "b"}}) {
    store.put_secret("risk", name,
                     {{"client_id", Secret("7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11")}, {"client_secret", Secret(secret)}},
                     usable);
  }
  const std::string ours = store.operator_namespace();
  const auto keep = [&](const char* name, std::map<std::string, Secret> bytes) {
    store.put_secret(ours, name, std::move(bytes));
  };
  keep("bigip-edge", {{"username", Secret("admin")}, {"password", Secret("s3cret")}});
  keep("bigip-edge-2", {{"username", Secret("admin")}, {"password", Secret("another")}});
  keep("edge-signing", *edge::nginx::new_credentials());
  keep("idp-registration", {{"initial_access_token", Secret("initial-token")},
                            {"client_id", Secret("operator")},
                            {"client_secret", Secret("operator-secret")}});
  keep("idp-registration-2", {{"initial_access_token", Secret("another-token")}});
  keep("dbx-prod",
       {{"client_id", Secret(kOperatorId)}, {"client_secret", Secret("dose-of-secret")}, {"token", Secret(kToken)}});
  keep("dbx-prod-2", {{"client_id", Secret(kOperatorId)}, {"client_secret", Secret("another")}});
}

Result<std::unique_ptr<http::Client>> Stage::connect(const http::ClientOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    opened_.push_back(options);
  }
  if (is_folder(options.base_url)) return http::make_client(options);
  return std::unique_ptr<http::Client>(std::make_unique<FakeHttp>(
      [this, base = options.base_url](const http::Request& request) { return receive(base, request); }));
}

Result<http::Response> Stage::receive(const std::string& base_url, const http::Request& request) {
  const std::lock_guard lock(mutex_);
  sent_.push_back({base_url, request});
  if (is_device(base_url)) return response_of(device_->serve(incoming_of(base_url, request), 0));
  if (is_workspace(base_url)) return response_of(workspace_->serve(incoming_of(base_url, request), 0));
  const std::string url = base_url + request.target;
  if (url.starts_with("https://kc.test")) return keycloak_.network()(url, request);
  registrar_.issuer = url.starts_with("https://login.test") ? "https://login.test" : FakeRegistrar::kIssuer;
  registrar_.registered_at = registrar_.issuer;
  return registrar_.network()(url, request);
}

Json Stage::workspace_control(const std::string& method, const std::string& path, const Json& body) {
  http::Incoming request{method, "/_sim" + path, {}, body.is_null() ? "" : body.dump(), "127.0.0.1:1"};
  request.headers["Content-Type"] = "application/json";
  const http::Outgoing out = workspace_->serve(request, 0);
  EXPECT_LT(out.status, 300) << path << ": " << out.body;
  return Json::parse(out.body, nullptr, false);
}

Json Stage::device_control(const std::string& path, const Json& body) {
  const http::Outgoing out =
      device_->serve({body.is_null() ? "GET" : "POST", path, {}, body.is_null() ? "" : body.dump(), "127.0.0.1:1"}, 0);
  EXPECT_LT(out.status, 300) << path << ": " << out.body;
  return Json::parse(out.body, nullptr, false);
}

std::string Stage::serving_id(const std::string& name) {
  return workspace_control("GET", "/state", nullptr)["serving_endpoints"][name].value("id", "");
}

void Stage::apply(const Json& objects) {
  for (const auto& [kind, object] : objects.items()) {
    std::string text = object.dump();
    for (std::size_t at = text.find(kPublished); at != std::string::npos; at = text.find(kPublished))
      text.replace(at, std::string_view(kPublished).size(), folder_.path);
    Json whole = Json::parse(text);
    whole["kind"] = kind;
    store.apply(whole);
  }
}

bool Stage::idle() const {
  const auto quiet = [](const auto& links) {
    for (const auto& link : links.all()) {
      const auto depth = link->queue().depth();
      if (depth.processing > 0) return false;
      for (const std::size_t due : depth.due) {
        if (due > 0) return false;
      }
    }
    return true;
  };
  return quiet(world_->gateways) && quiet(world_->providers) && quiet(world_->workspaces);
}

/// What waits for its time (a save after a quiet while, another try) is due now; a key without a wish wakes its queue.
void Stage::let_time_pass() {
  install_published();
  clock.advance(std::chrono::seconds(3));
  const auto wake = [](const auto& links) {
    for (const auto& link : links.all()) link->queue().add({"Nothing", "", "wanted"});
  };
  wake(world_->gateways);
  wake(world_->providers);
  wake(world_->workspaces);
  while (!idle()) std::this_thread::yield();
}

void Stage::settle() {
  const auto all = [&](std::string_view kind, const auto& cache, auto& reconciler) {
    for (const auto& object : cache.list())
      (void)reconciler.reconcile({std::string(kind), object->meta.ns, object->meta.name}, {});
  };
  for (int round = 0, quiet = 0; round < 60; ++round) {
    const std::pair before{store.writes(), told_.load()};
    all("F5Gateway", caches.gateways, *gateways_);
    all("IdentityProvider", caches.providers, *providers_);
    all("DatabricksWorkspace", caches.workspaces, *workspaces_);
    all("ProtectedEndpoint", caches.endpoints, *endpoints_);
    while (!idle()) std::this_thread::yield();
    quiet = before == std::pair{store.writes(), told_.load()} ? quiet + 1 : 0;
    if (quiet == 3) return;
    if (quiet > 0) let_time_pass();
  }
  ADD_FAILURE() << "the operator does not come to rest";
}

void Stage::remove_endpoint() {
  for (const auto& object : caches.endpoints.list())
    store.remove({"ProtectedEndpoint", object->meta.ns, object->meta.name});
}

void Stage::see_device(Outcome& seen) {
  see_connections(opened_, "bigip", is_device, seen);
  for (const Sent& sent : sent_) {
    if (is_device(sent.base_url) && sent.request.target.find("/authn/login") != std::string::npos)
      seen["bigip:authn/login"] = sent.request.body;
  }
  const Json declaration = device_control("/_sim/state", nullptr)["units"][0]["running"]["declaration"];
  if (!declaration.is_object()) return;
  for (const auto& [tenant, content] : declaration.items()) {
    if (!content.is_object()) continue;
    for (const auto& [application, items] : content.items()) {
      if (!items.is_object()) continue;
      for (const auto& [name, item] : items.items()) {
        if (!item.is_object()) continue;
        const std::string type = item.value("class", "");
        const std::string role = application != "Shared" ? name : type == "Pool" ? "pool" : type;
        flatten(item, "bigip:" + role, '/', seen);
      }
    }
  }
}

void Stage::see_provider(Outcome& seen) {
  const auto ours = [](const std::string& url) { return !is_device(url) && !is_workspace(url) && !is_folder(url); };
  see_connections(opened_, "oidc", ours, seen);
  int writes = 0;
  for (const Sent& sent : sent_) {
    if (!ours(sent.base_url) || sent.request.method == "GET") continue;
    const std::string number = std::to_string(writes++);
    seen["oidc:registration/" + number] = sent.request.method + " " + sent.base_url + sent.request.target;
    if (sent.request.authorization) seen["oidc:authorization/" + number] = sent.request.authorization->reveal();
  }
  for (const auto& [id, client] : registrar_.clients) {
    Json metadata = client.metadata;
    metadata["client_id"] = id;
    flatten(metadata, "oidc:client", '/', seen);
  }
}

void Stage::see_workspace(Outcome& seen) {
  see_connections(opened_, "databricks", is_workspace, seen);
  Json state = workspace_control("GET", "/state", nullptr);
  std::map<std::string, std::string> names;
  for (auto& [name, endpoint] : state["serving_endpoints"].items()) {
    if (endpoint["id"].is_string()) names[endpoint["id"].get<std::string>()] = name;  // foundation models have none
    for (const auto& [who, level] : endpoint["permissions"].items())
      seen["databricks:access_control_list/" + name + "/" + who] = level.get<std::string>();
  }
  for (const Sent& sent : sent_) {
    if (!is_workspace(sent.base_url)) continue;
    const std::string credential = sent.request.authorization ? sent.request.authorization->reveal() : "";
    // A token from the token endpoint is another one each time.
    if (credential.starts_with("Basic ") || credential.find(kToken) != std::string::npos)
      seen["databricks:authorization"] = credential;
    const std::string prefix = "/api/2.0/permissions/serving-endpoints/";
    if (sent.request.method == "GET" || !sent.request.target.starts_with(prefix)) continue;
    seen["databricks:permissions/serving-endpoints/" + names[sent.request.target.substr(prefix.size())]] =
        sent.request.method + " " + sent.request.body;
  }
}

void Stage::see_objects(Outcome& seen) {
  for (const auto& secret : store.secrets().list()) {
    if (secret->meta.ns != "risk" || secret->meta.name.starts_with("fraud-tls")) continue;
    seen["secret:name"] = secret->meta.name;
    for (const auto& [key, value] : store.bytes("risk", secret->meta.name)) seen["secret:" + key] = value.reveal();
  }
  see_status(caches.gateways, seen);
  see_status(caches.providers, seen);
  see_status(caches.workspaces, seen);
  see_status(caches.endpoints, seen);
}

Outcome Stage::outcome() {
  Outcome seen;
  see_device(seen);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path))
    see_publication(entry.path().string(), seen);
  see_delivery(seen);
  see_provider(seen);
  see_workspace(seen);
  see_objects(seen);
  return seen;
}

}  // namespace sallyport::testing
