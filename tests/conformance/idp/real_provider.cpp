// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/idp/real_provider.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

namespace sallyport::conformance {
namespace {

constexpr std::chrono::seconds kDeadline{30};

/// The child ends with this process, whatever ends it.
pid_t spawn(const std::vector<std::string>& arguments, int stdout_fd) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (stdout_fd >= 0) dup2(stdout_fd, STDOUT_FILENO);
  execvp(argv.front(), argv.data());
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// Until the end of a line or of the stream: no clock is needed to know that the server listens.
std::string read_line(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::unique_ptr<http::Client> client_to(const std::string& origin) {
  http::ClientOptions options;
  options.base_url = origin;
  return std::move(*http::make_client(options));
}

Json parse(const std::string& text) {
  return Json::parse(text, nullptr, false);
}

std::set<std::string> words(const std::string& text) {
  std::set<std::string> found;
  for (const std::string& word : split(text, ' ')) {
    if (!word.empty()) found.insert(word);
  }
  return found;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------ npm
// oidc-provider

std::unique_ptr<OidcProvider> OidcProvider::start(std::string& why_not) {
  const std::string root = SALLYPORT_SOURCE_DIR;
  const std::string look = ". '" + root + "/scripts/lib/common.sh' && . '" + root +
                           "/scripts/lib/paths.sh' && [ -n \"$SALLYPORT_NODE\" ] && [ -d "
                           "\"$SALLYPORT_IDP_MODULES/node_modules/oidc-provider\" ]";
  if (wait_for(spawn({"bash", "-c", look}, -1)) != 0) {
    why_not = "npm oidc-provider is not installed; run scripts/setup";
    return nullptr;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "sallyport-idp-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    why_not = "no temporary directory";
    return nullptr;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    why_not = "no pipe";
    return nullptr;
  }
  const pid_t pid = spawn({root + "/e2e/idp/oidc-provider/start", "--ready-file", folder + "/ready.json", "--journal",
                           folder + "/journal.jsonl", "--control-port", "0"},
                          ends[1]);
  close(ends[1]);
  const std::string line = read_line(ends[0]);
  close(ends[0]);
  const Json ready = parse(contents(folder + "/ready.json"));
  if (line.empty() || !ready.is_object()) {
    wait_for(pid);
    std::filesystem::remove_all(folder);
    why_not = "npm oidc-provider did not start";
    return nullptr;
  }
  return std::unique_ptr<OidcProvider>(new OidcProvider(pid, folder, ready));
}

OidcProvider::OidcProvider(pid_t pid, std::filesystem::path folder, const Json& ready)
    : pid_(pid), folder_(std::move(folder)), ready_(ready), control_(client_to(ready.at("control_url"))) {}

OidcProvider::~OidcProvider() {
  kill(pid_, SIGTERM);
  wait_for(pid_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

ir::IdpConnection OidcProvider::connection() const {
  return testing::idp_connection("DynamicRegistration", ready_.at("issuer"));
}

ir::SecretBytes OidcProvider::credentials() const {
  return {{"initial_access_token", Secret(ready_.at("initial_access_token").get<std::string>())}};
}

Json OidcProvider::control(const std::string& method, const std::string& path, const Json& body) {
  http::Request request;
  request.method = method;
  request.target = path;
  if (!body.is_null()) request.body = body.dump();
  const auto response = control_->send(request, kDeadline, {});
  return response && response->ok() && !response->body.empty() ? parse(response->body) : Json();
}

Json OidcProvider::client(const std::string& client_id) {
  return control("GET", "/clients/" + client_id);
}

std::size_t OidcProvider::clients_named(const std::string& name) {
  std::size_t count = 0;
  const Json all = control("GET", "/clients");
  for (const Json& client : all.at("clients")) count += client.value("client_name", "") == name ? 1U : 0U;
  return count;
}

void OidcProvider::delete_client(const std::string& client_id) {
  control("DELETE", "/clients/" + client_id);
}

void OidcProvider::spoil(const std::string& client_id) {
  control("PATCH", "/clients/" + client_id, {{"scope", "everything"}, {"client_name", "changed"}});
}

std::set<std::string> OidcProvider::scopes_of(const std::string& client_id) {
  return words(client(client_id).value("scope", ""));
}

void OidcProvider::revoke_registration_token(const std::string& client_id) {
  control("DELETE", "/clients/" + client_id + "/registration-token");
}

void OidcProvider::set_faults(const Json& rules) {
  control("PUT", "/faults", rules);
}

std::string OidcProvider::journal() const {
  return contents(folder_ / "journal.jsonl");
}

int OidcProvider::writes() const {
  int count = 0;
  for (const std::string& line : split(journal(), '\n')) {
    const Json entry = parse(line);
    if (!entry.is_object() || entry.value("who", "") == "control") continue;
    const std::string action = entry.value("action", "");
    count += action == "registered" || action == "updated" || action == "deleted" ? 1 : 0;
  }
  return count;
}

// ---------------------------------------------------------------------------------------------------------------
// Keycloak

std::unique_ptr<RunningKeycloak> RunningKeycloak::find(std::string& why_not) {
  const char* file = std::getenv("SALLYPORT_KEYCLOAK_ENV");
  if (file == nullptr) {
    why_not =
        "SALLYPORT_KEYCLOAK_ENV does not name the env file of a running Keycloak (e2e/idp/keycloak/keycloak.sh start)";
    return nullptr;
  }
  std::map<std::string, std::string> env;
  for (const std::string& line : split(contents(file), '\n')) {
    const std::size_t equals = line.find('=');
    if (line.starts_with("export ") && equals != std::string::npos)
      env[line.substr(7, equals - 7)] = line.substr(equals + 1);
  }
  for (const char* name : {"KEYCLOAK_URL", "KEYCLOAK_REALM", "KEYCLOAK_ISSUER", "KEYCLOAK_CLIENT_ID",
                           "KEYCLOAK_CLIENT_SECRET", "KEYCLOAK_ADMIN_USER", "KEYCLOAK_ADMIN_PASSWORD"}) {
    if (env[name].empty()) {
      why_not = std::string(file) + " has no " + name;
      return nullptr;
    }
  }
  return std::unique_ptr<RunningKeycloak>(new RunningKeycloak(std::move(env)));
}

RunningKeycloak::RunningKeycloak(std::map<std::string, std::string> env)
    : env_(std::move(env)), instance_(random_name(8)), client_(client_to(env_.at("KEYCLOAK_URL"))) {
  // The scopes that every test declares are the realm's own: no run makes them, and so none removes them from under
  // another that runs beside it.
  for (const char* name : {"fraud:score", "fraud:train", "fraud:explain"}) {
    admin("POST", "/client-scopes",
          {{"name", name}, {"protocol", "openid-connect"}, {"attributes", {{"include.in.token.scope", "true"}}}});
  }
}

RunningKeycloak::~RunningKeycloak() {
  for (const Json& client : admin("GET", "/clients")) {
    if (client.value("attributes", Json::object()).value("sallyport-instance", "") == instance_ ||
        client.value("clientId", "").find(instance_) != std::string::npos) {
      admin("DELETE", "/clients/" + client.at("id").get<std::string>());
    }
  }
  // Only those with names of this run: another run may use the rest just now.
  for (const Json& scope : admin("GET", "/client-scopes")) {
    if (scope.value("name", "").find(instance_) == std::string::npos) continue;
    admin("DELETE", "/client-scopes/" + scope.at("id").get<std::string>());
  }
}

ir::IdpConnection RunningKeycloak::connection() const {
  ir::IdpConnection connection = testing::idp_connection("Keycloak", env_.at("KEYCLOAK_ISSUER"));
  connection.instance = InstanceId(instance_);
  return connection;
}

ir::SecretBytes RunningKeycloak::credentials() const {
  return {{"client_id", Secret(env_.at("KEYCLOAK_CLIENT_ID"))},
          {"client_secret", Secret(env_.at("KEYCLOAK_CLIENT_SECRET"))}};
}

std::string RunningKeycloak::token(const std::string& form, const std::string& realm) {
  http::Request request;
  request.method = "POST";
  request.target = "/realms/" + realm + "/protocol/openid-connect/token";
  request.headers["Content-Type"] = "application/x-www-form-urlencoded";
  request.body = form;
  const auto response = client_->send(request, kDeadline, {});
  return response ? parse(response->body).value("access_token", "") : "";
}

Json RunningKeycloak::admin(const std::string& method, const std::string& path, const Json& body) {
  http::Request request;
  request.method = method;
  request.target = "/admin/realms/" + env_.at("KEYCLOAK_REALM") + path;
  request.headers["Content-Type"] = "application/json";
  if (!body.is_null()) request.body = body.dump();
  // An administrator's token lives for one minute.
  request.authorization = Secret("Bearer " + token(form_encode({{"grant_type", "password"},
                                                                {"client_id", "admin-cli"},
                                                                {"username", env_.at("KEYCLOAK_ADMIN_USER")},
                                                                {"password", env_.at("KEYCLOAK_ADMIN_PASSWORD")}}),
                                                   "master"));
  const auto response = client_->send(request, kDeadline, {});
  return response && response->ok() && !response->body.empty() ? parse(response->body) : Json();
}

Json RunningKeycloak::client(const std::string& client_id) {
  const Json found = admin("GET", "/clients?clientId=" + percent_encode(client_id));
  return found.is_array() && !found.empty() ? found.front() : Json();
}

std::size_t RunningKeycloak::clients_named(const std::string& name) {
  std::size_t count = 0;
  for (const Json& client : admin("GET", "/clients")) count += client.value("name", "") == name ? 1U : 0U;
  return count;
}

void RunningKeycloak::delete_client(const std::string& client_id) {
  admin("DELETE", "/clients/" + client(client_id).at("id").get<std::string>());
}

void RunningKeycloak::spoil(const std::string& client_id) {
  const std::string id = client(client_id).at("id");
  admin("PUT", "/clients/" + id,
        {{"enabled", false},
         {"fullScopeAllowed", true},
         {"directAccessGrantsEnabled", true},
         {"redirectUris", {"https://evil.test/*"}}});
  for (const Json& scope : admin("GET", "/clients/" + id + "/default-client-scopes")) {
    admin("DELETE", "/clients/" + id + "/default-client-scopes/" + scope.at("id").get<std::string>());
  }
  for (const Json& mapper : admin("GET", "/clients/" + id + "/protocol-mappers/models")) {
    admin("DELETE", "/clients/" + id + "/protocol-mappers/models/" + mapper.at("id").get<std::string>());
  }
}

std::set<std::string> RunningKeycloak::scopes_of(const std::string& client_id) {
  std::set<std::string> scopes = client(client_id).value("defaultClientScopes", std::set<std::string>());
  scopes.erase("basic");
  scopes.erase("service_account");
  return scopes;
}

Json RunningKeycloak::scope_named(const std::string& name) {
  for (const Json& scope : admin("GET", "/client-scopes")) {
    if (scope.value("name", "") == name) return scope;
  }
  return {};
}

Json RunningKeycloak::claims(const std::string& client_id, const Secret& secret) {
  return claims_of(token(
      form_encode({{"grant_type", "client_credentials"}, {"client_id", client_id}, {"client_secret", secret.reveal()}}),
      env_.at("KEYCLOAK_REALM")));
}

Json claims_of(const std::string& jwt) {
  const std::vector<std::string> parts = split(jwt, '.');
  if (parts.size() != 3) return {};
  std::string base64 = parts[1];
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (base64.size() % 4 != 0) base64 += '=';
  const auto text = base64_decode(base64);
  return text ? parse(*text) : Json();
}

}  // namespace sallyport::conformance
