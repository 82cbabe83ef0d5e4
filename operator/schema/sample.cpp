// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/sample.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/base/check.hpp"
#include "operator/schema/codec.hpp"
#include "operator/schema/duration.hpp"
#include "operator/schema/text_rules.hpp"
#include "operator/schema/union_check.hpp"
#include "operator/schema/yaml.hpp"

namespace sallyport::schema {

namespace {

using Json = nlohmann::ordered_json;

/// Examples are constants in tables: one that cannot be read is a mistake there.
Json parse_example(std::string_view text) {
  auto documents = parse_yaml(text);
  SALLYPORT_CHECK(documents.has_value() && documents->size() == 1, "an example is valid YAML");
  return documents->front();
}

std::string sample_text(const Options& options) {
  if (options.format == "date-time") return "2026-01-31T10:20:30Z";
  if (options.format == "cidr") return "192.0.2.0/24";
  if (options.format == "ipv4") return "192.0.2.1";
  if (options.format == "ipv6") return "2001:db8::1";
  if (options.format == "uuid") return "5f3b6a8e-8d5c-4b0e-9a77-1f2e3d4c5b6a";
  if (options.format == "byte") return "dGV4dA==";
  std::string text = "text";
  text.resize(std::max(text.size(), options.min_length), 't');
  text.resize(std::min(text.size(), max_length(options)));
  return text;
}

Json sample_scalar(const Shape& shape, const Options& options) {
  const bool bare = shape.form == Form::Text || shape.form == Form::Duration || shape.form == Form::Enum;
  if (!options.example.empty()) return bare ? Json(std::string(options.example)) : parse_example(options.example);
  switch (shape.form) {
    case Form::Boolean:
      return true;
    case Form::Integer:
    case Form::Number: {
      const double number = options.minimum ? *options.minimum : std::min(1.0, options.maximum.value_or(1.0));
      return shape.form == Form::Integer ? Json(static_cast<std::int64_t>(number)) : Json(number);
    }
    case Form::Duration: {
      using std::chrono::seconds;
      const std::chrono::milliseconds least = options.at_least.value_or(seconds(1));
      return write_duration(std::min(least, options.at_most.value_or(least)));
    }
    case Form::Enum:
      return std::string(shape.names.front().text);
    default:
      return sample_text(options);
  }
}

class Sampler {
 public:
  explicit Sampler(Extent extent) : extent_(extent) {}

  Json structure(const Shape& shape, std::size_t choice) const {
    Json object = Json::object();
    const Arm* arm = shape.arms.empty() ? nullptr : &shape.arms[choice % shape.arms.size()];
    const std::size_t inner = shape.arms.empty() ? choice : choice / shape.arms.size();
    for (const FieldShape& field : shape.fields) {
      const std::string name(field.name);
      if (arm && !shape.tag.empty() && field.name == shape.tag) {
        object[name] = std::string(arm->tag);
      } else if (wanted(shape, field, arm)) {
        object[name] = value(shape, field, inner);
      }
    }
    return object;
  }

 private:
  bool wanted(const Shape& shape, const FieldShape& field, const Arm* arm) const {
    const bool member = std::ranges::any_of(shape.arms, [&](const Arm& a) { return a.member == field.name; });
    if (!member) return field.options.required || extent_ == Extent::Full;
    return std::ranges::any_of(shape.arms, [&](const Arm& a) {
      const bool chosen = &a == arm || (!shape.tag.empty() && arm && a.tag == arm->tag);
      return chosen && a.member == field.name && (a.presence == Presence::Must || extent_ == Extent::Full);
    });
  }

  Json value(const Shape& around, const FieldShape& field, std::size_t choice) const {
    const Shape& shape = *field.shape;
    const std::string_view example = field.options.example;
    if (shape.form == Form::Struct) return structure(shape, choice);
    if (shape.form == Form::List || shape.form == Form::Map) return items(field, choice);
    const void* initial = field.get(around.initial());
    if (!example.empty() || field.options.required || !initial) return sample_scalar(shape, field.options);
    Json written = write_value_ordered(shape, initial);
    return written.is_string() && written.get_ref<const std::string&>().empty() ? sample_scalar(shape, field.options)
                                                                                : written;
  }

  Json items(const FieldShape& field, std::size_t choice) const {
    const Shape& item = *field.shape->element;
    const std::string_view example = field.options.example;
    const bool list = field.shape->form == Form::List;
    if (example.starts_with(list ? '[' : '{')) return parse_example(example);
    Options options = list ? list_item_options(field.options) : map_value_options(field.options);
    std::string key = "key";
    if (!list && !example.empty()) {
      const std::size_t equals = std::min(example.find('='), example.size());
      key = std::string(example.substr(0, equals));
      options.example = example.substr(std::min(equals + 1, example.size()));
    }
    const Json one = item.form == Form::Struct ? structure(item, choice) : sample_scalar(item, options);
    return list ? Json::array({one}) : Json{{key, one}};
  }

  Extent extent_;
};

}  // namespace

Json sample_of(const Shape& shape, Extent extent, std::size_t choice) {
  return Sampler(extent).structure(shape, choice);
}

Json sample(const KindShape& kind, Extent extent, std::size_t choice) {
  Json metadata{{"name", "example"}};
  if (kind.name.scope == Scope::Namespaced) metadata["namespace"] = "default";
  return {{"apiVersion", std::string(kind.name.group) + "/" + std::string(kind.name.version)},
          {"kind", std::string(kind.name.kind)},
          {"metadata", std::move(metadata)},
          {"spec", sample_of(*kind.spec, extent, choice)}};
}

std::size_t sample_choices_of(const Shape& shape) {
  std::size_t inner = 1;
  for (const FieldShape& field : shape.fields) {
    const Shape& item = field.shape->element ? *field.shape->element : *field.shape;
    if (item.form == Form::Struct) inner = std::max(inner, sample_choices_of(item));
  }
  return inner * std::max<std::size_t>(shape.arms.size(), 1);
}

std::size_t sample_choices(const KindShape& kind) {
  return sample_choices_of(*kind.spec);
}

}  // namespace sallyport::schema
