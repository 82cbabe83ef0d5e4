// SPDX-License-Identifier: Apache-2.0
// A directory of its own for each test, and what the audit tests write and read in it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "operator/audit/trail.hpp"
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "tests/testing/fake_clock.hpp"

namespace sallyport::audit {

class AuditFiles : public ::testing::Test {
 protected:
  AuditFiles() { std::filesystem::create_directories(folder_); }
  ~AuditFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] Result<std::unique_ptr<Trail>> open_trail() const {
    return Trail::open({.path = path_}, InstanceId("ab12cd34"), clock_);
  }
  /// Opened or the test ends.
  [[nodiscard]] std::unique_ptr<Trail> trail() const {
    auto opened = open_trail();
    if (!opened.has_value()) throw std::runtime_error(opened.error().text());
    return std::move(*opened);
  }

  static std::string content_of(const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }
  [[nodiscard]] std::string content() const { return content_of(path_); }
  void overwrite(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }
  /// Without the empty one after the last newline.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all = split(content(), '\n');
    all.pop_back();
    return all;
  }

  static http::Change change(const std::string& name = "risk/fraud-scoring") {
    return {.object = "ProtectedEndpoint " + name,
            .uid = "11111111-2222-4333-8444-555555555555",
            .resource_version = "1234",
            .generation = 7,
            .target = "bigip edge: /sp_x/app",
            .action = "update",
            .before = "aaa",
            .after = "bbb"};
  }
  static Sending sending(std::vector<http::Change> changes = {change()}) {
    return {std::move(changes), "POST", "https://bigip.example/mgmt/shared/appsvcs/declare"};
  }

  std::string folder_ = ::testing::TempDir() + "sallyport-audit-" + random_name(12);
  std::string path_ = folder_ + "/audit.jsonl";
  testing::FakeClock clock_;
};

}  // namespace sallyport::audit
