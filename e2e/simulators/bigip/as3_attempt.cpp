// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3_attempt.hpp"

#include <algorithm>

#include "e2e/simulators/bigip/schema.hpp"
#include "operator/base/digest.hpp"

namespace sallyport::simulators::bigip {

namespace {

using Result = std::expected<Attempt, Declined>;

std::unexpected<Declined> at_once(int code, const std::string& message) {
  return std::unexpected(Declined{{code, message, {}, Refusal::Stage::Later}, Declined::When::AtOnce});
}

std::unexpected<Declined> invalid_request(const std::string& fault) {
  return at_once(422, "Invalid request: " + fault);
}

const Check& wrapper() {
  static const Check check =
      object({{"class", constant("AS3")},
              {"action", one_of({"deploy", "dry-run", "patch", "redeploy", "retrieve", "remove"})},
              {"persist", boolean()},
              {"historyLimit", integer(2, 15)},
              {"syncToGroup", text()},
              {"trace", boolean()},
              {"logLevel", text()},
              {"targetHost", text()}},
             Others::Accepted, {"class"});
  return check;
}

/// What the wrapper asks for beside its action.
void read_options(const Json& wrapped, Attempt& attempt) {
  attempt.persist = wrapped.value("persist", true);
  attempt.sync_group = text_of(wrapped, "syncToGroup");
  attempt.history_limit = static_cast<std::size_t>(wrapped.value("historyLimit", 4));
}

void read_controls(const As3Request& request, Attempt& attempt) {
  const Json& controls = member(attempt.adc, "controls");
  const Json& dry_run = member(controls, "dryRun");
  attempt.dry_run = attempt.dry_run || dry_run == true || request.flag("controls.dryRun");
  attempt.debug = request.option("controls.logLevel", text_of(controls, "logLevel")) == "debug";
}

/// The stored ADC with only these tenants, and Common, which AS3 never leaves out; none stored: null.
Json stored(const Config& device, const std::vector<std::string>& tenants) {
  Json adc = device.declaration;
  for (const std::string& name : members_of_class(adc, "Tenant")) {
    const bool wanted = name == kCommon || std::ranges::find(tenants, name) != tenants.end();
    if (!tenants.empty() && !wanted) adc.erase(name);
  }
  return adc;
}

}  // namespace

Result attempt_post(const As3Request& request, const Json& body) {
  if (body.is_array()) return invalid_request(": arrays of declarations are not simulated");
  if (!body.is_object()) return invalid_request(": should be object");
  Json wrapped = body;
  if (!body.contains("class") || body["class"] == "ADC") {
    if (!body.contains("declaration"))
      wrapped = {{"class", "AS3"}, {"action", "deploy"}, {"declaration", body}};
    else
      wrapped["class"] = "AS3";
  }
  Notes notes;
  if (const auto wrong = wrapper()(wrapped, "", notes)) return invalid_request(*wrong);
  const std::string action = text_of(wrapped, "action", "deploy");
  if (action != "deploy" && action != "dry-run") return at_once(422, "action " + action + " is not simulated");
  if (!text_of(wrapped, "targetHost", "localhost").starts_with("localhost")) {
    return at_once(422, "targetHost is not simulated");
  }
  if (!wrapped.contains("declaration")) return invalid_request(": should have required property 'declaration'");
  const Json& adc = wrapped["declaration"];
  if (!adc.is_object()) return invalid_request("/declaration: should be object");
  if (!adc.contains("class")) return invalid_request("/declaration: should have required property 'class'");
  if (adc["class"] != "ADC") return invalid_request("/declaration/class: should be equal to constant \"ADC\"");
  Attempt attempt;
  attempt.adc = adc;
  attempt.tenants = request.tenants;
  attempt.id = member(adc, "id");
  attempt.accepted_id = attempt.id;
  attempt.dry_run = action == "dry-run";
  read_options(wrapped, attempt);
  read_controls(request, attempt);
  return attempt;
}

Result attempt_patch(const As3Request& request, const Json& body, const Config& device) {
  // A body of class AS3 is taken as it is; any other is what to patch with.
  const bool is_wrapped = body.is_object() && text_of(body, "class") == "AS3";
  const Json wrapped = is_wrapped ? body : Json{{"class", "AS3"}, {"action", "patch"}, {"patchBody", body}};
  Notes notes;
  if (const auto wrong = wrapper()(wrapped, "", notes)) return invalid_request(*wrong);
  const std::string action = text_of(wrapped, "action", "deploy");
  if (action != "patch") return at_once(422, "action " + action + " in a PATCH is not simulated");
  const Json& operations = member(wrapped, "patchBody");
  if (!operations.is_array()) return invalid_request("/patchBody: should be array");
  if (operations.empty()) return invalid_request("/patchBody: should NOT have fewer than 1 items");
  Attempt attempt;
  read_options(wrapped, attempt);
  attempt.tenants = request.tenants;
  const Json before = stored(device, request.tenants);
  const bool empty = members_of_class(device.declaration, "Tenant").empty();
  if (!empty) attempt.id = member(device.declaration, "id");
  const Json document = empty ? Json{{"class", "ADC"}, {"schemaVersion", "3.0.0"}} : before;
  auto patched = apply_patch(document, operations);
  if (!patched) return std::unexpected(Declined{patched.error(), Declined::When::InRecord});
  attempt.adc = std::move(*patched);
  attempt.adc.erase("updateMode");
  for (const std::string& name : members_of_class(document, "Tenant")) {
    if (!attempt.adc.contains(name))
      attempt.adc[name] = {{"class", "Tenant"}};  // removed: an empty tenant is a deletion
  }
  read_controls(request, attempt);
  return attempt;
}

Result attempt_delete(const As3Request& request, const Config& device, SystemTime now) {
  const auto epoch = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  Attempt attempt;
  attempt.validation = Validation::Skipped;
  attempt.tenants = request.tenants;
  attempt.adc = {{"class", "ADC"}, {"schemaVersion", "3.0.0"}, {"id", std::to_string(epoch)}};
  attempt.id = attempt.adc["id"];
  attempt.accepted_id = attempt.id;
  for (const std::string& name : members_of_class(device.declaration, "Tenant")) {
    const bool wanted = request.tenants.empty() || std::ranges::find(request.tenants, name) != request.tenants.end();
    if (wanted) attempt.adc[name] = {{"class", "Tenant"}};
  }
  read_controls(request, attempt);
  return attempt;
}

Result attempt_applications(const http::Incoming& incoming, const As3Request& request, const Json& body,
                            const Config& device) {
  if (incoming.method == "PATCH") return at_once(400, "Bad Request: PATCH is not supported for the per-app endpoint");
  const std::string& tenant = request.tenants.front();
  const std::vector<std::string>& named = *request.applications;
  Attempt attempt;
  attempt.tenants = request.tenants;
  attempt.application_scope = tenant;
  attempt.id = "autogen_" + uuid_v4();
  attempt.accepted_id = attempt.id;
  Json merged = member(device.declaration, tenant);
  if (merged.is_null()) merged = {{"class", "Tenant"}};
  if (incoming.method == "DELETE") {
    if (named.size() != 1) return at_once(400, "Bad Request: only one application can be deleted at a time");
    if (!merged.contains(named.front())) {
      return at_once(404, "specified Application '" + named.front() + "' not found in '" + tenant + "'");
    }
    merged.erase(named.front());
  } else {
    if (!named.empty()) return at_once(400, "Bad Request: Invalid path");
    if (!body.is_object()) return invalid_request(": should be object");
    const std::vector<std::string> applications = members_of_class(body, "Application");
    if (applications.empty()) return at_once(422, "Per-app declaration must contain at least one application");
    for (const std::string& name : applications) merged[name] = body[name];
  }
  attempt.adc = {{"class", "ADC"}, {"schemaVersion", text_of(body, "schemaVersion", "3.50.0")}, {"id", attempt.id}};
  if (body.is_object() && body.contains("controls")) attempt.adc["controls"] = body["controls"];
  attempt.adc[tenant] = std::move(merged);
  read_controls(request, attempt);
  return attempt;
}

}  // namespace sallyport::simulators::bigip
