# SPDX-License-Identifier: Apache-2.0
"""Everything a scenario needs, up and connected: a cluster, the outside systems, the operator."""
import pathlib
import shutil
import ssl
import tempfile

from e2e.harness import manifests
from e2e.harness.certificates import Authority, self_signed
from e2e.harness.cluster import OPERATOR_NAMESPACE, Cluster
from e2e.harness.fault_proxy import FaultProxy, Gate, server_context
from e2e.harness.kube import condition, secret
from e2e.harness.operator_process import Operator, verified, write_kubeconfig
from e2e.harness.process import wait_until
from e2e.harness.systems import BigIp, Databricks, IdentityProvider


class World:
    """with World(cluster) as world: ... The cluster may be shared by worlds one after another, never at once.

    proxied: fault proxies stand between the operator and everything it talks to; world.gate counts and strikes.
    secure: they all speak https, with certificates of a private authority that the connections name as caBundle.
    beside: another world, whose outside systems are used; this one starts and stops none.
    provider: makes the identity provider, of a folder."""

    def __init__(self, cluster: Cluster, proxied=False, units=1, keep=False, beside=None, secure=False, provider=IdentityProvider):
        self.cluster = cluster
        self.kube = cluster.kube
        self.proxied = proxied
        self.keep = keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-world-"))
        self.beside = beside
        self.bigip = beside.bigip if beside else BigIp(self.folder, units)
        self.databricks = beside.databricks if beside else Databricks(self.folder)
        self.idp = beside.idp if beside else provider(self.folder)
        self.authority = Authority(self.folder) if secure else None
        self.systems = [self.bigip, self.databricks, self.idp]
        self.operators = []
        self.proxies = {}
        self.gate = Gate()
        self.planted = {}
        self.rules_seen = set()

    # --- coming up and going down ---------------------------------------------------------------------------------

    def __enter__(self):
        try:
            self._enter()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _enter(self):
        self.cluster.sweep([manifests.TEAM])
        self.audit_start = self.cluster.audit_position()
        self.kube.apply(*manifests.namespaces())
        if self.proxied:
            self._make_proxies()
        for system in self.systems:
            if not self.beside:
                if self.authority:
                    system.present(*self.authority.issue("127.0.0.1"))
                system.start()
            if self.proxied:
                self.proxies[system.name].point_at(system.direct)
                system.url = self.proxies[system.name].url
        token = self.kube.token_of(OPERATOR_NAMESPACE, "sallyport")
        server, ca = self.kube.server, self.kube.ca
        if self.proxied:
            server, ca = self.proxies["kube"].url, self_signed("127.0.0.1")[0]
        self.kubeconfig = self.folder / "operator.kubeconfig"
        write_kubeconfig(self.kubeconfig, server, ca, token)
        self.planted = {"BIG-IP password": self.bigip.password, "Databricks client secret": self.databricks.client_secret,
                        "ServiceAccount token": token, **self.idp.planted()}

    def _make_proxies(self):
        for system in self.systems:
            self.proxies[system.name] = FaultProxy(system.name, self.gate)
        certificate, key = self_signed("127.0.0.1")
        (self.folder / "proxy.crt").write_text(certificate)
        (self.folder / "proxy.key").touch(mode=0o600)
        (self.folder / "proxy.key").write_text(key)
        self.proxies["kube"] = FaultProxy(
            "kube", self.gate, self.kube.server, server_context(self.folder / "proxy.crt", self.folder / "proxy.key"),
            ssl.create_default_context(cadata=self.kube.ca))
        self.idp.issuer = self.proxies["idp"].url

    def __exit__(self, *_):
        for operator in self.operators:
            operator.child.kill()
        for system in self.systems if not self.beside else []:
            system.stop()
        for proxy in self.proxies.values():
            proxy.close()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_another(self, make):
        """A second system of a kind: start_another(lambda folder: BigIp(folder, name="bigip-2")). Without a proxy."""
        system = make(self.folder).start()
        self.systems.append(system)
        return system

    # --- the operator ----------------------------------------------------------------------------------------------

    @property
    def operator(self):
        return self.operators[-1]

    def start_operator(self, wait=True, **flags):
        name = f"operator-{len(self.operators) + 1}"
        # Who follows another goes on in its trail, as replicas do on a claim; beside one that runs it has one of its own.
        alone = not any(earlier.child.running() for earlier in self.operators)
        operator = Operator(name, self.folder, self.kubeconfig, self.folder / ("audit" if alone else f"{name}.audit"), **flags)
        self.operators.append(operator)
        return operator.wait_until_leading() if wait else operator

    # --- what people declare ---------------------------------------------------------------------------------------

    def declare_connections(self, change=None):
        """The platform team's part: credentials and the three connections. `change` may edit them before."""
        self.kube.apply(
            secret("bigip-edge", OPERATOR_NAMESPACE, {"username": "sallyport", "password": self.bigip.password}),
            secret("idp-registration", OPERATOR_NAMESPACE, self.idp.credentials()),
            secret("dbx-prod", OPERATOR_NAMESPACE,
                   {"client_id": self.databricks.client_id, "client_secret": self.databricks.client_secret}))
        extra = self.bigip.ready.get("urls", [])[1:]
        objects = manifests.connections(self.bigip.url, self.idp.url, self.databricks.url, extra, self.authority and self.authority.pem)
        objects[1]["spec"]["type"] = self.idp.type
        if change:
            change(*objects)
        self.kube.apply(*objects)

    def declare_endpoint(self, thing=None, tls=True):
        """The application team's part: a certificate and one object. Returns the object as stored."""
        thing = thing or manifests.endpoint()
        if tls:
            self.kube.apply(manifests.tls_secret(thing))
        self.kube.apply(thing)
        return self.kube.get("ProtectedEndpoint", thing["metadata"]["name"], thing["metadata"]["namespace"])

    def endpoint(self, name="fraud-scoring", namespace=manifests.TEAM):
        return self.kube.get("ProtectedEndpoint", name, namespace)

    def edit(self, change, name="fraud-scoring", namespace=manifests.TEAM):
        """A merge patch of an endpoint; only what it names changes."""
        return self.kube.patch("ProtectedEndpoint", name, change, namespace)

    def delete_endpoint(self, name="fraud-scoring", namespace=manifests.TEAM):
        self.kube.delete("ProtectedEndpoint", name, namespace)

    def wait_ready(self, name="fraud-scoring", deadline=30):
        """Ready=True of the generation that is stored now, and no update of it still on its way."""
        def look():
            thing = self.endpoint(name)
            told = thing.get("status", {}).get("observedGeneration") == thing["metadata"]["generation"]
            busy = condition(thing, "Reconciling")[0] == "True"
            return thing if told and condition(thing)[0] == "True" and not busy else None
        ready = self._wait(f"{name} is ready", look, name, deadline)
        self.keep_for_the_referee()
        return ready

    def keep_for_the_referee(self):
        """What is not on record anywhere and may be gone at the end: the metrics of those who run, the iRules in place."""
        for operator in self.operators:
            operator.look_at_metrics()
        for device in self.systems:
            if isinstance(device, BigIp) and device.child.running():
                self.rules_seen |= device.rules()

    def wait_condition(self, kind, status, name="fraud-scoring", deadline=30, reason=None):
        def look():
            thing = self.endpoint(name)
            told = thing.get("status", {}).get("observedGeneration") == thing["metadata"]["generation"]
            now = condition(thing, kind)
            return thing if told and now[0] == status and (reason is None or now[1] == reason) else None
        return self._wait(f"{name}: {kind}={status} {reason or ''}", look, name, deadline)

    def wait_gone(self, name="fraud-scoring", deadline=30):
        return self._wait(f"{name} is gone", lambda: self.endpoint(name) is None, name, deadline)

    def _wait(self, what, look, name, deadline):
        try:
            return wait_until(what, look, deadline)
        except AssertionError as late:
            thing = self.endpoint(name) or {}
            conditions = [f"{c['type']}={c['status']} {c['reason']}: {c['message']}"
                          for c in thing.get("status", {}).get("conditions", [])]
            log = self.operators[-1].child.output()[-2500:] if self.operators else ""
            raise AssertionError("\n  ".join([str(late).split("; last seen")[0], *conditions, "operator's last words:", log])) from None

    # --- what is true outside ---------------------------------------------------------------------------------------

    def audit_trails(self):
        """What `sallyport audit verify` says of each trail that was written: {file: report}."""
        files = dict.fromkeys(operator.audit_log for operator in self.operators if operator.audit_log.exists())
        return {file: verified(file) for file in files}

    def audit_lines(self):
        return self.cluster.audit_lines(self.audit_start)

    def outside_writes(self):
        """How many requests changed something outside, by system."""
        return {system.name: len(system.mutations()) for system in self.systems}
