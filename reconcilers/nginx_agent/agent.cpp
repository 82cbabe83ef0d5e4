// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/agent.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/manifest.hpp"

namespace sallyport::nginx_agent {
namespace {

using publication::Endpoint;
using publication::Entry;

/// nginx's workers have to get to their folders in tmp/, and can list or read nothing else.
constexpr mode_t kPassable = 0711;

/// The objects that files of nginx name: some of them may be of documents that are gone, and were kept.
void add_named_objects(const EndpointFiles& files, std::set<std::string>& names) {
  const std::string folder = std::string("/") + publication::kObjectsFolder + "/";
  for (const auto& [id, text] : files) {
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at + 1)) {
      names.insert(text.substr(at + folder.size(), 64));
    }
  }
}

}  // namespace

Agent::Agent(Machine machine, publication::Follower follower, AgentSurroundings around)
    : machine_(std::move(machine)),
      follower_(std::move(follower)),
      around_(std::move(around)),
      objects_(machine_.installed + "/" + publication::kObjectsFolder),
      generations_(machine_.installed) {}

Report Agent::step() {
  const auto words_of = [](const Result<void>& done) { return done ? std::string{} : done.error().text(); };
  if (!prepared_) {
    install_trouble_ = words_of(prepare());
    if (!prepared_) return report();
  }
  source_trouble_ = words_of(follow_source());
  if (follower_.last()) {
    const bool others = resolve_all(), again = forget_refusals();
    if (others || again || changed_) render_all();
    install_trouble_ = words_of(make_current());
  }
  see_what_runs();
  return report();
}

/// Folders, and what a former process installed.
Result<void> Agent::prepare() {
  TRY(make_private_directory(machine_.installed + "/tmp"));
  for (const char* folder : {"", "/tmp"}) {
    const std::string path = machine_.installed + folder;
    if (::chmod(path.c_str(), kPassable) != 0) return Error{Code::Unavailable, "its mode cannot be set", path, {}};
  }
  in_place_ = generations_.endpoints_of(generations_.current());
  if (const auto& last = follower_.last()) read_documents(last->manifest, false);
  objects_.sweep();
  prepared_ = true;
  return {};
}

Result<void> Agent::follow_source() {
  const std::string sealed = TRY(around_.source.manifest());
  if (sealed == sealed_ && missing_.empty()) return {};
  return take(sealed);
}

/// Objects first, then the manifest, by one rename. Who reads it finds what it names, but for what could not be had,
/// which is looked for again.
Result<void> Agent::take(const std::string& sealed) {
  publication::Following following = TRY(follower_.examine(sealed));
  read_documents(following.manifest, true);
  if (sealed == sealed_) return {};
  for (const std::string& note : following.notes) log::warning("an endpoint's generation", {{"note", note}});
  TRY(replace_file(machine_.installed + "/" + publication::kManifestFile, sealed, Care::Kept));
  TRY(follower_.accept(sealed, std::move(following)));
  sealed_ = sealed;
  tidy();
  return {};
}

void Agent::read_documents(const publication::Manifest& manifest, bool from_source) {
  std::map<std::string, Document> documents;
  Words missing;
  for (const Entry& entry : manifest.endpoints) {
    const auto known = documents_.find(entry.id);
    if (known != documents_.end() && known->second.name == entry.document) {
      documents.emplace(entry.id, known->second);
      continue;
    }
    const auto read = [&]() -> Result<Document> {
      return Document{entry.document, TRY(publication::read_document(entry, objects_))};
    };
    auto document = from_source ? fetch(entry) : read();
    if (document) {
      documents.emplace(entry.id, *std::move(document));
    } else {
      missing.emplace(entry.id, document.error().text());
    }
  }
  changed_ = changed_ || documents != documents_ || missing != missing_;
  documents_ = std::move(documents);
  missing_ = std::move(missing);
}

Result<Agent::Document> Agent::fetch(const Entry& entry) {
  TRY(fetch_object(entry.document));
  Endpoint endpoint = TRY(publication::read_document(entry, objects_));
  for (const std::string& name : publication::objects_of(endpoint)) TRY(fetch_object(name));
  return Document{entry.document, std::move(endpoint)};
}

/// One that is there and damaged is fetched as well.
Result<void> Agent::fetch_object(const std::string& name) {
  if (objects_.read(name)) return {};
  const Secret bytes = TRY(around_.source.object(name));
  if (sha256_hex(bytes.reveal()) != name) {
    return Error{Code::InvalidSpec, "other bytes were published under this name", "object " + name, {}};
  }
  TRY(objects_.replace(bytes));
  return {};
}

/// What was needed the last time stays once more: somebody may be reading it.
void Agent::tidy() {
  generations_.keep_only({generations_.current(), former_generation_});
  std::set<std::string> needed;
  for (const auto& [id, document] : documents_) {
    needed.insert(document.name);
    for (const std::string& object : publication::objects_of(document.endpoint)) needed.insert(object);
  }
  add_named_objects(in_place_, needed);
  add_named_objects(generations_.endpoints_of(former_generation_), needed);
  std::set<std::string> kept = needed;
  kept.insert(needed_before_.begin(), needed_before_.end());
  needed_before_ = std::move(needed);
  if (const Result<void> tidied = objects_.keep_only(kept); !tidied) {
    log::warning("objects that nobody needs stay", {{"error", tidied.error().text()}});
  }
}

Report Agent::report() const {
  Report report;
  report.serial = follower_.last() ? follower_.last()->manifest.serial : 0;
  report.generation = generations_.current();
  report.running = running_ && wanted_ == in_place_;
  std::vector<std::string> troubles{source_trouble_, around_.source.trouble(), install_trouble_, running_trouble_};
  std::erase(troubles, "");
  report.trouble = join(troubles, "; ");
  for (const auto& [id, state] : states_) {
    report.endpoints.push_back(state);
    const auto wanted = wanted_.find(id), in_place = in_place_.find(id);
    const bool waits = wanted != wanted_.end() && (in_place == in_place_.end() || in_place->second != wanted->second);
    if (state.state == EndpointState::Live && waits) report.endpoints.back().state = EndpointState::Pending;
  }
  return report;
}

}  // namespace sallyport::nginx_agent
