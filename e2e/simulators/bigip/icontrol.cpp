// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/icontrol.hpp"

#include "e2e/simulators/bigip/as3_request.hpp"

namespace sallyport::simulators::bigip {

http::Outgoing icontrol_failure(int code, const std::string& message) {
  return reply(code, {{"code", code}, {"message", message}, {"errorStack", Json::array()}, {"apiError", 3}});
}

http::Outgoing statistics(const std::string& kind, const std::string& path, const Json& entries) {
  const std::string link = "https://localhost/mgmt/tm/" + path;
  return reply(200, {{"kind", kind},
                     {"selfLink", link + "?ver=17.1.1"},
                     {"entries", {{link + "/0", {{"nestedStats", {{"entries", entries}}}}}}}});
}

Answer answer_icontrol(Group& group, Unit& unit, const http::Incoming& incoming) {
  if (auto answer = answer_system(group, unit, incoming)) return std::move(*answer);
  if (auto answer = answer_pair(group, unit, incoming)) return std::move(*answer);
  if (auto answer = answer_task(group, unit, incoming)) return std::move(*answer);
  Answer answer;
  answer.out = read_objects(unit, incoming);
  answer.takes = group.read_time();
  return answer;
}

}  // namespace sallyport::simulators::bigip
