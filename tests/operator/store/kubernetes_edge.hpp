// SPDX-License-Identifier: Apache-2.0
// A small custom resource for tests of the store, which knows none of the real kinds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "operator/schema/field.hpp"

namespace sallyport::store::testing {

struct EdgeSpec {
  std::string host;
};
struct EdgeStatus {
  std::string address;
};
struct Edge {
  using Spec = EdgeSpec;
  using Status = EdgeStatus;
};

inline nlohmann::json edge(const std::string& name, int version, const std::string& uid = "u1") {
  return {
      {"apiVersion", "test.sallyport.dev/v1alpha1"},
      {"kind", "Edge"},
      {"metadata", {{"namespace", "risk"}, {"name", name}, {"uid", uid}, {"resourceVersion", std::to_string(version)}}},
      {"spec", {{"host", name + ".example.com"}}},
      {"status", {{"address", "192.0.2.1"}}}};
}

}  // namespace sallyport::store::testing

template <>
struct sallyport::schema::Describe<sallyport::store::testing::EdgeSpec> {
  static constexpr std::string_view doc = "What an edge wants.";
  static constexpr auto fields =
      std::tuple{field("host", &store::testing::EdgeSpec::host, "Where it answers.", {.required = true})};
};

template <>
struct sallyport::schema::Describe<sallyport::store::testing::EdgeStatus> {
  static constexpr std::string_view doc = "What an edge has.";
  static constexpr auto fields = std::tuple{field("address", &store::testing::EdgeStatus::address, "Its address.")};
};

template <>
struct sallyport::schema::Kind<sallyport::store::testing::Edge> {
  static constexpr KindName name{.group = "test.sallyport.dev",
                                 .version = "v1alpha1",
                                 .kind = "Edge",
                                 .plural = "edges",
                                 .singular = "edge",
                                 .short_name = "ed",
                                 .doc = "An edge."};
};
