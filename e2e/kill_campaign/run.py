# SPDX-License-Identifier: Apache-2.0
"""Kills the operator before, in and after every request that changes something, and compares the end states."""
import argparse
import json
import multiprocessing
import pathlib
import queue
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from e2e.harness.cluster import Cluster  # noqa: E402
from e2e.harness.fault_proxy import POINTS  # noqa: E402
from e2e.harness.process import end_on_sigterm  # noqa: E402
from e2e.kill_campaign.campaign import Run, fault_free  # noqa: E402

EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())["minimum"]


def work(number, tasks, results, reference):
    """A worker: one cluster, one run after the other."""
    try:
        with Cluster(f"kill-{number}") as cluster:
            while True:
                try:
                    k, point = tasks.get_nowait()
                except queue.Empty:
                    return
                began = time.monotonic()
                try:
                    run = Run(cluster, reference, k, point)()
                    results.put((k, point, run.struck_at, run.problems, time.monotonic() - began))
                except BaseException:
                    results.put((k, point, None, [traceback.format_exc()], time.monotonic() - began))
    except BaseException:
        results.put((0, "", None, ["worker: " + traceback.format_exc()], 0))


def spread(points, sample):
    """So many of them, evenly spread, ends included."""
    if sample >= len(points):
        return points
    return [points[round(i * (len(points) - 1) / max(1, sample - 1))] for i in range(sample)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, metavar="K", help="K kill points, evenly spread")
    parser.add_argument("--full", action="store_true", help="all 3N of them")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time, each with its own cluster")
    parser.add_argument("--only", metavar="K:POINT", action="append", help="just this one, as a failure names it")
    options = parser.parse_args()
    end_on_sigterm()
    if not (options.sample or options.full or options.only):
        parser.error("--sample K, --full or --only K:POINT")

    with Cluster("kill-reference") as cluster:
        reference = fault_free(cluster)
    total = reference["count"]
    points = [(k, point) for k in range(1, total + 1) for point in POINTS]
    print(f"fault-free: N = {total} requests that change something ({reference['count_up']} until ready), 3N = {len(points)}; "
          f"by the journals: {reference['journals']}", flush=True)
    failures = len(reference["violations"])
    for violation in reference["violations"]:
        print("FAILED fault-free run:", violation, flush=True)
    if total < EXPECTED:
        print(f"FAILED: N fell below {EXPECTED}, see expected.json")
        failures += 1
    if options.only:
        points = [(int(k), point) for k, point in (entry.split(":") for entry in options.only)]
    elif options.sample:
        points = spread(points, options.sample)

    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    for point in points:
        tasks.put(point)
    workers = [multiprocessing.Process(target=work, args=(n, tasks, results, reference)) for n in range(options.jobs)]
    for worker in workers:
        worker.start()  # they inherit the way to end, and each tidies up its own cluster
    try:
        failures, missed, done = collect(points, workers, results, failures)
    except BaseException:
        for worker in workers:
            worker.terminate()
        raise
    finally:
        for worker in workers:
            worker.join(60)
    print(f"3N = {3 * total}; ran {done}, killed {done - missed}, never reached {missed}, failed {failures}", flush=True)
    # Writes coalesce, so a late k may never come in one run; a campaign that mostly misses proves nothing.
    return int(failures > 0 or done < len(points) or missed > max(2, len(points) // 8))


def collect(points, workers, results, failures):
    """Prints each result as it comes. Returns (failures, never reached, done)."""
    missed, done = 0, 0
    while done < len(points) and (any(w.is_alive() for w in workers) or not results.empty()):
        try:
            k, point, struck, problems, took = results.get(timeout=5)
        except queue.Empty:
            continue
        done += 1
        missed += struck is None
        where = " ".join(struck) if struck else "never came to it (fewer changes than in the fault-free run)"
        print(f"{'FAILED' if problems else 'ok'} {k}:{point} {where} ({took:.1f} s)", flush=True)
        for problem in problems:
            print("   ", problem, flush=True)
        failures += bool(problems)
    return failures, missed, done


if __name__ == "__main__":
    sys.exit(main())
