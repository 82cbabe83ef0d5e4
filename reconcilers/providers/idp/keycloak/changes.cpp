// SPDX-License-Identifier: Apache-2.0
// The requests of a pass to Keycloak, reads and changes.
#include <mutex>
#include <shared_mutex>

#include "operator/base/text.hpp"
#include "reconcilers/providers/idp/keycloak/pass.hpp"

namespace sallyport::idp::keycloak {

Result<void> Pass::create() {
  // What the client is made with is not removed from the realm before the client has it.
  const std::shared_lock in_use(realm_.scopes_in_use);
  TRY(prepare_scopes_of_new_client());
  Result<void> made = change("POST", "/clients", create_body(wanted_));
  if (made || made.error().code != Code::Conflict) return made;
  // Either the answer to an earlier try was lost, or the clientId is somebody else's.
  if (TRY(observe(record_.id))) return {};
  return needs_a_person("client '" + record_.client_id +
                            "' exists in the realm and is not ours; to take it over, annotate the object with "
                            "sallyport.dev/adopt-client",
                        made.error().where);
}

Result<void> Pass::repair(const Seen& seen, const Gap& gap) {
  const std::shared_lock in_use(realm_.scopes_in_use);
  TRY(note_use(gap.attach));
  if (!gap.fields.empty()) TRY(change("PUT", "/clients/" + record_.id, update_body(wanted_)));
  if (!gap.mapper.empty()) TRY(set_mapper(seen));
  if (!gap.attach.empty() || !gap.detach.empty()) TRY(set_scopes(seen, gap));
  return {};
}

Result<void> Pass::set_mapper(const Seen& seen) {
  const std::string models = "/clients/" + record_.id + "/protocol-mappers/models";
  const std::string one = models + "/" + percent_encode(seen.mapper_id);
  if (wanted_.audience.empty()) return change("DELETE", one);
  if (seen.mapper_id.empty()) return change("POST", models, mapper_body(wanted_, ""));
  return change("PUT", one, mapper_body(wanted_, seen.mapper_id));
}

Result<void> Pass::change(const std::string& method, const std::string& path, std::string body) {
  const bool is_client = path == "/clients" || (path.starts_with("/clients/") && path.rfind('/') == 8);
  Action action = Action::Update;
  if (method == "POST" && is_client) action = Action::Create;
  if (method == "DELETE" && is_client) action = Action::Delete;
  http::Change change = change_of(fragment_.owner, realm_.connection.name, wanted_.client_id, action);
  change.before = action == Action::Create ? "" : record_.asked_hash;
  change.after = action == Action::Delete ? "" : asked_hash_;
  return send_change(method, path, std::move(body), std::move(change));
}

Result<void> Pass::send_change(const std::string& method, const std::string& path, std::string body,
                               http::Change change) {
  http::Request request;
  request.method = method;
  if (!body.empty()) request.headers["Content-Type"] = "application/json";
  request.body = std::move(body);
  request.changes = {std::move(change)};
  const http::Response response = TRY(realm_.admin.send(request, path, realm_.issuer, stop_));
  const bool gone = method == "DELETE" && response.status == 404 && !error_code(response).empty();
  if (response.ok() || gone) return {};
  return failure(response, method, path);
}

Result<http::Response> Pass::get(const std::string& path) {
  return realm_.admin.send({}, path, realm_.issuer, stop_);
}

Error Pass::failure(const http::Response& response, const std::string& method, const std::string& path) const {
  return error_of(response, realm_.admin.where(method, path), {record_.client_secret});
}

}  // namespace sallyport::idp::keycloak
