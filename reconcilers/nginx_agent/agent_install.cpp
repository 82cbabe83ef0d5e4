// SPDX-License-Identifier: Apache-2.0
// The half of the agent that makes nginx's files, has them judged and sees to it that nginx runs with them.
#include <algorithm>
#include <utility>

#include "operator/base/log.hpp"
#include "reconcilers/nginx_agent/agent.hpp"
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
/// Files that nginx refuses as a whole may be good once the machine is: a log's folder, a user, a name.
constexpr std::chrono::seconds kUntilTestedAgain{30};
/// As long as nginx answers with the generation before, it is given: then that one is put back, for what nginx could
/// not do with the new one (an address that is in use) it could not do at its next start either.
constexpr std::chrono::seconds kUntilGoingBack{15};
/// What nginx refused may have been the machine's fault, and is tried again after this.
constexpr std::chrono::minutes kUntilForgiven{10};
/// Workers of before still answer for some 100 ms after a reload.
constexpr std::chrono::milliseconds kSettling{300};

}  // namespace

/// Whether an answer of a name server changed. While there is none, a host is where it was.
bool Agent::resolve_all() {
  std::map<std::string, Resolved> resolved;
  for (const auto& [id, document] : documents_) {
    for (const publication::Backend& backend : document.endpoint.backends) {
      const auto [at, is_new] = resolved.try_emplace(backend.host);
      if (!is_new) continue;
      auto addresses = around_.resolve(backend.host);
      if (addresses) {
        std::ranges::sort(*addresses);
        at->second.addresses = *std::move(addresses);
      } else {
        at->second.trouble = addresses.error().text();
        if (const auto before = resolved_.find(backend.host); before != resolved_.end())
          at->second.addresses = before->second.addresses;
      }
    }
  }
  if (resolved == resolved_) return false;
  resolved_ = std::move(resolved);
  return true;
}

void Agent::render_all() {
  changed_ = false;
  next_.clear();
  wanted_.clear();
  states_.clear();
  Addresses addresses;
  for (const auto& [host, resolved] : resolved_) addresses.emplace(host, resolved.addresses);
  for (const Entry& entry : follower_.last()->manifest.endpoints) {
    states_[entry.id] = {entry.id, entry.generation, entry.document, EndpointState::Live, {}};
    if (const auto missing = missing_.find(entry.id); missing != missing_.end()) {
      keep_or_leave_out(entry.id, missing->second);
      continue;
    }
    // One whose host nobody knows stops none of the others.
    Endpoint endpoint = documents_.at(entry.id).endpoint;
    std::string trouble;
    std::erase_if(endpoint.backends, [&](const publication::Backend& backend) {
      const Resolved& host = resolved_.at(backend.host);
      if (host.addresses.empty() && trouble.empty()) trouble = backend.host + ": " + host.trouble;
      return host.addresses.empty();
    });
    if (endpoint.backends.empty()) {
      keep_or_leave_out(entry.id, trouble);
      continue;
    }
    states_[entry.id].why = trouble;
    auto text = render_endpoint(endpoint, addresses, machine_);
    if (text) {
      serve(entry.id, *std::move(text));
    } else {
      keep_or_leave_out(entry.id, text.error().text());
    }
  }
  serve_each_door_once();
}

/// nginx would take the first of two in the alphabet, and say nothing. Whoever is there already stays.
void Agent::serve_each_door_once() {
  std::map<Door, std::string> holders;
  for (const auto& [id, file] : in_place_) {
    const auto wanted = wanted_.find(id);
    if (wanted != wanted_.end() && door_of(wanted->second) == door_of(file)) holders.emplace(door_of(file), id);
  }
  for (const auto& [id, file] : wanted_) holders.emplace(door_of(file), id);
  for (auto at = wanted_.begin(); at != wanted_.end();) {
    const Door door = door_of(at->second);
    const std::string& holder = holders.at(door);
    if (holder == at->first) {
      ++at;
      continue;
    }
    states_[at->first].state = EndpointState::LeftOut;
    states_[at->first].why = door.text() + " is served for " + holder;
    at = wanted_.erase(at);
  }
}

bool Agent::forget_refusals() {
  const SteadyTime now = around_.clock.steady();
  return std::erase_if(refused_, [now](const auto& entry) { return now - entry.second.at >= kUntilForgiven; }) > 0;
}

void Agent::refuse(const std::string& id, const std::string& words) {
  log::warning("nginx refuses an endpoint's file", {{"endpoint", id}, {"words", words}});
  refused_[id] = {wanted_.at(id), words, around_.clock.steady()};
  keep_or_leave_out(id, "nginx refuses it: " + words);
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
  const SteadyTime now = around_.clock.steady();
  const std::string current = generations_.current();
  if (next_.empty()) next_ = TRY(make_generation(machine_, wanted_)).name;
  if (next_ == current && wanted_ == in_place_) return {};
  if (refused_whole_ && refused_whole_->generation == next_ && now - refused_whole_->at < kUntilTestedAgain) {
    return refused_whole_->error;
  }
  if (reloaded_ && now - *reloaded_ < kBetweenReloads) return {};
  const std::string untested = std::exchange(next_, {});
  auto tested = tested_generation();
  if (!tested) {
    refused_whole_ = {untested, tested.error(), now};
    return tested.error();
  }
  next_ = *std::move(tested);
  if (next_ == current && wanted_ == in_place_) return {};
  if (next_ != current) former_generation_ = current;
  return put_in_place(next_);
}

Result<void> Agent::put_in_place(const std::string& generation) {
  TRY(generations_.switch_to(generation));
  in_place_ = wanted_;
  running_ = false;
  switched_ = around_.clock.steady();
  log::info("installed", {{"generation", generation}, {"endpoints", in_place_.size()}});
  reload();
  tidy();
  return {};
}

Result<Nginx::Judgement> Agent::judge(const Generation& generation) {
  TRY(generations_.lay_out(generation));
  return around_.nginx.test(generations_.directory_of(generation.name) + "/" + kTestFile);
}

/// Takes out what nginx refuses until it refuses nothing. The name of the generation that is left.
Result<std::string> Agent::tested_generation() {
  while (true) {
    Generation generation = TRY(make_generation(machine_, wanted_));
    const Nginx::Judgement whole = TRY(judge(generation));
    if (whole.good) return std::move(generation.name);
    const Words culprits = TRY(culprits_of(whole.said));
    if (culprits.empty()) {
      return Error{Code::InvalidSpec, "nginx refuses the whole: " + complaint_of(whole.said), {}, {}};
    }
    for (const auto& [id, words] : culprits) refuse(id, words);
  }
}

/// nginx tells its first complaint only, names no file for a certificate, and the innocent one where two are at odds.
/// So the changed files are judged beside those that stay, the one that it names first, then by halves. Nobody is to
/// blame where nginx would not even have those that stay: they were good, and what is wrong is the machine.
Result<Agent::Words> Agent::culprits_of(const std::string& said) {
  EndpointFiles stay;
  std::vector<std::string> changed;
  for (const auto& [id, text] : wanted_) {
    const auto former = in_place_.find(id);
    if (former != in_place_.end() && former->second == text) {
      stay.emplace(id, text);
    } else {
      changed.push_back(id);
    }
  }
  Words culprits;
  const Generation staying = TRY(make_generation(machine_, stay));
  if (!TRY(judge(staying)).good) return culprits;
  const auto named = endpoint_named(said);
  if (named && std::ranges::find(changed, *named) != changed.end()) TRY(search(stay, {*named}, culprits));
  if (culprits.empty()) TRY(search(stay, changed, culprits));
  return culprits;
}

/// All those that are refused beside `base`; where each is good there and two are at odds, the one that nginx named.
Result<void> Agent::search(const EndpointFiles& base, const std::vector<std::string>& ids, Words& culprits) {
  EndpointFiles files = base;
  for (const std::string& id : ids) files.emplace(id, wanted_.at(id));
  const Generation both = TRY(make_generation(machine_, files));
  const Nginx::Judgement judgement = TRY(judge(both));
  if (judgement.good) return {};
  if (ids.size() == 1) {
    culprits.emplace(ids.front(), complaint_of(judgement.said));
    return {};
  }
  const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
  const std::size_t before = culprits.size();
  TRY(search(base, {ids.begin(), middle}, culprits));
  TRY(search(base, {middle, ids.end()}, culprits));
  if (culprits.size() > before) return {};
  const auto named = endpoint_named(judgement.said);
  const bool one_of_them = named && std::ranges::find(ids, *named) != ids.end();
  culprits.emplace(one_of_them ? *named : ids.back(), complaint_of(judgement.said));
  return {};
}

void Agent::reload() {
  reloaded_ = around_.clock.steady();
  const Result<void> told = around_.nginx.reload();
  running_trouble_ = told ? std::string{} : told.error().text();
}

void Agent::see_what_runs() {
  const std::string current = generations_.current();
  const SteadyTime now = around_.clock.steady();
  if (current.empty() || (reloaded_ && now - *reloaded_ < kSettling)) return;
  if (running_ && looked_ && now - *looked_ < kBetweenLooks) return;
  looked_ = now;
  const auto answered = around_.nginx.running();
  running_ = answered && *answered == current;
  running_trouble_.clear();
  if (running_) return;
  const bool runs_former = answered && !former_generation_.empty() && *answered == former_generation_;
  if (runs_former && reloaded_ && switched_ && now - *switched_ >= kUntilGoingBack) return go_back();
  if (!reloaded_ || now - *reloaded_ >= kUntilToldAgain) reload();
  running_trouble_ = answered ? "nginx runs with generation " + *answered : answered.error().text();
}

/// Those that listen where nobody did are to blame, or else all that the new generation changed.
void Agent::go_back() {
  const EndpointFiles before = generations_.endpoints_of(former_generation_);
  std::set<std::string> listened;
  for (const auto& [id, file] : before) listened.insert(door_of(file).listen);
  std::vector<std::string> changed, newly_listening;
  for (const auto& [id, file] : in_place_) {
    const auto former = before.find(id);
    if (former != before.end() && former->second == file) continue;
    changed.push_back(id);
    if (!listened.contains(door_of(file).listen)) newly_listening.push_back(id);
  }
  wanted_ = in_place_;
  in_place_ = before;
  for (const std::string& id : newly_listening.empty() ? changed : newly_listening) {
    refuse(id, "it passed the test, and nginx does not run with it; its error log says why");
  }
  wanted_ = before;
  changed_ = true;
  if (const Result<void> back = put_in_place(former_generation_); !back) install_trouble_ = back.error().text();
}

}  // namespace sallyport::nginx_agent
