# SPDX-License-Identifier: Apache-2.0
"""A thin client of the API server, with the harness's own rights, and the API server's audit log."""
import base64
import json
import ssl
import time
import urllib.parse

import yaml

from e2e.harness import web

PATHS = {
    "Namespace": ("/api/v1", "namespaces", False), "Secret": ("/api/v1", "secrets", True),
    "ConfigMap": ("/api/v1", "configmaps", True), "ServiceAccount": ("/api/v1", "serviceaccounts", True),
    "Service": ("/api/v1", "services", True), "Pod": ("/api/v1", "pods", True),
    "PodDisruptionBudget": ("/apis/policy/v1", "poddisruptionbudgets", True),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", False),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles", True),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "Lease": ("/apis/coordination.k8s.io/v1", "leases", True),
    "Event": ("/apis/events.k8s.io/v1", "events", True),
    "CustomResourceDefinition": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
    "F5Gateway": ("/apis/sallyport.dev/v1alpha1", "f5gateways", False),
    "IdentityProvider": ("/apis/sallyport.dev/v1alpha1", "identityproviders", False),
    "DatabricksWorkspace": ("/apis/sallyport.dev/v1alpha1", "databricksworkspaces", False),
    "ProtectedEndpoint": ("/apis/sallyport.dev/v1alpha1", "protectedendpoints", True),
    "AccessLedger": ("/apis/sallyport.dev/v1alpha1", "accessledgers", True),
}


class Kube:
    """Objects are plain dictionaries, as the API server says them."""

    def __init__(self, kubeconfig):
        with open(kubeconfig) as file:
            config = yaml.safe_load(file)
        cluster = config["clusters"][0]["cluster"]
        self.server = cluster["server"]
        self.ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._token = config["users"][0]["user"]["token"]
        self._context = ssl.create_default_context(cadata=self.ca)

    def path(self, kind, namespace=None, name=None, subresource=None):
        base, plural, namespaced = PATHS[kind]
        parts = [base]
        if namespaced and namespace:
            parts.append("namespaces/" + namespace)
        parts.append(plural)
        if name:
            parts.append(urllib.parse.quote(name))
        if subresource:
            parts.append(subresource)
        return "/".join(parts)

    def call(self, method, path, body=None, content_type="application/json"):
        headers = {"Authorization": "Bearer " + self._token, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
            body = json.dumps(body)
        for attempt in range(50):
            try:
                return web.call(method, self.server + path, body, headers=headers, context=self._context, timeout=20)
            except web.Refused as refused:
                if refused.status != 429 or attempt == 49:
                    raise
                time.sleep(0.1)  # "storage is (re)initializing", right after a CRD was made

    def get(self, kind, name, namespace=None):
        """None when it is not there."""
        try:
            return self.call("GET", self.path(kind, namespace, name))
        except web.Refused as refused:
            if refused.status == 404:
                return None
            raise

    def list(self, kind, namespace=None):
        items = self.call("GET", self.path(kind, namespace))["items"]
        for item in items:
            item.setdefault("kind", kind)
        return items

    def apply(self, *objects):
        """Server-side apply, as kubectl does it."""
        for thing in objects:
            meta = thing["metadata"]
            path = self.path(thing["kind"], meta.get("namespace"), meta["name"])
            self.call("PATCH", path + "?fieldManager=e2e&force=true", thing, "application/apply-patch+yaml")

    def patch(self, kind, name, change, namespace=None):
        """A merge patch."""
        return self.call("PATCH", self.path(kind, namespace, name), change, "application/merge-patch+json")

    def delete(self, kind, name, namespace=None):
        try:
            self.call("DELETE", self.path(kind, namespace, name))
        except web.Refused as refused:
            if refused.status != 404:
                raise

    def token_of(self, namespace, account, audience=None, pod=None):
        """For an audience, and bound to a pod (as it is stored), as a projected volume would hold it."""
        path = self.path("ServiceAccount", namespace, account, "token")
        spec = {"expirationSeconds": 7200}
        if audience:
            spec["audiences"] = [audience]
        if pod:
            spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return self.call("POST", path, body)["status"]["token"]


def condition(thing, kind="Ready"):
    """(status, reason, message) of a condition; ("", "", "") when it is not there."""
    for entry in ((thing or {}).get("status") or {}).get("conditions", []):
        if entry["type"] == kind:
            return entry["status"], entry["reason"], entry["message"]
    return "", "", ""


def data_of(secret):
    return {key: base64.b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}


def secret(name, namespace, values, labels=None, kind="Opaque"):
    return {"apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}}
