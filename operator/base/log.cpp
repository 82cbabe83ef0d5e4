// SPDX-License-Identifier: Apache-2.0
#include "operator/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "operator/base/clock.hpp"
#include "operator/base/text.hpp"

namespace sallyport::log {
namespace {

std::atomic<Format> format_in_use{Format::Text};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return "info";
}

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("sallyport", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

/// As JSON text, so that a newline cannot forge a second line, and bytes that are not UTF-8 do no harm.
std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_json(Level level, std::string_view message, Fields fields) {
  nlohmann::ordered_json line;
  line["time"] = to_rfc3339_micro(system_clock().now());
  line["level"] = name_of(level);
  line["message"] = message;
  for (const Field& field : fields) {
    // A field never replaces one of ours, or an outside text could make an error look like something else.
    line[line.contains(field.key) ? field.key + "_" : field.key] = field.value;
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_text(Level level, std::string_view message, Fields fields) {
  std::string line = to_rfc3339(system_clock().now());
  line.append(" ").append(name_of(level)).append(" ").append(one_line(message, 4096));
  for (const Field& field : fields)
    line.append(" ").append(one_line(field.key)).append("=").append(json_quoted(field.value));
  return line;
}

}  // namespace

void start(Level level, Format format) {
  format_in_use = format;
  sink().set_level(to_spdlog(level));
}

void write(Level level, std::string_view message, Fields fields) {
  spdlog::logger& logger = sink();
  if (!logger.should_log(to_spdlog(level))) return;
  const std::string line =
      format_in_use == Format::Json ? as_json(level, message, fields) : as_text(level, message, fields);
  logger.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace sallyport::log
