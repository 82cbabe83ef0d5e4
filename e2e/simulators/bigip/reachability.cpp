// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/reachability.hpp"

namespace sallyport::simulators::bigip {

Json reachability(const Objects& objects) {
  Json list = Json::array();
  for (const auto& [key, object] : objects) {
    if (key.first != "ltm virtual") continue;
    std::string address = text_of(object, "_address");
    std::string port = object.contains("_port") ? std::to_string(object["_port"].get<int>()) : "";
    if (address.empty()) {
      const std::string destination = text_of(object, "destination");
      const std::size_t begin = destination.rfind('/') + 1;
      const std::size_t colon = destination.rfind(':');
      address = destination.substr(begin, colon - begin);
      port = colon == std::string::npos ? "" : destination.substr(colon + 1);
    }
    list.push_back({{"virtual", key.second},
                    {"address", address},
                    {"port", port.empty() ? 0 : std::atoi(port.c_str())},
                    {"tenant", text_of(object, "_tenant", partition_of(key.second))},
                    {"application", text_of(object, "_application")},
                    {"accessProfile", text_of(object, "_access")},
                    {"perRequestPolicy", text_of(object, "perFlowRequestAccessPolicy")},
                    {"wafPolicy", text_of(object, "_waf")},
                    {"pool", text_of(object, "pool")},
                    {"rules", object.value("rules", Json::array())},
                    {"enabled", !object.value("disabled", false)}});
  }
  return list;
}

}  // namespace sallyport::simulators::bigip
