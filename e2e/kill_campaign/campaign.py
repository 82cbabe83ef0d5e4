# SPDX-License-Identifier: Apache-2.0
"""One life of an endpoint (declared, ready, deleted, gone), without a fault and with the operator killed at one point."""
import collections
import re
import time

from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.fault_proxy import BEFORE, name_of
from e2e.harness.kube import data_of
from e2e.harness.process import TimedOut, wait_until
from e2e.harness.world import World
from e2e.kill_campaign import journals
from e2e.kill_campaign.end_state import differences, snapshot
from e2e.referee.referee import judge

QUIET = 3.5      # no change for so long: converged (the configuration of a BIG-IP is saved 2 s after the last change)
SETTLED = 0.7    # the fault-free end state was reached: so long it has to stay
PATIENCE = 60.0  # to the fault-free end state, after a kill
# Short, and yet long enough for a machine that is busy with another run: whoever loses it leaves, and that is another kill.
LEASE = {"lease_duration": "8s", "renew_deadline": "6s", "retry_period": "500ms"}
RECORDS = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/secrets"
RECORDED = re.compile(rf"kube (POST {RECORDS}|(PUT|PATCH) {RECORDS}/sallyport-registration-ID)")  # a new record is made without a name
REGISTERED = re.compile(r"idp POST ")


def quiet(world, seconds=QUIET):
    """Waits until nothing has changed anything for a while."""
    last, since = world.gate.count(), time.monotonic()
    while time.monotonic() - since < seconds:
        if world.gate.count() != last:
            last, since = world.gate.count(), time.monotonic()
        time.sleep(0.05)


def numbered(names):
    """Each with the number of its occurrence: [(name, 1), ...]."""
    seen = collections.Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append((name, seen[name]))
    return found


def lost_at_the_strike(log, struck_at, point):
    """(clients that may be there and that nobody can use, lost answers that may be counted), by what the proxies let pass until
    the kill. A record is written before a registration, as an intent, and after it, with the answer: with that nothing is lost,
    and whoever registers anew all the same made a needless client. An intent counts as lost, whether it was sent or not."""
    names = [name_of(*entry) for entry in log[:struck_at]]
    if point == BEFORE:
        names = names[:-1]  # the last one never left
    sent = [number for number, name in enumerate(names) if REGISTERED.match(name)]
    recorded = [number for number, name in enumerate(names) if RECORDED.fullmatch(name)]
    if sent and any(number > sent[-1] for number in recorded):
        return 0, 0
    return int(bool(sent)), int(bool(recorded))


def fault_free(cluster):
    """The reference: both end states, and the requests that change something, by the journals."""
    with World(cluster, proxied=True) as world:
        world.start_operator(wait=False, **LEASE)
        world.declare_connections()
        world.declare_endpoint()
        world.wait_ready(deadline=60)
        quiet(world)
        up, _ = snapshot(world)
        count_up = len(journals.changes(world))
        world.delete_endpoint()
        world.wait_gone(deadline=60)
        quiet(world)
        down, unusable = snapshot(world)
        found = [str(v) for v in judge(world)]
        if unusable:
            found.append(f"clients left at the provider: {unusable}")
        names = journals.changes(world)
        passed, written = collections.Counter(world.gate.names()), collections.Counter(names)
        if passed != written:
            found.append(f"the proxies saw {dict(passed - written)} that no journal has, and not {dict(written - passed)}")
        return {"up": up, "down": down, "count_up": count_up, "changes": numbered(names), "violations": found,
                "by system": dict(collections.Counter(name.split(" ")[0] for name in names))}


class Run:
    """Kills once, at this occurrence of a request and this point of it."""

    def __init__(self, cluster, reference, name, occurrence, point):
        self.reference = reference
        self.name = name
        self.occurrence = occurrence
        self.point = point
        self.cluster = cluster
        self.problems = []
        self.struck = False
        self.left_by_itself = 0
        self.unusable = []
        self.lost_going_up = 0
        self.came = 0

    def __call__(self):
        with World(self.cluster, proxied=True) as world:
            self.world = world
            world.gate.arm(self.name, self.occurrence, self.point, lambda: world.operator.child.kill())
            world.start_operator(wait=False, **LEASE)
            world.declare_connections()
            world.declare_endpoint()
            self.live_through("up")
            if not self.problems:
                world.delete_endpoint()
                self.live_through("down")
            self.came = world.gate.names().count(self.name)
            self.problems += [f"referee: {v}" for v in judge(world)]
            if self.problems:
                self.problems.append("operator's last words: " + world.operator.child.output()[-1500:])
        return self

    def live_through(self, phase):
        world = self.world
        wanted = self.reference[phase]

        def here():
            self.start_again_if_killed()
            state, self.unusable = snapshot(world)
            self.apart = differences(wanted, state)
            return not self.apart

        def here_to_stay():
            if not (here() and world.operator.leads()):  # whoever was started again has to have its say, too
                return False
            quiet(world, SETTLED)
            return here() and world.operator.leads()
        try:
            wait_until(phase, here_to_stay, PATIENCE, pause=0.2)
        except TimedOut as late:
            apart = getattr(self, "apart", [])[:6]
            self.problems.append(f"{phase}: not the fault-free end state within {PATIENCE:g} s: "
                                 + ("; ".join(f"{p}: {short(w)} became {short(f)}" for p, w, f in apart) or str(late)))
        self.judge_lost(phase)

    def judge_lost(self, phase):
        """At most one client that nobody can use: of a registration whose answer had not been recorded when the kill came. It
        need not be the request at which it came, for the systems are written to at the same time. It is counted wherever such
        are counted, and nothing else is: the comparison of the states leaves these numbers out."""
        there, unusable, counted = len(self.unusable), self.lost_going_up, 0
        if phase == "up" and self.struck:
            unusable, counted = lost_at_the_strike(self.world.gate.log, self.world.gate.struck_at, self.point)
        if there > unusable:
            self.problems.append(f"{phase}: {there} unusable clients at the provider, {unusable} lost answers")
        if phase == "down" or self.problems:
            return
        self.lost_going_up = there

        def told_as_it_is():
            self.told = lost_as_told(self.world)
            return all(there <= told <= counted for told in self.told.values())
        try:  # the provider's status follows the endpoint's
            wait_until("lost registrations are told", told_as_it_is, 10)
        except TimedOut:
            self.problems.append(f"lost registrations are told as {self.told}; {there} clients are unusable, {counted} answers were lost")

    def start_again_if_killed(self):
        world = self.world
        if not self.struck and world.gate.struck.is_set():
            self.struck = True
            for proxy in world.proxies.values():
                proxy.drop_all()
            world.gate.disarm()
            world.start_operator(wait=False, **LEASE)
        elif not world.operator.child.running() and not world.gate.frozen():
            words = world.operator.child.output()
            self.left_by_itself += 1
            if "the lease is lost" not in words:  # on a slow machine a short lease is lost now and then; leaving is right then
                self.problems.append("the operator ended by itself: " + words[-800:])
            world.start_operator(wait=False, **LEASE)


def lost_as_told(world):
    """How many lost registrations the record, the endpoint's status and the provider's status count."""
    [record] = [secret for secret in world.kube.list("Secret", OPERATOR_NAMESPACE)
                if secret["metadata"]["name"].startswith("sallyport-registration-")]
    status = {"the endpoint's status": world.endpoint()["status"].get("client") or {},
              "the provider's status": world.kube.get("IdentityProvider", "corporate").get("status") or {}}
    return {"the record": int(data_of(record).get("orphans") or 0), **{where: told.get("lostRegistrations", 0) for where, told in status.items()}}


def short(value):
    text = str(value)
    return text if len(text) < 160 else text[:157] + "..."
