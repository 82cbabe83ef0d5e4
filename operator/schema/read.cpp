// SPDX-License-Identifier: Apache-2.0
// The reader: one pass over a document along its shape, collecting every error.
#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "operator/base/text.hpp"
#include "operator/schema/codec.hpp"
#include "operator/schema/duration.hpp"
#include "operator/schema/number.hpp"
#include "operator/schema/path.hpp"
#include "operator/schema/text_rules.hpp"
#include "operator/schema/union_check.hpp"

namespace sallyport::schema {

namespace {

using nlohmann::json;

std::string in_quotes(std::string_view text) {
  return "'" + one_line(text, 64) + "'";
}

/// A key or a value of a set, as it stands in a message and for comparing.
std::string scalar_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The known name that differs in one or two letters, for "did you mean".
std::string_view nearest(std::string_view name, std::span<const FieldShape> fields) {
  std::string_view best;
  std::size_t best_distance = 3;
  for (const FieldShape& field : fields) {
    std::vector<std::size_t> row(field.name.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i);
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t change =
            diagonal + (to_lower(name.substr(i - 1, 1)) != to_lower(field.name.substr(j - 1, 1)));
        diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
      }
    }
    // Two letters of few make another word ("port", "host"), unless it begins the same ("hots").
    const bool same_start = to_lower(name.substr(0, 1)) == to_lower(field.name.substr(0, 1));
    if (row.back() == 2 && !same_start) continue;
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = field.name;
    }
  }
  return best;
}

class Reader {
 public:
  Reader(Unknown unknown, std::vector<FieldError>& errors) : unknown_(unknown), errors_(errors) {}

  void read(const Shape& shape, const Options& options, void* into, const json& value, const Path& path) {
    switch (shape.form) {
      case Form::Text:
        return read_text(options, into, value, path);
      case Form::Boolean:
        return read_boolean(into, value, path);
      case Form::Integer:
        return read_integer(shape, options, into, value, path);
      case Form::Number:
        return read_number(options, into, value, path);
      case Form::Duration:
        return read_duration(options, into, value, path);
      case Form::Enum:
        return read_enum(shape, into, value, path);
      case Form::List:
        return read_list(shape, options, into, value, path);
      case Form::Map:
        return read_map(shape, options, into, value, path);
      case Form::Struct:
        return read_struct(shape, into, value, path);
    }
  }

 private:
  void fail(const Path& path, std::string reason) {
    if (errors_.size() < kMaxErrors) errors_.push_back({one_line(path.text(), 512), std::move(reason)});
    failed_ = true;
  }

  void read_text(const Options& options, void* into, const json& value, const Path& path) {
    if (!value.is_string()) return fail(path, "must be a string");
    const auto& text = value.get_ref<const std::string&>();
    if (auto fault = text_fault(options, text)) return fail(path, std::move(*fault));
    *static_cast<std::string*>(into) = text;
  }

  void read_boolean(void* into, const json& value, const Path& path) {
    if (!value.is_boolean()) return fail(path, "must be true or false");
    *static_cast<bool*>(into) = value.get<bool>();
  }

  /// Kubernetes takes 3.0 for 3, and so do we.
  static std::optional<std::int64_t> whole(const json& value) {
    if (value.is_number_unsigned()) {
      const auto number = value.get<std::uint64_t>();
      return number > INT64_MAX ? std::nullopt : std::optional(static_cast<std::int64_t>(number));
    }
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_number_float()) return std::nullopt;
    const double number = value.get<double>();
    const bool exact = std::abs(number) <= 9007199254740992.0 && number == std::trunc(number);
    return exact ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
  }

  void read_integer(const Shape& shape, const Options& options, void* into, const json& value, const Path& path) {
    const std::optional<std::int64_t> number = whole(value);
    if (!number) return fail(path, "must be a whole number");
    if (!in_bounds(options, static_cast<double>(*number), path)) return;
    if (shape.bits == 64) {
      *static_cast<std::int64_t*>(into) = *number;
      return;
    }
    if (*number < INT32_MIN || *number > INT32_MAX) return fail(path, "must fit in 32 bits");
    *static_cast<int*>(into) = static_cast<int>(*number);
  }

  void read_number(const Options& options, void* into, const json& value, const Path& path) {
    if (!value.is_number()) return fail(path, "must be a number");
    const double number = value.get<double>();
    if (!std::isfinite(number)) return fail(path, "must be a finite number");
    if (in_bounds(options, number, path)) *static_cast<double*>(into) = number;
  }

  bool in_bounds(const Options& options, double number, const Path& path) {
    if (options.minimum && number < *options.minimum) {
      fail(path, "must be at least " + number_text(*options.minimum));
    } else if (options.maximum && number > *options.maximum) {
      fail(path, "must be at most " + number_text(*options.maximum));
    } else {
      return true;
    }
    return false;
  }

  void read_duration(const Options& options, void* into, const json& value, const Path& path) {
    const auto duration = parse_duration(value.is_string() ? value.get_ref<const std::string&>() : std::string());
    if (!duration.has_value()) return fail(path, duration.error().message);
    if (options.at_least && *duration < *options.at_least) {
      return fail(path, "must be at least " + write_duration(*options.at_least));
    }
    if (options.at_most && *duration > *options.at_most) {
      return fail(path, "must be at most " + write_duration(*options.at_most));
    }
    *static_cast<std::chrono::milliseconds*>(into) = *duration;
  }

  void read_enum(const Shape& shape, void* into, const json& value, const Path& path) {
    std::vector<std::string> texts;
    for (const EnumName& name : shape.names) {
      if (value.is_string() && value.get_ref<const std::string&>() == name.text)
        return shape.set_enum(into, name.value);
      texts.emplace_back(name.text);
    }
    fail(path, (texts.size() == 1 ? "must be " : "must be one of ") + join(texts, ", "));
  }

  /// True if there are neither too few nor too many.
  bool fits(const Options& options, std::size_t size, const Path& path, std::string_view what) {
    const std::string things = " " + std::string(what);
    if (size > max_items(options)) {
      fail(path, "must have at most " + std::to_string(max_items(options)) + things + ", has " + std::to_string(size));
    } else if (size < options.min_items) {
      fail(path, "must have at least " + std::to_string(options.min_items) + things + ", has " + std::to_string(size));
    }
    return size <= max_items(options);
  }

  void read_list(const Shape& shape, const Options& options, void* into, const json& value, const Path& path) {
    if (!value.is_array()) return fail(path, "must be a list");
    shape.clear(into);
    if (!fits(options, value.size(), path, "items")) return;
    const Options item_options = list_item_options(options);
    const bool scalars = shape.element->form != Form::Struct;
    const bool set = options.list == ListType::Set || (options.list == ListType::ByElement && scalars);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Path at = path.index(i);
      const json& item = value[i];
      if (set && !item.is_structured() && !seen.insert(item.dump()).second) {
        fail(at, "duplicate " + in_quotes(scalar_text(item)));
      }
      if (options.list == ListType::Map) check_keys(options, item, seen, at);
      if (item.is_null()) {
        fail(at, "must not be null");
      } else {
        read(*shape.element, item_options, shape.append(into), item, at);
      }
    }
  }

  void check_keys(const Options& options, const json& item, std::set<std::string>& seen, const Path& at) {
    json keys = json::array();
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const std::string_view name : options.keys) {
      if (name.empty()) continue;
      if (!item.is_object() || !item.contains(name) || item[name].is_structured()) return;  // reported as such
      keys.push_back(item[name]);
      names.emplace_back(name);
      values.push_back(in_quotes(scalar_text(item[name])));
    }
    if (!seen.insert(keys.dump()).second) fail(at, "duplicate " + join(names, " and ") + " " + join(values, ", "));
  }

  void read_map(const Shape& shape, const Options& options, void* into, const json& value, const Path& path) {
    if (!value.is_object()) return fail(path, "must be an object");
    shape.clear(into);
    if (!fits(options, value.size(), path, "entries")) return;
    const Options item_options = map_value_options(options);
    for (const auto& [key, item] : value.items()) {
      const Path at = path.key(key);
      if (key.empty() || count_characters(key) > kDefaultItemMaxLength) {
        fail(path, "must have keys of 1 to " + std::to_string(kDefaultItemMaxLength) + " characters");
      } else if (item.is_null()) {
        fail(at, "must not be null");
      } else {
        read(*shape.element, item_options, shape.insert(into, key), item, at);
      }
    }
  }

  void read_struct(const Shape& shape, void* into, const json& value, const Path& path) {
    if (!value.is_object()) return fail(path, "must be an object");
    const bool failed_before = std::exchange(failed_, false);
    bool tag_failed = false;
    for (const FieldShape& field : shape.fields) {
      const bool failed_so_far = std::exchange(failed_, false);
      read_field(field, into, value, path);
      if (field.name == shape.tag) tag_failed = failed_;
      failed_ = failed_ || failed_so_far;
    }
    if (unknown_ == Unknown::Refuse) refuse_unknown(shape, value, path);
    if (!tag_failed) {
      check_union(shape, into, [&](std::string_view at, std::string why) { fail_at(path, at, std::move(why)); });
    }
    if (!failed_) check_rules(shape, into, path);
    failed_ = failed_ || failed_before;
  }

  void read_field(const FieldShape& field, void* into, const json& value, const Path& path) {
    const auto found = value.find(field.name);
    if (found != value.end() && !found->is_null()) {
      read(*field.shape, field.options, field.set(into), *found, path.field(field.name));
    } else if (field.options.required) {
      fail(path.field(field.name), "is required");
    }
  }

  void fail_at(const Path& path, std::string_view at, std::string reason) {
    if (at.empty()) return fail(path, std::move(reason));
    fail(path.field(at), std::move(reason));
  }

  void check_rules(const Shape& shape, const void* object, const Path& path) {
    for (const RuleShape& rule : shape.rules) {
      if (!rule.holds(object)) fail_at(path, rule.at, std::string(rule.message));
    }
  }

  void refuse_unknown(const Shape& shape, const json& value, const Path& path) {
    for (const auto& [key, item] : value.items()) {
      if (errors_.size() >= kMaxErrors) return;  // looking for the nearest name costs time
      if (std::ranges::any_of(shape.fields, [&](const FieldShape& f) { return f.name == key; })) continue;
      const std::string_view near = key.size() <= 64 ? nearest(key, shape.fields) : std::string_view();
      fail(path.field(key), "is no known field" + (near.empty() ? "" : "; did you mean " + in_quotes(near) + "?"));
    }
  }

  Unknown unknown_;
  std::vector<FieldError>& errors_;
  bool failed_ = false;  ///< Anything in the struct that is being read.
};

}  // namespace

void read_into(const Shape& shape, void* object, const json& value, std::string_view path, Unknown unknown,
               std::vector<FieldError>& errors) {
  Reader(unknown, errors).read(shape, {}, object, value, Path(path));
}

Error to_error(const std::vector<FieldError>& errors) {
  if (errors.empty()) return {Code::Internal, "no error", {}, {}};
  std::string message = errors.front().reason;
  if (errors.size() > 1) {
    message += " (and " + std::to_string(errors.size() - 1) + (errors.size() == 2 ? " more error)" : " more errors)");
  }
  return {Code::InvalidSpec, std::move(message), errors.front().path, {}};
}

}  // namespace sallyport::schema
