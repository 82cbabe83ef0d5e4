// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/journal.hpp"

#include <filesystem>

#include "e2e/simulators/json.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators {

Result<std::unique_ptr<Journal>> Journal::open(const std::string& file, const Clock& clock) {
  std::unique_ptr<Journal> journal(new Journal(clock));
  if (file.empty()) return journal;
  journal->out_.open(file, std::ios::app);
  if (!journal->out_) return Error{Code::Unavailable, "cannot write the journal", file, {}};
  return journal;
}

void Journal::write(const JournalEntry& entry) {
  Json effect = Json::parse(entry.effect, nullptr, false);
  if (effect.is_discarded()) effect = Json{{"unreadable", true}};
  Json line = {{"time", to_rfc3339_micro(clock_->now())},
               {"unit", entry.unit},
               {"method", entry.method},
               {"path", redact_path(entry.path)},
               {"query", entry.query},
               {"status", entry.status},
               {"who", entry.who},
               {"mutating", entry.mutating},
               {"effect", std::move(effect)}};
  if (!entry.fault.empty()) line["fault"] = entry.fault;
  const std::lock_guard lock(mutex_);
  line["seq"] = ++sequence_;
  if (out_.is_open()) out_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

std::string redact_path(const std::string& path) {
  static constexpr std::string_view kTokens = "/authz/tokens/";
  const std::size_t at = path.find(kTokens);
  if (at == std::string::npos || at + kTokens.size() == path.size()) return path;
  const std::size_t begin = at + kTokens.size();
  return path.substr(0, begin) + "sha256:" + short_hash(path.substr(begin), 16);
}

}  // namespace sallyport::simulators
