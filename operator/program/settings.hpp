// SPDX-License-Identifier: Apache-2.0
// What `sallyport run` can be told: one table of flags, from which the command line and the reference page are made.
// Each flag can also be given as an environment variable, SALLYPORT_ and its name in upper case with '_'.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sallyport::program {

struct Settings {
  std::string kubeconfig;
  std::string context;
  std::string manifests;
  std::string state;
  std::string operator_namespace;
  std::vector<std::string> watch_namespaces;
  std::string audit_log;
  bool audit_stdout = true;
  std::string listen = "127.0.0.1:8080";
  std::string publications;
  std::string deliver_listen;
  std::vector<std::string> deliver_names;
  std::string deliver_authority = "sallyport-agents-ca";
  int workers = 4;
  std::chrono::milliseconds drift_interval = std::chrono::minutes(10);
  bool leader_election = true;
  std::chrono::milliseconds lease_duration = std::chrono::seconds(15);
  std::chrono::milliseconds renew_deadline = std::chrono::seconds(10);
  std::chrono::milliseconds retry_period = std::chrono::seconds(2);
  std::chrono::milliseconds grace = std::chrono::seconds(20);
  std::string log_level = "info";
  std::string log_format = "text";
  bool allow_core_dumps = false;
};

template <class M>
struct Flag {
  std::string_view name;
  M Settings::*member;
  std::string_view doc;
};

template <class M>
constexpr Flag<M> flag(std::string_view name, M Settings::*member, std::string_view doc) {
  return {name, member, doc};
}

inline constexpr std::tuple kFlags{
    flag("kubeconfig", &Settings::kubeconfig,
         "Path of a kubeconfig. Default: $KUBECONFIG, the pod's own account, ~/.kube/config"),
    flag("context", &Settings::context, "Context of the kubeconfig"),
    flag("manifests", &Settings::manifests, "Work without a cluster: a directory of YAML, re-read when it changes"),
    flag("state", &Settings::state,
         "With --manifests: where uids, placements, ledgers and registrations are kept (mode 0700)"),
    flag("operator-namespace", &Settings::operator_namespace,
         "Namespace of connection credentials, registrations and ledgers. Default: the pod's own, else "
         "sallyport-system"),
    flag("watch-namespaces", &Settings::watch_namespaces, "Watch only these namespaces (repeatable). Default: all"),
    flag("audit-log", &Settings::audit_log,
         "File that receives one line per outside change, hash-chained across restarts"),
    flag("audit-stdout", &Settings::audit_stdout, "Write the audit lines to stdout, too"),
    flag("listen", &Settings::listen,
         "Address and port of /metrics, /healthz and /readyz; port 0 picks a free one; empty: none"),
    flag("publications", &Settings::publications,
         "Directory in which what NGINX gateways without a directory of their own are to serve is kept"),
    flag("deliver-listen", &Settings::deliver_listen,
         "Address and port on which agents of such gateways enrol and fetch it, over mutual TLS; empty: none"),
    flag("deliver-names", &Settings::deliver_names,
         "Host names and addresses by which agents call it, for its certificate"),
    flag("deliver-authority", &Settings::deliver_authority,
         "Secret in the operator's namespace with the authority of these certificates (tls.crt, tls.key); made unless "
         "it is there"),
    flag("workers", &Settings::workers, "Objects reconciled at the same time"),
    flag("drift-interval", &Settings::drift_interval, "Time between looks at what has converged, such as 10m"),
    flag("leader-election", &Settings::leader_election, "Write only while holding the Lease"),
    flag("lease-duration", &Settings::lease_duration, "How long others leave a silent leader alone"),
    flag("renew-deadline", &Settings::renew_deadline, "How long a leader tries to renew before it gives up"),
    flag("retry-period", &Settings::retry_period, "Time between attempts to take or renew the Lease"),
    flag("grace", &Settings::grace, "How long work in progress may go on after a stop was asked for"),
    flag("log-level", &Settings::log_level, "debug, info, warning or error"),
    flag("log-format", &Settings::log_format, "text for people, json for machines"),
    flag("allow-core-dumps", &Settings::allow_core_dumps,
         "Let the process be traced and dumped: its memory holds credentials"),
};

}  // namespace sallyport::program
