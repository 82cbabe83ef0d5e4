# SPDX-License-Identifier: Apache-2.0
"""The phases of one measurement, in the order in which they are run on one stage. Each returns what it measured."""
import http.client
import ssl
import statistics
import time
import urllib.parse

from e2e.bench import meters
from e2e.harness.cluster import CUSTOM
from e2e.harness.kube import condition
from e2e.harness.process import wait_until


def quantile(values, part):
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 2)


def converge(stage, tell, deadline):
    """From the operator's start until every endpoint is Ready, and what that took."""
    since = meters.Position(stage)
    operator = stage.start_operator()
    process = meters.Process(operator.child.pid)
    seconds = meters.wait_converged(stage, tell, deadline)
    cpu = process.cpu_seconds()
    wait_until("the configuration is saved", lambda: meters.Outside(stage, since).saves > 0, 120, 1)
    time.sleep(3)
    resident, peak = process.memory_mib()
    calls, outside = meters.api_calls(stage, since), meters.Outside(stage, since)
    return {"seconds": round(seconds, 1), "cpu_s": round(cpu, 2), "peak_mib": peak, "steady_mib": resident,
            "threads": process.threads(), "as3_posts": outside.as3_posts, "outside_writes": outside.writes,
            "outside_writes_per_object": round(outside.writes / stage.size, 2), "throttled": outside.throttled,
            "outside_requests": dict(sorted(outside.requests.items())),
            "api_calls_per_object": round(sum(meters.but_leases_and_events(calls).values()) / stage.size, 2), "api_calls": calls,
            "reconciles": reconciles(operator)}


def reconciles(operator):
    """By queue and result, as the operator counts them: for finding causes, not for judging."""
    found = {}
    for line in operator.page("/metrics").splitlines():
        if line.startswith("controller_runtime_reconcile_total{"):
            labels, value = line.rsplit(" ", 1)
            found[labels.split("{")[1].rstrip("}")] = int(float(value))
    return found


def edit(stage, thing, value):
    """Changes something that reaches the device only. Returns the time when the API server had it."""
    meta = thing["metadata"]
    stored = stage.kube.patch("ProtectedEndpoint", meta["name"], {"spec": {"traffic": {"maxConcurrent": value}}}, meta["namespace"])
    return time.monotonic(), stored["metadata"]["generation"]


def programmed(stage, thing, generation):
    now = stage.loader.get(stage.kube.path("ProtectedEndpoint", thing["metadata"]["namespace"], thing["metadata"]["name"]))
    told = next((c for c in now["status"]["conditions"] if c["type"] == "RouteProgrammed"), {})
    return (condition(now, "RouteProgrammed")[0] == "True" and told.get("observedGeneration") == generation
            and not any(c["type"] == "Reconciling" and c["status"] == "True" for c in now["status"]["conditions"])
            and any(p["system"] == "F5" and p.get("generation") == generation for p in now["status"]["placements"]))


def edits_when_idle(stage, tell, count, deadline=120):
    """Single edits, one after another: from the API server's answer to the status that says it is on the device."""
    took = []
    step = max(1, stage.size // count)
    for number, thing in enumerate(stage.endpoints[::step][:count]):
        began, generation = edit(stage, thing, 500 + number)
        wait_until("the edit is programmed", lambda t=thing, g=generation: programmed(stage, t, g), deadline, 0.05)
        took.append(time.monotonic() - began)
    tell(f"{len(took)} edits, median {statistics.median(took):.2f} s")
    return {"edits": len(took), "p50_s": quantile(took, 0.5), "p99_s": quantile(took, 0.99)}


def edits_behind_a_backlog(stage, tell, count, deadline):
    """Every endpoint has to be programmed anew (the gateway gets a log pool), and then people edit single ones. The backlog at
    an edit is how many endpoints no declaration has taken up yet; an edit without any says nothing, and is not timed."""
    pool = "/Common/siem-" + str(len(stage.operators))
    stage.bigip.control("POST", "/_sim/edit", {"op": "put", "component": "ltm pool", "path": pool, "properties": {}})
    since = meters.Position(stage)
    stage.kube.patch("F5Gateway", "edge", {"spec": {"bigip": {"logPool": pool}}})
    wait_until("the backlog is under way", lambda: meters.Outside(stage, since).as3_posts > 0, 120, 0.1)
    took, posts, backlog = [], [], []
    step = max(1, stage.size // count)
    for number, thing in enumerate(list(reversed(stage.endpoints))[::step][:count]):
        outside = meters.Outside(stage, since)
        before, waiting = outside.as3_posts, stage.size - len(outside.declared)
        if waiting <= 0:
            tell(f"the backlog is gone after {len(took)} edits")
            break
        backlog.append(waiting)
        began, generation = edit(stage, thing, 700 + number)
        wait_until("the edit is programmed", lambda t=thing, g=generation: programmed(stage, t, g), deadline, 0.05)
        took.append(time.monotonic() - began)
        posts.append(meters.Outside(stage, since).as3_posts - before)
        tell(f"edit behind {waiting} endpoints: {took[-1]:.2f} s, {posts[-1]} AS3 posts")
    done = meters.Outside(stage, since).as3_posts
    if not took:
        return {"edits": 0, "posts_meanwhile": done, "why": "the backlog was taken up by one declaration before an edit could be made"}
    return {"edits": len(took), "still_to_be_programmed": backlog, "p50_s": quantile(took, 0.5), "p99_s": quantile(took, 0.99),
            "posts_until_programmed": {"median": statistics.median(posts), "most": max(posts)}, "posts_meanwhile": done}


def bare_listing(stage):
    """Seconds that a program takes which only reads what the operator watches, as streams, and forgets it."""
    address = urllib.parse.urlsplit(stage.kube.server)
    context = ssl.create_default_context(cadata=stage.kube.ca)
    token, total, began = stage.kube._token, 0, time.monotonic()
    metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    for kind, accept in [*((kind, "application/json") for kind in CUSTOM), ("Namespace", metadata), ("Secret", metadata)]:
        connection = http.client.HTTPSConnection(address.hostname, address.port, context=context, timeout=120)
        connection.request("GET", stage.kube.path(kind) + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                           "&resourceVersionMatch=NotOlderThan&resourceVersion=", headers={
                               "Authorization": "Bearer " + token, "Accept": accept})
        answer = connection.getresponse()
        for line in answer:
            total += len(line)
            if b"initial-events-end" in line:
                break
        connection.close()
    return time.monotonic() - began, total


def restart(stage, tell):
    """The operator ends and starts again with everything converged."""
    for _ in range(2):
        bare, size = bare_listing(stage)  # the second time with the API server's caches warm, as the operator finds them
    stage.operators[-1].child.stop()
    since = meters.Position(stage)
    began = time.monotonic()
    operator = stage.start_operator()
    wait_until("its caches are filled", lambda: operator.page("/readyz").startswith("ok") or "ok" in operator.page("/readyz"), 120, 0.02)
    filled = time.monotonic() - began
    operator.wait_until_leading(120)
    leading = time.monotonic() - began
    process = meters.Process(operator.child.pid)
    cpu = process.cpu_seconds()
    time.sleep(10)
    calls, outside = meters.api_calls(stage, since), meters.Outside(stage, since)
    resident, peak = process.memory_mib()
    tell(f"restarted: caches filled after {filled:.2f} s, a bare listing takes {bare:.2f} s")
    own = {"bigip-edge", "idp-registration", *(workspace.connection for workspace in stage.workspaces)}
    return {"bare_listing_s": round(bare, 2), "listed_mib": round(size / 2**20, 1), "caches_filled_s": round(filled, 2),
            "leading_s": round(leading, 2), "cpu_s": round(cpu, 2), "peak_mib": peak, "steady_mib": resident,
            "secrets_read": sum(count for what, count in calls.items() if what == "get secrets"), "own_credentials": len(own),
            "api_writes": sum(meters.writes_among(meters.but_leases_and_events(calls)).values()),
            "outside_writes": outside.writes + outside.as3_posts + outside.saves, "saves": outside.saves, "api_calls": calls,
            "outside_requests": dict(sorted(outside.requests.items())), "reconciles": reconciles(operator)}


def quiet(stage, tell, interval):
    """Three drift polls of everything, by an operator that polls often, and what was written meanwhile: nothing but the Lease is
    what it should be, events not excepted. Fewer polls in eight intervals are no measurement."""
    stage.operators[-1].child.stop()
    operator = stage.start_operator(drift_interval=f"{interval}s")
    operator.wait_until_leading(120)
    process = meters.Process(operator.child.pid)
    time.sleep(interval * 0.5 + 5)
    since, cpu, began = meters.Position(stage), process.cpu_seconds(), time.monotonic()

    def polls():
        reads = meters.Outside(stage, since).requests
        lists = sum(n for what, n in reads.items() if what.startswith("databricks GET /api/2.0/permissions"))
        return lists / stage.size
    while polls() < 3 and time.monotonic() - began < interval * 8:
        time.sleep(2)
        tell(f"{polls():.1f} drift polls seen")
    calls, outside, seen = meters.api_calls(stage, since), meters.Outside(stage, since), polls()
    if seen < 3:
        raise RuntimeError(f"{seen:.1f} drift polls in {time.monotonic() - began:.0f} s, three are to be measured; "
                           "give a longer --drift-interval")
    return {"polls": round(seen, 1), "interval_s": interval, "seconds": round(time.monotonic() - began, 1),
            "cpu_s": round(process.cpu_seconds() - cpu, 2), "api_writes": meters.writes_among(meters.but_leases(calls)),
            "outside_writes": outside.writes, "as3_posts": outside.as3_posts, "saves": outside.saves,
            "resident_mib": process.memory_mib()[0], "api_calls": calls,
            "outside_requests": dict(sorted(outside.requests.items()))}
