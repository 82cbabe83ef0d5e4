// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/schema.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <memory>
#include <regex>

#include "operator/base/text.hpp"

namespace sallyport::simulators::bigip {

namespace {

/// std::regex recurses once a character; longer texts than this have no business where a pattern is used.
constexpr std::size_t kLongestForRegex = 4096;

Fault fault(const std::string& path, const std::string& message) {
  return path + ": " + message;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hostname(const std::string& value) {
  if (value.empty() || value.size() > 253) return false;  // also keeps the regular expression's recursion short
  static const std::regex kLabels(
      R"(^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-0-9a-z]{0,61}[0-9a-z])?)*$)",
      std::regex::icase | std::regex::optimize);
  return std::regex_match(value, kLabels);
}

bool is_f5_bigip(const std::string& value) {
  if (value.size() < 2 || value.front() != '/') return false;
  return std::ranges::none_of(value.substr(1), [](unsigned char c) {
    return c <= 0x19 || c == 0x7f || std::string_view("\"#'*<>?[\\]{|}").contains(static_cast<char>(c));
  });
}

bool has_format(const std::string& name, const std::string& value) {
  if (name == "f5ip") return is_f5_ip(value);
  if (name == "f5bigip") return is_f5_bigip(value);
  if (name == "hostname") return is_hostname(value);
  return value.find("://") != std::string::npos;  // uri
}

}  // namespace

bool is_f5_ip(std::string_view text) {
  if (text.empty()) return true;
  std::string address(text);
  std::optional<std::string> length;
  if (const std::size_t slash = address.find('/'); slash != std::string::npos) {
    length = address.substr(slash + 1);
    address.resize(slash);
  }
  if (const std::size_t percent = address.find('%'); percent != std::string::npos) {
    const std::string domain = address.substr(percent + 1);
    if (!all_digits(domain) || domain.size() > 5 || std::stoi(domain) > 65535) return false;
    address.resize(percent);
  }
  unsigned char bytes[16];
  const bool four = inet_pton(AF_INET, address.c_str(), bytes) == 1;
  if (!four && inet_pton(AF_INET6, address.c_str(), bytes) != 1) return false;
  return !length || (all_digits(*length) && length->size() <= 3 && std::stoi(*length) <= (four ? 32 : 128));
}

std::vector<Property> joined(std::vector<Property> first, const std::vector<Property>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Check any() {
  return [](const Json&, const std::string&, Notes&) -> Fault { return {}; };
}

Check boolean() {
  return [](const Json& value, const std::string& path, Notes&) -> Fault {
    return value.is_boolean() ? Fault{} : fault(path, "should be boolean");
  };
}

Check text() {
  return [](const Json& value, const std::string& path, Notes&) -> Fault {
    return value.is_string() ? Fault{} : fault(path, "should be string");
  };
}

Check integer(std::int64_t minimum, std::int64_t maximum) {
  return [=](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_number_integer()) return fault(path, "should be integer");
    const auto number = value.get<std::int64_t>();
    if (number > maximum) return fault(path, "should be <= " + std::to_string(maximum));
    if (number < minimum) return fault(path, "should be >= " + std::to_string(minimum));
    return {};
  };
}

Check constant(std::string wanted) {
  return [wanted = std::move(wanted)](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    return value == wanted ? Fault{} : fault(path, "should be equal to constant " + Json(wanted).dump());
  };
}

Check one_of(std::vector<std::string> values) {
  return [values = std::move(values)](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    if (std::ranges::find(values, value.get<std::string>()) != values.end()) return {};
    return fault(path, "should be equal to one of the allowed values " + Json(values).dump());
  };
}

Check pattern(std::string expression, std::size_t minimum, std::size_t maximum) {
  const auto compiled = std::make_shared<const std::regex>(expression, std::regex::ECMAScript | std::regex::optimize);
  return [=, expression = std::move(expression)](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    const auto string = value.get<std::string>();
    const auto characters = static_cast<std::size_t>(
        std::ranges::count_if(string, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
    if (characters > maximum)
      return fault(path, "should NOT be longer than " + std::to_string(maximum) + " characters");
    if (characters < minimum)
      return fault(path, "should NOT be shorter than " + std::to_string(minimum) + " characters");
    if (string.size() < kLongestForRegex && std::regex_search(string, *compiled)) return {};
    return fault(path, "data " + value.dump() + " should match pattern \"" + expression + "\"");
  };
}

Check long_pattern(std::string expression, bool (*fits)(std::string_view)) {
  return [expression = std::move(expression), fits](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    if (fits(value.get_ref<const std::string&>())) return {};
    return fault(path, "data " + value.dump() + " should match pattern \"" + expression + "\"");
  };
}

Check base64_text() {
  static const auto fits = [](std::string_view text) {
    const std::size_t end = text.find_last_not_of('=');
    const std::string_view body = end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
    if (text.size() - body.size() > 2 || (body.empty() && !text.empty())) return false;
    return std::ranges::all_of(body, [](unsigned char c) {
      return std::isalnum(c) != 0 || std::string_view("/+_-").contains(static_cast<char>(c));
    });
  };
  return long_pattern(R"(^([0-9A-Za-z/+_-]*|[0-9A-Za-z/+_-]+={1,2})$)", fits);
}

Check format(std::string name) {
  return [name = std::move(name)](const Json& value, const std::string& path, Notes&) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    return has_format(name, value.get<std::string>()) ? Fault{} : fault(path, "should match format \"" + name + "\"");
  };
}

Check list(Check item, std::size_t minimum, std::size_t maximum) {
  return [=, item = std::move(item)](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_array()) return fault(path, "should be array");
    if (value.size() > maximum) return fault(path, "should NOT have more than " + std::to_string(maximum) + " items");
    if (value.size() < minimum) return fault(path, "should NOT have fewer than " + std::to_string(minimum) + " items");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (auto found = item(value[i], path + "/" + std::to_string(i), notes)) return found;
    }
    return {};
  };
}

Check either(std::vector<Check> alternatives) {
  return [alternatives = std::move(alternatives)](const Json& value, const std::string& path, Notes& notes) -> Fault {
    Fault first;
    for (const Check& alternative : alternatives) {
      Notes attempt = notes;
      auto found = alternative(value, path, attempt);
      if (!found) {
        notes = std::move(attempt);
        return {};
      }
      if (!first) first = std::move(found);
    }
    return first;
  };
}

Check when_text(Check then, Check otherwise) {
  return [=](const Json& value, const std::string& path, Notes& notes) {
    return value.is_string() ? then(value, path, notes) : otherwise(value, path, notes);
  };
}

Check when_list(Check then, Check otherwise) {
  return [=](const Json& value, const std::string& path, Notes& notes) {
    return value.is_array() ? then(value, path, notes) : otherwise(value, path, notes);
  };
}

Check both(std::vector<Check> checks) {
  return [checks = std::move(checks)](const Json& value, const std::string& path, Notes& notes) -> Fault {
    for (const Check& check : checks) {
      if (auto found = check(value, path, notes)) return found;
    }
    return {};
  };
}

Check object(std::vector<Property> properties, Others others, std::vector<std::string> required) {
  return [=, properties = std::move(properties), required = std::move(required)](
             const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_object()) return fault(path, "should be object");
    for (const std::string& name : required) {
      if (!value.contains(name)) return fault(path, "should have required property '" + name + "'");
    }
    if (others == Others::Refused) {
      for (const auto& [name, ignored] : value.items()) {
        const auto known = [&name = name](const Property& property) { return property.name == name; };
        if (std::ranges::none_of(properties, known)) return fault(path, "should NOT have additional properties");
      }
    }
    for (const Property& property : properties) {
      const auto found = value.find(property.name);
      if (found == value.end()) continue;
      if (auto wrong = property.check(*found, path + "/" + property.name, notes)) return wrong;
    }
    return {};
  };
}

Check pointer(std::vector<std::string> classes) {
  return [classes = std::move(classes)](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_string()) return fault(path, "should be string");
    if (value.get_ref<const std::string&>().empty()) return fault(path, "should NOT be shorter than 1 characters");
    notes.pointers.push_back({path, value.get<std::string>(), classes});
    return {};
  };
}

Check on_device(std::string kinds) {
  const Check name = format("f5bigip");
  return [=, kinds = std::move(kinds)](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_object()) return fault(path, "should be object");
    if (!value.contains("bigip")) return fault(path, "should have required property 'bigip'");
    if (value.size() > 1) return fault(path, "should NOT have additional properties");
    if (auto found = name(value["bigip"], path + "/bigip", notes)) return found;
    notes.devices.push_back({path, value["bigip"].get<std::string>(), kinds});
    return {};
  };
}

Check reference(std::string cls, std::string kinds) {
  const Check use = pointer({std::move(cls)});
  const Check device = on_device(std::move(kinds));
  return [=](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_object()) return fault(path, "should be object");
    if (value.size() > 1) return fault(path, "should NOT have more than 1 properties");
    if (value.empty()) return fault(path, "should NOT have fewer than 1 properties");
    if (value.contains("use")) return use(value["use"], path + "/use", notes);
    if (value.contains("bigip")) return device(value, path, notes);
    return fault(path, "should NOT have additional properties");
  };
}

Check with_module(std::string module, Check check) {
  return [module = std::move(module), check = std::move(check)](const Json& value, const std::string& path,
                                                                Notes& notes) -> Fault {
    notes.modules.push_back({path, module});
    return check(value, path, notes);
  };
}

Check label() {
  static const Check check = pattern(R"(^[^\x00-\x1f\x22#&*<>?\x5b-\x5d`\x7f]*$)", 0, 64);
  return check;
}

Check remark() {
  static const Check check = pattern(R"(^[^\x00-\x1f\x22\x5c\x7f]*$)", 0, 64);
  return check;
}

Check metadata() {
  static const Check entry = object({{"value", text()}, {"persist", boolean()}}, Others::Refused, {"value"});
  return [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (!value.is_object()) return fault(path, "should be object");
    for (const auto& [name, item] : value.items()) {
      if (auto found = entry(item, path + "/" + name, notes)) return found;
    }
    return {};
  };
}

Check f5_string() {
  static const Check form =
      object({{"text", text()}, {"base64", base64_text()}, {"url", any()}, {"copyFrom", text()}}, Others::Refused);
  return [](const Json& value, const std::string& path, Notes& notes) -> Fault {
    if (value.is_string()) return {};
    if (!value.is_object()) return fault(path, "should be string");
    if (auto found = form(value, path, notes)) return found;
    if (value.size() > 1) return fault(path, "should NOT have more than 1 properties");
    return value.empty() ? fault(path, "should NOT have fewer than 1 properties") : Fault{};
  };
}

}  // namespace sallyport::simulators::bigip
