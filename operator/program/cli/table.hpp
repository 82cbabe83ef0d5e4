// SPDX-License-Identifier: Apache-2.0
// Tables for people: aligned columns, and colour only where somebody looks.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace sallyport::program::cli {

enum class Tone { Plain, Good, Bad, Warn };

/// Whether this stream may be coloured: stdout that is a terminal, and NO_COLOR (no-color.org) is not set.
[[nodiscard]] bool may_colour(const std::ostream& out);

/// The text, wrapped in ANSI colour when `colour`.
[[nodiscard]] std::string paint(std::string_view text, Tone tone, bool colour);

struct Cell {
  std::string text;
  Tone tone = Tone::Plain;
  Cell(std::string t, Tone how = Tone::Plain) : text(std::move(t)), tone(how) {}
  Cell(const char* t) : text(t) {}
};

/// Columns as wide as their widest cell, two blanks between them, nothing behind the last. Cells are made one printable
/// line: what a cluster or a device says must not steer a terminal. An empty cell is shown as "-".
class Table {
 public:
  explicit Table(std::vector<std::string> headers);
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace sallyport::program::cli
