# SPDX-License-Identifier: Apache-2.0
"""The objects of examples/quickstart, with the example's addresses replaced by those of a world."""
import copy

import yaml

from e2e.harness.certificates import self_signed
from e2e.harness.kube import secret
from e2e.harness.process import ROOT

TEAM = "risk"
USABLE = {"sallyport.dev/usable-by": "ProtectedEndpoint"}
SCORING_BATCH = "7d0c5f5e-2f3a-4b61-9c1d-3a6f0f2b9e11"


def quickstart(file):
    with open(ROOT / "examples/quickstart" / file) as text:
        return [o for o in yaml.safe_load_all(text) if o]


def namespaces():
    return quickstart("10-namespaces.yaml")


def connections(bigip_url, issuer, workspace_url, extra_units=(), ca_bundle=None):
    gateway, provider, workspace = copy.deepcopy(quickstart("20-connections.yaml"))
    gateway["spec"]["bigip"]["units"] = [bigip_url, *extra_units]
    provider["spec"]["issuer"] = issuer
    workspace["spec"]["host"] = workspace_url
    for part in (gateway["spec"]["bigip"], provider["spec"], workspace["spec"]) if ca_bundle else ():
        part["caBundle"] = ca_bundle
    return [gateway, provider, workspace]


def endpoint(name="fraud-scoring", host=None, namespace=TEAM, serving=None):
    """The quickstart's ProtectedEndpoint; under another name it gets a host, and Secrets, of its own."""
    thing = copy.deepcopy(quickstart("30-endpoint.yaml")[0])
    thing["metadata"] = {"name": name, "namespace": namespace}
    if name != "fraud-scoring":
        thing["spec"]["host"] = host or f"{name}.ml.example.com"
        thing["spec"]["tls"]["secretName"] = f"{name}-tls"
        thing["spec"]["client"]["secretName"] = f"{name}-client"
    if host:
        thing["spec"]["host"] = host
    if serving:
        thing["spec"]["backends"][0]["serving"]["endpoint"] = serving
    return thing


def tls_secret(thing, labels=USABLE):
    """What cert-manager would write for this endpoint, and all others of its domain: hosts are edited."""
    certificate, key = self_signed("*." + thing["spec"]["host"].partition(".")[2])
    return secret(thing["spec"]["tls"]["secretName"], thing["metadata"]["namespace"], {"tls.crt": certificate, "tls.key": key},
                  labels, "kubernetes.io/tls")
