// SPDX-License-Identifier: Apache-2.0
// A string that cannot be mixed up with another kind of string.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>

namespace sallyport {

/// `using Uid = StrongId<struct UidTag>;` Compares, hashes and prints as its text.
template <class Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const StrongId&, const StrongId&) = default;
  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) { return out << id.text_; }

 private:
  std::string text_;
};

/// `metadata.uid` of a custom resource: names one life of one object.
using Uid = StrongId<struct UidTag>;
/// The operator installation: 8 lower-case characters, made once, part of every outside name and mark.
using InstanceId = StrongId<struct InstanceIdTag>;

}  // namespace sallyport

template <class Tag>
struct std::hash<sallyport::StrongId<Tag>> {
  std::size_t operator()(const sallyport::StrongId<Tag>& id) const { return std::hash<std::string>{}(id.str()); }
};
