// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/name_lookup.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/explaining.hpp"
#include "operator/program/cli/installation.hpp"
#include "operator/program/cli/still_clients.hpp"
#include "reconcilers/token/jws.hpp"

namespace sallyport::program::cli {
namespace {

constexpr std::chrono::seconds kPatience{5};            ///< for a name or a certificate
constexpr std::size_t kLargestRequest = (17UL << 20U);  ///< of a file, headers and body

struct ExplainFlags {
  InstallationFlags installation{};
  std::string endpoint{};
  std::string token_file{};
  std::string client{};
  std::string request_file{};
  std::string connect_to{};
  std::string ca_file{};
  bool all = false;
};

std::vector<std::string> addresses_of(const std::string& host) {
  const auto found = http::NameLookup(host).addresses(std::chrono::steady_clock::now() + kPatience, {});
  return found ? *found : std::vector<std::string>{};
}

Result<Subject> read_subject(const ExplainFlags& flags) {
  Subject subject;
  if (!flags.token_file.empty()) {
    const std::string text = TRY(read_whole_file(flags.token_file, token::kMaxTokenSize + 2));
    subject.token = Secret(std::string(trim(text)));
    if (subject.token.empty()) return Error{Code::InvalidSpec, "holds no token", flags.token_file, {}};
  }
  if (!flags.request_file.empty())
    subject.request = TRY(read_request(TRY(read_whole_file(flags.request_file, kLargestRequest))));
  subject.client_secret_name = flags.client;
  return subject;
}

/// "risk/fraud", or "fraud" in the namespace of --namespace, or in the one namespace that has one of that name.
Result<std::pair<std::string, std::string>> named(const ExplainFlags& flags, const Material& material) {
  const std::size_t slash = flags.endpoint.find('/');
  if (slash != std::string::npos) return std::pair{flags.endpoint.substr(0, slash), flags.endpoint.substr(slash + 1)};
  if (!flags.installation.cluster.ns.empty()) return std::pair{flags.installation.cluster.ns, flags.endpoint};
  std::vector<std::string> namespaces;
  for (const auto& one : material.caches.endpoints.list()) {
    if (one->meta.name == flags.endpoint) namespaces.push_back(one->meta.ns);
  }
  if (namespaces.size() > 1) {
    return Error{Code::InvalidSpec,
                 "there is one in each of " + join(namespaces, ", ") + "; say NAMESPACE/NAME",
                 flags.endpoint,
                 {}};
  }
  return std::pair{namespaces.empty() ? std::string("default") : namespaces.front(), flags.endpoint};
}

Result<Explanation> run(ExplainFlags& flags, Context& context) {
  ExplainOptions options;
  options.subject = TRY(read_subject(flags));
  options.connect_to = flags.connect_to;
  options.ca_file = flags.ca_file;
  options.look_at_certificate = [](const http::Url& url, const http::TlsOptions& tls, std::stop_token stop) {
    return http::look_at_certificate(url, tls, kPatience, std::move(stop));
  };
  options.resolve = addresses_of;
  options.now = system_clock().now();
  if (is_watched(*context.err)) {
    options.progress = [&err = *context.err](std::string_view what) {
      err << kToLineStart << "explain: " << what << std::flush;
    };
  }
  const auto material = TRY(read_installation(flags.installation, "explain", *context.err));
  for (const std::string& problem : material->problems)
    *context.err << "sallyport explain: " << one_line(problem, 2048) << "\n";
  const auto [ns, name] = TRY(named(flags, *material));
  auto explanation = explain(*material, connect_reading, ns, name, options);
  if (is_watched(*context.err)) *context.err << kToLineStart << std::flush;
  return explanation;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "explain",
      "Why a request is refused: walks the chain that it goes along and says where it ends and what would "
      "mend it; only reads");
  auto flags = std::make_shared<ExplainFlags>();
  command->add_option("endpoint", flags->endpoint, "ProtectedEndpoint: NAME or NAMESPACE/NAME")->required();
  CLI::Option* token = command->add_option("--token-file", flags->token_file, "File with the caller's access token");
  CLI::Option* client = command->add_option(
      "--client", flags->client,
      "Secret in the endpoint's namespace with client_id, client_secret and token_url: a token is fetched with it");
  CLI::Option* request = command->add_option(
      "--request", flags->request_file,
      "File with a request as it was sent: request line, headers, empty line, body; says what becomes of its headers");
  token->excludes(client);
  client->excludes(request);
  command->add_option("--connect-to", flags->connect_to,
                      "HOST:PORT of the gateway, in place of what the endpoint's host leads to");
  command->add_option("--ca", flags->ca_file,
                      "PEM file that the gateway's certificate has to chain to; default: the system's");
  command->add_flag("--all", flags->all, "All links with their details, not only up to the first that refuses");
  add_installation_flags(*command, flags->installation);
  add_output(*command, context);
  command->footer("Exit code 1 when a link refuses. A token is never printed.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const Result<Explanation> explanation = run(*flags, context);
    if (!explanation) return fail(context, "explain", explanation.error());
    if (context.json) {
      *context.out << to_json(*explanation).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      print_text(*context.out, *explanation, flags->all);
    }
    const Link* culprit = explanation->culprit();
    if (culprit != nullptr && culprit->standing == Standing::Refuses) context.exit_code = 1;
  });
}

}  // namespace sallyport::program::cli
