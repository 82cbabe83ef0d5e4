// SPDX-License-Identifier: Apache-2.0
// Runs the program's command line in this process and hands back what it said.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "operator/program/cli/cli.hpp"

namespace sallyport::testing {

struct Said {
  int code = 0;
  std::string out;
  std::string err;
};

inline Said run_cli(const std::vector<std::string>& arguments, const char* program = "sallyport") {
  std::ostringstream out;
  std::ostringstream err;
  program::cli::Context context;
  context.out = &out;
  context.err = &err;
  std::vector<const char*> argv{program};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const int code = program::cli::run_command_line(static_cast<int>(argv.size()), argv.data(), context);
  return {code, out.str(), err.str()};
}

inline std::string quickstart() {
  return SALLYPORT_SOURCE_DIR "/examples/quickstart";
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A directory that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sallyport-cli-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace sallyport::testing
