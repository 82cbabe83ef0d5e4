// SPDX-License-Identifier: Apache-2.0
// What somebody sends who is to be let in: a certificate request, and the names in the certificate that came of one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "operator/pki/authority.hpp"
#include "reconcilers/delivery/agent_name.hpp"

namespace {

using namespace sallyport;

constexpr const char* kUri = "urn:sallyport:agent:k3x8m2qa:edge:edge:agent:edge-0";

void must(bool holds) {
  if (!holds) std::abort();
}

/// Whatever a request says, its certificate says what we do.
void requests_give_a_key_and_nothing_else(std::string_view text) {
  static const pki::Term term{SystemTime{} + std::chrono::hours(1), SystemTime{} + std::chrono::hours(2)};
  static const pki::Authority authority = *pki::Authority::make("fuzz", term);
  const auto issued = authority.issue_client(text, kUri, {term.from, term.until + std::chrono::hours(9)});
  if (!issued) return;
  const auto certificate = pki::Certificate::read(*issued);
  must(certificate && !certificate->is_authority());
  must(certificate->names() == std::vector<std::string>{kUri});
  must(certificate->term().until == term.until);
}

void names_are_read_as_they_are_written(std::string_view text) {
  if (const auto agent = delivery::read_uri(text)) {
    must(delivery::uri_of(*agent) == text);
    must(delivery::report_name(*agent).find('/') == std::string::npos);
  }
  if (const auto pod = delivery::pod_of_report(text)) must(pod->ns + "." + pod->pod == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  requests_give_a_key_and_nothing_else(text);
  names_are_read_as_they_are_written(text);
  return 0;
}
