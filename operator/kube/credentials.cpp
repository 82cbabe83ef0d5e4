// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/credentials.hpp"

#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/kube/read_file.hpp"

namespace sallyport::kube {
namespace {
// As client-go: well inside the 10 minutes between a token's renewal and its end.
constexpr std::chrono::seconds kReadAgain{60};
}  // namespace

Credentials::Credentials(const Config& config, const Clock& clock)
    : clock_(&clock), file_(config.token_file), token_(config.token) {}

Result<std::optional<Secret>> Credentials::authorization() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_->steady();
  if (!file_.empty() && (!read_at_ || now - *read_at_ >= kReadAgain)) {
    auto content = read_file(file_);
    const std::string fresh(content ? trim(*content) : std::string_view());
    if (!fresh.empty()) {
      token_ = Secret(fresh);
    } else if (token_.empty()) {
      return content ? Error{Code::InvalidSpec, "holds no token", file_, {}} : content.error();
    } else {
      log::warning("token file cannot be read, the last token stays in use", {{"file", file_}});
    }
    read_at_ = now;
  }
  if (token_.empty()) return std::optional<Secret>();
  return std::optional<Secret>(Secret("Bearer " + token_.reveal()));
}

void Credentials::rejected() {
  const std::lock_guard lock(mutex_);
  read_at_.reset();
}

}  // namespace sallyport::kube
