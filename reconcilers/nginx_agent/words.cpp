// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/words.hpp"

#include <array>
#include <cstdio>

#include "operator/base/text.hpp"

namespace sallyport::nginx_agent {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Error unwritable(std::string_view value) {
  return Error{
      Code::InvalidSpec, "'" + sallyport::one_line(value, 64) + "' cannot be written into nginx's file", {}, {}};
}

std::string escaped(char c) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text.data();
}

/// Within a JSON string: everything that nginx, JSON or a reader of the file could take for more than itself.
std::string escaped_character(char c) {
  const bool harmless =
      is_alphanumeric(c) || std::string_view(" .,:/_-~+*=@()[]!?#%&<>|^").find(c) != std::string_view::npos;
  return harmless || static_cast<unsigned char>(c) >= 0x80 ? std::string(1, c) : escaped(c);
}

}  // namespace

Result<std::string> plain_word(std::string_view value) {
  for (const char c : value) {
    if (!is_alphanumeric(c) && std::string_view("._~/:[]@-").find(c) == std::string_view::npos)
      return unwritable(value);
  }
  if (value.empty()) return unwritable(value);
  return std::string(value);
}

Result<std::string> common_name_pattern(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_') return unwritable(name);
    pattern += c == '.' ? std::string("[.]") : std::string(1, c);
  }
  if (name.empty()) return unwritable(name);
  return R"x("(^|[^\x5c],)CN=)x" + pattern + R"x((,|$)")x";
}

std::string json_text(std::string_view json) {
  std::string out = "'";
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      in_string = !in_string;
      out += c;
    } else if (!in_string) {
      out += c;
    } else if (c != '\\' || i + 1 == json.size()) {
      out += escaped_character(c);
    } else {
      const char next = json[++i];  // JSON's own escapes: \" \\ \/ \b \f \n \r \t \uXXXX
      static constexpr std::string_view kNames = "bfnrt";
      static constexpr std::string_view kCharacters = "\b\f\n\r\t";
      const std::size_t named = kNames.find(next);
      out += next == 'u' ? std::string("\\u") : escaped(named == kNames.npos ? next : kCharacters[named]);
    }
  }
  return out + "'";
}

std::string milliseconds(std::int64_t count) {
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

}  // namespace sallyport::nginx_agent
