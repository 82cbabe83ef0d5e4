# SPDX-License-Identifier: Apache-2.0
"""The story of scripts/demo. What counts as seen was read from the outside systems, not from the operator's status."""
import argparse
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from declared import ENDPOINT, Cluster, Directory, start_operator, write_quickstart
from door import ENDPOINT as DOOR_ENDPOINT
from door import HOST as DOOR_HOST
from door import Door, nginx_version
from parts import ROOT, BigIp, Databricks, Provider, Trouble, poll

AUDIENCE, SCOPE = "https://ml.example.com", "fraud:score"
ANALYSTS, BATCH, BOB = "group:risk-analysts", "service-principal:7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11", "user:bob@example.com"
BAD = ROOT / "examples/demo/bad-endpoint.yaml"
COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class NotSeen(Exception):
    pass


class Story:
    def __init__(self, folder, kubernetes):
        self.folder, self.declared = folder, (Cluster if kubernetes else Directory)(folder)
        self.operator, self.door, self.systems, self.steps, self.missed = None, None, [], 0, []

    # --- telling ------------------------------------------------------------------------------------------------------

    def step(self, title):
        if self.missed:
            raise NotSeen
        self.steps += 1
        print(f"\n{paint('1', f'{self.steps}  {title}')}", flush=True)

    def tell(self, *lines):
        for line in lines:
            print(f"     {paint('2', line)}", flush=True)

    def see(self, what, look, seconds=30):
        """look() until it is truthy: seen. Otherwise it is what the demo ends with."""
        began = time.monotonic()

        def guarded():
            if self.operator:
                self.operator.check()
            return look()
        seen, last = poll(guarded, seconds)
        if seen:
            print(f"   {paint('32', '✓')} {what}  {paint('2', f'{time.monotonic() - began:.1f} s')}", flush=True)
        else:
            self.missed.append(what)
            print(f"   {paint('31', '✗')} {what}: not within {seconds} s; last seen: {str(last)[:600]}", flush=True)
        return seen

    # --- what the outside says of itself ------------------------------------------------------------------------------

    def served(self):
        """The one virtual server, with both guards on it."""
        virtuals = [v for v in self.bigip.virtuals() if v["enabled"]]
        whole = [v for v in virtuals if v["port"] == 443 and v["accessProfile"] == "/Common/corp_oauth"
                 and v["perRequestPolicy"] == "/Common/corp_oauth_api" and v["pool"]]
        return whole[0] if len(virtuals) == len(whole) == 1 else None

    def client(self):
        clients = [c for c in self.provider.clients() if SCOPE in c.get("scope", "").split()]
        return clients[0] if len(clients) == len(self.provider.clients()) == 1 else None

    def granted(self):
        access = self.databricks.access()
        return access if access.get(ANALYSTS) == access.get(BATCH) == "CAN_QUERY" and access.get(BOB) == "CAN_VIEW" else None

    def token(self):
        """A token that the provider gives for what stands in the team's Secret."""
        found = self.declared.secret_of_team("fraud-client") or {}
        claims = self.provider.token(found["client_id"], found["client_secret"], AUDIENCE, SCOPE)
        return claims if claims["aud"] == AUDIENCE and claims["scope"] == SCOPE else None

    def condition(self, name, kind="Ready"):
        thing = self.declared.get("ProtectedEndpoint", name) or {}
        conditions = thing.get("status", {}).get("conditions", [])
        return next((c for c in conditions if c["type"] == kind), {"status": "", "reason": "", "message": ""})

    # --- the story ----------------------------------------------------------------------------------------------------

    def tell_all(self):
        self.come_up()
        self.declare_connections()
        self.declare_endpoint("An application team declares one object")
        self.repair_drift()
        self.refuse_bad_objects()
        self.let_requests_through()
        self.delete()
        if self.missed:
            raise NotSeen

    def come_up(self):
        self.step(f"Outside systems on loopback, and the operator on {self.declared.how}")
        self.bigip, self.databricks, self.provider = BigIp(self.folder), Databricks(self.folder), Provider(self.folder)
        self.systems = [self.bigip, self.databricks, self.provider]
        self.declared.start()
        for system in self.systems:
            system.wait()
        self.tell(f"BIG-IP, simulated           {self.bigip.url}", f"Databricks, simulated       {self.databricks.url}",
                  f"oidc-provider, the real one {self.provider.url}")
        write_quickstart(self.declared.source, self.bigip, self.databricks, self.provider)
        source = self.declared.source
        self.declared.apply(source / "10-namespaces.yaml", source / "15-secrets.yaml")
        self.operator = start_operator(self.declared, self.folder)
        self.see("the operator reconciles", lambda: "reconciling" in self.operator.log.read_text())

    def declare_connections(self):
        self.step("The platform team declares its gateway, provider and workspace")
        self.declared.apply(self.declared.source / "20-connections.yaml")
        for kind, name in (("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")):
            self.see(f"{kind} {name} is Ready", lambda kind=kind, name=name: any(
                c["type"] == "Ready" and c["status"] == "True"
                for c in (self.declared.get(kind, name) or {}).get("status", {}).get("conditions", [])))
        self.see("nothing was written outside for that", lambda: not self.bigip.virtuals() and not self.provider.clients())

    def declare_endpoint(self, title):
        self.step(title)
        shutil.copy(ROOT / "examples/quickstart/30-endpoint.yaml", self.declared.source)
        self.declared.apply(self.declared.source / "30-endpoint.yaml")
        self.see(f"{ENDPOINT} is Ready", lambda: self.condition(ENDPOINT)["status"] == "True")
        for c in (self.declared.get("ProtectedEndpoint", ENDPOINT) or {}).get("status", {}).get("conditions", []):
            self.tell(f"{c['type']:<22} {c['status']:<6} {c['reason']}")
        virtual = self.see("BIG-IP: one virtual server, with access profile and per-request policy", self.served)
        self.see("BIG-IP and Databricks: both carry the installation's marks",
                 lambda: len(self.bigip.tenants()) == 1 and "sallyport-instance" in self.databricks.tags())
        client = self.see("provider: one client, with the declared scope", self.client)
        self.see("Databricks: both principals may query, and Bob's own entry is as it was", self.granted)
        self.see("the provider gives a token for the team's Secret, with the declared audience", self.token)
        if virtual and client:
            self.tell(f"{virtual['virtual']} on {virtual['address']}:{virtual['port']}", f"client {client['client_id']}")

    def repair_drift(self):
        self.step("Somebody changes things outside; the operator looks every 5 s")
        virtual = self.served()
        self.bigip.edit("merge", "ltm virtual", virtual["virtual"], {"pool": "/Common/elsewhere"})
        self.databricks.take_away(ANALYSTS)
        self.see("BIG-IP: the virtual server points to another pool", lambda: self.bigip.virtuals()[0]["pool"] == "/Common/elsewhere", 2)
        self.see("Databricks: the group is off the list", lambda: ANALYSTS not in self.databricks.access(), 2)
        self.see("BIG-IP: the virtual server has its own pool again", lambda: self.served() == virtual)
        self.see("Databricks: the group may query again", self.granted)
        gone = self.client()["client_id"]
        self.provider.forget(gone)
        self.see("provider: a new client stands in for the deleted one",
                 lambda: (self.client() or {}).get("client_id", gone) != gone, 60)
        self.see("the team's Secret works again", self.token)

    def refuse_bad_objects(self):
        self.step("Two bad objects are refused, each with its reason; the good one stays up")
        before = self.served()
        self.declared.apply(BAD)
        for name in ("foreign-host", "missing-policy"):
            self.see(f"{name} is not Ready", lambda name=name: self.condition(name)["status"] == "False")
            self.tell(f"{self.condition(name)['reason']}: {self.condition(name)['message']}")
        self.see("BIG-IP serves the good one, unchanged, and nothing else", lambda: self.served() == before)
        self.declared.delete(BAD)
        self.see("both are gone again, with all they had",
                 lambda: not any(self.declared.get("ProtectedEndpoint", n) for n in ("foreign-host", "missing-policy"))
                 and self.client() and self.served() == before)

    def let_requests_through(self):
        self.step("The same model behind an NGINX, which checks tokens itself, with real requests through it")
        self.door = Door(self.folder, self.provider)
        secrets, connections, endpoint = self.door.write(self.declared.source)
        self.declared.apply(secrets, connections)
        if not self.see("the operator has published, and its public keys for whoever enrols an agent", self.door.keys):
            raise NotSeen
        self.door.open()
        self.tell(f"{nginx_version()}, the real one    https://127.0.0.1:{self.door.gateway.port} as {DOOR_HOST}")
        self.declared.apply(endpoint)
        self.see(f"{DOOR_ENDPOINT} is Ready: an agent has told that it is in force", lambda: self.condition(DOOR_ENDPOINT)["status"] == "True")
        door, token = self.door, self.door.token
        callers = (("nobody", None, (401, False)), ("granted, with the scope", token(door.granted), (200, True)),
                   ("granted, another scope", token(door.granted, "fraud:read"), (403, False)),
                   ("granted, another audience", token(door.granted, audience="https://elsewhere.example.com"), (401, False)),
                   ("known to Databricks, not granted", token(door.known), (403, True)),
                   ("unknown to Databricks", token(door.stranger), (403, False)))
        self.tell(f"{'caller':<34}{'F5 said':<20}{'Databricks said':<18}status")
        wrong = []
        for caller, credential, expected in callers:
            said, databricks, status = door.ask(credential)
            self.tell(f"{caller:<34}{said:<20}{databricks:<18}{status}")
            if (status, databricks != "was not asked") != expected:
                wrong.append(caller)
        self.see("each was let in, or refused, by the guard whose matter it is", lambda: not wrong, 0)
        self.declared.delete(endpoint)
        self.see("its object is gone, and nginx serves it no more",
                 lambda: not self.declared.get("ProtectedEndpoint", DOOR_ENDPOINT) and not door.serves())
        self.see("Databricks: the caller is off the list",
                 lambda: f"service-principal:{door.granted['client_id']}" not in door.permissions())
        for caller in (door.granted, door.known, door.stranger):  # they were the company's own, not ours
            self.provider.forget(caller["client_id"])

    def delete(self):
        self.step("The team deletes its object")
        self.declared.delete(self.declared.source / "30-endpoint.yaml")
        self.see("BIG-IP: no virtual server is left, and no tenant of ours", lambda: not self.bigip.virtuals() and not self.bigip.tenants())
        self.see("provider: no client is left", lambda: not self.provider.clients())
        self.see("Databricks: our entries are gone, Bob's is as it was", lambda: (
            lambda access: ANALYSTS not in access and BATCH not in access and access.get(BOB) == "CAN_VIEW")(self.databricks.access()))
        self.see("Databricks: the serving endpoint carries no mark of ours", lambda: "sallyport-instance" not in self.databricks.tags())
        self.see("the object is gone, and its Secret",
                 lambda: not self.declared.get("ProtectedEndpoint", ENDPOINT) and not self.declared.secret_of_team("fraud-client"))
        self.tell("requests that changed something: " + ", ".join(f"{s.child.name} {s.changes()}" for s in self.systems))

    def stay(self):
        self.declare_endpoint("It is declared once more, and stays until Ctrl-C. To try:")
        self.tell(*self.declared.hints(), f"curl -s {self.bigip.url}/_sim/virtuals",
                  f"curl -s {self.databricks.url}/_sim/state", f"curl -s {self.provider.ready['control_url']}/clients",
                  f"curl -X DELETE {self.provider.ready['control_url']}/clients   # drift", f"tail -f {self.operator.log}",
                  f"cat {self.folder}/audit.log")
        while True:
            for child in (self.operator, *(s.child for s in self.systems)):
                child.check()
            time.sleep(1)

    def end(self):
        for stop in (*([self.operator.stop] if self.operator else []), *([self.door.stop] if self.door else []), *(s.child.stop for s in self.systems), self.declared.stop):
            try:
                stop()
            except Exception as trouble:  # the others must be ended all the same
                print(f"warning: {trouble}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--kubernetes", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        sys.exit(f"error: {options.keep} is not empty\n  next: name another directory, or remove it")
    folder = options.keep.absolute() if options.keep else pathlib.Path(tempfile.mkdtemp(prefix="sallyport-demo-"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background job begins with it ignored
        signal.signal(number, signal.default_int_handler)
    story, status = Story(folder, options.kubernetes), 1
    try:
        story.tell_all()
        print(f"\n{paint('32', 'All of it was seen in the outside systems themselves.')}", flush=True)
        status = 0
        if not options.once:
            story.stay()
    except NotSeen:
        print(f"\n{paint('31', 'Not seen:')}", *story.missed, sep="\n  - ")
        if story.operator:
            print("\nThe operator's last words:", *story.operator.log.read_text().splitlines()[-15:], sep="\n  ")
    except (Trouble, AssertionError, OSError, ValueError, LookupError, TypeError) as trouble:
        print(f"\nerror: {trouble}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nending", flush=True)
        status = status if not options.once else 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave anything running
        story.end()
        if options.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
