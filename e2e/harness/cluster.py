# SPDX-License-Identifier: Apache-2.0
"""A real control plane, started by scripts/cluster. One serves many scenarios, each after a sweep."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import yaml

from e2e.harness.kube import Kube
from e2e.harness.process import ROOT, binary, wait_until

OPERATOR_NAMESPACE = "sallyport-system"
CUSTOM = ["ProtectedEndpoint", "F5Gateway", "IdentityProvider", "DatabricksWorkspace", "AccessLedger"]


def rendered_chart(kube_version, *values):
    """What the chart, with these `--set`, gives the operator: its ServiceAccount, its rights and what goes with them. All but the Deployment,
    for there is no node: the harness starts the program itself, with this account and never as a cluster admin."""
    script = """
        . scripts/lib/common.sh; . scripts/lib/paths.sh; . scripts/lib/build.sh
        ensure_tools
        helm template sallyport charts/sallyport --namespace "$1" --kube-version "$2" --set "$3"
    """
    sets = ",".join(["crds.install=false", *values])
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script, "rendered_chart", OPERATOR_NAMESPACE, kube_version, sets],
                          cwd=ROOT, capture_output=True, text=True, timeout=1800)
    if done.returncode != 0:
        raise RuntimeError("helm template failed: " + done.stderr[-2000:])
    return [o for o in yaml.safe_load_all(done.stdout) if o and o["kind"] != "Deployment"]


class Cluster:
    """SALLYPORT_E2E_CLUSTER names a running one's directory, to save its five seconds; else, and with `own`, one is started here."""

    def __init__(self, name="e2e", own=False, values=()):
        """`values`: `--set` of the chart, by which the operator gets its rights."""
        self.values = values
        given = None if own else os.environ.get("SALLYPORT_E2E_CLUSTER")
        self.started_here = not given
        self.folder = pathlib.Path(given or tempfile.mkdtemp(prefix="sallyport-cluster-"))
        self.name = name

    def __enter__(self):
        if self.started_here:
            done = subprocess.run([ROOT / "scripts/cluster", "up", "--dir", self.folder, "--name", self.name],
                                  capture_output=True, text=True, timeout=1800)
            if done.returncode != 0:
                raise RuntimeError("scripts/cluster up failed: " + done.stderr[-2000:])
        self.kube = Kube(self.folder / "kubeconfig")
        crds = subprocess.run([binary("SALLYPORT_BINARY", "sallyport"), "crds"], capture_output=True, text=True, check=True)
        objects = [o for o in yaml.safe_load_all(crds.stdout) if o]
        self.kube.apply(*objects)
        for crd in objects:
            wait_until("CRD " + crd["metadata"]["name"], lambda crd=crd: any(
                c["type"] == "Established" and c["status"] == "True"
                for c in self.kube.get("CustomResourceDefinition", crd["metadata"]["name"])["status"]["conditions"]))
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OPERATOR_NAMESPACE}}
        self.kube.apply(namespace)
        self.rules = rendered_chart(self.kube.call("GET", "/version")["gitVersion"], *self.values)
        self.kube.apply(*self.rules)
        self.sweep([])
        return self

    def __exit__(self, *_):
        if self.started_here:
            subprocess.run([ROOT / "scripts/cluster", "down", "--dir", self.folder, "--delete"], capture_output=True, timeout=60)
            shutil.rmtree(self.folder, ignore_errors=True)

    def api_server(self, command):
        """`stop` or `start`."""
        subprocess.run([ROOT / "scripts/cluster", command, "kube-apiserver", "--dir", self.folder], check=True, capture_output=True)

    def audit_position(self):
        return os.path.getsize(self.folder / "audit.log")

    def audit_lines(self, since=0):
        with open(self.folder / "audit.log", "rb") as file:
            file.seek(since)
            return [json.loads(line) for line in file if line.endswith(b"\n")]

    def sweep(self, team_namespaces):
        """Takes away what a scenario left in the cluster, finalizers or not. Only after its operator has ended."""
        for kind in CUSTOM:
            for thing in self.kube.list(kind):
                meta = thing["metadata"]
                if meta.get("finalizers"):
                    self.kube.patch(kind, meta["name"], {"metadata": {"finalizers": None}}, meta.get("namespace"))
                self.kube.delete(kind, meta["name"], meta.get("namespace"))
        for namespace in [OPERATOR_NAMESPACE, *team_namespaces]:
            for kind in ["Secret", "ConfigMap", "Lease", "Event"]:
                for thing in self.kube.list(kind, namespace):
                    if thing["metadata"]["name"] != "kube-root-ca.crt":
                        self.kube.delete(kind, thing["metadata"]["name"], namespace)
        for kind in CUSTOM:
            wait_until(f"no {kind} left", lambda kind=kind: not self.kube.list(kind))
