// SPDX-License-Identifier: Apache-2.0
// What every data platform can do: find a serving endpoint, and read and change who may use it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/http/client.hpp"
#include "reconcilers/ir/grant.hpp"
#include "reconcilers/ir/secret_source.hpp"

namespace sallyport::data {

struct ServingEndpoint {
  std::string id;  ///< opaque; a recreated endpoint of the same name has a new one
  std::string name;
  std::string invocations_url;  ///< where requests really go: the workspace host, or a route-optimised one
  bool ready = false;
  std::map<std::string, std::string> tags;
  std::string authorization_details{};  ///< of a route-optimised one: what a token for it has to be asked for with
  std::string task{};                   ///< "llm/v1/chat", "agent/v1/responses", ...; empty: a model of one's own
  bool scales_to_zero = false;
  friend bool operator==(const ServingEndpoint&, const ServingEndpoint&) = default;
};

/// One converged step over one serving endpoint: all fragments of all CRs that name it.
struct Step {
  std::string serving_endpoint;
  std::vector<ir::GrantFragment> fragments;
};

/// One workspace. Calls for different serving endpoints may run at the same time; calls for one never do.
class DataProvider {
 public:
  virtual ~DataProvider() = default;

  /// Reads only: signs in, asks who we are. Unauthorized, Refused, Unavailable.
  [[nodiscard]] virtual Result<std::string> check(std::stop_token stop) = 0;

  /// Reads only. NotFound when the workspace says so; Refused (403) is unknown, not absent.
  [[nodiscard]] virtual Result<ServingEndpoint> resolve(const std::string& name, std::stop_token stop) = 0;

  /// Observes the access list, computes through the ledger what is ours, grants and revokes, verifies within a bound.
  /// One verdict per fragment, in order. Never lowers a foreign level, never touches `admins` or ourselves. Where the
  /// serving endpoint does not consent, what was granted goes, that of a fragment on Hold too (Rejected, Refused).
  [[nodiscard]] virtual std::vector<ir::Verdict> converge(const Step& step, std::stop_token stop) = 0;

  /// Reads only: `notes` list what converge would do.
  [[nodiscard]] virtual std::vector<ir::Verdict> compare(const Step& step, std::stop_token stop) = 0;

  [[nodiscard]] virtual std::string render(const ir::GrantFragment& fragment) const = 0;
};

struct Surroundings {
  std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)> connect;  ///< fenced and audited
  ir::SecretSource& secrets;
  ir::LedgerStore& ledgers;
  const Clock& clock;
  Random& random;
};

[[nodiscard]] Result<std::unique_ptr<DataProvider>> make_data_provider(const ir::DataConnection& connection,
                                                                       Surroundings around);

}  // namespace sallyport::data
