// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/validate.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "e2e/simulators/bigip/pointer.hpp"
#include "e2e/simulators/bigip/schema_classes.hpp"

namespace sallyport::simulators::bigip {

namespace {

constexpr const char* kVersionPattern = R"(^3[.]([0-9]|[1234][0-9]|5[0-6])($|[.][0-9]+$))";
constexpr const char* kTenantPattern = R"(^[A-Za-z][0-9A-Za-z_.-]*$)";
constexpr const char* kApplicationPattern = R"(^[A-Za-z]([0-9A-Za-z_.-]{0,188}[0-9A-Za-z_.])?$)";
constexpr std::size_t kLongestName = 190;
constexpr std::size_t kLongestPath = 255;

bool matches(const std::string& name, const char* expression) {
  // Hand-written, because a bounded repeat of 188 is costly in std::regex; both patterns share their alphabet.
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
  };
  if (name.empty() || std::isalpha(static_cast<unsigned char>(name.front())) == 0) return false;
  if (!std::ranges::all_of(name, allowed)) return false;
  return expression == kTenantPattern || (name.back() != '-' && name.size() <= kLongestName);
}

Fault check_name(const std::string& parent, const std::string& name, const char* expression) {
  if (name.size() > kLongestName) return parent + ": should NOT be longer than 190 characters";
  if (matches(name, expression)) return {};
  return parent + ": propertyName " + Json(name).dump() + " should match pattern \"" + expression + "\"";
}

const Check& controls() {
  static const Check check =
      object({{"class", constant("Controls")},
              {"archiveId", any()},
              {"archiveTimestamp", text()},
              {"dryRun", boolean()},
              {"fortune", boolean()},
              {"logLevel", one_of({"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"})},
              {"trace", boolean()},
              {"traceResponse", boolean()},
              {"userAgent", text()}},
             Others::Refused);
  return check;
}

Fault check_item(const Json& value, const std::string& path, Notes& notes) {
  if (!value.is_object()) return path + ": should be object";
  if (!value.contains("class")) return path + ": should have required property 'class'";
  const Json& cls = value["class"];
  if (!cls.is_string()) return path + "/class: should be string";
  const auto name = cls.get<std::string>();
  if (std::ranges::find(known_classes(), name) == known_classes().end()) {
    return path + "/class: should be equal to one of the allowed values " + Json(known_classes()).dump();
  }
  const Check* check = find_class(name);
  if (check == nullptr) return path + ": class " + name + " is not simulated";
  return (*check)(value, path, notes);
}

Fault check_application(const Json& value, const std::string& path, Notes& notes) {
  static const std::vector<Property> kOwn{
      {"class", constant("Application")},          {"label", label()},    {"remark", remark()},
      {"template", one_of({"generic", "shared"})}, {"enable", boolean()}, {"constants", any()}};
  if (!value.is_object()) return path + ": should be object";
  if (!value.contains("class")) return path + ": should have required property 'class'";
  if (path.ends_with("/Shared") && std::ranges::count(path, '/') == 2) {
    if (!value.contains("template")) return path + ": should have required property 'template'";
    if (text_of(value, "template") != "shared") return path + "/template: should be equal to constant \"shared\"";
  }
  for (const auto& [name, ignored] : value.items()) {
    if (auto found = check_name(path, name, kApplicationPattern)) return found;
  }
  const auto own = [](const std::string& name) {
    return std::ranges::any_of(kOwn, [&](const Property& property) { return property.name == name; });
  };
  for (const auto& [name, member_value] : value.items()) {
    if (own(name)) continue;
    if (auto found = check_item(member_value, path + "/" + name, notes)) return found;
  }
  for (const Property& property : kOwn) {
    if (!value.contains(property.name)) continue;
    if (auto found = property.check(value[property.name], path + "/" + property.name, notes)) return found;
  }
  return {};
}

Fault check_tenant(const Json& value, const std::string& path, Notes& notes) {
  static const std::vector<Property> kOwn{{"class", constant("Tenant")},
                                          {"label", label()},
                                          {"remark", remark()},
                                          {"verifiers", any()},
                                          {"enable", boolean()},
                                          {"defaultRouteDomain", integer(0, 65535)},
                                          {"useCommonRouteDomainTenant", boolean()},
                                          {"Shared", check_application},
                                          {"constants", any()},
                                          {"controls", controls()},
                                          {"optimisticLockKey", pattern("", 0, 128)}};
  if (!value.is_object()) return path + ": should be object";
  if (!value.contains("class")) return path + ": should have required property 'class'";
  for (const auto& [name, ignored] : value.items()) {
    if (auto found = check_name(path, name, kTenantPattern)) return found;
  }
  const auto own = [](const std::string& name) {
    return std::ranges::any_of(kOwn, [&](const Property& property) { return property.name == name; });
  };
  for (const auto& [name, member_value] : value.items()) {
    if (own(name)) continue;
    if (auto found = check_application(member_value, path + "/" + name, notes)) return found;
  }
  for (const Property& property : kOwn) {
    if (!value.contains(property.name)) continue;
    if (auto found = property.check(value[property.name], path + "/" + property.name, notes)) return found;
  }
  return {};
}

Fault check_adc(const Json& adc, Notes& notes) {
  static const std::vector<Property> kOwn{{"class", constant("ADC")},
                                          {"$schema", text()},
                                          {"updateMode", one_of({"complete", "selective"})},
                                          {"schemaVersion", pattern(kVersionPattern, 0, kAnyLength)},
                                          {"id", pattern(R"(^[^\x00-\x20\x22'<>\x5c^`|\x7f]*$)", 0, 255)},
                                          {"label", label()},
                                          {"remark", remark()},
                                          {"target", any()},
                                          {"constants", any()},
                                          {"controls", controls()},
                                          {"scratch", text()}};
  for (const char* required : {"class", "schemaVersion"}) {
    if (!adc.contains(required)) return std::string(": should have required property '") + required + "'";
  }
  const auto own = [](const std::string& name) {
    return std::ranges::any_of(kOwn, [&](const Property& property) { return property.name == name; });
  };
  for (const auto& [name, ignored] : adc.items()) {
    if (own(name)) continue;
    if (auto found = check_name("", name, kTenantPattern)) return found;
  }
  for (const auto& [name, value] : adc.items()) {
    if (own(name)) continue;
    if (name == "Common") return "/Common: tenant Common is not simulated";
    if (auto found = check_tenant(value, "/" + name, notes)) return found;
  }
  for (const Property& property : kOwn) {
    if (!adc.contains(property.name)) continue;
    if (auto found = property.check(adc[property.name], "/" + property.name, notes)) return found;
  }
  return {};
}

/// AS3's hasDuplicate: any array under this name, anywhere.
bool has_duplicate(const Json& value, const std::string& name) {
  if (!value.is_structured()) return false;
  for (const auto& [key, child] : value.items()) {
    if (value.is_object() && key == name && child.is_array()) {
      for (std::size_t i = 1; i < child.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (child[i] == child[j]) return true;
        }
      }
    }
    if (has_duplicate(child, name)) return true;
  }
  return false;
}

std::optional<Refusal> check_duplicates(const Json& adc) {
  static constexpr std::array kNames{"rules",    "doNotProxyHosts",    "members", "certificates", "tcpOptions",
                                     "monitors", "persistenceMethods", "iRules"};
  for (const char* name : kNames) {
    if (has_duplicate(adc, name))
      return Refusal{422, std::string("declaration has duplicate values in ") + name, {}, Refusal::Stage::Later};
  }
  return {};
}

std::optional<Refusal> check_lengths(const Json& adc) {
  for (const std::string& tenant : members_of_class(adc, "Tenant")) {
    for (const std::string& application : members_of_class(adc[tenant], "Application")) {
      for (const auto& [name, ignored] : adc[tenant][application].items()) {
        const std::string path = "/" + tenant + "/" + application + "/" + name;
        if (path.size() <= kLongestPath) continue;
        return Refusal{
            400, "The path " + path + " exceeds the 255 full path character limit", {}, Refusal::Stage::Later};
      }
    }
  }
  return {};
}

std::optional<Refusal> check_notes(const Json& adc, const Notes& notes, const Config& device, const Modules& modules) {
  for (const ModuleNote& note : notes.modules) {
    if (provisioned(modules, note.module)) continue;
    return Refusal{422,
                   "declaration is invalid",
                   {note.path + ": One of these F5 modules needs to be provisioned: " + note.module},
                   Refusal::Stage::Later};
  }
  for (const PointerNote& note : notes.pointers) {
    if (const auto wrong = follow(note, adc))
      return Refusal{422, "declaration is invalid", {note.path + ": " + *wrong}, Refusal::Stage::Later};
  }
  for (const DeviceNote& note : notes.devices) {
    if (has_object(device.objects, note.kinds, note.name)) continue;
    const char* what = note.kinds == "asm policy" ? "Unable to find specified WAF policy " : "Unable to find ";
    return Refusal{422, what + note.name + " for " + note.path, {}, Refusal::Stage::Later};
  }
  return {};
}

}  // namespace

std::optional<Refusal> validate(const Json& adc, const Config& device, const Modules& modules) {
  static const std::regex kId(R"(^[^\x00-\x20"'<>\\^`|\x7f]{0,255}$)");
  if (!member(adc, "id").is_string() || text_of(adc, "id").size() > 255 || !std::regex_match(text_of(adc, "id"), kId)) {
    return Refusal{422, "declaration lacks valid 'id' property", {}, Refusal::Stage::Later};
  }
  Notes notes;
  if (const auto found = check_adc(adc, notes))
    return Refusal{422, "declaration is invalid", {*found}, Refusal::Stage::Schema};
  if (auto refusal = check_lengths(adc)) return refusal;
  if (auto refusal = check_duplicates(adc)) return refusal;
  return check_notes(adc, notes, device, modules);
}

}  // namespace sallyport::simulators::bigip
