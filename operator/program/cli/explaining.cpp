// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/explaining.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "operator/http/tls_peer.hpp"
#include "operator/program/cli/explain_token.hpp"
#include "operator/program/cli/planning.hpp"
#include "operator/program/cli/table.hpp"
#include "operator/schema/duration.hpp"
#include "reconcilers/protected_endpoint/watch.hpp"
#include "reconcilers/publication/endpoint.hpp"

namespace sallyport::program::cli {
namespace {

using protected_endpoint::Validated;

constexpr std::size_t kLongestLine = 600;

std::string mend_of(Action action) {
  switch (action) {
    case Action::Create:
    case Action::Change:
    case Action::Remove:
      return "see that the operator runs, and what `sallyport status` says of Synced and its next try";
    case Action::Error:
      return "see `sallyport doctor`";
    case Action::Nothing:
      break;
  }
  return {};
}

/// What a plan says of one system, as a link. Whatever differs there may end a request.
Link link_of(std::string name, const PlanItem& item, const std::string& well) {
  Link link{std::move(name), Standing::Passes, well, mend_of(item.action), item.details};
  switch (item.action) {
    case Action::Nothing:
      link.mend.clear();
      if (item.in_place) break;
      link.standing = Standing::Refuses;
      link.says = (item.what.empty() ? item.connection : item.what) + " is not in place" +
                  (item.details.empty() ? "" : ": " + item.details.front());
      if (!link.details.empty()) link.details.erase(link.details.begin());
      link.mend = "see `sallyport status`: it says what it waits for";
      break;
    case Action::Create:
      link.standing = Standing::Refuses;
      link.says = item.what + " is not there yet";
      break;
    case Action::Change:
      link.standing = Standing::Short;
      link.says = item.what + " differs from what is declared";
      break;
    case Action::Remove:
      link.standing = Standing::Refuses;
      link.says = item.what + " is to go";
      break;
    case Action::Error:
      link.standing = Standing::Unknown;
      link.says = item.details.empty() ? "could not be looked at" : item.details.front();
      if (!link.details.empty()) link.details.erase(link.details.begin());
      break;
  }
  return link;
}

struct HostPort {
  std::string host;
  int port = 443;
};

class Walk {
 public:
  Walk(Material& material, const shared::Connect& connect, const protected_endpoint::EndpointPtr& object,
       const ExplainOptions& options)
      : material_(material),
        connect_(connect),
        options_(options),
        v_(protected_endpoint::validate(
            protected_endpoint::dereference(object, material.caches, *material.store, options.now))) {}

  Explanation run() {
    const schema::Metadata& meta = v_.found.object->meta;
    look("object");
    add(object());
    if (!options_.subject.request) {
      look("name");
      add(name());
    } else {
      look("request");
      add(request());
      add(name());
    }
    look("certificate");
    add(certificate());
    look("plan");
    const Plan plan = make_plan(material_, connect_, {false, meta.ns, meta.name, {}});
    add_systems(plan);
    explain_token();
    add(limits());
    Explanation explanation{meta.ns, meta.name, std::move(chain_)};
    return explanation;
  }

 private:
  void look(std::string_view what) const {
    if (options_.progress) options_.progress(what);
  }
  void add(Link link) { chain_.push_back(std::move(link)); }
  [[nodiscard]] const api::ProtectedEndpointSpec& spec() const { return v_.found.object->spec; }
  [[nodiscard]] const api::ProtectedEndpointStatus& status() const { return v_.found.object->status; }

  [[nodiscard]] Link object() const {
    Link link{"object", Standing::Passes, "its spec is valid, and its connections allow it"};
    const std::vector<Complaint> complaints = complaints_of(v_);
    if (complaints.empty()) return link;
    // What only holds, or concerns one principal, keeps nobody else out of what is there.
    const bool is_there = v_.edge.wish != ir::Wish::Absent && status().virtual_server.has_value();
    link.standing = is_there ? Standing::Short : Standing::Refuses;
    link.says = complaints.front().reason + ": " + complaints.front().message;
    link.mend = "mend the field, or ask the connection's owner for what is not allowed";
    for (std::size_t i = 1; i < complaints.size(); ++i)
      link.details.push_back(complaints[i].reason + ": " + complaints[i].message);
    return link;
  }

  /// What nginx's exact match does with it (nginx_agent/BEHAVIOUR.md).
  [[nodiscard]] Link request() const {
    const RequestFile& request = *options_.subject.request;
    const auto& told = status().databricks;
    const auto upstream = protected_endpoint::parse_upstream(told.empty() ? "" : told.front().invocations_url);
    Link link{"request", Standing::Passes, request.method + " " + one_line(request.target, 200)};
    const auto refuse = [&](const std::string& says, const std::string& mend) {
      link.standing = Standing::Refuses;
      link.says = says;
      link.mend = mend;
    };
    const std::string host = to_lower(request.header("Host"));
    const std::string path = request.target.substr(0, request.target.find('?'));
    const bool generated = api::is_generated(spec().identity);
    if (upstream && generated) link.details = header_fates(request, serving_hosts());
    if (!host.empty() && host.substr(0, host.find(':')) != spec().host) {
      refuse("421: Host is " + one_line(host, 100), "call " + spec().host);
    } else if (upstream && (generated ? request.target : path) != upstream->path) {
      refuse("404: what is asked for is not " + upstream->path + ", byte for byte" +
                 (generated && path == upstream->path ? " (there is a query)" : ""),
             "call https://" + spec().host + upstream->path);
    } else if (request.method != "POST") {
      refuse("405: models are asked with POST", "send a POST");
    } else if (request.authorizations.size() > 1) {
      refuse("400: there is more than one Authorization header", "send one");
    } else if (request.body_bytes > largest_body_) {
      refuse("413: the body has " + std::to_string(request.body_bytes) + " bytes, and " +
                 std::to_string(largest_body_) + " are taken",
             "send less at once");
    }
    return link;
  }

  [[nodiscard]] std::string serving_hosts() const {
    std::vector<std::string> hosts;
    for (const api::DatabricksStatus& told : status().databricks) {
      if (const auto to = protected_endpoint::parse_upstream(told.invocations_url)) hosts.push_back(to->host.host);
    }
    return join(hosts, " or ");
  }

  [[nodiscard]] std::optional<HostPort> asked_for() const {
    if (options_.connect_to.empty()) return std::nullopt;
    const auto url = http::parse_url("https://" + options_.connect_to);
    return url ? std::optional{HostPort{url->host, url->port}} : std::nullopt;
  }

  [[nodiscard]] Link name() const {
    const std::string& host = spec().host;
    const std::string wanted = status().virtual_server ? status().virtual_server->address : "";
    Link link{"name", Standing::Passes, ""};
    if (const auto to = asked_for()) {
      link.standing = Standing::Unknown;
      link.says = "not looked up: " + options_.connect_to + " is asked instead of " + host;
      return link;
    }
    const std::vector<std::string> found = options_.resolve ? options_.resolve(host) : std::vector<std::string>{};
    if (found.empty()) {
      link.standing = Standing::Refuses;
      link.says = host + " leads nowhere";
      link.mend = wanted.empty() ? "wait until the gateway has it: status.virtualServer has no address yet"
                                 : "let DNS lead " + host + " to " + wanted;
      return link;
    }
    link.says = host + " leads to " + join(found, ", ");
    if (wanted.empty()) return link;
    const std::vector<std::string> expected = options_.resolve(wanted);
    const bool meets = std::ranges::any_of(
        found, [&](const std::string& one) { return std::ranges::find(expected, one) != expected.end(); });
    if (meets) return link;
    link.standing = Standing::Short;
    link.says += ", and the virtual server is " + wanted;
    link.mend = "if nothing stands in between that leads there, let DNS lead " + host + " to " + wanted;
    return link;
  }

  [[nodiscard]] Link certificate() const {
    const std::string& host = spec().host;
    const HostPort to = asked_for().value_or(HostPort{host, 443});
    http::TlsOptions tls;
    tls.ca_file = options_.ca_file;
    tls.server_name = host;
    const http::Url url{"https", to.host, to.port, "/"};
    Link link{"certificate", Standing::Passes, ""};
    const Result<http::ShownCertificate> shown =
        options_.look_at_certificate ? options_.look_at_certificate(url, tls, {})
                                     : Result<http::ShownCertificate>(Error{Code::Unavailable, "not asked", {}, {}});
    if (!shown) {
      link.standing = Standing::Refuses;
      link.says = "nobody answers at " + url.origin() + " from here: " + shown.error().message;
      link.mend = "see that the gateway runs, and that the network lets you reach it from here";
      return link;
    }
    const auto days = std::chrono::floor<std::chrono::days>(shown->until - options_.now).count();
    const std::string valid =
        "valid until " + to_rfc3339(shown->until) + ", " + std::to_string(days) + " days from now";
    link.says = valid;
    if (shown->refusal.empty()) return link;
    const bool unknown_here = shown->refusal.starts_with("unknown CA") && options_.ca_file.empty();
    link.standing = unknown_here ? Standing::Unknown : Standing::Refuses;
    link.says = shown->refusal + "; " + valid;
    link.mend = unknown_here ? "give its authority by --ca, if it is not one that the system knows"
                             : "give the Secret of spec.tls a certificate for " + host + " that clients trust";
    return link;
  }

  void add_systems(const Plan& plan) {
    if (plan.endpoints.empty()) return;
    for (const auto& [system, name, well] :
         {std::tuple{api::PlacementSystem::F5, "gateway", "as declared"},
          std::tuple{api::PlacementSystem::OIDC, "client", "registered as declared"},
          std::tuple{api::PlacementSystem::Databricks, "permission", "the declared principals hold their levels"}}) {
      for (const PlanItem& item : plan.endpoints.front().items) {
        if (item.system != system) continue;
        Link link = link_of(name, item, item.connection + ": " + item.what + ": " + well);
        // Its own client is one of those who may ask, and a level may come another way: who asks is looked at below.
        const bool of_others =
            system == api::PlacementSystem::OIDC || (system == api::PlacementSystem::Databricks && has_caller());
        if (of_others && link.standing == Standing::Refuses) link.standing = Standing::Short;
        add(std::move(link));
      }
    }
  }

  void explain_token() {
    look("token");
    TokenWalk walk{material_, connect_, v_, options_.subject, options_.now};
    for (Link& link : walk.run()) add(std::move(link));
  }

  [[nodiscard]] bool has_caller() const {
    const Subject& subject = options_.subject;
    return subject.request || !subject.token.empty() || !subject.client_secret_name.empty();
  }

  [[nodiscard]] Link limits() const {
    std::vector<schema::Condition> list;
    protected_endpoint::Conditions conditions(list, 0, options_.now);
    protected_endpoint::judge_watched(conditions, v_, status(), options_.now);
    const schema::Condition* found = schema::find_condition(list, "TrafficWithinLimits");
    Link link{"limits", Standing::Passes, found == nullptr ? "there is no route" : found->message};
    if (found != nullptr && found->status != schema::ConditionStatus::True) {
      const bool known = found->status == schema::ConditionStatus::False;
      link.standing = known ? Standing::Short : Standing::Unknown;
      if (known) link.mend = "set the field to what the message names, or leave it out: the default fits";
    }
    const api::Timeouts timeouts = spec().traffic.value_or(api::Traffic{}).timeouts.value_or(api::Timeouts{});
    link.details = {"gateway to serving host: connect " + schema::write_duration(timeouts.connect) + ", response " +
                        schema::write_duration(timeouts.response),
                    "client to gateway: idle " + schema::write_duration(timeouts.idle)};
    return link;
  }

  const std::size_t largest_body_ = static_cast<std::size_t>(publication::Traffic{}.max_body_bytes);

  Material& material_;
  const shared::Connect& connect_;
  const ExplainOptions& options_;
  Validated v_;
  std::vector<Link> chain_;
};

Tone tone_of(Standing standing) {
  switch (standing) {
    case Standing::Passes:
      return Tone::Good;
    case Standing::Refuses:
      return Tone::Bad;
    case Standing::Short:
    case Standing::Unknown:
      break;
  }
  return Tone::Warn;
}

}  // namespace

std::string_view to_string(Standing standing) {
  static constexpr std::array<std::string_view, 4> kWords{"passes", "refuses", "short", "unknown"};
  return kWords.at(static_cast<std::size_t>(standing));
}

const Link* Explanation::culprit() const {
  for (const Standing wanted : {Standing::Refuses, Standing::Short}) {
    const auto found = std::ranges::find(chain, wanted, &Link::standing);
    if (found != chain.end()) return &*found;
  }
  return nullptr;
}

Result<Explanation> explain(Material& material, const shared::Connect& connect, const std::string& ns,
                            const std::string& name, const ExplainOptions& options) {
  if (!options.connect_to.empty()) {
    const auto url = http::parse_url("https://" + options.connect_to);
    if (!url || url->target != "/") return Error{Code::InvalidSpec, "has to be HOST:PORT", "--connect-to", {}};
  }
  http::TlsOptions tls;
  tls.ca_file = options.ca_file;
  if (const auto usable = http::check_tls(tls); !usable)
    return Error{Code::InvalidSpec, usable.error().message, "--ca", {}};
  const auto object = material.caches.endpoints.get(ns, name);
  if (object) return Walk(material, connect, object, options).run();
  std::vector<std::string> names;
  for (const auto& one : material.caches.endpoints.list()) names.push_back(one->meta.ns + "/" + one->meta.name);
  if (names.size() > 10) names.resize(10);
  return Error{
      Code::NotFound,
      "there is no ProtectedEndpoint " + ns + "/" + name + (names.empty() ? "" : "; there are: " + join(names, ", ")),
      "",
      {}};
}

void print_text(std::ostream& out, const Explanation& explanation, bool all) {
  const bool colour = may_colour(out);
  const Link* culprit = explanation.culprit();
  out << "ProtectedEndpoint " << explanation.ns << "/" << explanation.name << "\n";
  for (const Link& link : explanation.chain) {
    const std::string standing(to_string(link.standing));
    out << "  " << link.name << std::string(13 - std::min<std::size_t>(12, link.name.size()), ' ')
        << paint(standing, tone_of(link.standing), colour) << std::string(9 - standing.size(), ' ')
        << one_line(link.says, kLongestLine) << "\n";
    const bool in_detail = all || link.standing != Standing::Passes;
    for (const std::string& detail : in_detail ? link.details : std::vector<std::string>{})
      out << std::string(24, ' ') << one_line(detail, kLongestLine) << "\n";
    if (!all && &link == culprit && link.standing == Standing::Refuses) break;
  }
  if (culprit == nullptr) {
    out << "Nothing refuses it, as far as can be seen from here.\n";
    return;
  }
  out << (culprit->standing == Standing::Refuses ? "It ends at " : "It may end at ") << culprit->name << ": "
      << one_line(culprit->says, kLongestLine) << "\n";
  if (!culprit->mend.empty()) out << "To mend it: " << one_line(culprit->mend, kLongestLine) << "\n";
}

nlohmann::ordered_json to_json(const Explanation& explanation) {
  nlohmann::ordered_json chain = nlohmann::ordered_json::array();
  for (const Link& link : explanation.chain) {
    chain.push_back({{"link", link.name},
                     {"standing", to_string(link.standing)},
                     {"says", link.says},
                     {"mend", link.mend},
                     {"details", link.details}});
  }
  const Link* culprit = explanation.culprit();
  const bool refuses = culprit != nullptr && culprit->standing == Standing::Refuses;
  return {{"namespace", explanation.ns},
          {"name", explanation.name},
          {"refusedBy", refuses ? nlohmann::ordered_json(culprit->name) : nlohmann::ordered_json()},
          {"chain", std::move(chain)}};
}

}  // namespace sallyport::program::cli
