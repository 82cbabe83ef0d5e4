// SPDX-License-Identifier: Apache-2.0
#include "operator/http/call.hpp"

#include <algorithm>

#include "operator/base/json.hpp"
#include "operator/base/text.hpp"
#include "operator/http/tls_peer.hpp"

namespace sallyport::http {
namespace {

using std::chrono::milliseconds;

/// How often to look whether the library gathers up more than it may. At 1 GB/s, 50 MB pass between two looks.
constexpr milliseconds kGlance{50};
/// Of a stream on which nothing comes: a quiet watch. What it gathers up in one such look is bounded by its speed only.
constexpr milliseconds kLongestGlance{400};
/// How long a finished call waits for its connection to be back in the pool. It takes microseconds; without waiting,
/// the caller's next request would find no connection and make a second one.
constexpr milliseconds kHandBack{20};
/// What may come besides a body: the answer's header, and framing by chunks and TLS.
constexpr std::uint64_t kOverhead = 1UL << 20U;

std::string text_of(milliseconds time) {
  const bool whole = time.count() % 1000 == 0;
  return whole ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

std::string text_of_bytes(std::size_t bytes) {
  const bool whole = bytes % (1UL << 20U) == 0 && bytes != 0;
  return whole ? std::to_string(bytes >> 20U) + " MiB" : std::to_string(bytes) + " bytes";
}

/// The library's words for where it was, and ours for what that means. Its error numbers are only meaningful for two of
/// them: they lose their category on the way, and are rewritten on some.
std::string explain(const Exchange::Failure& failure, const CallPlan& plan, const Lane& lane) {
  const auto begins = [&](std::string_view words) { return failure.text.starts_with(words); };
  if (begins("Failed to connect")) {
    // Refused arrives as "host unreachable", as does the real one.
    const bool refused = failure.number == EHOSTUNREACH || failure.number == ECONNREFUSED;
    return "cannot connect to " + plan.host + ": " +
           (refused ? "connection refused, or no way to the host" : std::generic_category().message(failure.number));
  }
  if (begins("Error in SSL handshake")) {
    if (const std::string why = lane.tls_refusal(); !why.empty()) return "TLS: " + why;
    const std::string reason = tls_reason(failure.number);
    if (reason == "wrong version number") return "TLS: " + plan.host + " does not speak TLS on this port";
    return "TLS: " + (reason.empty() ? plan.host + " broke off the handshake" : reason);
  }
  if (begins("Failed to write")) return "connection to " + plan.host + " lost while sending";
  // The second is what the library says where it would rather have sent the request again.
  if (begins("Failed to read HTTP status line") || begins("cannot rewind")) {
    const std::string reason = tls_reason(failure.number);
    if (reason.find("alert") != std::string::npos) return "TLS: " + plan.host + " refused us: " + reason;
    return plan.host + " closed the connection without an answer";
  }
  if (begins("Failed to read response body") || begins("Failed to read chunked") ||
      begins("Retrieving message chunk")) {
    return "the answer was cut off";
  }
  if (begins("Invalid HTTP status line") || begins("Invalid chunked")) return plan.host + " does not answer in HTTP";
  return one_line(failure.text, 200);
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// nlohmann/json copies and prints by recursion: a document that is nested deep enough would end the program in
/// whoever reads it. It skips blanks, however many, and a byte order mark before them; so do we.
bool is_too_deep(std::string_view body, int deepest) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const std::string_view start = trim(body);
  return (start.starts_with('{') || start.starts_with('[')) && json_depth(body) > deepest;
}

}  // namespace

Call::Call(const CallPlan& plan, Lane& lane, std::stop_token stop)
    : plan_(plan),
      lane_(lane),
      stop_(std::move(stop)),
      exchange_(std::make_shared<Exchange>(plan.on_line == nullptr ? Exchange::Wakes::AtTheEnd
                                                                   : Exchange::Wakes::WithEveryByte)),
      lines_(plan.limits.line_bytes),
      glance_(kGlance),
      began_(std::chrono::steady_clock::now()),
      last_activity_(began_) {}

Error Call::unavailable(std::string message) const {
  return Error{Code::Unavailable, std::move(message), plan_.where, {}};
}

Outcome Call::run() {
  lane_.start(plan_.request, exchange_);
  for (Exchange::News news;;) {
    exchange_->wait(next_look(news), stop_);
    news = exchange_->take();
    if (stop_.stop_requested() && !news.finished) {
      return give_up(Error{Code::ShuttingDown, "stopped while talking to " + plan_.host, plan_.where, {}});
    }
    if (std::optional<Error> error = absorb(news)) return give_up(std::move(*error));
    if (news.finished) return conclude(news);
    if (std::optional<Error> error = overdue(news)) {
      Outcome outcome = give_up(std::move(*error));
      if (!news.sent && plan_.request.delivery == Delivery::Repeatable) outcome.next = Outcome::Next::OtherAddress;
      return outcome;
    }
  }
}

SteadyTime Call::next_look(const Exchange::News& news) const {
  SteadyTime next = std::min(plan_.deadline, std::chrono::steady_clock::now() + glance_);
  if (!news.sent) next = std::min(next, began_ + plan_.connect_timeout);
  if (plan_.on_line != nullptr) next = std::min(next, last_activity_ + plan_.patience);
  return next;
}

std::optional<Error> Call::absorb(const Exchange::News& news) {
  if (news.status != 0 && response_.status == 0) {
    response_.status = news.status;
    last_activity_ = std::chrono::steady_clock::now();
  }
  if (news.bytes.empty()) return std::nullopt;
  if (streams()) {
    if (const Result<void> fed = lines_.feed(news.bytes, *plan_.on_line); !fed) {
      Error error = fed.error();
      if (error.where.empty()) error.where = plan_.where;
      return error;
    }
    // Only a whole line counts: single bytes that drip in would keep a watch waiting for ever. After on_line, whose own
    // time is nobody's silence.
    if (news.bytes.find('\n') != std::string::npos) last_activity_ = std::chrono::steady_clock::now();
    return std::nullopt;
  }
  if (news.bytes.size() > plan_.limits.body_bytes - response_.body.size()) {
    return unavailable("the answer is larger than " + text_of_bytes(plan_.limits.body_bytes));
  }
  response_.body += news.bytes;
  return std::nullopt;
}

std::optional<Error> Call::overdue(const Exchange::News& news) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const std::string phase = !news.sent         ? "connecting to " + plan_.host
                            : news.status == 0 ? "waiting for the answer"
                                               : "reading the answer";
  if (now >= plan_.deadline) {
    return unavailable("deadline of " + text_of(plan_.patience) + " passed while " + phase);
  }
  if (!news.sent && now >= began_ + plan_.connect_timeout) {
    return unavailable("no connection to " + plan_.host + " within " + text_of(plan_.connect_timeout));
  }
  if (plan_.on_line != nullptr && now >= last_activity_ + plan_.patience) {
    return unavailable("nothing whole came for " + text_of(plan_.patience) + " while " + phase);
  }
  if (news.sent && hoards()) {
    return unavailable("the answer has a header, a chunk or a line larger than " +
                       text_of_bytes(plan_.limits.body_bytes));
  }
  return std::nullopt;
}

/// True if more has arrived since the library last let go of something than any one piece may have.
bool Call::hoards() {
  const std::uint64_t received = lane_.bytes_received();
  const bool quiet = plan_.on_line != nullptr && received == received_at_last_look_;
  glance_ = quiet ? std::min(glance_ * 2, kLongestGlance) : kGlance;
  received_at_last_look_ = received;
  const std::size_t body = exchange_->received();
  if (body != body_seen_ || received_then_ == 0 || received < received_then_) {
    body_seen_ = body;
    received_then_ = received;
    return false;
  }
  return received - received_then_ > std::max(plan_.limits.body_bytes, plan_.limits.line_bytes) + kOverhead;
}

Outcome Call::give_up(Error error) {
  exchange_->abandon();
  lane_.cancel();
  return Outcome{std::move(error)};
}

Outcome Call::conclude(const Exchange::News& news) {
  if (news.failure) return fail(*news.failure, news);
  response_.headers = exchange_->headers();
  if (std::optional<Error> fault = fault_of_answer()) return give_up(std::move(*fault));
  Outcome outcome{Result<Response>(std::move(response_))};
  outcome.lane_is_clean = exchange_->await_release(kHandBack);
  return outcome;
}

Outcome Call::fail(const Exchange::Failure& failure, const Exchange::News& news) {
  Outcome outcome = give_up(unavailable(explain(failure, plan_, lane_)));
  const bool lost_in_sending = lane_.reused() && news.status == 0 && failure.text.starts_with("Failed to write");
  if (failure.stale || (lost_in_sending && plan_.request.delivery == Delivery::Repeatable)) {
    outcome.next = Outcome::Next::FreshConnection;
  } else if (!news.sent && failure.text.starts_with("Failed to connect")) {
    outcome.next = Outcome::Next::OtherAddress;
  }
  return outcome;
}

/// The library takes some things for an answer that are none.
std::optional<Error> Call::fault_of_answer() const {
  const int status = response_.status;
  if (status < 200 || status > 599) {
    return unavailable(plan_.host + " answered with the status " + std::to_string(status) + ", which is no answer");
  }
  const std::string coding = to_lower(response_.header("Content-Encoding").value_or("identity"));
  if (coding != "identity" && !coding.empty()) {
    return unavailable("the answer is encoded (" + one_line(coding, 40) + "), which was not asked for");
  }
  if (!streams() && is_too_deep(response_.body, plan_.limits.json_depth)) {
    return unavailable("the answer is JSON nested deeper than " + std::to_string(plan_.limits.json_depth) + " levels");
  }
  if (streams() && lines_.in_mid_line()) return unavailable("the stream ended in mid-line");
  const std::optional<std::string> length = response_.header("Content-Length");
  if (!length) return std::nullopt;
  if (!all_digits(*length)) return unavailable("the answer has a bad Content-Length: " + one_line(*length, 40));
  const bool has_body =
      plan_.request.method != "HEAD" && status != 204 && status != 304 && !response_.header("Transfer-Encoding");
  if (has_body && std::to_string(exchange_->received()) != *length) return unavailable("the answer was cut off");
  return std::nullopt;
}

}  // namespace sallyport::http
