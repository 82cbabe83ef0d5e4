// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/guard_rule.hpp"

#include "reconcilers/providers/edge/bigip/marks.hpp"

namespace sallyport::edge::bigip {
namespace {

/// An answer of the gateway itself. Both texts are our own constants.
std::string answer(std::string_view status, std::string_view code, std::string_view message,
                   std::string_view more = "") {
  return "    HTTP::respond " + std::string(status) + " content {{\"error_code\":\"" + std::string(code) +
         "\",\"message\":\"" + std::string(message) + "\"}} noserver \"Content-Type\" \"application/json\"" +
         std::string(more) + " \"Connection\" \"close\"\n    return\n";
}

}  // namespace

std::string guard_rule(const ir::EdgePlace& place, ClientNetworks networks) {
  const auto group = [&place](std::string_view name) { return path_of(place) + "/" + std::string(name); };
  std::string rule = "when HTTP_REQUEST priority 100 {\n";
  if (networks == ClientNetworks::Listed) {
    rule += "  if { ! [class match -- [IP::client_addr] equals " + group(kNetworksGroup) + "] } {\n" +
            answer("403", "PERMISSION_DENIED", "This network may not use the endpoint") + "  }\n";
  }
  rule +=
      "  set sp_host [string tolower [getfield [HTTP::host] \":\" 1]]\n"
      "  set sp_method [class match -value -- [HTTP::path] equals " +
      group(kPathsGroup) +
      "]\n"
      "  if { $sp_host ne [class match -value -- public_host equals " +
      group(kRouteGroup) + "] || $sp_method eq \"\" } {\n" +
      answer("404", "ENDPOINT_NOT_FOUND", "There is nothing at this host and path") +
      "  }\n"
      "  if { [HTTP::method] ne $sp_method } {\n" +
      answer("405", "BAD_REQUEST", "This method is not allowed here", " \"Allow\" $sp_method") +
      "  }\n"
      "  set sp_length [string trimleft [HTTP::header value \"Content-Length\"] 0]\n"
      "  if { ! [string is digit $sp_length] || [string length $sp_length] > 8 || ($sp_length ne \"\" && $sp_length "
      "> " +
      std::to_string(kLargestBody) + ") } {\n" +
      answer("413", "REQUEST_LIMIT_EXCEEDED", "The request body is too large") +
      "  }\n"
      "  foreach sp_name [HTTP::header names] {\n"
      "    switch -glob -- [string tolower $sp_name] {\n"
      "      \"x-forwarded-user\" - \"x-forwarded-email\" - \"x-forwarded-groups\" - "
      "\"x-forwarded-preferred-username\" -\n"
      "      \"x-forwarded-access-token\" - \"x-databricks-*\" {\n"
      "        HTTP::header remove $sp_name\n"
      "      }\n"
      "    }\n"
      "  }\n"
      "}\n"
      "when HTTP_REQUEST_RELEASE priority 100 {\n"
      "  HTTP::header replace \"Host\" [class match -value -- serving_host equals " +
      group(kRouteGroup) +
      "]\n"
      "}\n";
  return rule;
}

}  // namespace sallyport::edge::bigip
