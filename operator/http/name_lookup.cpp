// SPDX-License-Identifier: Apache-2.0
#include "operator/http/name_lookup.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sallyport::http {
namespace {

using Tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds kFresh{30};
constexpr std::chrono::minutes kBetterThanNothing{10};
/// How long to wait for a new answer when there is an old one to go on with.
constexpr std::chrono::seconds kPatience{1};

}  // namespace

/// Outlives the NameLookup while a question is on its way.
struct NameLookup::Shared {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::string> addresses;
  SteadyTime answered_at{};
  std::string preferred;
  std::string failure;
  bool asking = false;
  bool never_changes = false;  ///< the host is an address
};

NameLookup::NameLookup(std::string host, Resolve resolve)
    : host_(std::move(host)), resolve_(std::move(resolve)), shared_(std::make_shared<Shared>()) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host_, not_an_address);
  if (!not_an_address) {
    shared_->addresses = {host_};
    shared_->never_changes = true;
  }
}

Result<std::vector<std::string>> NameLookup::ask_the_system(const std::string& host) {
  return guard(Code::Unavailable, "resolver", [&]() -> Result<std::vector<std::string>> {
    boost::asio::io_context io;
    boost::system::error_code failure;
    const Tcp::resolver::results_type found = Tcp::resolver(io).resolve(host, "", failure);
    if (failure) return Error{Code::Unavailable, failure.message(), {}, {}};
    std::vector<std::string> addresses;
    for (const auto& entry : found) {
      std::string address = entry.endpoint().address().to_string();
      if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(std::move(address));
    }
    if (addresses.empty()) return Error{Code::Unavailable, "it has no address", {}, {}};
    return addresses;
  });
}

/// With the lock held.
void NameLookup::ask() {
  std::thread([shared = shared_, resolve = resolve_, host = host_] {
    Result<std::vector<std::string>> found = resolve(host);
    const std::lock_guard lock(shared->mutex);
    shared->asking = false;
    if (found) {
      shared->addresses = std::move(*found);
      shared->answered_at = std::chrono::steady_clock::now();
    } else {
      shared->failure = found.error().message;
    }
    shared->changed.notify_all();
  }).detach();
  shared_->asking = true;  // now that the thread is there, which waits for the lock
  shared_->failure.clear();
}

Result<std::vector<std::string>> NameLookup::addresses(SteadyTime until, const std::stop_token& stop) {
  std::unique_lock lock(shared_->mutex);
  const auto age = std::chrono::steady_clock::now() - shared_->answered_at;
  const bool have_old = !shared_->addresses.empty() && age < kFresh + kBetterThanNothing;
  if (!shared_->never_changes && (shared_->addresses.empty() || age > kFresh)) {
    if (!shared_->asking) ask();
    const SteadyTime limit = have_old ? std::min(until, std::chrono::steady_clock::now() + kPatience) : until;
    const bool done = shared_->changed.wait_until(lock, stop, limit, [&] { return !shared_->asking; });
    if (stop.stop_requested()) return Error{Code::ShuttingDown, "stopped while looking up " + host_, {}, {}};
    if ((!done || !shared_->failure.empty()) && !have_old) {
      const std::string why = done ? shared_->failure : "the name server did not answer in time";
      return Error{Code::Unavailable, "name not found: " + host_ + ": " + why, {}, {}};
    }
  }
  std::vector<std::string> found = shared_->addresses;
  const auto best = std::ranges::find(found, shared_->preferred);
  if (best != found.end()) std::rotate(found.begin(), best, best + 1);
  return found;
}

void NameLookup::prefer(const std::string& address) {
  const std::lock_guard lock(shared_->mutex);
  shared_->preferred = address;
}

}  // namespace sallyport::http
