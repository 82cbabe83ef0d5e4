// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/pager.hpp"

namespace sallyport::kube {

Result<std::string> list_all(Client& client, const Selection& what, const ListVisitor& visitor, std::stop_token stop) {
  constexpr int kPage = 500;
  std::string next;
  for (int limit = kPage;;) {
    const Page page = TRY(client.list_page(what, next, limit, stop));
    if (page.expired) {
      if (limit == 0) return Error{Code::Unavailable, "list " + what.resource.plural + ": a full list expired", {}, {}};
      limit = 0;
      next.clear();
      visitor.on_restart();
      continue;
    }
    const ListHead head = TRY(split_list(page.body, visitor.on_object));
    if (head.next.empty()) return head.resource_version;
    next = head.next;
  }
}

}  // namespace sallyport::kube
