// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/trail.hpp"

#include <mutex>
#include <nlohmann/json.hpp>

#include "operator/audit/append_file.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/base/whole_file.hpp"

namespace sallyport::audit {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Where a chain has got to.
struct Chain {
  std::uint64_t next = 1;
  std::string previous = std::string(64, '0');
};

/// `Kind ns/name` or `Kind name`, as in ir::Owner and Key.
Json object_of(const http::Change& change) {
  const std::size_t blank = change.object.find(' ');
  const std::string kind = change.object.substr(0, blank);
  const std::string place = blank == std::string::npos ? "" : change.object.substr(blank + 1);
  const std::size_t slash = place.find('/');
  return {{"kind", kind},
          {"ns", slash == std::string::npos ? "" : place.substr(0, slash)},
          {"name", slash == std::string::npos ? place : place.substr(slash + 1)},
          {"uid", change.uid},
          {"resourceVersion", change.resource_version},
          {"generation", change.generation}};
}

Json intent_of(const http::Change& change, const Sending& sending) {
  return {{"object", object_of(change)}, {"target", change.target}, {"action", change.action},
          {"before", change.before},     {"after", change.after},   {"method", sending.method},
          {"url", sending.url}};
}

Json result_of(const http::Change& change, std::uint64_t intent, const Answer& answer) {
  Json fields{{"intent", intent},
              {"object", object_of(change)},
              {"target", change.target},
              {"action", change.action},
              {"result", to_string(answer.effect)}};
  if (answer.status != 0) fields["status"] = answer.status;
  if (!answer.error.empty()) fields["error"] = answer.error;
  if (!answer.outside_id.empty()) fields["outsideId"] = answer.outside_id;
  return fields;
}

/// Where the chain goes on after this line.
Result<Chain> chain_after(const std::string& last_line, const std::string& path) {
  if (last_line.empty()) return Chain{};
  return guard(Code::InvalidSpec, "is not an audit log (" + path + "): its last line cannot be read", [&] {
    return Chain{Json::parse(last_line).at("seq").get<std::uint64_t>() + 1, sha256_hex(last_line)};
  });
}

}  // namespace

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::Ok:
      return "ok";
    case Effect::Accepted:
      return "accepted";
    case Effect::Partial:
      return "partial";
    case Effect::Rejected:
      return "rejected";
    case Effect::Unknown:
      return "unknown";
    case Effect::NotSent:
      return "not_sent";
  }
  return "unknown";
}

struct Trail::State {
  TrailOptions options;
  InstanceId instance;
  const Clock& clock;
  std::mutex mutex;
  std::unique_ptr<AppendFile> file;
  Chain chain;

  std::string seal(Chain& on, std::string_view phase, const Json& fields) const {
    Json line{
        {"seq", on.next}, {"time", to_rfc3339_micro(clock.now())}, {"instance", instance.str()}, {"phase", phase}};
    line.update(fields);
    line["prev"] = on.previous;
    std::string text = dump(line);
    on = {on.next + 1, sha256_hex(text)};
    return text + "\n";
  }

  /// The chain moves on only when its lines are written.
  Result<void> write(const std::string& lines, Chain after) {
    if (!options.path.empty()) {
      if (!file)
        return Error{Code::Unavailable, "audit log cannot be written: it could not be opened again", options.path, {}};
      TRY(file->append(lines));
    }
    const bool copied = options.copy_fd < 0 || write_all(options.copy_fd, lines);
    if (!copied && !file) return Error{Code::Unavailable, "audit log cannot be written to its output", {}, {}};
    if (!copied) log::error("the copy of the audit trail cannot be written; the file has it", {{"path", options.path}});
    chain = std::move(after);
    return {};
  }

  Result<void> note_recovery(const std::string& torn) {
    log::warning("the audit log ended in mid-line; the rest was set aside",
                 {{"path", options.path + ".torn"}, {"bytes", torn.size()}});
    Chain after = chain;
    const Json fields{{"torn", {{"bytes", torn.size()}, {"sha256", sha256_hex(torn)}}}};
    const std::string line = seal(after, "recovered", fields);
    return write(line, after);
  }

  enum class Start { Fresh, GoOn };
  Result<void> open_file(Start start) {
    AppendFile::Opened opened = TRY(AppendFile::open(options.path));
    if (start == Start::Fresh || !opened.last_line.empty()) chain = TRY(chain_after(opened.last_line, options.path));
    file = std::move(opened.file);
    return opened.torn.empty() ? Result<void>{} : note_recovery(opened.torn);
  }
};

Trail::Trail(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trail::~Trail() = default;

Result<std::unique_ptr<Trail>> Trail::open(TrailOptions options, InstanceId instance, const Clock& clock) {
  std::unique_ptr<State> state(new State{std::move(options), std::move(instance), clock, {}, {}, {}});
  if (!state->options.path.empty()) TRY(state->open_file(State::Start::Fresh));
  return std::unique_ptr<Trail>(new Trail(std::move(state)));
}

Result<Intent> Trail::intend(Sending sending) {
  const std::lock_guard lock(state_->mutex);
  Intent intent{std::move(sending), {}};
  Chain after = state_->chain;
  std::string lines;
  for (const http::Change& change : intent.sending.changes) {
    intent.lines.push_back(after.next);
    lines += state_->seal(after, "intent", intent_of(change, intent.sending));
  }
  TRY(state_->write(lines, after));
  return intent;
}

Result<void> Trail::conclude(const Intent& intent, const Answer& answer) {
  const std::lock_guard lock(state_->mutex);
  Chain after = state_->chain;
  std::string lines;
  for (std::size_t i = 0; i < intent.lines.size(); ++i) {
    lines += state_->seal(after, "result", result_of(intent.sending.changes[i], intent.lines[i], answer));
  }
  return state_->write(lines, after);
}

Result<void> Trail::reopen() {
  const std::lock_guard lock(state_->mutex);
  if (state_->options.path.empty()) return {};
  // Released first: the path may still name the same file, whose lock is ours.
  state_->file.reset();
  return state_->open_file(State::Start::GoOn);
}

}  // namespace sallyport::audit
