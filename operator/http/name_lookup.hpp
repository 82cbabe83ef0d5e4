// SPDX-License-Identifier: Apache-2.0
// Host names to addresses, ahead of cpprestsdk, which asks for every connection anew, waits for the answer without
// end, and mixes up its connections when the first of several addresses does not answer.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/base/result.hpp"

namespace boost::asio {
class io_context;
}

namespace sallyport::http {

/// The addresses of one host. Thread-safe. A dead name server costs a caller its deadline, never a thread.
class NameLookup {
 public:
  /// `io` has to run until the end of the program. A host that is an address is its own answer.
  NameLookup(boost::asio::io_context& io, std::string host);

  /// In the order in which they should be tried, never empty. Answers are kept for 30 s, and for 10 minutes more when
  /// no newer one is to be had. Unavailable when there is none before `until`; ShuttingDown on `stop`.
  [[nodiscard]] Result<std::vector<std::string>> addresses(SteadyTime until, const std::stop_token& stop);
  /// This one worked: it is to be tried first from now on.
  void prefer(const std::string& address);

 private:
  struct Shared;
  void ask();

  boost::asio::io_context& io_;
  std::string host_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace sallyport::http
