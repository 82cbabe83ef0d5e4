// SPDX-License-Identifier: Apache-2.0
// All files of nginx for one state of the world, and the directory in which they are laid out, tested and switched to.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "operator/base/result.hpp"
#include "reconcilers/nginx_agent/machine.hpp"

namespace sallyport::nginx_agent {

/// Contents of the endpoints' files by id. What is the same is the same generation.
using EndpointFiles = std::map<std::string, std::string>;

/// Where a file is served, as it stands in it: it may be an old one that was kept, of a document that is gone.
struct Door {
  std::string name;    ///< of the server
  std::string listen;  ///< "443", "10.0.0.1:8443"
  [[nodiscard]] std::string text() const { return name + " on " + listen; }
  friend auto operator<=>(const Door&, const Door&) = default;
};
[[nodiscard]] Door door_of(const std::string& file);

struct Generation {
  std::string name;                          ///< hash of all that follows
  std::map<std::string, std::string> files;  ///< contents by path below its directory
};
[[nodiscard]] Result<Generation> make_generation(const Machine& machine, const EndpointFiles& endpoints);

/// installed/generations/<name>/..., and installed/current, which points to one of them.
class Generations {
 public:
  explicit Generations(std::string installed) : installed_(std::move(installed)) {}

  [[nodiscard]] std::string directory_of(const std::string& name) const { return installed_ + "/generations/" + name; }

  /// Lays the files out, on the disk when the call returns; what a crash left half done is done again.
  [[nodiscard]] Result<void> lay_out(const Generation& generation) const;
  /// `current` points to it from now on, by one rename.
  [[nodiscard]] Result<void> switch_to(const std::string& name) const;
  /// Which one `current` points to; empty for none.
  [[nodiscard]] std::string current() const;
  /// The endpoints' files of one; empty where there is none.
  [[nodiscard]] EndpointFiles endpoints_of(const std::string& name) const;
  /// Takes away all others.
  void keep_only(const std::vector<std::string>& names) const;

 private:
  std::string installed_;
};

}  // namespace sallyport::nginx_agent
