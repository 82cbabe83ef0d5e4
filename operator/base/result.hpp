// SPDX-License-Identifier: Apache-2.0
// A value or an Error. Failures travel as values; exceptions end inside the .cpp that touches a throwing library.
#pragma once

#include <exception>
#include <expected>
#include <type_traits>
#include <utility>

#include "operator/base/error.hpp"

namespace sallyport {

/// std::expected of g++ 12 is not [[nodiscard]] as a class and has no monadic members; this is, and TRY is its `?`.
template <class T>
struct [[nodiscard]] Result : std::expected<T, Error> {
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
  Result(std::unexpected<Error> error) : std::expected<T, Error>(std::move(error)) {}
  /// Spelled out: std::expected's comparison with "a value of any type" would take a Result for such a value, for ever.
  friend bool operator==(const Result& a, const Result& b) {
    return static_cast<const std::expected<T, Error>&>(a) == static_cast<const std::expected<T, Error>&>(b);
  }
};

template <>
struct [[nodiscard]] Result<void> : std::expected<void, Error> {
  using std::expected<void, Error>::expected;
  Result(Error error) : std::expected<void, Error>(std::unexpect, std::move(error)) {}
  Result(std::unexpected<Error> error) : std::expected<void, Error>(std::move(error)) {}
};

/// Runs code that may throw (json, yaml-cpp, cpprest, OpenSSL wrappers) and ends the exception here.
/// `f` returns T or Result<T>.
template <class F>
auto guard(Code code, std::string_view doing, F&& f) {
  using Raw = std::invoke_result_t<F>;
  constexpr bool wrapped = requires(Raw raw) { raw.error(); };
  using Wrapped = typename std::conditional_t<wrapped, std::type_identity<Raw>, std::type_identity<Result<Raw>>>::type;
  try {
    if constexpr (std::is_void_v<Raw>) {
      std::forward<F>(f)();
      return Wrapped{};
    } else {
      return Wrapped{std::forward<F>(f)()};
    }
  } catch (const std::exception& e) {
    return Wrapped{Error{code, std::string(doing) + ": " + e.what(), {}, {}}};
  }
}

namespace detail {
template <class T>
T take(Result<T>& result) {
  return std::move(*result);
}
inline void take(Result<void>&) {}
}  // namespace detail

}  // namespace sallyport

/// `auto spec = TRY(read(json));`, `TRY(save(x));`: hands the value on, or returns the error from the calling function.
#define TRY(...) SALLYPORT_TRY_(__COUNTER__, __VA_ARGS__)
#define SALLYPORT_TRY_(n, ...) SALLYPORT_TRY__(n, __VA_ARGS__)
#define SALLYPORT_TRY__(n, ...)                                                      \
  __extension__({                                                                    \
    auto sallyport_try_##n = (__VA_ARGS__);                                          \
    if (!sallyport_try_##n.has_value()) return std::move(sallyport_try_##n).error(); \
    ::sallyport::detail::take(sallyport_try_##n);                                    \
  })
