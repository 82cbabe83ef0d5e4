// SPDX-License-Identifier: Apache-2.0
// Makes a Shape from a field table, while compiling; and refuses to compile where the table is wrong.
#pragma once

#include "operator/schema/shape.hpp"
#include "operator/schema/table_check.hpp"

namespace sallyport::schema::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

template <class M>
struct Inner {
  using Type = M;
};
template <class M>
struct Inner<std::optional<M>> {
  using Type = M;
};

template <class T>
constexpr Shape make_shape();

template <class T>
inline constexpr Shape kShape = make_shape<T>();

template <class T>
using Fields = std::remove_cvref_t<decltype(Describe<T>::fields)>;

template <class T, std::size_t I>
const void* get_field(const void* object) {
  const auto& member = static_cast<const T*>(object)->*std::get<I>(Describe<T>::fields).member;
  if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
    return member ? &*member : nullptr;
  } else {
    return &member;
  }
}

template <class T, std::size_t I>
void* set_field(void* object) {
  auto& member = static_cast<T*>(object)->*std::get<I>(Describe<T>::fields).member;
  if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
    return &member.emplace();
  } else {
    return &member;
  }
}

template <class T, std::size_t I>
constexpr FieldShape make_field() {
  const auto& row = std::get<I>(Describe<T>::fields);
  using Member = std::remove_cvref_t<decltype(std::declval<T&>().*row.member)>;
  return {row.name,         row.doc,         row.options, &kShape<typename Inner<Member>::Type>, is_optional<Member>,
          &get_field<T, I>, &set_field<T, I>};
}

template <class T, std::size_t... I>
constexpr std::array<FieldShape, sizeof...(I)> make_fields(std::index_sequence<I...>) {
  return {make_field<T, I>()...};
}

template <class T>
inline constexpr auto kFields = make_fields<T>(std::make_index_sequence<std::tuple_size_v<Fields<T>>>{});

template <class T, std::size_t I>
bool rule_holds(const void* object) {
  return std::get<I>(Describe<T>::rules).holds(*static_cast<const T*>(object));
}

template <class T, std::size_t... I>
constexpr std::array<RuleShape, sizeof...(I)> make_rules(std::index_sequence<I...>) {
  return {RuleShape{std::get<I>(Describe<T>::rules).cel, std::get<I>(Describe<T>::rules).message,
                    std::get<I>(Describe<T>::rules).at, &rule_holds<T, I>}...};
}

template <class T>
inline constexpr auto kRules = [] {
  if constexpr (requires { Describe<T>::rules; }) {
    return make_rules<T>(
        std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(Describe<T>::rules)>>>{});
  } else {
    return std::array<RuleShape, 0>{};
  }
}();

template <class E>
inline constexpr auto kNames = [] {
  std::array<EnumName, Names<E>::values.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Named<E>& named = Names<E>::values[i];
    names[i] = {static_cast<std::int64_t>(named.value), named.text, named.doc};
  }
  return names;
}();

template <class T>
const void* initial() {
  static const T value{};
  return &value;
}

template <class T>
constexpr Shape make_struct() {
  static_assert(complete<T>, "every member of the struct wants one row in its table");
  Shape shape{.form = Form::Struct, .doc = Describe<T>::doc};
  shape.fields = kFields<T>;
  shape.rules = kRules<T>;
  if constexpr (requires { Describe<T>::one_of; }) {
    shape.tag = Describe<T>::one_of.tag;
    shape.arms = Describe<T>::one_of.arms;
  }
  shape.initial = &initial<T>;
  check_table(shape);
  return shape;
}

template <class T>
constexpr Shape make_enum() {
  Shape shape{.form = Form::Enum, .names = kNames<T>};
  shape.enum_value = [](const void* value) { return static_cast<std::int64_t>(*static_cast<const T*>(value)); };
  shape.set_enum = [](void* value, std::int64_t number) { *static_cast<T*>(value) = static_cast<T>(number); };
  return shape;
}

template <class T>
constexpr Shape make_list() {
  using Element = typename T::value_type;
  static_assert(!std::is_same_v<Element, bool> && !is_list<Element> && !is_map<Element> && !is_optional<Element>,
                "a list is made of text, numbers, durations, enums or structs");
  Shape shape{.form = Form::List, .element = &kShape<Element>};
  shape.clear = [](void* list) { static_cast<T*>(list)->clear(); };
  shape.size = [](const void* list) { return static_cast<const T*>(list)->size(); };
  shape.at = [](const void* list, std::size_t i) -> const void* { return &(*static_cast<const T*>(list))[i]; };
  shape.append = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); };
  return shape;
}

template <class T>
constexpr Shape make_map() {
  using Value = typename T::mapped_type;
  static_assert(!is_list<Value> && !is_map<Value> && !is_optional<Value>, "a map is made of scalars or structs");
  Shape shape{.form = Form::Map, .element = &kShape<Value>};
  shape.clear = [](void* map) { static_cast<T*>(map)->clear(); };
  shape.size = [](const void* map) { return static_cast<const T*>(map)->size(); };
  shape.insert = [](void* map, const std::string& key) -> void* { return &(*static_cast<T*>(map))[key]; };
  shape.entries = [](const void* map) {
    MapEntries entries;
    for (const auto& [key, value] : *static_cast<const T*>(map)) entries.emplace_back(&key, &value);
    return entries;
  };
  return shape;
}

template <class T>
constexpr Shape make_shape() {
  if constexpr (std::is_same_v<T, std::string>) {
    return {.form = Form::Text};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {.form = Form::Boolean};
  } else if constexpr (std::is_same_v<T, int>) {
    return {.form = Form::Integer, .bits = 32};
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return {.form = Form::Integer, .bits = 64};
  } else if constexpr (std::is_same_v<T, double>) {
    return {.form = Form::Number};
  } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
    return {.form = Form::Duration};
  } else if constexpr (is_list<T>) {
    return make_list<T>();
  } else if constexpr (is_map<T>) {
    return make_map<T>();
  } else if constexpr (std::is_enum_v<T>) {
    return make_enum<T>();
  } else {
    static_assert(
        requires { Describe<T>::fields; }, "the struct wants a Describe<>, or the type is not supported");
    return make_struct<T>();
  }
}

template <class K>
constexpr std::span<const Column> columns_of() {
  if constexpr (requires { Kind<K>::columns; }) {
    return Kind<K>::columns;
  } else {
    return {};
  }
}

}  // namespace sallyport::schema::detail

namespace sallyport::schema {

template <class T>
const Shape& shape_of() {
  return detail::kShape<T>;
}

/// For lists of kinds: `std::array{kind_of<api::ProtectedEndpoint>(), kind_of<api::F5Gateway>()}`.
template <class K>
KindShape kind_of() {
  return {Kind<K>::name, detail::columns_of<K>(), &shape_of<typename K::Spec>(), &shape_of<typename K::Status>()};
}

}  // namespace sallyport::schema
