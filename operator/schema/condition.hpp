// SPDX-License-Identifier: Apache-2.0
// metav1.Condition, the one shape in which Kubernetes objects report how they are; `kubectl wait`, kstatus, Flux and
// Argo CD read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/schema/field.hpp"

namespace sallyport::schema {

enum class ConditionStatus { True, False, Unknown };

[[nodiscard]] std::string_view to_string(ConditionStatus status);

struct Condition {
  std::string type;  ///< An adjective or past participle in CamelCase: `Ready`, `RouteProgrammed`.
  ConditionStatus status = ConditionStatus::Unknown;
  std::int64_t observed_generation = 0;  ///< `metadata.generation` of the spec that this speaks about.
  std::string last_transition_time;      ///< RFC 3339; when `status` last changed, not when the message did.
  std::string reason;                    ///< CamelCase, never empty; people and scripts rely on it.
  std::string message;                   ///< For a person: what is wrong and what to do.
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// For a status' table: `field("conditions", &Status::conditions, schema::kConditionsDoc, schema::kConditionsOptions)`.
inline constexpr std::string_view kConditionsDoc = "How the object is, one condition a type.";
inline constexpr Options kConditionsOptions{.max_items = 32, .list = ListType::Map, .keys = {"type"}};

/// The condition of this type, or nullptr. Points into `conditions`.
[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type);

/// Puts `condition` in the place of the one of its type, or at the end. Its `last_transition_time` is ignored: it is
/// `now` if the status is new or another one than before, and stays as it was otherwise. The message is made one line
/// and cut at what the API server takes. Returns whether anything changed, so that status is written only then.
bool set_condition(std::vector<Condition>& conditions, Condition condition, SystemTime now);

/// For conditions that are there only while they are true. Returns whether it was there.
bool remove_condition(std::vector<Condition>& conditions, std::string_view type);

}  // namespace sallyport::schema

template <>
struct sallyport::schema::Names<sallyport::schema::ConditionStatus> {
  static constexpr std::array values = {named(ConditionStatus::True, "True"), named(ConditionStatus::False, "False"),
                                        named(ConditionStatus::Unknown, "Unknown")};
};

/// Bounds as in Kubernetes' own types.go (k8s.io/apimachinery/pkg/apis/meta/v1, Condition).
template <>
struct sallyport::schema::Describe<sallyport::schema::Condition> {
  static constexpr std::string_view doc = "One thing that is known, or not yet known, about the object.";
  static constexpr auto fields =
      std::tuple{field("type", &Condition::type, "What this is about.",
                       {.required = true,
                        .min_length = 1,
                        .max_length = 316,
                        .pattern = "^[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$",
                        .pattern_says = "a condition type such as Ready",
                        .example = "Ready"}),
                 field("status", &Condition::status, "Whether it is so.", {.required = true}),
                 field("observedGeneration", &Condition::observed_generation,
                       "The metadata.generation that this speaks about; older than the object's: not yet looked at.",
                       {.minimum = 0}),
                 field("lastTransitionTime", &Condition::last_transition_time, "When the status last changed.",
                       {.required = true, .max_length = 64, .format = "date-time", .example = "2026-01-31T10:20:30Z"}),
                 field("reason", &Condition::reason, "Why, in one CamelCase word.",
                       {.required = true,
                        .min_length = 1,
                        .max_length = 1024,
                        .pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                        .pattern_says = "one CamelCase word",
                        .example = "AsExpected"}),
                 field("message", &Condition::message, "Why, for a person, and what to do about it.",
                       {.required = true, .max_length = 32768})};
};
