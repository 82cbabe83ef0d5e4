// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/scan.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace sallyport::kube {
namespace {

Error malformed(std::string_view what) {
  return Error{Code::Unavailable, "the API server's answer is not readable: " + std::string(what), {}, {}};
}

/// Walks over JSON text by brackets and strings, iteratively: nesting costs no stack.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// True and past it when the next character is `c`.
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ >= text_.size();
  }
  /// The next string's inside, escapes untouched.
  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::size_t begin = at_;
    if (!skip_string_rest()) return std::nullopt;
    return text_.substr(begin, at_ - begin - 1);
  }
  /// How many brackets are open at the deepest place of what is left.
  std::size_t depth() {
    std::size_t open = 0;
    std::size_t deepest = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"' && !skip_string_rest()) break;
      if (c == '{' || c == '[') deepest = std::max(deepest, ++open);
      if ((c == '}' || c == ']') && open > 0) --open;
    }
    return deepest;
  }
  /// The next value of any kind, as it stands.
  std::optional<std::string_view> value() {
    skip_space();
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;  // the end of a number or a literal
      ++at_;
      if (c == '"' && !skip_string_rest()) return std::nullopt;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth == 0 && (c == '"' || c == '}' || c == ']')) return text_.substr(begin, at_ - begin);
    }
    if (depth != 0 || at_ == begin) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool skip_string_rest() {
    while (true) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos) return at_ = text_.size(), false;
      if (text_[at_] == '"') return ++at_, true;
      at_ += 2;
      if (at_ > text_.size()) return at_ = text_.size(), false;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

using OnMember = std::function<Result<void>(std::string_view key, std::string_view value)>;

Result<void> each_member(std::string_view object, const OnMember& on_member) {
  Scanner scan(object);
  if (!scan.take('{')) return malformed("an object is missing");
  if (scan.take('}')) return {};
  do {
    const auto key = scan.string();
    if (!key || !scan.take(':')) return malformed("a key is missing");
    const auto value = scan.value();
    if (!value) return malformed("a value is cut off");
    TRY(on_member(*key, *value));
  } while (scan.take(','));
  if (!scan.take('}') || !scan.at_end()) return malformed("an object does not end");
  return {};
}

/// Appends what is to stand for a value; false: the member is left out.
using Rewrite = std::function<bool(std::string_view key, std::string_view value, std::string& out)>;

/// Everything is written to one place, once: it may be a Secret's.
void rewrite(std::string_view object, const Rewrite& member, std::string& out) {
  const std::size_t begin = out.size();
  out += '{';
  const auto walked = each_member(object, [&](std::string_view key, std::string_view value) -> Result<void> {
    const std::size_t before = out.size();
    if (before > begin + 1) out += ',';
    out.append("\"").append(key).append("\":");
    if (!member(key, value, out)) out.resize(before);
    return {};
  });
  out += '}';
  if (walked) return;
  out.resize(begin);
  out.append(object);
}

Result<std::string> text_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return malformed("a string is missing");
  if (value.find('\\') == std::string_view::npos) return std::string(value.substr(1, value.size() - 2));
  return guard(Code::Unavailable, "read a string", [&] { return nlohmann::json::parse(value).get<std::string>(); });
}

}  // namespace

Result<WatchLine> split_watch_line(std::string_view line) {
  WatchLine found;
  TRY(each_member(line, [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key == "type" && value.size() >= 2) found.type = value.substr(1, value.size() - 2);
    if (key == "object") found.object = value;
    return {};
  }));
  if (found.type.empty() || found.object.empty()) return malformed("a watch event has no type or no object");
  return found;
}

Result<ListHead> split_list(std::string_view body, const OnObject& on_object) {
  ListHead head;
  bool has_metadata = false;
  const auto read_metadata = [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key == "resourceVersion") head.resource_version = TRY(text_of(value));
    if (key == "continue") head.next = TRY(text_of(value));
    return {};
  };
  TRY(each_member(body, [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key == "metadata") {
      has_metadata = true;
      return each_member(value, read_metadata);
    }
    if (key != "items" || value == "null") return {};
    Scanner items(value);
    if (!items.take('[')) return malformed("items is not a list");
    if (items.take(']')) return {};
    do {
      const auto object = items.value();
      if (!object) return malformed("an item is cut off");
      TRY(on_object(*object));
    } while (items.take(','));
    return {};
  }));
  if (!has_metadata || head.resource_version.empty()) return malformed("a list has no resourceVersion");
  return head;
}

Result<ObjectHead> read_head(std::string_view object) {
  ObjectHead head;
  const auto read_annotation = [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key == "k8s.io/initial-events-end") head.initial_events_end = value == "\"true\"";
    return {};
  };
  const auto read_metadata = [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key == "namespace") head.ns = TRY(text_of(value));
    if (key == "name") head.name = TRY(text_of(value));
    if (key == "uid") head.uid = TRY(text_of(value));
    if (key == "resourceVersion") head.resource_version = TRY(text_of(value));
    if (key == "generation") std::from_chars(value.data(), value.data() + value.size(), head.generation);
    if (key == "annotations" && value != "null") return each_member(value, read_annotation);
    return {};
  };
  bool found = false;
  TRY(each_member(object, [&](std::string_view key, std::string_view value) -> Result<void> {
    if (key != "metadata") return {};
    found = true;
    return each_member(value, read_metadata);
  }));
  if (!found || head.resource_version.empty()) return malformed("an object has no metadata.resourceVersion");
  return head;
}

std::string essence_of(std::string_view object, std::string_view unread) {
  const auto of_annotations = [](std::string_view key, std::string_view value, std::string& out) {
    out.append(value);
    return key != "kubectl.kubernetes.io/last-applied-configuration";
  };
  const auto of_metadata = [&](std::string_view key, std::string_view value, std::string& out) {
    if (key == "managedFields") return false;
    if (key == "annotations") return rewrite(value, of_annotations, out), true;
    return out.append(value), true;
  };
  const auto of_object = [&](std::string_view key, std::string_view value, std::string& out) {
    if (!unread.empty() && key == unread) return false;
    if (key == "metadata") return rewrite(value, of_metadata, out), true;
    return out.append(value), true;
  };
  std::string text;
  text.reserve(object.size() + 2);
  rewrite(object, of_object, text);
  return text;
}

std::size_t depth_of(std::string_view json) {
  return Scanner(json).depth();
}

}  // namespace sallyport::kube
