// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/statuses.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "operator/base/json.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/config.hpp"
#include "operator/store/directory_record.hpp"
#include "operator/store/directory_state.hpp"

namespace sallyport::program::cli {
namespace {

constexpr int kPage = 500;
constexpr int kDeepest = 64;

Result<void> read_page(const std::string& body, const kube::Resource& resource, const store::WatchedKind& kind,
                       std::string& next) {
  const nlohmann::json list = TRY(parse_json(body, kDeepest));
  return guard(Code::Unavailable, "read the list of " + resource.plural, [&]() -> Result<void> {
    for (nlohmann::json item : list.at("items")) {
      item["apiVersion"] = resource.api_version();  // items of a list carry neither
      item["kind"] = resource.kind;
      TRY(kind.decode(item.dump()));
    }
    next = list.at("metadata").value("continue", "");
    return {};
  });
}

Result<void> list_all(kube::Client& client, const std::string& ns, const store::WatchedKind& kind) {
  kube::Selection what{kube::resource_of(kind.kind)};
  if (what.resource.scope == schema::Scope::Namespaced) what.ns = ns;
  std::string next;
  do {
    const kube::Page page = TRY(client.list_page(what, next, kPage, {}));
    if (page.expired)
      return Error{Code::Unavailable, "the list grew old while it was read; try again", kind.kind.kind.data(), {}};
    TRY(read_page(page.body, what.resource, kind, next));
  } while (!next.empty());
  return {};
}

bool is_shown(const store::WatchedKind& kind) {
  return kind.kind.kind != "AccessLedger";
}

}  // namespace

Result<std::string> default_namespace(const ClusterSource& source) {
  return TRY(kube::load_config({.kubeconfig = source.kubeconfig, .context = source.context})).default_ns;
}

Result<std::unique_ptr<Statuses>> read_cluster_statuses(const ClusterSource& source) {
  const kube::Config config = TRY(kube::load_config({.kubeconfig = source.kubeconfig, .context = source.context}));
  kube::Transports transports = TRY(kube::make_transports(config));
  kube::ClientOptions options;
  options.credentials = std::make_shared<kube::Credentials>(config, system_clock());
  options.may_write = []() -> Result<void> { return Error{Code::Refused, "this command only reads", {}, {}}; };
  kube::Client client(std::move(transports.unary), std::move(options));
  auto statuses = std::make_unique<Statuses>();
  bool any = false;
  for (const store::WatchedKind& kind : watched_kinds(statuses->caches, schema::Unknown::Ignore)) {
    if (!is_shown(kind)) continue;
    const Result<void> listed = list_all(client, source.ns, kind);
    any = any || listed.has_value();
    if (listed) continue;
    std::string hint;
    if (listed.error().code == Code::NotFound) hint = "; install the CRDs: sallyport crds | kubectl apply -f -";
    if (listed.error().code == Code::Refused) hint = "; ask for the right to list " + std::string(kind.kind.plural);
    statuses->problems.push_back(listed.error().text() + hint);
    if (listed.error().code == Code::Unavailable || listed.error().code == Code::Unauthorized) return listed.error();
  }
  if (!any) return Error{Code::Refused, statuses->problems.front(), config.server, {}};
  return statuses;
}

Result<std::unique_ptr<Statuses>> read_state_statuses(const std::string& state) {
  std::error_code ec;
  if (!std::filesystem::is_directory(state + "/objects", ec)) {
    return Error{Code::NotFound,
                 "is no state directory of standalone mode, or nothing was ever declared: '" + state + "'",
                 "--state",
                 {}};
  }
  auto statuses = std::make_unique<Statuses>();
  const auto kinds = watched_kinds(statuses->caches, schema::Unknown::Ignore);
  for (const store::Record& record : TRY(store::DirectoryState(state).load())) {
    for (const store::WatchedKind& kind : kinds) {
      if (!is_shown(kind) || kind.kind.kind != record.key.kind) continue;
      const auto decoded = kind.decode_with(store::object_text(record, record.spec), record.faults);
      if (!decoded) statuses->problems.push_back(record.key.text() + ": " + decoded.error().text());
    }
  }
  return statuses;
}

}  // namespace sallyport::program::cli
