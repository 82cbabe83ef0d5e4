// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/agent.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/nginx_agent/complaint.hpp"
#include "reconcilers/nginx_agent/endpoint_file.hpp"
#include "reconcilers/nginx_agent/main_files.hpp"

namespace sallyport::nginx_agent {
namespace {

using publication::Endpoint;
using publication::Entry;

/// nginx is told to read its files again no sooner than this after the last time: each reload starts workers anew.
constexpr std::chrono::seconds kBetweenReloads{2};
/// An nginx that still does not run with what it was told to read is told again.
constexpr std::chrono::seconds kUntilToldAgain{5};
constexpr std::chrono::seconds kBetweenLooks{10};
/// Workers of before still answer for some 100 ms after a reload.
constexpr std::chrono::milliseconds kSettling{300};
constexpr mode_t kPassable =
    0711;  // nginx's workers have to get to their folders in tmp/, and can list or read nothing else

std::string manifest_path(const Local& local) {
  return local.installed + "/manifest";
}

/// The objects that files of nginx name.
void add_named_objects(const EndpointFiles& files, std::set<std::string>& names) {
  static constexpr std::string_view kFolder = "/objects/";
  for (const auto& [id, text] : files) {
    for (std::size_t at = text.find(kFolder); at != std::string::npos; at = text.find(kFolder, at + 1)) {
      names.insert(text.substr(at + kFolder.size(), 64));
    }
  }
}

}  // namespace

Agent::Agent(Local local, token::KeySet trusted, AgentSurroundings around)
    : local_(std::move(local)),
      trusted_(std::move(trusted)),
      around_(std::move(around)),
      objects_(local_.installed + "/objects"),
      generations_(local_.installed) {}

Report Agent::step() {
  if (!installed_read_) read_installed();
  follow_source();
  if (manifest_) {
    render_all();
    if (const Result<void> made = make_current(); !made) nginx_trouble_ = made.error().text();
  }
  see_what_runs();
  return report();
}

void Agent::read_installed() {
  if (const auto made = make_private_directory(local_.installed + "/tmp"); !made) {
    nginx_trouble_ = made.error().text();
    return;
  }
  for (const char* folder : {"", "/tmp"}) ::chmod((local_.installed + folder).c_str(), kPassable);
  installed_read_ = true;
  in_place_ = generations_.endpoints_of(generations_.current());
  const auto sealed = read_whole_file(manifest_path(local_), publication::kMaxManifestSize + 1024);
  if (!sealed) return;
  if (const Result<void> taken = take(*sealed); !taken) source_trouble_ = taken.error().text();
}

void Agent::follow_source() {
  const auto sealed = around_.source.manifest();
  if (!sealed) {
    source_trouble_ = sealed.error().text();
    return;
  }
  const Result<void> taken = *sealed == sealed_ && missing_.empty() ? Result<void>() : take(*sealed);
  source_trouble_ = taken ? std::string{} : taken.error().text();
}

/// Objects first, then the manifest, by one rename: whoever reads it finds what it names.
Result<void> Agent::take(const std::string& sealed) {
  publication::Manifest manifest = TRY(publication::open_sealed(sealed, trusted_));
  if (manifest_) TRY(publication::may_follow(*manifest_, manifest));
  token::KeySet announced = TRY(publication::announced_keys(manifest));
  std::map<std::string, Endpoint> documents;
  std::map<std::string, std::string> missing;
  for (Entry& entry : manifest.endpoints) {
    if (is_older_than_ours(entry)) {
      documents.emplace(entry.id, documents_.at(entry.id));
      continue;
    }
    auto endpoint = fetch(entry);
    if (endpoint) {
      documents.emplace(entry.id, *std::move(endpoint));
    } else {
      missing.emplace(entry.id, endpoint.error().text());
    }
  }
  if (sealed != sealed_) TRY(replace_file(manifest_path(local_), sealed, Care::Kept));
  sealed_ = sealed;
  documents_ = std::move(documents);
  missing_ = std::move(missing);
  manifest_ = std::move(manifest);
  trusted_ = std::move(announced);
  return {};
}

bool Agent::is_older_than_ours(const Entry& entry) const {
  const auto ours = documents_.find(entry.id);
  return ours != documents_.end() && ours->second.uid == entry.uid && ours->second.generation > entry.generation;
}

Result<Endpoint> Agent::fetch(const Entry& entry) {
  TRY(fetch_object(entry.document));
  Endpoint endpoint = TRY(publication::read_endpoint(TRY(objects_.read(entry.document)).reveal()));
  if (endpoint.id != entry.id || endpoint.uid != entry.uid || endpoint.generation != entry.generation) {
    return Error{Code::InvalidSpec, "the document is of another endpoint than the manifest says", entry.id, {}};
  }
  for (const std::string& name : publication::objects_of(endpoint)) TRY(fetch_object(name));
  return endpoint;
}

Result<void> Agent::fetch_object(const std::string& name) {
  if (objects_.has(name)) return {};
  const Secret bytes = TRY(around_.source.object(name));
  if (sha256_hex(bytes.reveal()) != name) {
    return Error{Code::InvalidSpec, "other bytes were published under this name", "object " + name, {}};
  }
  TRY(objects_.put(bytes));
  return {};
}

void Agent::render_all() {
  wanted_.clear();
  states_.clear();
  std::map<std::string, std::string> hosts;  // nginx would take the first of two, and say nothing
  for (const Entry& entry : manifest_->endpoints) {
    states_[entry.id] = {entry.id, entry.generation, entry.document, EndpointState::Live, {}};
    if (const auto missing = missing_.find(entry.id); missing != missing_.end()) {
      keep_or_leave_out(entry.id, missing->second);
      continue;
    }
    const Endpoint& endpoint = documents_.at(entry.id);
    const std::string door = endpoint.host + ":" + std::to_string(endpoint.port);
    if (const auto [first, is_first] = hosts.emplace(door, entry.id); !is_first) {
      states_[entry.id].state = EndpointState::LeftOut;
      states_[entry.id].why = door + " is served for " + first->second;
      continue;
    }
    auto text = render(endpoint);
    if (text) {
      serve(entry.id, *std::move(text));
    } else {
      keep_or_leave_out(entry.id, text.error().text());
    }
  }
}

Result<std::string> Agent::render(const Endpoint& endpoint) const {
  Addresses addresses;
  for (const publication::Backend& backend : endpoint.backends) {
    std::vector<std::string> of_host = TRY(around_.resolve(backend.host));
    std::ranges::sort(of_host);
    addresses.emplace(backend.host, std::move(of_host));
  }
  return render_endpoint(endpoint, addresses, local_);
}

void Agent::serve(const std::string& id, std::string text) {
  const auto refused = refused_.find(id);
  if (refused != refused_.end() && refused->second.text == text) {
    return keep_or_leave_out(id, "nginx refuses it: " + refused->second.words);
  }
  wanted_.emplace(id, std::move(text));
}

void Agent::keep_or_leave_out(const std::string& id, const std::string& why) {
  EndpointReport& state = states_[id];
  state.why = why;
  const auto former = in_place_.find(id);
  const bool refused = former != in_place_.end() && refused_.contains(id) && refused_[id].text == former->second;
  if (former == in_place_.end() || refused) {
    state.state = EndpointState::LeftOut;
    wanted_.erase(id);
    return;
  }
  state.state = EndpointState::Kept;
  wanted_.insert_or_assign(id, former->second);
}

Result<void> Agent::make_current() {
  const std::string current = generations_.current();
  if (wanted_ == in_place_ && !current.empty() && TRY(make_generation(local_, wanted_)).name == current) return {};
  if (reloaded_ && around_.clock.steady() - *reloaded_ < kBetweenReloads) return {};
  const Generation next = TRY(tested_generation());
  nginx_trouble_.clear();
  if (next.name == current) return {};
  TRY(generations_.switch_to(next.name));
  in_place_ = wanted_;
  log::info("installed", {{"serial", manifest_->serial}, {"generation", next.name}, {"endpoints", in_place_.size()}});
  running_ = false;
  reload();
  tidy(current, tidied_entries_);
  tidied_entries_ = manifest_->endpoints;
  return {};
}

Result<Nginx::Judgement> Agent::judge(const EndpointFiles& endpoints) {
  const Generation generation = TRY(make_generation(local_, endpoints));
  TRY(generations_.lay_out(generation));
  return around_.nginx.test(generations_.directory_of(generation.name) + "/" + kTestFile);
}

/// Takes out what nginx refuses until it refuses nothing.
Result<Generation> Agent::tested_generation() {
  while (true) {
    const Nginx::Judgement whole = TRY(judge(wanted_));
    if (whole.good) return make_generation(local_, wanted_);
    const std::map<std::string, std::string> culprits = TRY(culprits_of(whole.said));
    if (culprits.empty()) {
      return Error{Code::InvalidSpec, "nginx refuses the whole: " + complaint_of(whole.said), {}, {}};
    }
    for (const auto& [id, words] : culprits) {
      log::warning("nginx refuses an endpoint's file", {{"endpoint", id}, {"words", words}});
      refused_[id] = {wanted_.at(id), words};
      keep_or_leave_out(id, "nginx refuses it: " + words);
    }
  }
}

/// Each changed file alone tells most: nginx names no file for a certificate, and the innocent one where two are at
/// odds. Files that are in place were good before; they come second. Nobody is to blame where nginx would not even have
/// the files that all share.
Result<std::map<std::string, std::string>> Agent::culprits_of(const std::string& said) {
  std::map<std::string, std::string> culprits;
  if (!TRY(judge({})).good) return culprits;
  for (const bool changed : {true, false}) {
    for (const auto& [id, text] : wanted_) {
      const auto former = in_place_.find(id);
      if ((former == in_place_.end() || former->second != text) != changed) continue;
      const Nginx::Judgement judgement = TRY(judge({{id, text}}));
      if (!judgement.good) culprits.emplace(id, complaint_of(judgement.said));
    }
    if (!culprits.empty()) return culprits;
  }
  if (const auto named = endpoint_named(said); named && wanted_.contains(*named)) {
    culprits.emplace(*named, complaint_of(said));
  }
  return culprits;
}

void Agent::reload() {
  reloaded_ = around_.clock.steady();
  if (const Result<void> told = around_.nginx.reload(); !told) nginx_trouble_ = told.error().text();
}

void Agent::see_what_runs() {
  const std::string current = generations_.current();
  const SteadyTime now = around_.clock.steady();
  if (current.empty() || (reloaded_ && now - *reloaded_ < kSettling)) return;
  if (running_ && looked_ && now - *looked_ < kBetweenLooks) return;
  looked_ = now;
  const auto answered = around_.nginx.running();
  running_ = answered && *answered == current;
  if (running_) {
    nginx_trouble_.clear();
    return;
  }
  nginx_trouble_ = answered ? "nginx runs with generation " + *answered : answered.error().text();
  if (!reloaded_ || now - *reloaded_ >= kUntilToldAgain) reload();
}

/// What the manifest before named stays a while: somebody may be reading it.
void Agent::tidy(const std::string& former_generation, const std::vector<Entry>& former_entries) {
  generations_.keep_only({generations_.current(), former_generation});
  std::set<std::string> names;
  for (const Entry& entry : former_entries) names.insert(entry.document);
  for (const Entry& entry : manifest_->endpoints) names.insert(entry.document);
  for (const auto& [id, endpoint] : documents_) {
    for (const std::string& object : publication::objects_of(endpoint)) names.insert(object);
  }
  add_named_objects(in_place_, names);
  add_named_objects(generations_.endpoints_of(former_generation), names);
  if (const Result<void> tidied = objects_.keep_only(names); !tidied) {
    log::warning("objects that nobody needs stay", {{"error", tidied.error().text()}});
  }
}

Report Agent::report() const {
  Report report;
  report.serial = manifest_ ? manifest_->serial : 0;
  report.generation = generations_.current();
  report.running = running_ && wanted_ == in_place_;
  report.trouble = source_trouble_.empty() ? nginx_trouble_ : source_trouble_;
  for (const auto& [id, state] : states_) {
    report.endpoints.push_back(state);
    const auto wanted = wanted_.find(id), in_place = in_place_.find(id);
    const bool waits = wanted != wanted_.end() && (in_place == in_place_.end() || in_place->second != wanted->second);
    if (state.state == EndpointState::Live && waits) report.endpoints.back().state = EndpointState::Pending;
  }
  return report;
}

}  // namespace sallyport::nginx_agent
