// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/ir/verdict.hpp"

namespace sallyport::ir {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Pending:
      return "Pending";
    case Outcome::Applied:
      return "Applied";
    case Outcome::Gone:
      return "Gone";
    case Outcome::Rejected:
      return "Rejected";
    case Outcome::Unknown:
      return "Unknown";
  }
  return "Unknown";
}

}  // namespace sallyport::ir
