// SPDX-License-Identifier: Apache-2.0
// A client made of lanes: a lane is taken for one call and given back clean, or dropped. cpprestsdk has a pool of its
// own, but it hands out dead connections and has no way to ask for a fresh one.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "operator/http/call.hpp"
#include "operator/http/client.hpp"
#include "operator/http/name_lookup.hpp"

namespace sallyport::http {

/// Makes lanes to the addresses of one host. Outlives them; its destructor waits a little for abandoned requests.
class LaneSource {
 public:
  virtual ~LaneSource() = default;
  [[nodiscard]] virtual std::unique_ptr<Lane> open(const std::string& address) = 0;
};

class PooledClient final : public Client {
 public:
  /// `base` has the prefix of every request's target as its target.
  PooledClient(ClientOptions options, Url base, std::unique_ptr<NameLookup> names, std::unique_ptr<LaneSource> source);

  Result<Response> send(const Request& request, std::chrono::milliseconds deadline, std::stop_token stop) override;
  Result<Response> stream(const Request& request, std::chrono::milliseconds idle, std::stop_token stop,
                          const OnLine& on_line) override;

 private:
  struct AddressedLane {
    std::string address;
    std::unique_ptr<Lane> lane;
  };

  [[nodiscard]] CallPlan plan_for(const Request& request, std::chrono::milliseconds patience) const;
  Result<Response> perform(const CallPlan& plan, const std::stop_token& stop);
  /// Sends over one address; on a fresh connection if the pooled one turns out to be dead.
  Outcome attempt(const CallPlan& plan, const std::string& address, const std::stop_token& stop);
  Outcome run(const CallPlan& plan, AddressedLane lane, const std::stop_token& stop);
  /// The one used last, whose connection is the likeliest to live. Empty when there is none.
  std::unique_ptr<Lane> take_idle(const std::string& address);

  const ClientOptions options_;
  const Url base_;
  const std::unique_ptr<NameLookup> names_;
  const std::unique_ptr<LaneSource> source_;
  std::mutex mutex_;
  std::vector<AddressedLane> idle_;
};

}  // namespace sallyport::http
