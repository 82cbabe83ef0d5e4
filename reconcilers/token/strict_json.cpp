// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/token/strict_json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace sallyport::token {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

using nlohmann::json;

/// Reads a document without making one, and stops at what is not strict. In time that grows with the text alone: this
/// runs before any signature was checked.
class Reading final : public nlohmann::json_sax<json> {
 public:
  [[nodiscard]] const std::string& objection() const { return objection_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override { return open_.back().insert(name).second || object("has a member twice"); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return object("is not JSON");
  }

 private:
  bool open() {
    open_.emplace_back();
    return open_.size() <= kMaxDepth || object("is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool object(std::string why) {
    objection_ = std::move(why);
    return false;
  }

  std::vector<std::set<std::string>> open_;  // the members seen of each object that is not yet closed
  std::string objection_;
};

}  // namespace

Checked<json> parse_strict_object(std::string_view text, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return Refusal{Reason::Malformed, std::string(what) + " " + std::string(why)};
  };
  if (text.starts_with(kByteOrderMark)) return refuse("starts with a byte order mark");
  // The library takes a NUL byte for the end of the text, whatever comes after it.
  if (text.find('\0') != text.npos) return refuse("is not JSON");
  try {
    Reading reading;
    if (!json::sax_parse(text, &reading)) return refuse(reading.objection());
    json document = json::parse(text);
    if (!document.is_object()) return refuse("is not a JSON object");
    return document;
  } catch (const json::exception&) {
    return refuse("is not JSON");
  }
}

}  // namespace sallyport::token
