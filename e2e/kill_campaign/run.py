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
from e2e.kill_campaign import end_state  # noqa: E402
from e2e.kill_campaign.campaign import Run, fault_free  # noqa: E402

EXPECTED = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())["minimum"]
ATTEMPTS = 3


def work(number, tasks, results, reference):
    """A worker: one cluster, one run after the other."""
    try:
        with Cluster(f"kill-{number}") as cluster:
            while True:
                try:
                    task = tasks.get(timeout=1)
                except queue.Empty:
                    return
                began = time.monotonic()
                try:
                    struck, problems = attempt(cluster, reference, *task)
                except Exception:
                    struck, problems = None, [traceback.format_exc()]
                results.put((*task, struck, problems, time.monotonic() - began, set(end_state.MATCHED)))
    except Exception:
        results.put((f"worker {number}", 0, "", None, [traceback.format_exc()], 0, set()))


def attempt(cluster, reference, name, occurrence, point):
    """(the occurrence at which it was killed, problems). Status writes coalesce, so the third of a kind may not come in every
    run: then the last that came is taken. A run in which the operator also lost its short lease, on a slow machine, and left
    by itself, is not one of a single kill: another is made."""
    for _ in range(ATTEMPTS):
        run = Run(cluster, reference, name, occurrence, point)()
        if not run.struck and not run.problems:
            occurrence = max(1, min(occurrence, run.came))
        elif not run.left_by_itself:
            break
    return (occurrence if run.struck else None), run.problems


def title(name, occurrence, point):
    return f"{name} #{occurrence} {point}"


def spread(points, sample):
    """So many of them, evenly spread, ends included."""
    if sample >= len(points):
        return points
    return [points[round(i * (len(points) - 1) / max(1, sample - 1))] for i in range(sample)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, metavar="K", help="K kill points, evenly spread")
    parser.add_argument("--full", action="store_true", help="all 3N of them")
    parser.add_argument("--count", action="store_true", help="none of them: just the run without faults, and N")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time, each with its own cluster")
    parser.add_argument("--only", metavar="NAME", action="append", help="just this one, as a result line names it")
    options = parser.parse_args()
    end_on_sigterm()
    if not (options.sample or options.full or options.only or options.count):
        parser.error("--sample K, --full, --only NAME or --count")

    with Cluster("kill-reference") as cluster:
        reference = fault_free(cluster)
    total = len(reference["changes"])
    points = [(name, occurrence, point) for name, occurrence in reference["changes"] for point in POINTS]
    print(f"N = {total} requests that change something, by the journals of {reference['by system']}; {reference['count_up']} of them "
          f"until ready; 3N = {len(points)}", flush=True)
    failures = len(reference["violations"])
    for violation in reference["violations"]:
        print("FAILED fault-free run:", violation, flush=True)
    if total < EXPECTED:
        print(f"FAILED: N fell below {EXPECTED}, see expected.json")
        failures += 1
    if options.count:
        return int(failures > 0)
    if options.only:
        points = [p for p in points if title(*p) in options.only]
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
    # A pointer that leaves out nothing hides what comes to be there one day. Only all runs together can tell.
    for pointer in sorted(set(end_state.IGNORED) - end_state.MATCHED) if options.full and done == len(points) else []:
        print(f"FAILED: {pointer} of ignored.json never left anything out: take it away", flush=True)
        failures += 1
    print(f"3N = {3 * total}; ran {done} of {len(points)}, killed {done - missed}, failed {failures}", flush=True)
    return int(failures > 0 or done < len(points) or missed > 0)


def collect(points, workers, results, failures):
    """Prints each result as it comes. Returns (failures, never reached, done)."""
    missed, done = 0, 0
    while done < len(points) and (any(w.is_alive() for w in workers) or not results.empty()):
        try:
            name, occurrence, point, struck, problems, took, matched = results.get(timeout=5)
        except queue.Empty:
            continue
        done += 1
        end_state.MATCHED.update(matched)
        missed += struck is None
        how = "never came to it" if struck is None else "killed" if struck == occurrence else f"killed at #{struck}, the last that came"
        print(f"{'FAILED' if problems else 'ok'} [{title(name, occurrence, point)}] {how} ({took:.1f} s)", flush=True)
        for problem in problems:
            print("   ", problem, flush=True)
        failures += bool(problems)
    return failures, missed, done


if __name__ == "__main__":
    sys.exit(main())
