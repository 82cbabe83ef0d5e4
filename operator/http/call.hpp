// SPDX-License-Identifier: Apache-2.0
// One attempt to send a request and receive its answer: every limit of time and size is kept here, by the thread that
// waits, because the library below keeps none of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "operator/http/exchange.hpp"
#include "operator/http/line_splitter.hpp"

namespace sallyport::http {

/// Whether the request gets a connection that is used for nothing else. One without a body that must not arrive twice
/// does, too: nothing keeps the library from sending it again.
[[nodiscard]] inline bool goes_alone(const Request& request) {
  return request.delivery == Delivery::OnceAlone || (request.delivery == Delivery::Once && request.body.empty());
}

/// A client of the library that is used by one call at a time, and so has one connection at most.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Begins; never blocks. Everything that follows is told to the exchange.
  virtual void start(const Request& request, std::shared_ptr<Exchange> exchange) = 0;
  /// Closes the connection; what is under way fails.
  virtual void cancel() = 0;
  /// On the present connection, by the kernel's count; 0 while there is none.
  [[nodiscard]] virtual std::uint64_t bytes_received() const = 0;
  /// The last start() went out on a connection that had been used before.
  [[nodiscard]] virtual bool reused() const = 0;
  /// Why the peer's certificate was not accepted; empty when it was.
  [[nodiscard]] virtual std::string tls_refusal() const = 0;
};

struct CallPlan {
  const Request& request;
  std::string host;   ///< "host:port", for messages
  std::string where;  ///< method and URL without its query
  Limits limits;
  std::chrono::milliseconds connect_timeout;
  std::chrono::milliseconds patience;  ///< the deadline of a whole answer, the longest wait for a stream's next line
  SteadyTime deadline = SteadyTime::max();        ///< when `patience` is over; max() for a stream
  const LineSplitter::OnLine* on_line = nullptr;  ///< set for a stream
};

struct Outcome {
  Result<Response> result;
  /// What the caller may do about a failure.
  enum class Next {
    Nothing,
    OtherAddress,     ///< no connection was made, so nothing was sent
    FreshConnection,  ///< the pooled connection was dead; nothing was sent, or the request may be sent twice
  } next = Next::Nothing;
  bool lane_is_clean = false;  ///< the connection stands between two requests and may be used again
};

class Call {
 public:
  Call(const CallPlan& plan, Lane& lane, std::stop_token stop);
  [[nodiscard]] Outcome run();

 private:
  [[nodiscard]] std::optional<Error> absorb(const Exchange::News& news);
  [[nodiscard]] std::optional<Error> overdue(const Exchange::News& news);
  [[nodiscard]] bool hoards();
  [[nodiscard]] SteadyTime next_look(const Exchange::News& news) const;
  [[nodiscard]] Outcome conclude(const Exchange::News& news);
  [[nodiscard]] Outcome fail(const Exchange::Failure& failure, const Exchange::News& news);
  [[nodiscard]] Outcome give_up(Error error);
  [[nodiscard]] std::optional<Error> fault_of_answer() const;
  [[nodiscard]] Error unavailable(std::string message) const;
  [[nodiscard]] bool streams() const { return plan_.on_line != nullptr && response_.ok(); }

  const CallPlan& plan_;
  Lane& lane_;
  std::stop_token stop_;
  std::shared_ptr<Exchange> exchange_;
  Response response_;
  LineSplitter lines_;
  std::chrono::milliseconds glance_;  ///< until the next look at what nobody wakes us for
  std::uint64_t received_at_last_look_ = 0;
  SteadyTime began_;
  SteadyTime last_activity_;         ///< of a stream: its header, or the last whole line
  std::size_t body_seen_ = 0;        ///< of the exchange, at the last look
  std::uint64_t received_then_ = 0;  ///< of the lane, when body_seen_ last changed
};

}  // namespace sallyport::http
