// SPDX-License-Identifier: Apache-2.0
// How a struct says what it looks like in JSON. One constexpr table per struct is the single source of the reader, the
// writer, the OpenAPI schema with its CEL rules, printer columns and the reference page.
//
//   namespace sallyport::api {
//   struct RateLimit { int requests_per_second = 50; std::optional<int> burst; };
//   }
//   template <> struct sallyport::schema::Describe<sallyport::api::RateLimit> {
//     static constexpr std::string_view doc = "How many requests a client may send.";
//     static constexpr auto fields = std::tuple{
//         field("requestsPerSecond", &api::RateLimit::requests_per_second, "Steady rate per client.",
//               {.required = true, .minimum = 1, .maximum = 100000, .effect = "bigip:vs/rateLimit"}),
//         field("burst", &api::RateLimit::burst, "Requests above it.", {.minimum = 1})};
//     static constexpr auto rules = std::tuple{                                    // optional
//         rule<api::RateLimit>("!has(self.burst) || self.burst >= self.requestsPerSecond",
//                              "must not be below requestsPerSecond", "burst",
//                              [](const api::RateLimit& r) { return !r.burst || *r.burst >= r.requests_per_second; })};
//   };
//
// Members may be std::string, bool, int, std::int64_t, double, an enum with Names<>, std::chrono::milliseconds ("300s",
// "1h30m", "500ms"), a described struct, std::optional of these, std::vector of these, and std::map<std::string,
// these>. Defaults are the member initialisers: code fills them, never the schema, so that GitOps tools see no
// difference.
//
// The tables live in headers and cost little; what is made from them (shape.hpp) is a constant, and the machinery
// behind it is compiled once, in this library. A .cpp that reads or writes includes codec.hpp. To have a kind's tables
// compiled in one place only, put `extern template const schema::Shape& schema::shape_of<RateLimitSpec>();` behind them
// and the same line without `extern` into the kind's .cpp (which includes codec.hpp); nothing breaks without it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "operator/schema/options.hpp"

namespace sallyport::schema {

struct Shape;

/// What the table of T amounts to: a constant. Defined in shape_of.hpp.
template <class T>
const Shape& shape_of();

/// A struct's table: `doc`, `fields`, and if need be `rules` and `one_of`.
template <class T>
struct Describe;

/// An enum's texts: `static constexpr std::array values = {named(Color::Red, "Red", "Like a rose."), ...};`
template <class E>
struct Names;

/// As its table writes it; tables list all values in order.
template <class E>
[[nodiscard]] std::string text_of(E value) {
  return std::string(Names<E>::values.at(static_cast<std::size_t>(value)).text);
}

template <class T, class M>
struct Field {
  std::string_view name;  ///< The JSON key.
  M T::*member;
  std::string_view doc;
  Options options;
};

template <class T, class M>
constexpr Field<T, M> field(std::string_view name, M T::*member, std::string_view doc, Options options = {}) {
  for (auto& key : options.keys) key = std::string_view(key);  // g++ 12 leaves elements that are not named half made
  return {name, member, doc, options};
}

template <class E>
struct Named {
  E value;
  std::string_view text;
  std::string_view doc;
};

template <class E>
constexpr Named<E> named(E value, std::string_view text, std::string_view doc = {}) {
  return {value, text, doc};
}

/// A condition between fields, written twice: as CEL for the API server and as C++ for us. Our reader asks it only when
/// the struct has no other error.
template <class T>
struct Rule {
  std::string_view cel;
  std::string_view message;  ///< Follows the path: "must not be below requestsPerSecond".
  std::string_view at;       ///< The field that the error names, relative and dotted; empty: the struct itself.
  bool (*holds)(const T&);
};

template <class T>
constexpr Rule<T> rule(std::string_view cel, std::string_view message, std::string_view at, bool (*holds)(const T&)) {
  return {cel, message, at, holds};
}

/// What a tag's value asks of its member.
enum class Presence {
  Must,  ///< Set with this tag, and with no other.
  May,   ///< May be set with this tag, and with no other.
};

struct Arm {
  std::string_view tag;
  std::string_view member;  ///< Empty: this tag needs no member.
  Presence presence = Presence::Must;
};

constexpr Arm arm(std::string_view tag, std::string_view member) {
  return {tag, member, Presence::Must};
}
constexpr Arm optional_arm(std::string_view tag, std::string_view member) {
  return {tag, member, Presence::May};
}

/// A tagged union: an enum field and optional members, of which exactly the one that the tag names is set.
/// `static constexpr auto one_of = union_on("type", std::array{arm("BIGIP", "bigip"), arm("NGINX", "nginx")});`
template <std::size_t N>
struct Union {
  std::string_view tag;  ///< Empty: no tag; exactly one member is set.
  std::array<Arm, N> arms;
};

template <std::size_t N>
constexpr Union<N> union_on(std::string_view tag, std::array<Arm, N> arms) {
  return {tag, arms};
}

/// A union without a tag: exactly one of these optional members is set.
/// `static constexpr auto one_of = exactly_one("serving", "app");`
template <class... Name>
constexpr Union<sizeof...(Name)> exactly_one(Name... members) {
  return {{}, {Arm{{}, members, Presence::Must}...}};
}

enum class Scope { Cluster, Namespaced };

struct KindName {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view plural;
  std::string_view singular;
  std::string_view short_name;
  Scope scope = Scope::Namespaced;
  std::string_view doc;
  std::string_view category = "sallyport";  ///< `kubectl get sallyport` lists all kinds.
};

/// A kind of custom resource. `struct Edge { using Spec = EdgeSpec; using Status = EdgeStatus; };` and
///
///   template <> struct sallyport::schema::Kind<sallyport::api::Edge> {
///     static constexpr KindName name{.group = "sallyport.dev", .version = "v1alpha1", .kind = "Edge", ...};
///     static constexpr std::array columns = {column("Host", ".spec.host"), wide_column("Address", ".status.address")};
///   };
template <class K>
struct Kind;

/// A column of `kubectl get`; its type follows from the field. `Age` is added by itself at the end.
struct Column {
  std::string_view name;
  std::string_view json_path;
  int priority = 0;  ///< 0: always; 1: only with `-o wide`.
};

constexpr Column column(std::string_view name, std::string_view json_path) {
  return {name, json_path, 0};
}
constexpr Column wide_column(std::string_view name, std::string_view json_path) {
  return {name, json_path, 1};
}

namespace detail {

/// Stands for a value of any type but Owner's while the members of the aggregate Owner are counted; never made.
template <class Owner>
struct Anything {
  std::size_t index;
  template <class T>
    requires(!std::is_same_v<T, Owner>)
  operator T() const;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{Anything<T>{I}...}; };
}

template <class A, class B>
constexpr bool same_member(A, B) {
  return false;
}
template <class A>
constexpr bool same_member(A a, A b) {
  return a == b;
}

template <class M, class... Row>
constexpr std::size_t count_rows(M member, const Row&... rows) {
  return (std::size_t{same_member(member, rows.member)} + ... + 0);
}

}  // namespace detail

/// Whether each member of T has its row: there are as many members as rows, and no two rows name the same member.
/// Asserted wherever the table is used; a header may assert it earlier: `static_assert(schema::complete<RateLimit>);`
template <class T>
constexpr bool complete = [] {
  constexpr std::size_t rows = std::tuple_size_v<std::remove_cvref_t<decltype(Describe<T>::fields)>>;
  return detail::takes<T>(std::make_index_sequence<rows>{}) &&
         !detail::takes<T>(std::make_index_sequence<rows + 1>{}) &&
         std::apply([](const auto&... row) { return (... && (detail::count_rows(row.member, row...) == 1)); },
                    Describe<T>::fields);
}();

}  // namespace sallyport::schema
