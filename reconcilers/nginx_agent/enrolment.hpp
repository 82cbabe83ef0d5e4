// SPDX-License-Identifier: Apache-2.0
// How an agent becomes known to the operator, and stays so: a key that never leaves this machine, and a certificate of
// a day for it, given to the pod whose token is shown (delivery/service.hpp). Renewed by enrolling anew at two thirds
// of its life, with the token as it lies there then: a projected one is replaced within the hour.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "operator/pki/certificate.hpp"

namespace sallyport::nginx_agent {

using Connect = std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)>;

struct EnrolmentOptions {
  std::string url;         ///< of the gateway at the operator: "https://HOST:PORT/gateways/NAME"
  std::string token_file;  ///< of a service account's token
  std::string ca_file;     ///< PEM: who the operator's server shows itself by
  std::string state_file;  ///< where key, certificate and what came with it are kept (0600)
};

/// Used by one thread. References outlive it.
class Enrolment {
 public:
  /// Takes up what a former process kept. What cannot be read there is made anew: nothing hangs on it.
  Enrolment(EnrolmentOptions options, Connect connect, const Clock& clock);

  /// Afterwards there is a certificate that is good now, or an Error says why not. Blocks for a few seconds, and not
  /// for an enrolment that failed a moment ago.
  [[nodiscard]] Result<void> keep_current(std::stop_token stop);
  /// The operator does not accept the certificate (any more): the next keep_current enrols, when it is time to.
  void renounce();

  /// How connections trust, and what they show. Of who has enrolled.
  [[nodiscard]] http::TlsOptions tls() const;
  /// Under which name the operator knows this agent; it names its report.
  [[nodiscard]] const std::string& agent() const { return enrolled_->agent; }
  /// Another after each enrolment.
  [[nodiscard]] int count() const { return count_; }
  /// Why it has not been renewed though it is due; empty: it has been, or is not due.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Enrolled {
    Secret key;
    std::string certificate;
    std::string authorities;
    std::string agent;
    pki::Term term;
  };
  [[nodiscard]] static Result<Enrolled> read(std::string_view text, const std::string& url);
  [[nodiscard]] Result<void> enrol(std::stop_token stop);
  [[nodiscard]] bool is_good(SystemTime now) const;
  [[nodiscard]] bool is_due(SystemTime now) const;

  const EnrolmentOptions options_;
  const Connect connect_;
  const Clock& clock_;
  std::optional<Enrolled> enrolled_;
  bool renounced_ = false;
  int count_ = 0;
  std::string trouble_;
  std::optional<Error> failure_;  // of the last try
  SteadyTime not_before_{};       // when to try again
};

}  // namespace sallyport::nginx_agent
