// SPDX-License-Identifier: Apache-2.0
// Compares text with a file of this folder; SALLYPORT_UPDATE_GOLDEN=1 writes the file instead.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace sallyport::schema {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(SALLYPORT_SOURCE_DIR) + "/tests/operator/schema/golden/" + name;
  if (std::getenv("SALLYPORT_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ostringstream wanted;
  wanted << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, wanted.str()) << "differs from " << name << "; SALLYPORT_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace sallyport::schema
