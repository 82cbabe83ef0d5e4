// SPDX-License-Identifier: Apache-2.0
// The small language in which the classes of AS3 are written down here: a check per value, an object of named
// properties, and a note for whatever can only be checked against the whole declaration or the device.
// Checks run in the order of ajv 6, which AS3 uses with allErrors off: the first failure is the only one reported.
#pragma once

#include <climits>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "e2e/simulators/json.hpp"

namespace sallyport::simulators::bigip {

/// A pointer into the declaration, to be followed once the whole declaration is known to be well formed.
struct PointerNote {
  std::string path;                  ///< where it stands: "/T/A/vs/pool/use"
  std::string value;                 ///< what it says: "pool", "/T/Shared/pool"
  std::vector<std::string> classes;  ///< what it may point to; empty: anything
};
/// A name of an object on the device: {"bigip": "/Common/x"}.
struct DeviceNote {
  std::string path;   ///< of the object that holds `bigip`: "/T/A/vs/profileAccess"
  std::string name;   ///< "/Common/x"
  std::string kinds;  ///< tmsh components, any of them, comma-separated: "apm profile access"
};
/// A property that needs a provisioned module.
struct ModuleNote {
  std::string path;
  std::string module;  ///< "apm", "asm", ...
};
struct Notes {
  std::vector<PointerNote> pointers;
  std::vector<DeviceNote> devices;
  std::vector<ModuleNote> modules;
};

/// "<path>: <message>", as AS3's formatAjvErr writes it. Empty: well formed.
using Fault = std::optional<std::string>;
/// Checks the value that stands at `path`.
using Check = std::function<Fault(const Json& value, const std::string& path, Notes& notes)>;

struct Property {
  std::string name;
  Check check;
};
/// Both lists, in order: long classes are written down in parts.
[[nodiscard]] std::vector<Property> joined(std::vector<Property> first, const std::vector<Property>& second);
enum class Others { Refused, Accepted };  ///< properties that are not listed ("additionalProperties")

inline constexpr std::int64_t kNoMinimum = INT64_MIN;
inline constexpr std::int64_t kNoMaximum = INT64_MAX;
inline constexpr std::size_t kAnyLength = SIZE_MAX;

[[nodiscard]] Check any();
[[nodiscard]] Check boolean();
[[nodiscard]] Check text();
[[nodiscard]] Check integer(std::int64_t minimum, std::int64_t maximum);
[[nodiscard]] Check constant(std::string value);
[[nodiscard]] Check one_of(std::vector<std::string> values);
[[nodiscard]] Check pattern(std::string expression, std::size_t minimum, std::size_t maximum);
/// As above for texts of any length, which std::regex would match by recursion: `fits` does what `expression` says.
[[nodiscard]] Check long_pattern(std::string expression, bool (*fits)(std::string_view));
[[nodiscard]] Check base64_text();
/// f5ip, f5bigip, hostname, uri.
[[nodiscard]] Check format(std::string name);
[[nodiscard]] Check list(Check item, std::size_t minimum = 0, std::size_t maximum = kAnyLength);
/// The first alternative that fits; if none does, the first one's complaint (ajv's first error of a oneOf).
[[nodiscard]] Check either(std::vector<Check> alternatives);
/// if (type is string) then ... else ...
[[nodiscard]] Check when_text(Check then, Check otherwise);
/// if (type is array) then ... else ...
[[nodiscard]] Check when_list(Check then, Check otherwise);
[[nodiscard]] Check object(std::vector<Property> properties, Others others, std::vector<std::string> required = {});
/// All of them, in order.
[[nodiscard]] Check both(std::vector<Check> checks);

/// Any AS3 pointer text, bare or absolute, to one of `classes`.
[[nodiscard]] Check pointer(std::vector<std::string> classes);
/// {"use": pointer} or {"bigip": "/Common/x"}, exactly one. `kinds` as in DeviceNote.
[[nodiscard]] Check reference(std::string cls, std::string kinds);
/// {"bigip": "/Common/x"} alone.
[[nodiscard]] Check on_device(std::string kinds);
/// `check`, and a module that has to be provisioned.
[[nodiscard]] Check with_module(std::string module, Check check);

[[nodiscard]] Check label();   ///< at most 64 characters
[[nodiscard]] Check remark();  ///< at most 64 characters
[[nodiscard]] Check metadata();
/// F5 string: text, or one of {"text"}, {"base64"}, {"url"}, {"copyFrom"}.
[[nodiscard]] Check f5_string();

[[nodiscard]] bool is_f5_ip(std::string_view text);  ///< IPv4 or IPv6, with optional %route-domain and /length; "" too

}  // namespace sallyport::simulators::bigip
