# SPDX-License-Identifier: Apache-2.0
"""The stage of one measurement: a cluster, simulated systems of the size that is asked for, and N endpoints."""
import copy
import http.client
import json
import math
import pathlib
import queue
import shutil
import ssl
import tempfile
import threading
import urllib.parse

from e2e.harness import manifests
from e2e.harness.certificates import self_signed
from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.kube import PATHS, secret
from e2e.harness.operator_process import Operator, write_kubeconfig
from e2e.harness.systems import BigIp, Databricks, IdentityProvider

ENDPOINTS_PER_WORKSPACE = 1000  # what a workspace holds at most (docs.databricks.com, model serving limits)
LOADERS = 4


class BenchBigIp(BigIp):
    def __init__(self, folder, latency):
        super().__init__(folder)
        self.latency = latency

    def arguments(self, ready_file):
        return [*super().arguments(ready_file), "--latency", self.latency]


class BenchWorkspace(Databricks):
    """A workspace with the serving endpoints that are to be protected, each consenting to its namespace."""

    def __init__(self, folder, number, latency, limits):
        super().__init__(folder)
        self.name = f"databricks-{number}"
        self.connection = f"prod-{number}"
        self.journal_path = self.folder / f"{self.name}.jsonl"
        self.latency = latency
        self.limits = limits
        self.consents = {}

    def write_world(self):
        world = {
            "users": [{"user_name": "bob@example.com", "display_name": "Bob Builder"}],
            "service_principals": [{"application_id": "$operator", "display_name": "sallyport-operator"},
                                   {"application_id": manifests.SCORING_BATCH, "display_name": "scoring-batch"}],
            "groups": [{"display_name": "admins", "source": "system"}, {"display_name": "users", "source": "system"},
                       {"display_name": "risk-analysts"}],
            "serving_endpoints": [
                {"name": name, "creator": "service-principal:$operator", "tags": {"sallyport-namespace": namespace},
                 "permissions": {"user:bob@example.com": "CAN_VIEW"}} for name, namespace in self.consents.items()]}
        path = self.folder / f"{self.name}.world.json"
        path.write_text(json.dumps(world))
        return path

    def arguments(self, ready_file):
        return [*super().arguments(ready_file), "--latency", self.latency, "--world", self.write_world()]

    def start(self):
        super().start()
        if self.latency == "realistic":
            self.control("PUT", "/_sim/rate-limits", self.limits)
        return self


class Loader:
    """Writes many objects over a few connections that are kept open."""

    def __init__(self, kube):
        self._kube = kube
        self._address = urllib.parse.urlsplit(kube.server)
        self._headers = {"Authorization": "Bearer " + kube._token}
        self._reader = None

    def _connect(self):
        return http.client.HTTPSConnection(self._address.hostname, self._address.port, timeout=60,
                                           context=ssl.create_default_context(cadata=self._kube.ca))

    def get(self, path, accept="application/json"):
        if self._reader is None:
            self._reader = self._connect()
        self._reader.request("GET", path, headers={**self._headers, "Accept": accept})
        answer = self._reader.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def send_all(self, calls, tell=None):
        """calls: (method, path, body). 409 of a POST is success: it is there already; 404 of a DELETE, too."""
        work, failures, done = queue.SimpleQueue(), [], []
        for call in calls:
            work.put(call)

        def run():
            connection = self._connect()
            while not failures:
                try:
                    method, path, body = work.get_nowait()
                except queue.Empty:
                    return
                kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
                connection.request(method, path, json.dumps(body) if body is not None else None, {**self._headers, "Content-Type": kind})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status >= 300 and (method, answer.status) not in (("POST", 409), ("DELETE", 404), ("PATCH", 404)):
                    failures.append(f"{method} {path}: {answer.status} {text[:300]!r}")
                done.append(1)
                if tell and len(done) % 1000 == 0:
                    tell(f"{len(done)} of {len(calls)} objects sent")
        threads = [threading.Thread(target=run) for _ in range(LOADERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(failures[0])

    def create(self, objects, tell=None):
        def call(thing):
            base, plural, namespaced = PATHS[thing["kind"]]
            meta = thing["metadata"]
            where = f"/namespaces/{meta['namespace']}" if namespaced else ""
            return "POST", f"{base}{where}/{plural}", thing
        self.send_all([call(thing) for thing in objects], tell)


class Stage:
    """with Stage(cluster, 1000, 100, "realistic", limits) as stage: ... Everything of it is gone afterwards."""

    def __init__(self, cluster, endpoints, per_namespace, latency, limits):
        self.cluster, self.kube = cluster, cluster.kube
        self.size, self.per_namespace, self.latency = endpoints, per_namespace, latency
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-bench-"))
        self.namespaces = [f"team-{i:04d}" for i in range(math.ceil(endpoints / per_namespace))]
        self.bigip = BenchBigIp(self.folder, latency)
        self.idp = IdentityProvider(self.folder)
        self.workspaces = [BenchWorkspace(self.folder, i, latency, limits)
                           for i in range(math.ceil(endpoints / ENDPOINTS_PER_WORKSPACE))]
        self.operators = []
        self.loader = Loader(self.kube)
        self.endpoints = [self._endpoint(i) for i in range(endpoints)]

    @property
    def systems(self):
        return [self.bigip, self.idp, *self.workspaces]

    def _endpoint(self, number):
        name = f"model-{number:05d}"
        namespace = self.namespaces[number // self.per_namespace]
        workspace = self.workspaces[number // ENDPOINTS_PER_WORKSPACE]
        thing = manifests.endpoint(name, f"{name}.ml.example.com", namespace, f"fraud-{name}")
        thing["spec"]["backends"][0]["workspaceRef"]["name"] = workspace.connection
        workspace.consents[f"fraud-{name}"] = namespace
        return thing

    def __enter__(self):
        try:
            for system in self.systems:
                system.start()
            self.kubeconfig = self.folder / "operator.kubeconfig"
            token = self.kube.token_of(OPERATOR_NAMESPACE, "sallyport")
            write_kubeconfig(self.kubeconfig, self.kube.server, self.kube.ca, token)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for operator in self.operators:
            operator.child.kill()
        for system in self.systems:
            system.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connections(self):
        gateway, provider, workspace = manifests.connections(self.bigip.url, self.idp.url, "http://127.0.0.1")
        gateway["spec"]["addressPool"] = ["10.64.0.0/16"]
        everybody = {"matchLabels": {"ml-edge": "true"}}
        made = [secret("bigip-edge", OPERATOR_NAMESPACE, {"username": "sallyport", "password": self.bigip.password}),
                secret("idp-registration", OPERATOR_NAMESPACE, {"initial_access_token": self.idp.initial_access_token}),
                gateway, provider]
        for system in self.workspaces:
            one = copy.deepcopy(workspace)
            one["metadata"]["name"] = system.connection
            one["spec"]["host"] = system.url
            one["spec"]["auth"]["credentialsSecret"] = system.connection
            one["spec"]["allow"][0]["namespaces"] = everybody
            made += [one, secret(system.connection, OPERATOR_NAMESPACE,
                                 {"client_id": system.client_id, "client_secret": system.client_secret})]
        return made

    def declare(self, tell):
        """All objects, before the operator starts: the time of this is the loader's, not the operator's."""
        self.kube.apply(*self.connections())
        self.loader.create([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"ml-edge": "true"}}}
                            for name in self.namespaces])
        certificate, key = self_signed("*.ml.example.com")  # one for all: making N of them measures openssl
        values = {"tls.crt": certificate, "tls.key": key}
        self.loader.create([secret(thing["spec"]["tls"]["secretName"], thing["metadata"]["namespace"], values, manifests.USABLE,
                                   "kubernetes.io/tls") for thing in self.endpoints], tell)
        self.loader.create(self.endpoints, tell)

    def start_operator(self, **flags):
        name = f"operator-{len(self.operators) + 1}"
        operator = Operator(name, self.folder, self.kubeconfig, self.folder / f"{name}.audit", **{
            "lease_duration": "15s", "renew_deadline": "10s", "retry_period": "2s", **flags})
        self.operators.append(operator)
        return operator

    def clear(self, tell):
        """Takes everything out of the cluster again: finalizers first, for nobody is there to heed them."""
        for operator in self.operators:
            operator.child.kill()
        merge = []
        for thing in self.endpoints:
            path = self.kube.path("ProtectedEndpoint", thing["metadata"]["namespace"], thing["metadata"]["name"])
            merge.append(("PATCH", path, {"metadata": {"finalizers": None}}))
        tell("clearing up")
        self.loader.send_all(merge)
        gone = [("DELETE", path, None) for _, path, _ in merge]
        for kind in ("Secret", "AccessLedger", "Event"):
            for thing in self.kube.list(kind):
                meta = thing["metadata"]
                if meta["namespace"] in (*self.namespaces, OPERATOR_NAMESPACE):
                    gone.append(("DELETE", self.kube.path(kind, meta["namespace"], meta["name"]), None))
        self.loader.send_all(gone)
