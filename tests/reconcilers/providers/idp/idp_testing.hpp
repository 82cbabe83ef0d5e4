// SPDX-License-Identifier: Apache-2.0
// What tests of identity providers share: a vault and secrets in memory, a fragment, and a network of functions.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "reconcilers/providers/idp/idp_provider.hpp"
#include "tests/testing/fake_clock.hpp"
#include "tests/testing/fake_http.hpp"

namespace sallyport::testing {

/// Survives "restarts" of a provider, and can be told to fail.
class MemoryVault final : public ir::RegistrationVault {
 public:
  Result<ir::SecretBytes> load(const Uid& owner) override {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(owner);
    if (found == records_.end()) return Error{Code::NotFound, "no record", {}, {}};
    return found->second;
  }
  Result<void> save(const ir::Owner& owner, const ir::SecretBytes& record) override {
    const std::lock_guard lock(mutex_);
    if (--saves_until_failure_ == 0) {
      saves_until_failure_ = again_;
      return Error{Code::Unavailable, "the vault is full", {}, {}};
    }
    records_[owner.uid] = record;
    ++saves_;
    return {};
  }
  Result<void> erase(const Uid& owner) override {
    const std::lock_guard lock(mutex_);
    records_.erase(owner);
    return {};
  }

  /// The n-th save from now fails; with `for_ever` every later one too.
  enum class Until { Once, ForEver };
  void fail_save(int n, Until until = Until::Once) {
    const std::lock_guard lock(mutex_);
    saves_until_failure_ = n;
    again_ = until == Until::ForEver ? 1 : 0;
  }
  void mend() { fail_save(0); }
  void clear() {
    const std::lock_guard lock(mutex_);
    records_.clear();
    saves_until_failure_ = again_ = 0;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return records_.size();
  }
  [[nodiscard]] int saves() const {
    const std::lock_guard lock(mutex_);
    return saves_;
  }
  [[nodiscard]] ir::SecretBytes only() const {
    const std::lock_guard lock(mutex_);
    return records_.size() == 1 ? records_.begin()->second : ir::SecretBytes{};
  }
  void set_only(const std::string& key, const std::string& value) {
    const std::lock_guard lock(mutex_);
    records_.begin()->second[key] = Secret(value);
  }

 private:
  mutable std::mutex mutex_;
  std::map<Uid, ir::SecretBytes> records_;
  int saves_until_failure_ = 0;
  int again_ = 0;
  int saves_ = 0;
};

class MemorySecrets final : public ir::SecretSource {
 public:
  explicit MemorySecrets(ir::SecretBytes bytes) : bytes_(std::move(bytes)) {}
  Result<ir::SecretBytes> read(const std::string&, const std::string& name) override {
    if (name == "idp") return bytes_;
    return Error{Code::NotFound, "no Secret '" + name + "'", {}, {}};
  }
  void set(ir::SecretBytes bytes) { bytes_ = std::move(bytes); }

 private:
  ir::SecretBytes bytes_;
};

/// Answers requests by absolute URL; every provider made from it talks to the same function.
using Network = std::function<Result<http::Response>(const std::string& url, const http::Request& request)>;

inline std::function<Result<std::unique_ptr<http::Client>>(http::ClientOptions)> connect_to(Network network) {
  return [network = std::move(network)](const http::ClientOptions& options) -> Result<std::unique_ptr<http::Client>> {
    const std::string base = options.base_url;
    return std::unique_ptr<http::Client>(std::make_unique<FakeHttp>(
        [network, base](const http::Request& request) { return network(base + request.target, request); }));
  };
}

inline http::Response answer(int status, std::string body = {}) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

inline ir::ClientFragment client_fragment() {
  ir::ClientFragment fragment;
  fragment.owner = {"ProtectedEndpoint", "risk", "fraud-scoring", Uid("6f0c0b6e-0000-4000-8000-000000000001"), "17", 3};
  fragment.client_name = "sallyport abcd1234 risk/fraud-scoring";
  fragment.grant_types = {"client_credentials"};
  fragment.scopes = {"fraud:score"};
  fragment.audience = "https://ml.example.com";
  fragment.consumer_secret = "fraud-scoring-client";
  return fragment;
}

inline ir::IdpConnection idp_connection(const std::string& type, const std::string& issuer) {
  ir::IdpConnection connection;
  connection.name = "corporate";
  connection.issuer = issuer;
  connection.type = type;
  connection.credentials = {"sallyport-system", "idp", "u", "1"};
  connection.instance = InstanceId("abcd1234");
  return connection;
}

inline std::string text_of(const ir::Verdict& verdict) {
  std::string text = std::string(to_string(verdict.outcome));
  if (verdict.error) text += ": " + verdict.error->text();
  for (const std::string& note : verdict.notes) text += "\n  note: " + note;
  for (const auto& [key, value] : verdict.facts) text += "\n  " + key + ": " + value;
  return text;
}

}  // namespace sallyport::testing
