// SPDX-License-Identifier: Apache-2.0
#include "operator/audit/verify.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "operator/audit/append_file.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::audit {
namespace {

using Json = nlohmann::json;

std::string object_text(const Json& object) {
  const auto text = [&object](const char* key) { return object.at(key).get<std::string>(); };
  const std::string ns = text("ns");
  return text("kind") + " " + (ns.empty() ? "" : ns + "/") + text("name");
}

/// Follows the chain line by line.
class Reader {
 public:
  /// Why the chain breaks at this line; empty when it does not.
  std::string read(const std::string& line) {
    std::string why;
    const Result<void> parsed =
        guard(Code::InvalidSpec, "is not one of ours", [&] { why = follow(Json::parse(line)); });
    if (!parsed.has_value()) return "the line " + parsed.error().message;
    if (!why.empty()) return why;
    ++report_.lines;
    report_.last_hash = sha256_hex(line);
    return {};
  }

  Report finish() {
    for (auto& [seq, intent] : open_) report_.open.push_back(std::move(intent));
    return std::move(report_);
  }

 private:
  std::string follow(const Json& line) {
    const auto seq = line.at("seq").get<std::uint64_t>();
    const auto previous = line.at("prev").get<std::string>();
    if (report_.lines == 0) {
      if (seq == 1 && previous != std::string(64, '0')) return "the first line claims that another came before it";
      report_.first_seq = seq;
    } else if (previous != report_.last_hash) {
      --report_.lines;  // which of the two it was, nobody can tell
      return "it was not written after the line before as that reads now: one of the two was changed, or what stood "
             "between them was taken away";
    } else if (seq != report_.last_seq + 1) {
      return "its number is " + std::to_string(seq) + " after " + std::to_string(report_.last_seq);
    }
    std::string why = count(line, seq);
    if (why.empty()) report_.last_seq = seq;
    return why;
  }

  std::string count(const Json& line, std::uint64_t seq) {
    const auto phase = line.at("phase").get<std::string>();
    if (phase == "intent") {
      ++report_.intents;
      open_[seq] = {seq, line.at("time").get<std::string>(), object_text(line.at("object")),
                    line.at("target").get<std::string>(), line.at("action").get<std::string>()};
    } else if (phase == "result") {
      const auto intent = open_.find(line.at("intent").get<std::uint64_t>());
      // An intent of an older file is not ours to know.
      if (intent == open_.end() && line.at("intent") >= report_.first_seq)
        return "it is a result without an open intent";
      if (intent != open_.end()) settle(intent, line);
      ++report_.results;
    } else if (phase == "recovered") {
      ++report_.recoveries;
    } else {
      return "its phase is unknown";
    }
    return {};
  }

  void settle(std::map<std::uint64_t, OpenIntent>::iterator intent, const Json& line) {
    if (line.at("result") != "accepted") {
      open_.erase(intent);
      return;
    }
    intent->second.accepted = true;
    intent->second.outside_id = line.value("outsideId", "");
  }

  Report report_;
  std::map<std::uint64_t, OpenIntent> open_;
};

/// As std::getline, but it stops behind our longest line: what comes then is not ours, and may have no end.
bool next_line(std::istream& file, std::string& line) {
  line.clear();
  for (char c = 0; line.size() <= kMaxLineBytes && file.get(c);) {
    if (c == '\n') return true;
    line.push_back(c);
  }
  return !line.empty();
}

}  // namespace

Result<Report> verify(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const Code code = errno == ENOENT ? Code::NotFound : Code::Unavailable;
    return Error{code, std::string("cannot be read: ") + std::strerror(errno), path, {}};
  }
  Reader reader;
  std::optional<Break> broken;
  std::uint64_t number = 0;
  std::uint64_t unfinished = 0;
  for (std::string line; !broken && next_line(file, line);) {
    ++number;
    if (file.eof()) {
      unfinished = number;
      break;
    }
    const std::string why = line.size() > kMaxLineBytes ? "the line is longer than any of ours" : reader.read(line);
    if (!why.empty()) broken = Break{number, why};
  }
  if (file.bad()) return Error{Code::Unavailable, "cannot be read to its end", path, {}};
  Report report = reader.finish();
  report.unfinished = unfinished;
  report.broken = std::move(broken);
  return report;
}

}  // namespace sallyport::audit
