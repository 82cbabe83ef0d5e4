# SPDX-License-Identifier: Apache-2.0
"""How fast N endpoints could converge at best, from what the systems document or take. Every input is printed."""
import math

# Limits of a workspace: docs.databricks.com, resource limits (reference of the simulator: BEHAVIOUR.md).
READS_PER_S, WRITES_PER_S = 100, 30  # of access lists
LIMITS = [
    {"method": "GET", "path": "/api/2.0/permissions/*", "calls": READS_PER_S, "window_ms": 1000, "retry_after": "alternating"},
    {"method": "PUT|PATCH", "path": "/api/2.0/permissions/*", "calls": WRITES_PER_S, "window_ms": 1000, "retry_after": "alternating"},
    {"method": "GET", "path": "/api/2.0/preview/scim/v2/*", "calls": 255, "window_ms": 60000, "retry_after": "alternating"},
    {"method": "POST|PUT", "path": "/api/2.0/serving-endpoints*", "calls": 50, "window_ms": 300000, "retry_after": "alternating"}]
APPLICATIONS_PER_TENANT = 100  # F5's advice for one tenant

# What the simulators draw from with --latency realistic. Reads of the device are uniform around this mean; all else is
# lognormal, with this median and spread.
DECLARATION_S, DECLARATION_SIGMA = 8.0, 0.4
DEVICE_READ_S = 0.5
WORKSPACE_READ_S, WORKSPACE_WRITE_S, WORKSPACE_SIGMA = 0.12, 0.4, 0.4


def mean(median, sigma):
    """Of a lognormal distribution."""
    return median * math.exp(sigma * sigma / 2)


def bound(endpoints, per_namespace, per_workspace):
    """{"seconds", "by", "parts", "inputs"}: for systems with latencies; without them only the machine is measured."""
    namespaces = math.ceil(endpoints / per_namespace)
    in_last = endpoints - per_namespace * (namespaces - 1)
    tenants = (namespaces - 1) * math.ceil(per_namespace / APPLICATIONS_PER_TENANT) + math.ceil(in_last / APPLICATIONS_PER_TENANT)
    in_workspace = min(endpoints, per_workspace)
    declaration = mean(DECLARATION_S, DECLARATION_SIGMA) + DEVICE_READ_S  # and a look at its task
    # A device takes one declaration at a time: each tenant is read once and declared once.
    device = tenants * (declaration + DEVICE_READ_S)
    # An access list is read once before and once after it is written; workspaces are worked on side by side.
    workspace = max(in_workspace / WRITES_PER_S, 2 * in_workspace / READS_PER_S)
    # Before the first declaration: one serving endpoint read, tagged, granted and verified.
    read, write = mean(WORKSPACE_READ_S, WORKSPACE_SIGMA), mean(WORKSPACE_WRITE_S, WORKSPACE_SIGMA)
    first = 2 * read + 2 * write
    parts = {"device": round(device, 1), "workspace": round(workspace, 1), "first endpoint": round(first, 1)}
    return {"seconds": round(max(device + first, workspace + declaration), 1), "parts": parts,
            "by": "device" if device + first >= workspace + declaration else "workspace",
            "inputs": {"tenants": tenants, "applications_per_tenant": APPLICATIONS_PER_TENANT,
                       "declaration_median_s": DECLARATION_S, "declaration_sigma": DECLARATION_SIGMA, "device_read_s": DEVICE_READ_S,
                       "permission_writes_per_s": WRITES_PER_S, "permission_reads_per_s": READS_PER_S,
                       "endpoints_in_a_workspace": in_workspace, "workspace_read_median_s": WORKSPACE_READ_S,
                       "workspace_write_median_s": WORKSPACE_WRITE_S, "workspace_sigma": WORKSPACE_SIGMA}}
