# SPDX-License-Identifier: Apache-2.0
"""Where the demo declares its objects: a directory of manifests, or a real API server."""
import base64
import json
import os
import shutil
import subprocess

import yaml

from parts import ROOT, Child, Trouble

EXAMPLES = ROOT / "examples/quickstart"
OPERATOR_NAMESPACE, TEAM = "sallyport-system", "risk"
ENDPOINT = "fraud-scoring"


def secret(namespace, name, values, kind="Opaque", labels=None):
    return {"apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}}


def self_signed(host, folder):
    key, certificate = folder / "tls.key", folder / "tls.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-keyout", key, "-out", certificate, "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"],
                   check=True, capture_output=True)
    values = {"tls.crt": certificate.read_text(), "tls.key": key.read_text()}
    key.unlink()
    return values


def write_quickstart(folder, bigip, databricks, provider):
    """A copy of examples/quickstart with this run's addresses, and the Secrets that it names."""
    folder.mkdir()
    shutil.copy(EXAMPLES / "10-namespaces.yaml", folder)
    text = (EXAMPLES / "20-connections.yaml").read_text()
    for placeholder, real in (("https://bigip.example.com", bigip.url), ("https://login.example.com", provider.ready["issuer"]),
                              ("https://workspace.example.com", databricks.url)):
        if placeholder not in text:
            raise Trouble(f"examples/quickstart/20-connections.yaml no longer names {placeholder}")
        text = text.replace(placeholder, real)
    # For the second bad object: a policy that may be named though the device has none.
    text = text.replace("/Common/corp_oauth_api]", "/Common/corp_oauth_api, /Common/corp_oauth_next]")
    (folder / "20-connections.yaml").write_text(text)
    credentials = [
        secret(OPERATOR_NAMESPACE, "bigip-edge", {"username": bigip.USER, "password": bigip.password}),
        secret(OPERATOR_NAMESPACE, "idp-registration", {"initial_access_token": provider.initial_access_token}),
        secret(OPERATOR_NAMESPACE, "dbx-prod", {"client_id": databricks.client_id, "client_secret": databricks.client_secret}),
        secret(TEAM, "fraud-tls", self_signed("fraud.ml.example.com", folder), "kubernetes.io/tls",
               {"sallyport.dev/usable-by": "ProtectedEndpoint"})]
    path = folder / "15-secrets.yaml"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump_all(credentials, sort_keys=False))


class Directory:
    """Standalone: declaring is copying a file, deleting is removing it."""

    how = "a directory of manifests"

    def __init__(self, folder):
        self.folder, self.source = folder, folder / "quickstart"
        self.manifests, self.state = folder / "manifests", folder / "state"

    def start(self):
        self.manifests.mkdir()

    def operator_arguments(self):
        return ["--manifests", self.manifests, "--state", self.state]

    def apply(self, *paths):
        for path in paths:
            # Appears whole: a reader never sees half of it.
            shutil.copy(path, self.manifests / f".{path.name}")
            os.replace(self.manifests / f".{path.name}", self.manifests / path.name)

    def delete(self, path):
        (self.manifests / path.name).unlink()

    def get(self, kind, name):
        """The object's status document, or None."""
        for file in sorted(self.manifests.glob("*.status.yaml")):
            for thing in yaml.safe_load_all(file.read_text()):
                if thing and thing["kind"] == kind and thing["metadata"]["name"] == name:
                    return thing
        return None

    def secret_of_team(self, name):
        """{key: text}, as an application beside the operator would read it; None when it is not there."""
        found = self.state / "secrets" / TEAM / name
        return {f.name: f.read_text() for f in found.iterdir() if not f.name.startswith(".")} if found.is_dir() else None

    def hints(self):
        return [f"cat {self.manifests}/30-endpoint.status.yaml", f"$EDITOR {self.manifests}/30-endpoint.yaml   # then look again",
                f"rm {self.manifests}/30-endpoint.yaml     # takes it all down"]

    def stop(self):
        pass


class Cluster:
    """A real API server. The operator signs in as the chart's ServiceAccount, never as an administrator."""

    how = "a real API server"

    def __init__(self, folder):
        self.folder, self.source, self.dir = folder, folder / "quickstart", folder / "cluster"
        self.kubeconfig = folder / "operator.kubeconfig"
        self.environment = {**os.environ, "KUBECONFIG": str(self.dir / "kubeconfig")}

    def run(self, *arguments, text=None, quiet=False):
        done = subprocess.run([str(a) for a in arguments], input=text, capture_output=True, text=True, env=self.environment,
                              timeout=900, start_new_session=True)
        if done.returncode != 0 and not quiet:
            raise Trouble(f"{' '.join(str(a) for a in arguments[:3])}: {done.stderr.strip()[-1500:]}")
        return done.stdout

    def start(self):
        self.run(ROOT / "scripts/cluster", "up", "--dir", self.dir, "--name", "demo")
        for namespace in (OPERATOR_NAMESPACE, TEAM):
            self.run("kubectl", "create", "namespace", namespace)
        chart = self.run("helm", "template", "sallyport", ROOT / "charts/sallyport", "--namespace", OPERATOR_NAMESPACE,
                         "--kube-version", "1.36.3")
        # No node runs pods here: all of the chart but its Deployment.
        objects = [o for o in yaml.safe_load_all(chart) if o and o["kind"] != "Deployment"]
        self.run("kubectl", "apply", "--server-side", "-f", "-", text=yaml.safe_dump_all(objects))
        self.run("kubectl", "wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        self.run("bash", "-c", f". '{ROOT}/scripts/lib/common.sh'; . '{ROOT}/scripts/lib/paths.sh'; . '{ROOT}/scripts/lib/cluster.sh'; "
                 f"service_account_kubeconfig {OPERATOR_NAMESPACE} sallyport '{self.kubeconfig}' 8h")

    def operator_arguments(self):
        return ["--kubeconfig", self.kubeconfig]

    def apply(self, *paths):
        for path in paths:
            self.run("kubectl", "apply", "--server-side", "-f", path)

    def delete(self, path):
        self.run("kubectl", "delete", "--wait=false", "-f", path)

    def get(self, kind, name):
        text = self.run("kubectl", "get", kind, name, "--namespace", TEAM, "--ignore-not-found", "-o", "json")
        return json.loads(text) if text else None

    def secret_of_team(self, name):
        text = self.run("kubectl", "get", "secret", name, "--namespace", TEAM, "--ignore-not-found", "-o", "json")
        return {k: base64.b64decode(v).decode() for k, v in json.loads(text)["data"].items()} if text else None

    def hints(self):
        return [f"export KUBECONFIG={self.dir}/kubeconfig", f"kubectl -n {TEAM} get pe -o wide",
                f"kubectl -n {TEAM} describe pe {ENDPOINT}", "kubectl get f5gw,idp,dbw",
                f"kubectl -n {TEAM} delete pe {ENDPOINT}"]

    def stop(self):
        subprocess.run([ROOT / "scripts/cluster", "down", "--dir", self.dir], capture_output=True, timeout=60,
                       start_new_session=True)


def start_operator(declared, folder):
    return Child("operator", [os.environ["SALLYPORT_PROGRAM"], "run", *declared.operator_arguments(), "--listen", "127.0.0.1:0",
                              "--drift-interval", "5s", "--grace", "10s", "--audit-log", folder / "audit.log",
                              "--no-audit-stdout"], folder)
