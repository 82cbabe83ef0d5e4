// SPDX-License-Identifier: Apache-2.0
// Pieces that several kinds share.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "operator/schema/condition.hpp"
#include "operator/schema/field.hpp"
#include "reconcilers/api/v1alpha1/patterns.hpp"

namespace sallyport::api {

/// Refers to a cluster-scoped connection by name.
struct ConnectionRef {
  std::string name;
};

/// Which namespaces an `allow` entry speaks of. Everything given must match; nothing given matches nobody.
struct NamespaceSelector {
  std::map<std::string, std::string> match_labels;
  std::vector<std::string> match_names;
};

enum class DeletionPolicy { Delete, Orphan };
enum class Management { Enforce, UpsertOnly, Observe };

}  // namespace sallyport::api

namespace sallyport::schema {

template <>
struct Describe<api::ConnectionRef> {
  static constexpr std::string_view doc = "A cluster-scoped connection.";
  static constexpr auto fields = std::tuple{field("name", &api::ConnectionRef::name, "Its name.",
                                                  {.required = true,
                                                   .max_length = 253,
                                                   .pattern = api::kObjectName,
                                                   .pattern_says = api::kObjectNameSays,
                                                   .effect = "status.placements[].connection",
                                                   .example = "main"})};
};

template <>
struct Describe<api::NamespaceSelector> {
  static constexpr std::string_view doc =
      "Namespaces by label and by name; everything given must match, and an empty selector matches nobody.";
  static constexpr auto fields = std::tuple{
      field("matchLabels", &api::NamespaceSelector::match_labels, "Labels that the namespace must carry.",
            {.max_items = 16,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "ml-edge=true",
             .item_max_length = 63}),
      field("matchNames", &api::NamespaceSelector::match_names, "Names, of which the namespace must have one.",
            {.max_items = 256,
             .list = ListType::Set,
             .effect = "status.conditions[Accepted] of the endpoints",
             .example = "risk",
             .item_max_length = 63,
             .item_pattern = api::kObjectName,
             .item_pattern_says = api::kObjectNameSays})};
};

template <>
struct Names<api::DeletionPolicy> {
  static constexpr std::array values = {
      named(api::DeletionPolicy::Delete, "Delete", "Everything made outside is taken away with the object."),
      named(api::DeletionPolicy::Orphan, "Orphan", "What was made outside stays, if every connection allows it.")};
};

template <>
struct Names<api::Management> {
  static constexpr std::array values = {
      named(api::Management::Enforce, "Enforce", "Make, repair and remove."),
      named(api::Management::UpsertOnly, "UpsertOnly", "Make and repair; remove nothing while the object exists."),
      named(api::Management::Observe, "Observe", "Write nothing outside; report the differences.")};
};

}  // namespace sallyport::schema
