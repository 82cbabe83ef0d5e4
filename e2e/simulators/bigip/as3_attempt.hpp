// SPDX-License-Identifier: Apache-2.0
// From a POST, PATCH or DELETE to the whole declaration that AS3 would try to bring about.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "e2e/simulators/bigip/as3_request.hpp"
#include "e2e/simulators/bigip/unit.hpp"
#include "e2e/simulators/bigip/validate.hpp"

namespace sallyport::simulators::bigip {

enum class Validation { Wanted, Skipped };  ///< AS3 does not parse what it deletes

/// A declaration, and how it was asked for.
struct Attempt {
  Json adc;
  std::vector<std::string> tenants{};  ///< of the path; only these are touched. Empty: those of the declaration
  std::string application_scope{};     ///< the tenant of a per-application request; empty otherwise
  Json id;                             ///< declarationId of the answer
  Json accepted_id;                    ///< declarationId of the 202: null for a PATCH (f5.md 1.10)
  Validation validation = Validation::Wanted;
  bool dry_run = false;
  bool debug = false;  ///< the log level that puts `changes` into a dry run's answer
  bool persist = true;
  std::string sync_group{};
  std::size_t history_limit = 4;
};

/// A refusal that is answered at once, also with ?async=true, or one that stands in the task's record.
struct Declined {
  Refusal refusal;
  enum class When { AtOnce, InRecord } when = When::InRecord;
};

[[nodiscard]] std::expected<Attempt, Declined> attempt_post(const As3Request& request, const Json& body);
[[nodiscard]] std::expected<Attempt, Declined> attempt_patch(const As3Request& request, const Json& body,
                                                             const Config& device);
[[nodiscard]] std::expected<Attempt, Declined> attempt_delete(const As3Request& request, const Config& device,
                                                              SystemTime now);
/// POST and DELETE below .../applications.
[[nodiscard]] std::expected<Attempt, Declined> attempt_applications(const http::Incoming& incoming,
                                                                    const As3Request& request, const Json& body,
                                                                    const Config& device);

/// JSON Patch (RFC 6902) as AS3 does it: no `test`, and a missing path has its own sentence.
[[nodiscard]] std::expected<Json, Refusal> apply_patch(Json document, const Json& operations);

}  // namespace sallyport::simulators::bigip
