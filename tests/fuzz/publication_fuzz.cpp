// SPDX-License-Identifier: Apache-2.0
// What stands between an operator and an nginx: documents, manifests, nginx's words, and what nginx asks. A document is
// signed, but its fields come from people.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reconcilers/authorizer/ask.hpp"
#include "reconcilers/nginx_agent/complaint.hpp"
#include "reconcilers/nginx_agent/endpoint_file.hpp"
#include "reconcilers/nginx_agent/words.hpp"
#include "reconcilers/publication/endpoint.hpp"
#include "reconcilers/publication/manifest.hpp"

namespace {

using namespace sallyport;

void must(bool holds) {
  if (!holds) std::abort();
}

/// Braces and quotes of a file are those that we wrote: whatever a document says, it stays within its statements.
void file_is_balanced(const std::string& text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // \uXXXX of JSON within single quotes, \x5c of our own pattern within double ones, and nothing else.
    if (c == '\\') must(i + 1 < text.size() && text[i + 1] == (quote == '\'' ? 'u' : 'x') && quote != 0);
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '{') ++depth;
    if (c == '}') --depth;
    must(depth >= 0);
  }
  must(depth == 0 && quote == 0);
}

void document_is_data(std::string_view text) {
  const auto endpoint = publication::read_endpoint(text);
  if (!endpoint) return;
  const std::string written = publication::write_endpoint(*endpoint);
  const auto again = publication::read_endpoint(written);
  must(again.has_value() && publication::write_endpoint(*again) == written);
  nginx_agent::Addresses addresses;
  for (const auto& backend : endpoint->backends) addresses[backend.host] = {"10.0.0.1"};
  nginx_agent::Machine machine;
  machine.installed = "/var/lib/sallyport";
  machine.authorizer = "/run/sallyport.sock";
  const auto file = nginx_agent::render_endpoint(*endpoint, addresses, machine);
  if (file) file_is_balanced(*file);
}

/// Without the operator's key no text is a manifest.
void nothing_is_believed(std::string_view text) {
  static const token::KeySet keys = *token::KeySet::read(
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  must(!publication::open_sealed(text, keys));
}

void words_are_words(std::string_view text) {
  if (const auto word = nginx_agent::plain_word(text)) {
    must(word->find_first_of(" ;{}$'\"\\#\n\t") == std::string::npos && !word->empty());
  }
  const std::string json = nginx_agent::json_text(text);
  must(json.front() == '\'' && json.back() == '\'');
  must(nginx_agent::complaint_of(text).find('\n') == std::string::npos);
  (void)nginx_agent::endpoint_named(text);
}

void asks_are_bounded(std::string_view text) {
  const auto token = authorizer::bearer_of(text);
  if (token) must(token->find_first_of(" ,\t") == std::string_view::npos && !token->empty());
  http::Incoming request;
  request.target = std::string(text);
  if (const auto ask = authorizer::read_ask(request)) must(!ask->endpoint.empty() && !ask->backend.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  document_is_data(text);
  nothing_is_believed(text);
  words_are_words(text);
  asks_are_bounded(text);
  return 0;
}
