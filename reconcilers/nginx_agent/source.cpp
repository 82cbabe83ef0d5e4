// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/source.hpp"

#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::nginx_agent {
namespace {

class DirectorySource final : public Source {
 public:
  explicit DirectorySource(const std::string& directory)
      : manifest_(directory + "/" + publication::kManifestFile),
        objects_(directory + "/" + publication::kObjectsFolder) {}

  Result<std::string> manifest() override { return read_whole_file(manifest_, publication::kMaxSealedSize); }
  Result<Secret> object(const std::string& name) override { return objects_.read(name); }

 private:
  const std::string manifest_;
  const publication::Objects objects_;
};

}  // namespace

std::unique_ptr<Source> directory_source(const std::string& directory) {
  return std::make_unique<DirectorySource>(directory);
}

}  // namespace sallyport::nginx_agent
