// SPDX-License-Identifier: Apache-2.0
// Manifests as JSON. We listen to yaml-cpp's events instead of taking its node tree: so depth, size and what aliases
// repeat are counted while we read, every error knows its line, and quoted and plain scalars stay apart.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "operator/base/text.hpp"
#include "operator/schema/yaml.hpp"
#include "operator/schema/yaml_scalar.hpp"

namespace sallyport::schema {

namespace {

using nlohmann::json;

/// Ends the parsing; does not leave this file.
struct Fault {
  int line;
  int column;
  std::string message;
};

[[noreturn]] void fail(const YAML::Mark& mark, std::string message) {
  throw Fault{mark.line + 1, mark.column + 1, std::move(message)};
}

/// Where the text stops being UTF-8, or npos. RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t find_fault(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xC2 ? 9
                             : lead < 0xE0 ? 1
                             : lead < 0xF0 ? 2
                             : lead < 0xF5 ? 3
                                           : 9;
    if (more == 9 || i + more >= text.size()) return i;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return i;
    }
    const auto second = more > 0 ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return i;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return i;
    i += more + 1;
  }
  return std::string_view::npos;
}

/// A value and its weight: one for each node and one more for each 64 bytes of text.
struct Node {
  json value;
  std::size_t weight = 1;
};

/// A map or list that is not finished yet.
struct Open {
  YAML::Mark mark;
  YAML::anchor_t anchor = 0;
  json value{};
  std::size_t weight = 1;
  std::optional<std::string> key{};  ///< Of a map: read, and waiting for its value.
  bool merge = false;                ///< The key is a plain `<<`.
  std::vector<json> merges{};        ///< Maps to take missing keys from.
};

class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& text, std::vector<json>& documents) : text_(text), documents_(documents) {}

  /// yaml-cpp begins a new document wherever the old one cannot go on; YAML wants a `---` there.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_ && !line_at(mark).starts_with("---")) fail(mark, "the document before has ended; a new one wants ---");
    started_ = true;
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (waits_for_key()) fail(mark, "a key must not be null");
    count(mark, 1);
    finish(mark, {nullptr, 1}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    has_aliases_ = true;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(mark, "an alias inside its own anchor");
    if (waits_for_key()) fail(mark, "an alias as a key is not understood");
    count(mark, found->second.weight);
    if (depth_of(found->second.value) + open_.size() > kMaxYamlDepth) fail(mark, "nested too deeply");
    finish(mark, found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (find_fault(text) != text.npos)
      fail(mark, "the escapes \\N and \\_ are not understood");  // yaml-cpp makes bare bytes of them
    Result<json> value = resolve_scalar(tag, text);
    if (!value.has_value()) fail(mark, value.error().message);
    const std::size_t weight = 1 + text.size() / 64;
    count(mark, weight);
    if (!waits_for_key()) return finish(mark, {std::move(*value), weight}, anchor);
    if (value->is_null()) fail(mark, "a key must not be null");
    take_key(mark, value->is_string() ? text : value->dump(), tag == "?" && text == "<<");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, json::array());
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, json::object());
  }

  void OnMapEnd() override {
    Open& map = open_.back();
    for (const json& merge : map.merges) {  // the first that has a key wins; keys of the map itself come before all
      for (const auto& [key, value] : merge.items()) {
        if (!map.value.contains(key)) map.value[key] = value;
      }
    }
    end();
  }

 private:
  /// The rest of the text from where this line starts. Called once a document, so from the front each time would do;
  /// but a text may hold very many documents.
  std::string_view line_at(const YAML::Mark& mark) {
    for (; line_ < mark.line; ++line_) {
      const std::size_t end = text_.find('\n', line_start_);
      if (end == std::string::npos) break;
      line_start_ = end + 1;
    }
    return std::string_view(text_).substr(line_start_);
  }

  [[nodiscard]] bool waits_for_key() const {
    return !open_.empty() && open_.back().value.is_object() && !open_.back().key;
  }

  static std::size_t depth_of(const json& value) {
    std::size_t deepest = 0;
    if (!value.is_structured()) return 0;
    for (const json& item : value) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }

  void take_key(const YAML::Mark& mark, std::string key, bool merge) {
    Open& map = open_.back();
    if (!merge && map.value.contains(key)) fail(mark, "key '" + one_line(key, 64) + "' appears twice");
    map.merge = merge;
    map.key = std::move(key);
  }

  void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, json value) {
    const bool plain =
        tag.empty() || tag == "?" || tag == "!" || tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq";
    if (!plain) fail(mark, "tag " + one_line(tag, 64) + " is not understood");
    if (waits_for_key()) fail(mark, "a map or a list cannot be a key; is a bracket before it not closed?");
    if (open_.size() >= kMaxYamlDepth) fail(mark, "nested too deeply");
    count(mark, 1);
    open_.push_back({mark, anchor, std::move(value)});
  }

  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    finish(closed.mark, {std::move(closed.value), closed.weight}, closed.anchor);
  }

  /// Bounds the work and the memory that a text can cause, whatever its aliases repeat.
  void count(const YAML::Mark& mark, std::size_t weight) {
    weight_ += weight;
    if (weight_ > kMaxYamlNodes)
      fail(mark, has_aliases_ ? "too large once its aliases are written out" : "too many values for one text");
  }

  /// A value is complete: it goes into the map or list around it, or is a document.
  void finish(const YAML::Mark& mark, Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      count(mark, node.weight);  // for the copy
      anchors_.insert_or_assign(anchor, node);
    }
    if (open_.empty()) {
      if (!node.value.is_null()) documents_.push_back(std::move(node.value));
      return;
    }
    Open& around = open_.back();
    around.weight += node.weight;
    if (around.value.is_array()) {
      around.value.push_back(std::move(node.value));
    } else if (around.merge) {
      add_merge(mark, around, std::move(node.value));
    } else {
      around.value[*around.key] = std::move(node.value);
    }
    around.key.reset();
    around.merge = false;
  }

  static void add_merge(const YAML::Mark& mark, Open& map, json value) {
    const bool one = value.is_object();
    if (!one && !value.is_array()) fail(mark, "<< takes a map or a list of maps");
    json list = one ? json::array({std::move(value)}) : std::move(value);
    for (json& item : list) {
      if (!item.is_object()) fail(mark, "<< takes a map or a list of maps");
      map.merges.push_back(std::move(item));
    }
  }

  const std::string& text_;
  std::vector<json>& documents_;
  int line_ = 0;
  std::size_t line_start_ = 0;
  bool started_ = false;
  std::vector<Open> open_{};
  std::map<YAML::anchor_t, Node> anchors_{};
  std::size_t weight_ = 0;
  bool has_aliases_ = false;
};

Error at(int line, int column, std::string message) {
  return {
      Code::InvalidSpec, std::move(message), "line " + std::to_string(line) + ", column " + std::to_string(column), {}};
}

Error at_byte(std::string_view text, std::size_t place, std::string message) {
  const std::string_view before = text.substr(0, place);
  const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return at(line, static_cast<int>(place - start) + 1, std::move(message));
}

Result<std::vector<json>> parse_documents(const std::string& text) {
  std::vector<json> documents;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder(text, documents);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Fault& fault) {
    return at(fault.line, fault.column, fault.message);
  } catch (const YAML::Exception& error) {
    return at(error.mark.line + 1, error.mark.column + 1, one_line(error.msg, 256));
  }
  return documents;
}

}  // namespace

Result<std::vector<json>> parse_yaml(std::string_view text) {
  if (text.size() > kMaxYamlBytes) return at(1, 1, "more than " + std::to_string(kMaxYamlBytes >> 20U) + " MiB");
  if (const std::size_t fault = std::min(find_fault(text), text.find('\0')); fault != text.npos)
    return at_byte(text, fault, text[fault] == '\0' ? "a NUL byte; must be text" : "must be text in UTF-8");
  const std::string copy(text);
  return guard(Code::InvalidSpec, "read YAML", [&] { return parse_documents(copy); });
}

}  // namespace sallyport::schema
