// SPDX-License-Identifier: Apache-2.0
// Where a reader stands in a document. Links on the stack, made into text only when there is an error to report.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::schema {

/// `spec`, then `.backends`, then `[1]`, then `.name`. A link points to its parent, which must outlive it.
class Path {
 public:
  explicit Path(std::string_view root) : name_(root) {}
  [[nodiscard]] Path field(std::string_view name) const { return {this, name, Step::Field, 0}; }
  [[nodiscard]] Path index(std::size_t i) const { return {this, {}, Step::Index, i}; }
  [[nodiscard]] Path key(std::string_view name) const { return {this, name, Step::Key, 0}; }

  [[nodiscard]] std::string text() const {
    if (!parent_) return std::string(name_);
    const std::string before = parent_->text();
    if (step_ == Step::Index) return before + "[" + std::to_string(index_) + "]";
    if (step_ == Step::Key) return before + "[" + std::string(name_) + "]";
    return before.empty() ? std::string(name_) : before + "." + std::string(name_);
  }

 private:
  enum class Step { Field, Index, Key };
  Path(const Path* parent, std::string_view name, Step step, std::size_t index)
      : parent_(parent), name_(name), step_(step), index_(index) {}

  const Path* parent_ = nullptr;
  std::string_view name_;
  Step step_ = Step::Field;
  std::size_t index_ = 0;
};

}  // namespace sallyport::schema
