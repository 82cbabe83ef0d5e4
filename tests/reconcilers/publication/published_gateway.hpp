// SPDX-License-Identifier: Apache-2.0
// A gateway as the operator publishes it, for tests: a directory with objects, and a manifest that it signed.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"
#include "tests/reconcilers/publication/sample.hpp"
#include "tests/testing/files.hpp"

namespace sallyport::publication {

class PublishedGateway {
 public:
  using Edit = std::function<void(Endpoint&)>;

  [[nodiscard]] const std::string& path() const { return folder_.path; }
  [[nodiscard]] const Objects& objects() const { return objects_; }
  [[nodiscard]] const Signer& signer() const { return signer_; }
  [[nodiscard]] std::string trusted_keys() const { return nlohmann::json{{"keys", {signer_.public_jwk()}}}.dump(); }
  [[nodiscard]] token::KeySet trusted() const { return *token::KeySet::read(trusted_keys()); }
  [[nodiscard]] const std::string& certificate() const { return certificate_; }

  /// Adds or changes an endpoint; nothing comes of it before the next manifest.
  void put(const std::string& id, std::int64_t generation = 1, const Edit& edit = {}) {
    Endpoint endpoint = sample_endpoint();
    endpoint.id = id;
    endpoint.host = to_host(id);
    endpoint.generation = generation;
    endpoint.certificate = certificate_;
    if (edit) edit(endpoint);
    remove(id);
    manifest_.endpoints.push_back(
        {id, endpoint.uid, endpoint.generation, *objects_.put(Secret(write_endpoint(endpoint)))});
  }
  void remove(const std::string& id) {
    std::erase_if(manifest_.endpoints, [&](const Entry& entry) { return entry.id == id; });
  }
  Manifest& manifest() { return manifest_; }

  /// The manifest's text with the next serial.
  std::string seal() {
    ++manifest_.serial;
    return *publication::seal(manifest_, signer_);
  }
  /// Puts it where it is looked for.
  void publish() { publish(seal()); }
  void publish(const std::string& sealed) {
    testing::write_text(path() + "/manifest.new", sealed);
    std::filesystem::rename(path() + "/manifest.new", path() + "/manifest");
  }

 private:
  static std::string to_host(std::string id) {
    for (char& c : id) c = c == '_' ? '-' : c;
    return id + ".ml.example.com";
  }
  Manifest make_manifest() const {
    Manifest manifest;
    manifest.instance = "k3x8m2qa";
    manifest.gateway = "edge";
    manifest.made_at = "2026-11-22T00:00:00Z";
    manifest.use_until = "2026-11-23T00:00:00Z";
    manifest.keys = {signer_.public_jwk().dump()};
    return manifest;
  }

  testing::TemporaryDirectory folder_;
  Objects objects_{folder_.path + "/objects"};
  Signer signer_ = *Signer::generate();
  std::string certificate_ = *objects_.put(Secret("PEM"));
  Manifest manifest_ = make_manifest();
};

}  // namespace sallyport::publication
