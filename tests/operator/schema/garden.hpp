// SPDX-License-Identifier: Apache-2.0
// A kind that uses every option and every member type once, for the tests of this folder.
#pragma once

#include "operator/schema/condition.hpp"
#include "operator/schema/field.hpp"

namespace sallyport::garden {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

enum class Soil { Clay, Sand, Water, Rock };

struct Bed {
  std::string shape{};
  int rows = 3;
};

struct Pond {
  int depth = 1;
};

struct Plant {
  std::string kind{};
  std::string name{};
  milliseconds watering = hours(1);
  std::optional<double> weight{};
};

struct Opening {
  milliseconds from = hours(8);
  milliseconds until = hours(18);
};

struct Choice {
  std::optional<Bed> left{};
  std::optional<Pond> right{};
};

struct Garden {
  std::string title{};
  Soil soil = Soil::Rock;
  std::optional<Bed> bed{};
  std::optional<Pond> pond{};
  bool open = true;
  int visitors = 5;
  std::int64_t budget = 0;
  double price = 1.5;
  milliseconds pause = minutes(5);
  std::vector<std::string> tags{"green"};
  std::vector<std::string> path{};
  std::vector<int> sizes{};
  std::vector<Soil> soils{};
  std::vector<milliseconds> bells{};
  std::vector<Plant> plants{};
  std::vector<Bed> beds{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, Bed> rooms{};
  std::optional<std::string> note{};
  Opening opening{.from = hours(9)};
  std::vector<std::string> networks{};
  std::optional<Choice> choice{};
  std::string in{};
};

struct GardenStatus {
  std::int64_t observed_generation = 0;
  std::string seen{};
  int guests = 0;
  std::string badge{};
  std::vector<schema::Condition> conditions{};
};

/// No part of the garden: what it keeps must be required.
struct Tour {
  std::vector<std::string> stops{};
};

struct Kind {
  using Spec = Garden;
  using Status = GardenStatus;
};

}  // namespace sallyport::garden

namespace sallyport::schema {

template <>
struct Names<garden::Soil> {
  static constexpr std::array values = {named(garden::Soil::Clay, "Clay", "Heavy."), named(garden::Soil::Sand, "Sand"),
                                        named(garden::Soil::Water, "Water"), named(garden::Soil::Rock, "Rock")};
};

template <>
struct Describe<garden::Bed> {
  static constexpr std::string_view doc = "A bed.";
  static constexpr auto fields =
      std::tuple{field("shape", &garden::Bed::shape, "Its shape.", {.required = true, .max_length = 10}),
                 field("rows", &garden::Bed::rows, "Rows of plants.", {.minimum = 1, .maximum = 9})};
};

template <>
struct Describe<garden::Pond> {
  static constexpr std::string_view doc = "A pond.";
  static constexpr auto fields =
      std::tuple{field("depth", &garden::Pond::depth, "In metres.", {.minimum = 1, .immutable = true})};
};

template <>
struct Describe<garden::Plant> {
  static constexpr std::string_view doc = "A plant.";
  static constexpr auto fields =
      std::tuple{field("kind", &garden::Plant::kind, "Its kind.", {.required = true, .max_length = 20}),
                 field("name", &garden::Plant::name, "Its name.", {.required = true, .min_length = 1}),
                 field("watering", &garden::Plant::watering, "How often.", {.at_least = garden::seconds(1)}),
                 field("weight", &garden::Plant::weight, "In kilograms.", {.immutable = true})};
};

template <>
struct Describe<garden::Opening> {
  static constexpr std::string_view doc = "When it is open.";
  static constexpr auto fields =
      std::tuple{field("from", &garden::Opening::from, "Opens."), field("until", &garden::Opening::until, "Closes.")};
  static constexpr auto rules = std::tuple{rule<garden::Opening>(
      "duration(has(self.from) ? self.from : '9h') < duration(has(self.until) ? self.until : '18h')",
      "must be after from", "until", [](const garden::Opening& o) { return o.from < o.until; })};
};

template <>
struct Describe<garden::Choice> {
  static constexpr std::string_view doc = "One of two.";
  static constexpr auto fields =
      std::tuple{field("left", &garden::Choice::left, "A bed."), field("right", &garden::Choice::right, "A pond.")};
  static constexpr auto one_of = exactly_one("left", "right");
};

template <>
struct Describe<garden::Garden> {
  using G = garden::Garden;
  static constexpr std::string_view doc = "A garden.";
  static constexpr auto fields =
      std::tuple{field("title", &G::title, "What it is called.",
                       {.required = true,
                        .min_length = 2,
                        .max_length = 20,
                        .pattern = "^[A-Za-z ]*$",
                        .pattern_says = "letters and spaces",
                        .immutable = true,
                        .effect = "sign:title",
                        .example = "Rose garden"}),
                 field("soil", &G::soil, "What it stands on."),
                 field("bed", &G::bed, "The bed."),
                 field("pond", &G::pond, "The pond."),
                 field("open", &G::open, "Whether people may enter."),
                 field("visitors", &G::visitors, "At most so many.", {.minimum = 0, .maximum = 100}),
                 field("budget", &G::budget, "In cents."),
                 field("price", &G::price, "In euros.", {.minimum = 0.5, .maximum = 99.5}),
                 field("pause", &G::pause, "For lunch.", {.at_least = garden::seconds(1), .at_most = garden::hours(1)}),
                 field("tags", &G::tags, "Words.",
                       {.max_items = 3,
                        .example = "green",
                        .item_max_length = 8,
                        .item_pattern = "^[a-z]{1,8}$",
                        .item_pattern_says = "lower-case letters"}),
                 field("path", &G::path, "Stations in order.", {.list = ListType::Atomic}),
                 field("sizes", &G::sizes, "Numbers.", {.minimum = 1, .maximum = 9}),
                 field("soils", &G::soils, "Kinds of soil.", {.list = ListType::Set}),
                 field("bells", &G::bells, "When bells ring.", {.at_most = garden::hours(1)}),
                 field("plants", &G::plants, "What grows.",
                       {.min_items = 1, .max_items = 2, .list = ListType::Map, .keys = {"kind", "name"}}),
                 field("beds", &G::beds, "More beds."),
                 field("labels", &G::labels, "Signs.", {.max_items = 2, .example = "colour=red", .item_max_length = 5}),
                 field("rooms", &G::rooms, "Beds by name."),
                 field("note", &G::note, "Anything.", {.immutable = true, .default_text = "the title"}),
                 field("opening", &G::opening, "When it is open."),
                 field("networks", &G::networks, "Who may come.", {.format = "cidr"}),
                 field("choice", &G::choice, "Left or right."),
                 field("in", &G::in, "A word that CEL reserves.", {.immutable = true})};
  static constexpr auto rules =
      std::tuple{rule<G>("!(has(self.budget) && self.budget < 0) || !has(self.open) || !self.open",
                         "must be false without money", "open", [](const G& g) { return g.budget >= 0 || !g.open; }),
                 rule<G>("!has(self.price) || self.price != 13.0", "must not cost 13", "",
                         [](const G& g) { return g.price != 13; })};
  static constexpr auto one_of = union_on(
      "soil", std::array{arm("Clay", "bed"), arm("Sand", "bed"), optional_arm("Water", "pond"), arm("Rock", "")});
};

template <>
struct Describe<garden::Tour> {
  static constexpr std::string_view doc = "A way through gardens.";
  static constexpr auto fields =
      std::tuple{field("stops", &garden::Tour::stops, "Where people stop.",
                       {.required = true, .min_items = 1, .max_items = 3, .list = ListType::Set, .keeps_one = true})};
};

template <>
struct Describe<garden::GardenStatus> {
  using S = garden::GardenStatus;
  static constexpr std::string_view doc = "How the garden is.";
  static constexpr auto fields = std::tuple{
      field("observedGeneration", &S::observed_generation, "The generation last seen."),
      field("seen", &S::seen, "When it was last seen.", {.format = "date-time"}),
      field("guests", &S::guests, "People in it."), field("badge", &S::badge, "A picture.", {.format = "byte"}),
      field("conditions", &S::conditions, kConditionsDoc, kConditionsOptions)};
};

template <>
struct Kind<garden::Kind> {
  static constexpr KindName name{.group = "example.dev",
                                 .version = "v1alpha1",
                                 .kind = "Garden",
                                 .plural = "gardens",
                                 .singular = "garden",
                                 .short_name = "gd",
                                 .scope = Scope::Namespaced,
                                 .doc = "A place to walk."};
  static constexpr std::array columns = {
      column("Title", ".spec.title"),      column("Open", ".spec.open"),
      column("Price", ".spec.price"),      wide_column("Guests", ".status.guests"),
      wide_column("Seen", ".status.seen"), column("Ready", ".status.conditions[?(@.type==\"Ready\")].status")};
};

}  // namespace sallyport::schema
