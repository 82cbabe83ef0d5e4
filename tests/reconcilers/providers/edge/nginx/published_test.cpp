// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/nginx/published.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/testing/files.hpp"

namespace sallyport::edge::nginx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const SystemTime kNow = *parse_rfc3339("2026-12-01T12:00:00Z");

class PublishedDirectory : public ::testing::Test {
 protected:
  static publication::Manifest manifest() {
    publication::Manifest one;
    one.instance = "inst0001";
    one.gateway = "edge";
    one.serial = 1;
    one.made_at = "2026-12-01T00:00:00Z";
    one.use_until = "2026-12-02T00:00:00Z";
    return one;
  }
  publication::Manifest announced() const {
    publication::Manifest one = manifest();
    one.keys = keys.announced();
    return one;
  }

  testing::TemporaryDirectory folder;
  Published published{*http::make_client({.base_url = "file://" + folder.path})};
  SigningKeys keys{*publication::Signer::generate(), std::nullopt, std::nullopt};
  http::Change change{"F5Gateway edge", "u", "1", 1, "nginx edge: manifest", "create", "", ""};
};

TEST_F(PublishedDirectory, HoldsNothingAtFirst) {
  EXPECT_EQ(published.manifest(keys, {})->has_value(), false);
  EXPECT_THAT(*published.object_names({}), IsEmpty());
  EXPECT_THAT(*published.reports(kNow, {}), IsEmpty());
}

TEST_F(PublishedDirectory, GivesBackTheManifestThatItsOwnKeySigned) {
  ASSERT_TRUE(published.put_manifest(announced(), keys, {change}, {}).has_value());
  EXPECT_EQ((*published.manifest(keys, {}))->gateway, "edge");

  const SigningKeys others{*publication::Signer::generate(), std::nullopt, std::nullopt};
  EXPECT_EQ(published.manifest(others, {}).error().code, Code::Conflict);
  const SigningKeys later{*publication::Signer::generate(), std::nullopt, keys.current};
  EXPECT_TRUE(published.manifest(later, {}).has_value());
  EXPECT_THAT(later.announced(), SizeIs(1));
}

TEST_F(PublishedDirectory, NamesObjectsByWhatIsInThem) {
  const std::string name = *published.put_object(Secret("bytes"), change, {});
  EXPECT_EQ(published.object(name, {})->reveal(), "bytes");
  testing::write_text(folder.path + "/objects/somebody-elses", "x");
  EXPECT_THAT(*published.object_names({}), ElementsAre(name));
  testing::write_text(folder.path + "/objects/" + name, "others");
  EXPECT_EQ(published.object(name, {}).error().code, Code::InvalidSpec);
  ASSERT_TRUE(published.remove_object(name, change, {}).has_value());
  EXPECT_EQ(published.object(name, {}).error().code, Code::NotFound);
  EXPECT_EQ(*published.put_object(Secret("bytes"), change, {}), name);
  EXPECT_EQ(published.object(name, {})->reveal(), "bytes");
}

TEST_F(PublishedDirectory, TellsPeopleItsPublicKeys) {
  ASSERT_TRUE(published.put_keys(announced(), change, {}).has_value());
  const std::string text = testing::read_text(folder.path + "/keys.json");
  EXPECT_THAT(text, HasSubstr(keys.current.id()));
  EXPECT_FALSE(nlohmann::json::parse(text)["keys"][0].contains("d"));
}

TEST_F(PublishedDirectory, ReadsEachReportForItself) {
  testing::write_text(folder.path + "/reports/a.json",
                      R"({"at": "2026-12-01T12:00:00Z", "serial": 7, "running": true, "endpoints": []})");
  testing::write_text(folder.path + "/reports/b.json", "half");
  testing::write_text(folder.path + "/reports/c.txt", "{}");
  testing::write_text(folder.path + "/reports/d e.json", "no name of an agent");
  std::filesystem::create_directory(folder.path + "/reports/f.json");
  const auto reports = *published.reports(kNow, {});
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].agent, "a");
  EXPECT_TRUE(reports[0].readable);
  EXPECT_EQ(reports[1].agent, "b");
  EXPECT_FALSE(reports[1].readable);
}

}  // namespace
}  // namespace sallyport::edge::nginx
