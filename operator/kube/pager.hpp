// SPDX-License-Identifier: Apache-2.0
// Lists a collection of any size while holding one page of it.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "operator/kube/client.hpp"
#include "operator/kube/scan.hpp"

namespace sallyport::kube {

struct ListVisitor {
  OnObject on_object;
  /// What was delivered does not count any more, the list starts again: its page token expired in the middle (410).
  std::function<void()> on_restart;
};

/// Pages of 500, consistent; when a token expires, once more without pages. Returns the list's resourceVersion, from
/// which a watch may start. After an error the visitor has seen a part only.
[[nodiscard]] Result<std::string> list_all(Client& client, const Selection& what, const ListVisitor& visitor,
                                           std::stop_token stop);

}  // namespace sallyport::kube
