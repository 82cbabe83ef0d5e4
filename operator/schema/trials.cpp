// SPDX-License-Identifier: Apache-2.0
// Takes a valid document and spoils one thing at a time, following the tables.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/schema/duration.hpp"
#include "operator/schema/sample.hpp"
#include "operator/schema/text_rules.hpp"
#include "operator/schema/union_check.hpp"

namespace sallyport::schema {

namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

/// A place in the document: how we reach it, and what an error calls it.
struct Place {
  Pointer pointer;
  std::string path;
  [[nodiscard]] Place field(std::string_view name) const {
    return {pointer / std::string(name), path + "." + std::string(name)};
  }
  [[nodiscard]] Place item(std::size_t i) const { return {pointer / i, path + "[" + std::to_string(i) + "]"}; }
  [[nodiscard]] Place key(const std::string& key) const { return {pointer / key, path + "[" + key + "]"}; }
};

/// Calls for every value of a document: its shape, its options, where it is.
using Visitor = std::function<void(const Shape&, const Options&, const Place&)>;

void visit(const Json& document, const Shape& shape, const Options& options, const Place& at, const Visitor& visitor) {
  visitor(shape, options, at);
  const Json& value = document.at(at.pointer);
  if (shape.form == Form::Struct) {
    for (const FieldShape& field : shape.fields) {
      if (value.contains(field.name)) visit(document, *field.shape, field.options, at.field(field.name), visitor);
    }
  } else if (shape.form == Form::List) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      visit(document, *shape.element, list_item_options(options), at.item(i), visitor);
    }
  } else if (shape.form == Form::Map) {
    for (const auto& [key, item] : value.items()) {
      visit(document, *shape.element, map_value_options(options), at.key(key), visitor);
    }
  }
}

class Spoiler {
 public:
  Spoiler(const Json& document, std::set<std::pair<std::string, std::string>>& known, std::vector<Trial>& out)
      : document_(document), known_(known), out_(out) {}

  void spoil(const Shape& shape, const Options& options, const Place& at) {
    put(at, "a wrong type", wrong_type(shape));
    switch (shape.form) {
      case Form::Text:
        return spoil_text(options, at);
      case Form::Integer:
      case Form::Number:
        return spoil_number(shape, options, at);
      case Form::Duration:
        return spoil_duration(options, at);
      case Form::Enum:
        return put(at, "outside its enum", "NoSuchValue");
      case Form::List:
        return spoil_list(shape, options, at);
      case Form::Map:
        return spoil_map(options, at);
      case Form::Struct:
        return spoil_struct(shape, at);
      case Form::Boolean:
        return put(at, "text for a boolean", "true");
    }
  }

 private:
  static Json wrong_type(const Shape& shape) {
    const bool structured = shape.form == Form::List || shape.form == Form::Map || shape.form == Form::Struct;
    return structured ? Json("text") : Json::array({1});
  }

  void put(const Place& at, const std::string& what, Json value) { put(at, what, std::move(value), at.path); }
  void put(const Place& at, const std::string& what, Json value, const std::string& path) {
    Json spoilt = document_;
    spoilt.at(at.pointer) = std::move(value);
    add(path, what, spoilt);
  }

  void add(const std::string& path, const std::string& what, const Json& spoilt) {
    if (known_.emplace(path, what).second) out_.push_back({path, what, spoilt.dump()});
  }

  void spoil_text(const Options& options, const Place& at) {
    put(at, "too long", std::string(max_length(options) + 1, 'a'));
    if (options.min_length) put(at, "too short", std::string(options.min_length - 1, 'a'));
    if (!options.format.empty()) put(at, "not of its format", "no such format");
    if (options.pattern.empty()) return;
    // one character that no sensible pattern ends in; it takes the last one's place, so that the length is right
    std::string bell = document_.at(at.pointer).get<std::string>();
    bell.back() = '\a';
    put(at, "not of its pattern", bell);
  }

  void spoil_number(const Shape& shape, const Options& options, const Place& at) {
    put(at, "text for a number", "1");
    if (options.minimum) put(at, "below its minimum", *options.minimum - 1);
    if (options.maximum) put(at, "above its maximum", *options.maximum + 1);
    if (shape.form == Form::Integer) put(at, "a fraction", options.minimum.value_or(0) + 0.5);
    if (shape.form == Form::Integer) put(at, "beyond 64 bits", 18446744073709551615U);
  }

  void spoil_duration(const Options& options, const Place& at) {
    using std::chrono::milliseconds;
    put(at, "no duration", "5 minutes");
    put(at, "an empty duration", "");
    if (options.at_least && options.at_least->count() > 0) {
      put(at, "too short", write_duration(*options.at_least - milliseconds(1)));
    }
    if (options.at_most) put(at, "too long", write_duration(*options.at_most + milliseconds(1)));
  }

  void spoil_list(const Shape& shape, const Options& options, const Place& at) {
    const Json& list = document_.at(at.pointer);
    if (options.min_items) put(at, "too few", Json::array());
    Json many = Json::array();
    for (std::size_t i = 0; i <= max_items(options); ++i) many.push_back(list.at(0));
    put(at, "too many", std::move(many));
    const bool unique = options.list == ListType::Set || options.list == ListType::Map ||
                        (options.list == ListType::ByElement && shape.element->form != Form::Struct);
    const std::size_t room = max_items(options);
    if (unique && list.size() < room) {
      Json twice = list;
      twice.push_back(list.at(0));
      put(at, "a duplicate", std::move(twice), at.item(list.size()).path);
    }
    Json null = list;
    null.at(0) = nullptr;
    put(at, "a null item", std::move(null), at.item(0).path);
  }

  void spoil_map(const Options& options, const Place& at) {
    const Json first = document_.at(at.pointer).items().begin().value();
    Json many = Json::object();
    for (std::size_t i = 0; i <= max_items(options); ++i) many["key" + std::to_string(i)] = first;
    put(at, "too many", std::move(many));
    if (options.min_items) put(at, "too few", Json::object());
    put(at, "too long a key", Json{{std::string(kDefaultItemMaxLength + 1, 'k'), first}});
  }

  void spoil_struct(const Shape& shape, const Place& at) {
    for (const FieldShape& field : shape.fields) {
      if (!field.options.required) continue;
      Json without = document_;
      without.at(at.pointer).erase(std::string(field.name));
      add(at.field(field.name).path, "missing", without);
    }
    for (const MemberUse& use : union_members(shape)) spoil_union(shape, use, at);
  }

  void spoil_union(const Shape& shape, const MemberUse& use, const Place& at) {
    const Json& object = document_.at(at.pointer);
    const std::string member(use.member);
    Json spoilt = document_;
    if (object.contains(member)) {
      const bool must =
          shape.tag.empty() || std::ranges::find(use.must, object.value(std::string(shape.tag), "")) != use.must.end();
      if (!must) return;
      spoilt.at(at.pointer).erase(member);
      const bool named = !shape.tag.empty() || shape.arms.size() == 1;
      return add(named ? at.field(member).path : at.path, "a union without its member", spoilt);
    }
    const FieldShape& field = field_of(shape, member);
    if (field.shape->form != Form::Struct) return;
    spoilt.at(at.pointer)[member] = sample_of(*field.shape, Extent::Minimal);
    // without a tag the later of two members is the one too many
    std::string_view named = member;
    for (const Arm& arm : shape.arms) {
      if (shape.tag.empty() && spoilt.at(at.pointer).contains(arm.member)) named = arm.member;
    }
    add(at.field(named).path, "a union with another member", spoilt);
  }

  const Json& document_;
  std::set<std::pair<std::string, std::string>>& known_;
  std::vector<Trial>& out_;
};

/// One side of a kind: its table, where it stands, and full samples that show every member of every union.
struct Half {
  Half(const KindShape& kind, Side side)
      : shape(side == Side::Spec ? *kind.spec : *kind.status), root{Pointer("/" + name_of(side)), name_of(side)} {
    for (std::size_t choice = 0; choice < sample_choices_of(shape); ++choice) {
      documents.push_back(sample(kind, Extent::Full, choice));
      documents.back()[root.path] = sample_of(shape, Extent::Full, choice);
    }
  }
  static std::string name_of(Side side) { return side == Side::Spec ? "spec" : "status"; }

  const Shape& shape;
  Place root;
  std::vector<Json> documents{};
};

/// The text for the value at `at`, or for the key of a map's first entry, which stays alone.
HostileTrial hostile_trial(const Json& document, const Shape& shape, const Place& at, const std::string& text) {
  HostileTrial trial;
  trial.path = at.path;
  trial.is_key = shape.form == Form::Map;
  trial.what = (trial.is_key ? "hostile key " : "hostile text ") + Json(text).dump();
  trial.pointer = (trial.is_key ? at.key(text).pointer : at.pointer).to_string();
  trial.text = text;
  trial.form = shape.form;
  Json hostile = document;
  Json& place = hostile.at(at.pointer);
  if (trial.is_key) {
    Json entry = place.items().begin().value();
    place = Json::object();
    place[text] = std::move(entry);
  } else {
    place = text;
  }
  trial.document = hostile.dump();
  return trial;
}

}  // namespace

std::vector<Trial> trials(const KindShape& kind, Side side) {
  const Half half(kind, side);
  std::vector<Trial> all;
  std::set<std::pair<std::string, std::string>> known;
  for (const Json& document : half.documents) {
    Spoiler spoiler(document, known, all);
    visit(document, half.shape, {}, half.root,
          [&](const Shape& shape, const Options& options, const Place& at) { spoiler.spoil(shape, options, at); });
  }
  return all;
}

std::vector<Omission> omissions(const KindShape& kind, Side side) {
  const Half half(kind, side);
  std::vector<Omission> all;
  std::set<std::string> known;
  for (const Json& document : half.documents) {
    visit(document, half.shape, {}, half.root, [&](const Shape& shape, const Options&, const Place& at) {
      for (const FieldShape& field : shape.fields) {
        const bool of_union = (!shape.tag.empty() && field.name == shape.tag) ||
                              std::ranges::find(shape.arms, field.name, &Arm::member) != shape.arms.end();
        const Place place = at.field(field.name);
        if (field.options.required || of_union || !known.insert(place.path).second) continue;
        Json without = document;
        without.at(at.pointer).erase(std::string(field.name));
        all.push_back({{place.path, "left out", without.dump()}, place.pointer.to_string()});
      }
    });
  }
  return all;
}

std::vector<HostileTrial> hostile_trials(const KindShape& kind, Side side) {
  const Half half(kind, side);
  std::vector<HostileTrial> all;
  std::set<std::string> known;
  for (const Json& document : half.documents) {
    visit(document, half.shape, {}, half.root, [&](const Shape& here, const Options&, const Place& at) {
      const bool structured = here.form == Form::List || here.form == Form::Struct;
      if (structured || !known.insert(at.path).second) return;
      for (const std::string& text : hostile_texts()) all.push_back(hostile_trial(document, here, at, text));
    });
  }
  return all;
}

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts{"\"",
                                              "'",
                                              "}",
                                              "{",
                                              "a\nb",
                                              "a\r\nX: y",
                                              "$HOME",
                                              "$(id)",
                                              "[exec id]",
                                              ";",
                                              "..",
                                              "../../etc",
                                              "%0a",
                                              "%2e%2e",
                                              "a b",
                                              "\\",
                                              "\\\"",
                                              "`id`",
                                              "#",
                                              "<script>",
                                              "\t",
                                              "a\u202Eb",
                                              "*",
                                              "}; drop all",
                                              "a\xC2\x85z",
                                              "{{.Values}}",
                                              "${jndi:x}",
                                              "a|b",
                                              std::string("\0hidden", 7),
                                              "@",
                                              "http://evil.example"};
  return texts;
}

}  // namespace sallyport::schema
