// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/source.hpp"

#include "operator/base/whole_file.hpp"
#include "reconcilers/publication/manifest.hpp"
#include "reconcilers/publication/objects.hpp"

namespace sallyport::nginx_agent {
namespace {

class DirectorySource final : public Source {
 public:
  DirectorySource(const std::string& directory, const std::string& reports, const std::string& agent)
      : manifest_(directory + "/" + publication::kManifestFile),
        objects_(directory + "/" + publication::kObjectsFolder),
        reports_(reports),
        agent_(agent) {}

  Result<std::string> manifest() override { return read_whole_file(manifest_, publication::kMaxSealedSize); }
  Result<Secret> object(const std::string& name) override { return objects_.read(name); }
  /// The directory each time: the volume may have been taken away and mounted again.
  Result<void> tell(const std::string& report) override {
    if (reports_.empty()) return {};
    TRY(make_private_directory(reports_));
    return replace_file(reports_ + "/" + agent_ + ".json", report, Care::Shown);
  }

 private:
  const std::string manifest_;
  const publication::Objects objects_;
  const std::string reports_, agent_;
};

}  // namespace

std::unique_ptr<Source> directory_source(const std::string& directory, const std::string& reports,
                                         const std::string& agent) {
  return std::make_unique<DirectorySource>(directory, reports, agent);
}

}  // namespace sallyport::nginx_agent
