// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/as3.hpp"

namespace sallyport::simulators::bigip {

namespace {

http::Outgoing read_info() {
  return reply(200,
               {{"version", "3.56.0"}, {"release", "10"}, {"schemaCurrent", "3.56.0"}, {"schemaMinimum", "3.0.0"}});
}

http::Outgoing read_settings() {
  return reply(200, {{"asyncTaskStorage", "data-group"},
                     {"perAppDeploymentAllowed", true},
                     {"burstHandlingEnabled", false},
                     {"serializeFileUploads", false},
                     {"serviceDiscoveryEnabled", true},
                     {"encodeDeclarationMetadata", false},
                     {"performanceTracingEnabled", false},
                     {"webhook", ""}});
}

Answer plain(http::Outgoing out, std::chrono::milliseconds takes) {
  Answer answer;
  answer.out = std::move(out);
  answer.takes = takes;
  return answer;
}

}  // namespace

Answer answer_as3(Group& group, Unit& unit, const http::Incoming& incoming) {
  As3Request request;
  if (const auto wrong = parse_as3(incoming, request)) return plain(failure(wrong->code, wrong->message), {});
  const bool reads = incoming.method == "GET";
  if (request.endpoint == "declare" && !reads) {
    if (incoming.method != "POST" && incoming.method != "PATCH" && incoming.method != "DELETE") {
      return plain(failure(405, "Method Not Allowed"), {});
    }
    return write_declaration(group, unit, incoming, request);
  }
  if (!reads) return plain(failure(405, "Method Not Allowed"), {});
  const auto takes = group.read_time();
  if (request.endpoint == "info") return plain(read_info(), takes);
  if (request.endpoint == "settings") return plain(read_settings(), takes);
  if (request.endpoint == "task") return plain(read_task(group, unit, request), takes);
  return plain(read_declaration(unit, request), takes);
}

}  // namespace sallyport::simulators::bigip
