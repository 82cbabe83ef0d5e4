// SPDX-License-Identifier: Apache-2.0
// The tables of a manifest.
#pragma once

#include "reconcilers/publication/endpoint_table.hpp"
#include "reconcilers/publication/manifest.hpp"

namespace sallyport::schema {

template <>
struct Describe<publication::Entry> {
  static constexpr std::string_view doc = "An endpoint.";
  static constexpr auto fields = std::tuple{
      field("id", &publication::Entry::id, "Names it on the gateway.",
            {.required = true,
             .max_length = 64,
             .pattern = publication::kId,
             .pattern_says = publication::kIdSays,
             .example = "fraud_scoring_0123456789"}),
      field("uid", &publication::Entry::uid, "Of its owner.",
            publication::required(publication::printable(64, "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"))),
      field("generation", &publication::Entry::generation, "Of its owner.", {.required = true, .minimum = 1}),
      field("document", &publication::Entry::document, "Its document.",
            publication::required(publication::kObjectName))};
};

template <>
struct Describe<publication::Manifest> {
  static constexpr std::string_view doc = "What a gateway is to serve.";
  static constexpr auto fields = std::tuple{
      field("instance", &publication::Manifest::instance, "Of the operator.",
            publication::required(publication::printable(63, "k3x8m2qa"))),
      field("gateway", &publication::Manifest::gateway, "Its name.",
            publication::required(publication::printable(253, "edge"))),
      field("serial", &publication::Manifest::serial, "Rises with every signing.", {.required = true, .minimum = 1}),
      field("madeAt", &publication::Manifest::made_at, "When it was signed.",
            {.required = true, .max_length = 40, .format = "date-time", .example = "2026-12-24T18:00:00Z"}),
      field("useUntil", &publication::Manifest::use_until, "When it is too old.",
            {.required = true, .max_length = 40, .format = "date-time", .example = "2026-12-25T18:00:00Z"}),
      field("keys", &publication::Manifest::keys, "By which the next may be signed.",
            {.required = true,
             .min_items = 1,
             .max_items = 8,
             .list = ListType::Set,
             .example = R"({"kty":"OKP"})",
             .item_max_length = 512}),
      field("endpoints", &publication::Manifest::endpoints, "What is served.",
            {.required = true, .max_items = 100000, .list = ListType::Map, .keys = {"id"}})};
};

}  // namespace sallyport::schema
