// SPDX-License-Identifier: Apache-2.0
#include "operator/program/cli/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "operator/base/text.hpp"

namespace sallyport::program::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLongestCell = 400;

/// Characters, not bytes: continuation bytes of UTF-8 (10xxxxxx) take no room.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

bool may_colour(const std::ostream& out) {
  return &out == &std::cout && isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::string paint(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::Plain) return std::string(text);
  const char* code = tone == Tone::Good ? "\033[32m" : tone == Tone::Bad ? "\033[31m" : "\033[33m";
  return code + std::string(text) + "\033[0m";
}

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}

void Table::add(std::vector<Cell> row) {
  for (Cell& cell : row) {
    cell.text = one_line(cell.text, kLongestCell);
    if (cell.text.empty()) cell.text = "-";
  }
  row.resize(headers_.size(), Cell("-"));
  rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out, std::size_t indent) const {
  const bool colour = may_colour(out);
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    std::size_t width = width_of(headers_[i]);
    for (const auto& row : rows_) width = std::max(width, width_of(row[i].text));
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<Cell>& row) {
    out << std::string(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << paint(row[i].text, row[i].tone, colour);
      if (i + 1 < row.size()) out << std::string(widths[i] - width_of(row[i].text) + kGap, ' ');
    }
    out << "\n";
  };
  line({headers_.begin(), headers_.end()});
  for (const auto& row : rows_) line(row);
}

}  // namespace sallyport::program::cli
