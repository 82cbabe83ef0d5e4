// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/rendering.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/text.hpp"
#include "operator/program/cli/still_clients.hpp"

namespace sallyport::program::cli {
namespace {

using nlohmann::ordered_json;
using protected_endpoint::Decision;
using protected_endpoint::Fragments;
using protected_endpoint::Validated;

std::string state_of(ir::Wish wish) {
  switch (wish) {
    case ir::Wish::Present:
      return "present";
    case ir::Wish::Absent:
      return "absent";
    case ir::Wish::Hold:
      return "held";
    case ir::Wish::Observe:
      return "observed";
    case ir::Wish::Release:
      return "left";
  }
  return "";
}

bool is_shown(ir::Wish wish) {
  return wish == ir::Wish::Present || wish == ir::Wish::Observe;
}

/// The usual place of a serving endpoint; a route-optimised one has another, which only its workspace knows.
std::vector<protected_endpoint::KnownServing> usual_serving(const Validated& v) {
  std::vector<protected_endpoint::KnownServing> all;
  const auto& backends = v.found.object->spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const std::string name = serving_of(backends[i]).endpoint;
    const auto& workspace = v.found.backends[i].workspace;
    all.emplace_back();
    if (!workspace || name.empty()) continue;
    std::string host = workspace->spec.host;
    if (host.ends_with('/')) host.pop_back();
    all.back().invocations_url = host + "/serving-endpoints/" + percent_encode(name) + "/invocations";
  }
  return all;
}

class Renderer {
 public:
  explicit Renderer(Material& material) : material_(material), systems_(material, connect_offline), slots_(material) {}

  Rendering run() {
    Rendering all{material_.instance, {}, {}, material_.problems, material_.assumed};
    for (std::string& fault : connection_faults(material_.caches)) all.problems.push_back(std::move(fault));
    for (const auto& object : material_.caches.endpoints.list()) all.endpoints.push_back(one(object));
    for (auto& [name, fragments] : by_gateway_) add_gateway(name, fragments, all);
    for (const std::string& assumed : usual_hosts_) all.assumed.push_back(assumed);
    return all;
  }

 private:
  RenderedEndpoint one(const protected_endpoint::EndpointPtr& object) {
    RenderedEndpoint rendered{object->meta.ns, object->meta.name};
    Validated v = protected_endpoint::validate(found(object));
    rendered.refused = complaints_of(v);
    const auto serving = usual_serving(v);
    protected_endpoint::close_door_on_refusal(v, std::vector<bool>(serving.size(), true));
    const auto slot = slots_.slot_for(v);
    if (!slot) rendered.refused.push_back({"AddressPoolExhausted", slot.error().text()});
    const Fragments fragments =
        protected_endpoint::build(v, {material_.instance, slot ? *slot : std::nullopt, serving});
    add_client(v, fragments, rendered);
    add_grants(v, fragments, rendered);
    add_edge(v, fragments, rendered);
    return rendered;
  }

  /// With the usual place of the issuer's keys where nobody has discovered it yet.
  protected_endpoint::Found found(const protected_endpoint::EndpointPtr& object) {
    auto found = protected_endpoint::dereference(object, material_.caches, *material_.store, now_);
    if (!api::is_generated(object->spec.identity) || !found.provider || !found.provider->status.jwks_uri.empty())
      return found;
    auto provider = std::make_shared<store::Object<api::IdentityProvider>>(*found.provider);
    provider->status.jwks_uri = provider->spec.issuer + (provider->spec.issuer.ends_with('/') ? "" : "/") + "jwks";
    usual_hosts_.insert("IdentityProvider " + provider->meta.name + " has its keys at " + provider->status.jwks_uri +
                        "; its discovery document says where they are");
    found.provider = std::move(provider);
    return found;
  }

  template <class F>
  RenderedPart part_of(const protected_endpoint::Placed<F>& placed, const Decision& decision) {
    std::string why = decision.why.message;
    if (placed.fragment.wish != decision.wish && why.empty()) why = "it is not known where it goes or where it lives";
    return {placed.connection, state_of(placed.fragment.wish), is_shown(placed.fragment.wish) ? "" : why, ""};
  }

  void add_client(const Validated& v, const Fragments& fragments, RenderedEndpoint& rendered) {
    if (fragments.clients.empty()) return;
    const auto& placed = fragments.clients.front();
    rendered.client = part_of(placed, v.client);
    if (!is_shown(placed.fragment.wish)) return;
    const auto provider = systems_.provider(placed.connection);
    if (!provider) return rendered.refused.push_back({"ConnectionUnusable", provider.error().text()});
    rendered.client.text = (*provider)->render(placed.fragment);
    const std::string issuer = v.found.provider ? v.found.provider->spec.issuer : "";
    const std::string of_client = "client of " + rendered.ns + "/" + rendered.name;
    rendered.secret_name = placed.fragment.consumer_secret;
    rendered.secret = {{"client_id", "<id of " + of_client + ">"},
                       {"client_secret", "<secret " + rendered.ns + "/" + rendered.secret_name + "#client_secret>"},
                       {"issuer", issuer},
                       {"token_url", "<url of token_endpoint of " + issuer + ">"},
                       {"audience", placed.fragment.audience}};
  }

  void add_grants(const Validated& v, const Fragments& fragments, RenderedEndpoint& rendered) {
    for (std::size_t i = 0; i < fragments.backends; ++i) {
      const auto& placed = fragments.grants[i];
      rendered.grants.push_back(part_of(placed, v.backends[i].grant));
      if (!is_shown(placed.fragment.wish)) continue;
      const auto workspace = systems_.workspace(placed.connection);
      if (!workspace) {
        rendered.refused.push_back({"ConnectionUnusable", workspace.error().text()});
      } else {
        rendered.grants.back().text = (*workspace)->render(placed.fragment);
      }
    }
  }

  void add_edge(const Validated& v, const Fragments& fragments, RenderedEndpoint& rendered) {
    if (fragments.edges.empty()) return;
    const auto& placed = fragments.edges.front();
    rendered.edge = part_of(placed, v.edge);
    if (!is_shown(placed.fragment.wish)) return;
    for (const api::Backend& backend : v.found.object->spec.backends) {
      const ServingRef serving = serving_of(backend);
      usual_hosts_.insert("serving endpoint " + serving.endpoint + " answers at the host of DatabricksWorkspace " +
                          serving.workspace + ", as one does that is not route-optimised");
    }
    ir::EdgeFragment fragment = placed.fragment;
    fragment.wish = ir::Wish::Present;
    rendered.edge.text = "/" + fragment.place.tenant + "/" + fragment.place.application;
    if (!fragment.address.empty()) rendered.edge.text += " on " + fragment.address;
    by_gateway_[placed.connection].push_back(std::move(fragment));
  }

  void add_gateway(const std::string& name, const std::vector<ir::EdgeFragment>& fragments, Rendering& all) {
    const auto gateway = systems_.gateway(name);
    const auto refuse = [&](const ir::EdgeFragment& fragment, const Complaint& complaint) {
      for (RenderedEndpoint& endpoint : all.endpoints) {
        if (endpoint.ns == fragment.owner.ns && endpoint.name == fragment.owner.name)
          endpoint.refused.push_back(complaint);
      }
    };
    if (!gateway) {
      for (const ir::EdgeFragment& fragment : fragments)
        refuse(fragment, {"ConnectionUnusable", gateway.error().text()});
      return;
    }
    RenderedGateway rendered{name, (*gateway)->render(fragments)};
    const ordered_json declared = ordered_json::parse(rendered.declaration, nullptr, false);
    for (const ir::EdgeFragment& fragment : fragments) {
      // What the backend would refuse before it is sent, it leaves out of what it shows.
      const bool there = declared.is_object() && declared.contains(fragment.place.tenant) &&
                         declared[fragment.place.tenant].contains(fragment.place.application);
      if (!there)
        refuse(fragment, {"Rejected", "F5Gateway '" + name +
                                          "' would not send this application: some value of it cannot be written "
                                          "safely; run plan for its words"});
    }
    all.gateways.push_back(std::move(rendered));
  }

  Material& material_;
  const SystemTime now_ = system_clock().now();
  Systems systems_;
  Slots slots_;
  std::map<std::string, std::vector<ir::EdgeFragment>> by_gateway_;
  std::set<std::string> usual_hosts_;
};

bool starts_request(const std::string& line) {
  const std::size_t space = line.find(' ');
  return space != std::string::npos && space > 0 &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(space),
                     [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Whole requests of one line, then "METHOD URL", header lines and a JSON body.
ordered_json request_of(const std::string& text) {
  ordered_json request;
  std::size_t begin = 0;
  for (bool first = true; begin < text.size(); first = false) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    if (!first && (line.starts_with('{') || line.starts_with('['))) break;
    if (first || starts_request(line)) {
      if (!first) request["before"].push_back(request["line"]);
      request["line"] = line;
    } else if (const std::size_t colon = line.find(": "); colon != std::string::npos) {
      request["headers"][line.substr(0, colon)] = line.substr(colon + 2);
    }
    begin = end + 1;
  }
  if (begin >= text.size()) return request;
  ordered_json body = ordered_json::parse(text.substr(begin), nullptr, false);
  request["body"] = body.is_discarded() ? ordered_json(text.substr(begin)) : std::move(body);
  return request;
}

ordered_json to_json(const RenderedPart& part) {
  ordered_json out = {{"connection", part.connection}, {"state", part.state}};
  if (!part.why.empty()) out["why"] = part.why;
  return out;
}

ordered_json to_json(const RenderedEndpoint& endpoint) {
  ordered_json out = {{"namespace", endpoint.ns}, {"name", endpoint.name}};
  out["client"] = to_json(endpoint.client);
  if (!endpoint.client.text.empty()) out["client"]["request"] = request_of(endpoint.client.text);
  out["grants"] = ordered_json::array();
  for (const RenderedPart& grant : endpoint.grants) {
    out["grants"].push_back(to_json(grant));
    if (!grant.text.empty()) out["grants"].back()["request"] = request_of(grant.text);
  }
  out["edge"] = to_json(endpoint.edge);
  if (!endpoint.edge.text.empty()) out["edge"]["place"] = endpoint.edge.text;
  if (!endpoint.secret_name.empty()) out["secret"] = {{"name", endpoint.secret_name}, {"data", endpoint.secret}};
  out["refused"] = ordered_json::array();
  for (const Complaint& complaint : endpoint.refused)
    out["refused"].push_back({{"reason", complaint.reason}, {"message", complaint.message}});
  return out;
}

void print_part(std::ostream& out, const std::string& title, const RenderedPart& part) {
  if (part.connection.empty()) return;
  out << "\n## " << title << " " << part.connection << ": " << part.state << "\n";
  if (!part.why.empty()) out << one_line(part.why, 2048) << "\n";
  if (part.text.empty()) return;
  out << part.text << (part.text.ends_with('\n') ? "" : "\n");
}

}  // namespace

bool Rendering::refused() const {
  return !problems.empty() || std::any_of(endpoints.begin(), endpoints.end(),
                                          [](const auto& endpoint) { return !endpoint.refused.empty(); });
}

Rendering render(Material& material) {
  return Renderer(material).run();
}

void print_text(std::ostream& out, const Rendering& rendering) {
  out << "Target state for instance " << rendering.instance << ", " << rendering.endpoints.size() << " endpoint"
      << (rendering.endpoints.size() == 1 ? "" : "s") << "\n";
  for (const std::string& problem : rendering.problems) out << "! " << one_line(problem, 2048) << "\n";
  for (const std::string& assumed : rendering.assumed) out << "assumed: " << one_line(assumed) << "\n";
  for (const RenderedEndpoint& endpoint : rendering.endpoints) {
    out << "\n# ProtectedEndpoint " << endpoint.ns << "/" << endpoint.name << "\n";
    for (const Complaint& complaint : endpoint.refused)
      out << "! " << complaint.reason << ": " << one_line(complaint.message, 2048) << "\n";
    print_part(out, "IdentityProvider", endpoint.client);
    for (const RenderedPart& grant : endpoint.grants) print_part(out, "DatabricksWorkspace", grant);
    print_part(out, "F5Gateway", endpoint.edge);
    if (endpoint.secret_name.empty()) continue;
    out << "\n## Secret " << endpoint.ns << "/" << endpoint.secret_name << "\n";
    for (const auto& [key, value] : endpoint.secret) out << key << ": " << value << "\n";
  }
  for (const RenderedGateway& gateway : rendering.gateways)
    out << "\n# Declaration for F5Gateway " << gateway.name << "\n" << gateway.declaration;
}

ordered_json to_json(const Rendering& rendering) {
  ordered_json out = {{"instance", rendering.instance.str()}};
  out["gateways"] = ordered_json::array();
  for (const RenderedGateway& gateway : rendering.gateways) {
    ordered_json declaration = ordered_json::parse(gateway.declaration, nullptr, false);
    if (declaration.is_discarded()) declaration = gateway.declaration;
    out["gateways"].push_back({{"name", gateway.name}, {"declaration", std::move(declaration)}});
  }
  out["endpoints"] = ordered_json::array();
  for (const RenderedEndpoint& endpoint : rendering.endpoints) out["endpoints"].push_back(to_json(endpoint));
  out["problems"] = rendering.problems;
  out["assumed"] = rendering.assumed;
  return out;
}

}  // namespace sallyport::program::cli
