// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/client.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/material.hpp"
#include "operator/schema/duration.hpp"
#include "reconcilers/token/validate.hpp"

namespace sallyport::program::cli {
namespace {

struct VerifyFlags {
  std::string provider;
  std::string jwks;
  std::string file = "-";
  std::string audience{};
  std::string profile = "RFC9068";
  std::vector<std::string> algorithms{"RS256", "ES256"};
  std::vector<std::string> scopes{}, groups{};
  std::string clock_skew = "30s";
  std::string max_lifetime{};
  std::string at{};
  ClusterSource cluster{};
};

constexpr std::array kProfiles{token::Profile::RFC9068, token::Profile::Keycloak, token::Profile::Okta,
                               token::Profile::Entra, token::Profile::Hydra};

Error bad(const char* flag, const std::string& words) {
  return {Code::InvalidSpec, words, flag, {}};
}

/// A file of manifests with one IdentityProvider, or the name of one in the cluster.
Result<api::IdentityProviderSpec> read_provider(const VerifyFlags& flags) {
  std::error_code ignored;
  const bool file = flags.provider == "-" || std::filesystem::exists(flags.provider, ignored);
  const auto material = file ? read_manifests({.paths = {flags.provider}}) : read_cluster(flags.cluster);
  if (!material) return material.error();
  for (const std::string& problem : (*material)->problems) return bad("--provider", problem);
  const auto providers = (*material)->caches.providers.list();
  std::string names;
  for (const auto& provider : providers) {
    if (provider->meta.name == flags.provider || (file && providers.size() == 1)) return provider->spec;
    names += (names.empty() ? "" : ", ") + provider->meta.name;
  }
  if (file && providers.size() > 1) return bad("--provider", "the file has more than one IdentityProvider: " + names);
  return Error{Code::NotFound,
               "there is no IdentityProvider '" + flags.provider + "'" + (names.empty() ? "" : "; there are: " + names),
               "--provider",
               {}};
}

Result<token::Demand> read_demand(const VerifyFlags& flags) {
  const api::IdentityProviderSpec provider = TRY(read_provider(flags));
  token::Demand demand;
  demand.issuer = provider.issuer;
  demand.audience = !flags.audience.empty() || !provider.tokens ? flags.audience : provider.tokens->audience;
  if (demand.audience.empty()) return bad("--audience", "is needed: the IdentityProvider names none");
  for (const token::Profile profile : kProfiles) {
    if (to_string(profile) == flags.profile) demand.profile = profile;
  }
  demand.algorithms.clear();
  for (const std::string& name : flags.algorithms) {
    const auto algorithm = token::algorithm_named(name);
    if (!algorithm) return bad("--algorithm", "'" + name + "' is not an asymmetric algorithm of RFC 7518, or Ed25519");
    demand.algorithms.push_back(*algorithm);
  }
  const auto seconds = [](std::chrono::milliseconds d) { return std::chrono::ceil<std::chrono::seconds>(d); };
  demand.clock_skew = seconds(TRY(schema::parse_duration(flags.clock_skew)));
  demand.max_lifetime = flags.max_lifetime.empty() ? token::row(demand.profile).usual_lifetime
                                                   : seconds(TRY(schema::parse_duration(flags.max_lifetime)));
  demand.scopes = flags.scopes;
  demand.groups = flags.groups;
  return demand;
}

/// One token a line; blank lines are none.
Result<std::vector<std::string>> read_tokens(const std::string& file) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  if (file != "-" && !opened) return Error{Code::NotFound, "cannot be read", file, {}};
  std::istream& in = file == "-" ? std::cin : opened;
  std::vector<std::string> tokens;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) tokens.push_back(std::move(line));
  }
  if (tokens.empty()) return Error{Code::InvalidSpec, "holds no token; one a line is expected", file, {}};
  return tokens;
}

nlohmann::ordered_json to_json(const token::Checked<token::Claims>& claims) {
  if (claims) {
    return {{"verdict", "accept"},
            {"issuer", claims->issuer},
            {"subject", claims->subject},
            {"client", claims->client},
            {"scopes", claims->scopes},
            {"groups", claims->groups},
            {"expires", to_rfc3339(claims->expires)}};
  }
  const token::Refusal& refusal = claims.error();
  nlohmann::ordered_json out = {{"verdict", to_string(refusal.reason)}, {"detail", refusal.detail}};
  if (!refusal.caller.issuer.empty()) {
    out["issuer"] = refusal.caller.issuer;
    out["subject"] = refusal.caller.subject;
    out["client"] = refusal.caller.client;
  }
  return out;
}

Result<bool> verify(const VerifyFlags& flags, Context& context) {
  const token::Demand demand = TRY(read_demand(flags));
  const token::KeySet keys = TRY(token::KeySet::read(TRY(read_whole_file(flags.jwks, token::kMaxKeySetSize))));
  for (const token::UnusedKey& key : keys.unused()) {
    *context.err << "sallyport token verify: key '" << key.id << "' is not used: " << key.why << "\n";
  }
  const SystemTime now = flags.at.empty() ? system_clock().now() : TRY(parse_rfc3339(flags.at));
  const std::vector<std::string> tokens = TRY(read_tokens(flags.file));
  bool all = true;
  nlohmann::ordered_json verdicts = nlohmann::ordered_json::array();
  for (const std::string& text : tokens) {
    const auto claims = token::validate(text, keys, demand, now);
    all = all && claims;
    if (context.json) {
      verdicts.push_back(to_json(claims));
    } else if (claims) {
      *context.out << "accept\n";
    } else {
      *context.out << to_string(claims.error().reason) << ": " << claims.error().detail << "\n";
    }
  }
  if (context.json) *context.out << verdicts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return all;
}

}  // namespace

void add_token(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("token", "Look at access tokens");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand(
      "verify", "Judge tokens as the gateway does: 'accept', or the code of the first thing that is wrong, for each");
  auto flags = std::make_shared<VerifyFlags>();
  std::vector<std::string> profiles;
  for (const token::Profile profile : kProfiles) profiles.emplace_back(to_string(profile));
  command->add_option("file", flags->file, "Tokens, one a line; - is stdin")->capture_default_str();
  command->add_option("--provider", flags->provider, "File with an IdentityProvider, or the name of one in the cluster")
      ->required();
  command->add_option("--jwks", flags->jwks, "File with the issuer's keys, as its jwks_uri answers them")->required();
  command->add_option("--audience", flags->audience,
                      "For whom a token has to be; default: as the IdentityProvider says");
  command->add_option("--scope", flags->scopes, "Scope that it has to have; may be repeated");
  command->add_option("--group", flags->groups, "Group that it has to name; may be repeated");
  command->add_option("--profile", flags->profile, "What the issuer's tokens look like")
      ->capture_default_str()
      ->check(CLI::IsMember(profiles));
  command->add_option("--algorithm", flags->algorithms, "Signature that is accepted; may be repeated")
      ->capture_default_str();
  command->add_option("--clock-skew", flags->clock_skew, "How far clocks may differ")->capture_default_str();
  command->add_option("--max-lifetime", flags->max_lifetime,
                      "Longest time between its issue and its end; default: what is usual for the profile");
  command->add_option("--at", flags->at, "Judge as at this moment (RFC 3339); default: now");
  add_cluster_flags(*command, flags->cluster);
  add_output(*command, context);
  command->footer("Exit code 1 when one is refused. A token is never printed.");
  command->callback([flags, &context] {
    log::start(log::Level::Error, log::Format::Text);
    http::start_library();
    const Result<bool> all = verify(*flags, context);
    if (!all) return fail(context, "token verify", all.error());
    if (!*all) context.exit_code = 1;
  });
}

}  // namespace sallyport::program::cli
