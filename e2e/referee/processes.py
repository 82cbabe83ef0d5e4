# SPDX-License-Identifier: Apache-2.0
"""Who ran, and what each of them set down before and after it asked for a change. The outside cannot tell one process of the
operator from another: for this alone its audit trail is believed, and what was done and when is read from the journals."""
import contextlib
import dataclasses
import json
import re
import urllib.parse

from e2e.referee.evidence import seconds

SLACK = 0.005  # seconds between two processes' ways of reading one clock


@dataclasses.dataclass
class Deed:
    """A request that may have left, from when it was set down until its answer was; `outside_id` as the other side calls it."""
    begun: float
    ended: float
    method: str
    path: str
    outside_id: str = ""

    def covers(self, line):
        """Whether a line of a journal may be of this request, and of what was told of its end."""
        task = (line.raw.get("effect") or {}).get("task", "")
        if task and self.outside_id:
            return task == self.outside_id
        return ((self.method, self.path) == (line.raw.get("method"), line.raw.get("path"))
                and self.begun - SLACK <= line.time <= self.ended + SLACK)


@dataclasses.dataclass
class Process:
    """`identity` as it stands in the Lease; empty when it never said."""
    name: str
    identity: str
    deeds: list


def deeds(trail, since=0.0, until=float("inf")):
    """Of the lines of an audit trail: those begun in this time. What was not sent is none."""
    lines = whole_lines(trail)
    intents = {line["seq"]: line for line in lines if line["phase"] == "intent" and since <= seconds(line["time"]) < until}
    found = {number: Deed(seconds(line["time"]), float("inf"), line["method"], urllib.parse.urlsplit(line["url"]).path)
             for number, line in intents.items()}
    for line in lines:
        deed = found.get(line.get("intent"))
        if line["phase"] == "result" and deed:
            if line["result"] == "not_sent":
                del found[line["intent"]]
                continue
            deed.ended = min(deed.ended, seconds(line["time"]))
            deed.outside_id = line.get("outsideId", "") or deed.outside_id
    return list(found.values())


def whole_lines(trail):
    """Without one that a death cut off in the middle."""
    found = []
    for line in trail.splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return found


def identity_in(output):
    told = re.findall(r'"identity":\s*"([^"]+)"', output)
    return told[0] if told else ""


def processes_of(operators):
    """Operators that follow each other may share a trail: a line is of the last that had begun when it was written."""
    found = []
    for number, operator in enumerate(operators):
        trail = operator.audit_log.read_text() if operator.audit_log.exists() else ""
        later = [other.begun for other in operators[number + 1:] if other.audit_log == operator.audit_log]
        sent = deeds(trail, operator.begun, min(later, default=float("inf")))
        found.append(Process(operator.child.name, identity_in(operator.child.output()), sent))
    return found
