// SPDX-License-Identifier: Apache-2.0
// The Secret in the operator's namespace that the authorities lie in: made here unless somebody gave it, and taken a
// step further when it is time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/base/clock.hpp"
#include "operator/store/store.hpp"
#include "reconcilers/delivery/authorities.hpp"

namespace sallyport::delivery {

/// Used by one thread. References outlive it.
class AuthoritySecret {
 public:
  AuthoritySecret(store::Store& store, std::string name, const Clock& clock)
      : store_(store), name_(std::move(name)), clock_(clock) {}

  /// What is there, read when it has changed; NotFound where it is not there. Changes nothing: for who does not lead.
  [[nodiscard]] Result<std::shared_ptr<const Authorities>> look();
  /// The same, and what is due is done: it is made, or the next is made or used. One that somebody gave, which is known
  /// by its lack of our label, is never written.
  [[nodiscard]] Result<std::shared_ptr<const Authorities>> tend(const std::string& instance);

  /// For a person, of one that was given.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  [[nodiscard]] Result<void> read();
  [[nodiscard]] Result<void> write(ir::SecretBytes bytes, const std::string& replaced);

  store::Store& store_;
  const std::string name_;
  const Clock& clock_;
  std::string version_;  // that was read last
  bool given_ = false;
  ir::SecretBytes bytes_;
  std::shared_ptr<const Authorities> authorities_;
};

}  // namespace sallyport::delivery
