# SPDX-License-Identifier: Apache-2.0
"""A gateway in Kubernetes: an operator that leads at a real API server, and beside a real nginx an agent that enrols with a pod's own
token and fetches over mutual TLS what it is to serve. There is no node, so the pod is an object, and the harness is its kubelet: it
lays its token and its mounted Secret where the agent looks."""
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest

from e2e.harness import web
from e2e.harness.certificates import Authority, issue_to, self_signed
from e2e.harness.cluster import OPERATOR_NAMESPACE, Cluster
from e2e.harness.kube import condition, data_of, secret
from e2e.harness.manifests import USABLE
from e2e.harness.nginx_gateway import NginxGateway, free_port
from e2e.harness.operator_process import Operator, write_kubeconfig
from e2e.harness.process import wait_until
from e2e.traffic.stage import AUDIENCE, HOST, PATH, TokenIssuer, Workspace

TEAM, AGENTS = "risk", "edge"
ALLOWED = {"namespaces": {"matchNames": [TEAM]}}


def meta(name, namespace=None, **more):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


class Delivered(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-delivered-"))
        cls.folder.chmod(0o711)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls._made("authority"))
        cls.idp = TokenIssuer(cls._made("idp"))
        cls.addClassCleanup(cls.idp.stop)
        cls.idp.start()
        cls.caller, cls.other = (cls.idp.register("fraud:score") for _ in range(2))
        cls.databricks = Workspace(cls._made("databricks"), cls.idp, [], [cls.caller, cls.other])
        cls.databricks.present(*cls.authority.issue("localhost"))
        cls.addClassCleanup(cls.databricks.stop)
        cls.databricks.start()
        cls.cluster = cls.enterClassContext(Cluster("delivery", own=True, values=["delivery.enabled=true"]))
        cls.kube = cls.cluster.kube
        cls.publications = cls._made("publications")
        cls.operators, cls.delivery_port = [], free_port()
        cls.declare()
        cls.addClassCleanup(lambda: cls.operators and cls.operators[-1].child.kill())
        cls.start_operator()
        cls.mounted = cls._made("mounted")
        cls.trust = wait_until("what agents trust the operator by", lambda: cls.kube.get("Secret", "sallyport-gateway-edge", AGENTS))
        cls.mount()
        keys = json.loads((cls.mounted / "keys.json").read_text())["keys"]
        cls.gateway = NginxGateway(
            cls._made("gateway"), f"{cls.url()}/gateways/edge", keys, cls.folder / "authority/e2e-authority.crt",
            enrol=["--enrol-token", cls.mounted / "token", "--operator-ca", cls.mounted / "ca.crt"])
        cls.addClassCleanup(cls.gateway.stop)
        cls.gateway.start()

    @classmethod
    def _made(cls, name):
        (cls.folder / name).mkdir(exist_ok=True)
        return cls.folder / name

    # --- what people declare ---------------------------------------------------------------------------------------

    @classmethod
    def declare(cls):
        def pod(name, account):
            return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, AGENTS),
                    "spec": {"serviceAccountName": account, "containers": [{"name": "agent", "image": "sallyport-gateway"}]}}
        for name in (TEAM, AGENTS):
            cls.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(name)})
        for account in ("agent", "stranger"):
            cls.kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(account, AGENTS)})
        cls.kube.apply(pod("edge-0", "agent"), pod("stranger-0", "stranger"))
        certificate, key = self_signed(HOST)
        cls.kube.apply(
            secret("idp-registration", OPERATOR_NAMESPACE, cls.idp.credentials()),
            secret("dbx-prod", OPERATOR_NAMESPACE, {"client_id": cls.databricks.client_id, "client_secret": cls.databricks.client_secret}),
            secret("fraud-tls", TEAM, {"tls.crt": certificate, "tls.key": key}, USABLE, "kubernetes.io/tls"), *cls.connections())
        cls.grant(cls.caller)

    @classmethod
    def connections(cls):
        def connection(kind, name, spec):
            return {"apiVersion": "sallyport.dev/v1alpha1", "kind": kind, "metadata": meta(name), "spec": spec}
        return [
            connection("F5Gateway", "edge", {
                "type": "NGINX", "nginx": {"agents": [{"namespace": AGENTS, "serviceAccount": "agent"}]},
                "allow": [{"name": "risk", **ALLOWED, "hosts": ["*.ml.example.com"]}]}),
            connection("IdentityProvider", "corporate", {
                "issuer": cls.idp.direct, "type": cls.idp.type, "registration": {"credentialsSecret": "idp-registration"},
                "tokens": {"audience": AUDIENCE},
                "allow": [{"name": "risk", **ALLOWED, "scopes": ["fraud:*"], "audiences": [AUDIENCE]}]}),
            connection("DatabricksWorkspace", "prod-eu", {
                "host": f"https://localhost:{cls.databricks.port}", "caBundle": cls.authority.pem,
                "auth": {"type": "OAuthM2M", "credentialsSecret": "dbx-prod"},
                "allow": [{"name": "risk", **ALLOWED, "servingEndpoints": ["fraud-*"], "principals": ["*"], "maxLevel": "CanQuery"}]})]

    @classmethod
    def grant(cls, client):
        """The endpoint, with one client that may ask it."""
        cls.kube.apply({"apiVersion": "sallyport.dev/v1alpha1", "kind": "ProtectedEndpoint", "metadata": meta("fraud-scoring", TEAM),
                        "spec": {"host": HOST, "gatewayRef": {"name": "edge"}, "tls": {"secretName": "fraud-tls"},
                                 "backends": [{"name": "eu", "workspaceRef": {"name": "prod-eu"}, "serving": {"endpoint": "fraud-scoring"}}],
                                 "identity": {"providerRef": {"name": "corporate"}, "requiredScopes": ["fraud:score"],
                                              "enforcement": {"type": "Generated"}},
                                 "client": {"manage": False},
                                 "access": {"grants": [{"principalType": "ServicePrincipal", "principal": client["client_id"],
                                                        "level": "CanQuery"}]}}})

    # --- the operator, and what stands in for a kubelet ----------------------------------------------------------------

    @classmethod
    def url(cls):
        return f"https://localhost:{cls.delivery_port}"

    @classmethod
    def start_operator(cls):
        kubeconfig = cls.folder / "operator.kubeconfig"
        write_kubeconfig(kubeconfig, cls.kube.server, cls.kube.ca, cls.kube.token_of(OPERATOR_NAMESPACE, "sallyport"))
        cls.operators.append(Operator(
            f"operator-{len(cls.operators) + 1}", cls.folder, kubeconfig, cls.folder / "audit.log", drift_interval="5s",
            publications=cls.publications, deliver_listen=f"127.0.0.1:{cls.delivery_port}", deliver_names="localhost"))
        return cls.operators[-1].wait_until_leading()

    @classmethod
    def mount(cls):
        """As a kubelet does within a minute or so."""
        pod = cls.kube.get("Pod", "edge-0", AGENTS)
        files = data_of(cls.kube.get("Secret", "sallyport-gateway-edge", AGENTS))
        files["token"] = cls.kube.token_of(AGENTS, "agent", "sallyport", pod)
        for name, text in files.items():
            new = cls.mounted / f".{name}"
            new.write_text(text)
            new.replace(cls.mounted / name)

    def setUp(self):
        if not self.operators[-1].child.running():
            self.start_operator()
        self.grant(self.caller)
        self.token = self.idp.token(self.caller)
        wait_until("an open door", lambda: self.ask(self.token).status == 200, 40)
        wait_until("a word from the agent", lambda: not self.trouble(), 30)

    def ask(self, token=None):
        return self.gateway.ask(HOST, PATH, token)

    def trouble(self):
        return self.gateway.report().get("trouble", "")

    def is_ready(self):
        return condition(self.kube.get("ProtectedEndpoint", "fraud-scoring", TEAM))[0] == "True"

    def kept(self):
        """What the agent keeps of its enrolment."""
        return json.loads((self.gateway.installed / "enrolled.json").read_text())

    # --- other callers of the operator -------------------------------------------------------------------------------

    def context(self, certificate=None):
        context = ssl.create_default_context(cadata=data_of(self.kube.get("Secret", "sallyport-gateway-edge", AGENTS))["ca.crt"])
        if certificate:
            pem = self._made("stranger") / "pem"
            pem.write_text("".join(certificate))
            context.load_cert_chain(pem)
        return context

    def call(self, method, path, certificate=None, body=None, **headers):
        """(status, text); `certificate` is one and its key, in PEM."""
        return web.request(method, self.url() + path, body, headers, self.context(certificate))

    def enrol(self, token, gateway="edge"):
        """(status, text), with a new key; and that key."""
        key = self._made("stranger") / "key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], check=True, capture_output=True)
        request = subprocess.run(["openssl", "req", "-new", "-key", key, "-subj", "/CN=edge-0"], check=True, capture_output=True).stdout
        for _ in range(20):
            status, text = self.call("POST", f"/gateways/{gateway}/enrol", body=request, Authorization=f"Bearer {token}")
            if status != 429:  # one a second from one address, and a few at once
                break
            time.sleep(1)
        return status, text, key.read_text()

    def issued_by_hand(self, seconds):
        """A certificate for the agent's own key and name, by the operator's authority, that ends in so many seconds."""
        folder = self._made("by-hand")
        for name, text in data_of(self.kube.get("Secret", "sallyport-agents-ca", OPERATOR_NAMESPACE)).items():
            (folder / name).write_text(text)
        (folder / "own.crt").write_text(self.kept()["certificate"])
        (folder / "own.key").write_text(self.kept()["key"])
        name = subprocess.run(["openssl", "x509", "-in", folder / "own.crt", "-noout", "-ext", "subjectAltName"],
                              check=True, capture_output=True, text=True).stdout.split("URI:")[1].strip()
        return issue_to(folder / "own.key", f"subjectAltName=URI:{name}", seconds, folder / "tls.crt", folder / "tls.key")
