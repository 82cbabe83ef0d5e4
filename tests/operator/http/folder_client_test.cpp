// SPDX-License-Identifier: Apache-2.0
#include "operator/http/folder_client.hpp"

#include <gmock/gmock.h>

#include "tests/testing/files.hpp"

namespace sallyport::http {
namespace {

using testing::mode_of;
using testing::read_text;
using testing::write_text;

class FolderClient : public ::testing::Test {
 protected:
  Result<Response> send(const std::string& method, const std::string& target, const std::string& body = {}) {
    Request request{.method = method, .target = target, .body = body};
    return client->send(request, std::chrono::seconds(1), {});
  }

  testing::TemporaryDirectory folder;
  std::string base = "file://" + folder.path + "/published";
  std::unique_ptr<Client> client = *make_client({.base_url = base, .limits = {.body_bytes = 100}});
};

TEST_F(FolderClient, KeepsAFileForNobodyElseToRead) {
  EXPECT_EQ(send("PUT", "/objects/a", "bytes")->status, 200);

  EXPECT_EQ(send("GET", "/objects/a")->body, "bytes");
  EXPECT_EQ(read_text(folder.path + "/published/objects/a"), "bytes");
  EXPECT_EQ(mode_of(folder.path + "/published/objects/a"), 0600U);
  EXPECT_EQ(mode_of(folder.path + "/published/objects"), 0700U);
}

TEST_F(FolderClient, SaysWhatIsNotThereAndWhatIsGone) {
  EXPECT_EQ(send("GET", "/manifest")->status, 404);
  EXPECT_EQ(send("GET", "/reports/")->status, 404);
  EXPECT_EQ(send("PUT", "/manifest", "1")->status, 200);
  EXPECT_EQ(send("DELETE", "/manifest")->status, 200);
  EXPECT_EQ(send("DELETE", "/manifest")->status, 200);
  EXPECT_EQ(send("GET", "/manifest")->status, 404);
}

TEST_F(FolderClient, ListsFilesAndNothingThatIsNotFinished) {
  write_text(folder.path + "/published/reports/b.json", "{}");
  write_text(folder.path + "/published/reports/a.json", "{}");
  write_text(folder.path + "/published/reports/.sallyport-new-x", "{");
  write_text(folder.path + "/published/reports/deep/c.json", "{}");

  EXPECT_EQ(send("GET", "/reports/")->body, "a.json\nb.json");
}

TEST_F(FolderClient, NeverLeavesItsDirectory) {
  write_text(folder.path + "/secret", "s");
  for (const char* target : {"/../secret", "/objects/../../secret", "//secret", "/.hidden", "secret", "", "/a//b",
                             "/%2e%2e/secret", "/a b", "/a?x", "/a\\b", "/a\nb"}) {
    const auto answer = send("GET", target);
    ASSERT_FALSE(answer.has_value()) << target;
    EXPECT_EQ(answer.error().code, Code::InvalidSpec) << target;
  }
}

TEST_F(FolderClient, RefusesWhatADirectoryCannotDo) {
  EXPECT_EQ(send("POST", "/manifest", "1")->status, 405);
  EXPECT_EQ(send("PUT", "/objects/", "1")->status, 405);
  EXPECT_FALSE(client->stream({.target = "/manifest"}, std::chrono::seconds(1), {}, {}).has_value());
}

TEST_F(FolderClient, ReadsNothingThatIsLargerThanItsLimit) {
  write_text(folder.path + "/published/manifest", std::string(101, 'x'));
  EXPECT_EQ(send("GET", "/manifest").error().code, Code::Unavailable);
}

TEST_F(FolderClient, WantsAnAbsolutePath) {
  for (const char* url : {"file://", "file://relative", "file:/x"})
    EXPECT_FALSE(make_folder_client({.base_url = url}).has_value()) << url;
}

}  // namespace
}  // namespace sallyport::http
