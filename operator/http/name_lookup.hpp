// SPDX-License-Identifier: Apache-2.0
// Host names to addresses, ahead of cpprestsdk, which asks for every connection anew, waits for the answer without
// end, and mixes up its connections when the first of several addresses does not answer.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace sallyport::http {

/// The addresses of one host. Thread-safe. A dead name server costs a caller its deadline, and nobody else anything:
/// nothing can end a question that is on its way, so each host's has a thread of its own, one at most, for which nobody
/// waits.
class NameLookup {
 public:
  /// Blocks for as long as the name server likes. On a thread that may outlive everything but the process.
  using Resolve = std::function<Result<std::vector<std::string>>(const std::string& host)>;

  /// A host that is an address is its own answer.
  explicit NameLookup(std::string host, Resolve resolve = ask_the_system);

  /// In the order in which they should be tried, never empty. Answers are kept for 30 s, and for 10 minutes more when
  /// no newer one is to be had. Unavailable when there is none before `until`; ShuttingDown on `stop`.
  [[nodiscard]] Result<std::vector<std::string>> addresses(SteadyTime until, const std::stop_token& stop);
  /// This one worked: it is to be tried first from now on.
  void prefer(const std::string& address);

 private:
  struct Shared;
  /// getaddrinfo(3).
  static Result<std::vector<std::string>> ask_the_system(const std::string& host);
  void ask();

  std::string host_;
  Resolve resolve_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace sallyport::http
