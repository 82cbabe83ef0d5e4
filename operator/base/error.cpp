// SPDX-License-Identifier: Apache-2.0
#include "operator/base/error.hpp"

namespace sallyport {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::InvalidSpec:
      return "InvalidSpec";
    case Code::NotFound:
      return "NotFound";
    case Code::Conflict:
      return "Conflict";
    case Code::Unauthorized:
      return "Unauthorized";
    case Code::Refused:
      return "Refused";
    case Code::RateLimited:
      return "RateLimited";
    case Code::Unavailable:
      return "Unavailable";
    case Code::ShuttingDown:
      return "ShuttingDown";
    case Code::Unaudited:
      return "Unaudited";
    case Code::Internal:
      return "Internal";
  }
  return "Internal";
}

Error Error::context(std::string_view doing) const {
  Error wider = *this;
  wider.message = std::string(doing) + ": " + message;
  return wider;
}

std::string Error::text() const {
  return where.empty() ? message : where + ": " + message;
}

}  // namespace sallyport
