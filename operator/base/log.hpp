// SPDX-License-Identifier: Apache-2.0
// Structured logging: a message and fields. The fence around spdlog: no spdlog type leaves log.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sallyport::log {

enum class Level { Debug, Info, Warning, Error };
enum class Format { Json, Text };  ///< Json: one object a line, for machines. Text: for people at a terminal.

/// A key and its text. Secrets do not convert to it.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <class N>
    requires(std::is_integral_v<N> || std::is_floating_point_v<N>)
  Field(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
  std::string key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

/// Call once, first thing in main. Lines go to stderr: stdout belongs to a command's result and to the audit trail.
void start(Level level, Format format);

void write(Level level, std::string_view message, Fields fields);
inline void debug(std::string_view message, Fields fields = {}) {
  write(Level::Debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
  write(Level::Info, message, fields);
}
inline void warning(std::string_view message, Fields fields = {}) {
  write(Level::Warning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
  write(Level::Error, message, fields);
}

}  // namespace sallyport::log
