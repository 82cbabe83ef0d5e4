// SPDX-License-Identifier: Apache-2.0
// What the operator may ask of the API server: the chart's RBAC rules are generated from this (`sallyport reference
// rights`), and the end-to-end tests hold what was asked against them, both ways.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sallyport::program {

/// Where a right is needed, and so in which role it stands.
enum class Reach {
  Cluster,     ///< cluster-scoped objects
  Namespaces,  ///< the list of namespaces; limited to those watched, where the installation is
  Watched,     ///< every namespace, or each that is watched
  Own,         ///< the operator's own namespace
  Lease,       ///< there, too, where several instances elect a leader
  Default,     ///< namespace `default`, where events about cluster-scoped objects go
  Enrolment,   ///< not in any namespace; only where agents enrol at the operator
  Agents,      ///< where these may run: every namespace, or each that is watched
};
inline constexpr std::array<std::pair<std::string_view, Reach>, 8> kReaches{{{"cluster", Reach::Cluster},
                                                                             {"namespaces", Reach::Namespaces},
                                                                             {"watched", Reach::Watched},
                                                                             {"own", Reach::Own},
                                                                             {"lease", Reach::Lease},
                                                                             {"default", Reach::Default},
                                                                             {"enrolment", Reach::Enrolment},
                                                                             {"agents", Reach::Agents}}};

/// A list of RBAC PolicyRules in YAML, each with the reason for it as a comment.
[[nodiscard]] std::string rights_text(Reach reach);

}  // namespace sallyport::program
