# SPDX-License-Identifier: Apache-2.0
"""What is true everywhere, in a form in which two runs can be compared: generated names replaced, and what ignored.json
lists left out."""
import base64
import json
import pathlib
import re

from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.manifests import TEAM

KINDS = ["ProtectedEndpoint", "F5Gateway", "IdentityProvider", "DatabricksWorkspace", "AccessLedger"]
IGNORED = json.loads((pathlib.Path(__file__).parent / "ignored.json").read_text())["pointers"]

# Names that hold a hash of something generated: the readable part stays.
HASHED = [(re.compile(r"(sp_(?:pool|monitor|tls)_[0-9_]+_)[0-9a-f]{10}"), r"\1HASH"), (re.compile(r"(/sp_)[0-9a-f]{10}(_)"), r"\1HASH\2"),
          (re.compile(r"\bsp_[0-9a-f]{10}_"), "sp_HASH_"),
          (re.compile(r"(pe_[a-z_]+_)[0-9a-f]{12}"), r"\1HASH"), (re.compile(r"(sallyport-registration-)[0-9a-f]{16}"), r"\1HASH"),
          (re.compile(r"\b(al-)[0-9a-f]{16}"), r"\1HASH")]


def kube_part(world):
    objects = {}
    for kind in KINDS:
        for thing in world.kube.list(kind):
            meta = thing["metadata"]
            objects["/".join([kind, meta.get("namespace", ""), meta["name"]])] = thing
    for namespace in [OPERATOR_NAMESPACE, TEAM]:
        for thing in world.kube.list("Secret", namespace):
            meta = thing["metadata"]
            objects["/".join(["Secret", namespace, meta["name"]])] = {
                "metadata": meta, "type": thing["type"], "keys": sorted(thing.get("data") or {})}
    return objects


def bigip_part(world):
    units = []
    for unit in world.bigip.state()["units"]:
        declaration = lambda which: unit[which].get("declaration")
        units.append({"objects": {f"{o['component']} {o['fullPath']}": o for o in unit["running"]["objects"]},
                      "declaration": declaration("running"), "saved": declaration("saved")})
    return {"units": units, "virtuals": world.bigip.virtuals()}


def idp_part(world):
    """Live clients, and apart from them those that nobody can use: of a registration whose answer was lost."""
    endpoint = world.endpoint()
    known = ((endpoint or {}).get("status", {}).get("client") or {}).get("id")
    clients = world.idp.clients()
    return [c for c in clients if c["client_id"] == known], [c for c in clients if c["client_id"] != known]


def replacements(world):
    """Generated values and what stands for them; the longest first."""
    pairs = {}
    config = world.kube.get("ConfigMap", "sallyport-instance", OPERATOR_NAMESPACE)
    for value in (config or {}).get("data", {}).values():
        pairs[value] = "INSTANCE"
    for kind in KINDS:
        for thing in world.kube.list(kind):
            pairs[thing["metadata"]["uid"]] = f"UID-OF-{kind}"
    for name, endpoint in world.databricks.state()["serving_endpoints"].items():
        if endpoint["id"]:
            pairs[endpoint["id"]] = f"ID-OF-{name}"
    for client in idp_part(world)[0]:
        pairs[client["client_id"]] = "CLIENT-ID"
    for system in world.systems:
        for url in {system.url, system.direct}:
            pairs[url.split(":")[-1]] = f"PORT-OF-{system.name}"
    return sorted(pairs.items(), key=lambda pair: -len(pair[0]))


def without_ignored(thing, path=""):
    """Drops what a pointer of ignored.json names; '*' stands for any one token."""
    if any(re.fullmatch(pattern, path) for pattern in PATTERNS):
        return None
    if isinstance(thing, dict):
        kept = {key: without_ignored(value, f"{path}/{escape(key)}") for key, value in thing.items()}
        return {key: value for key, value in kept.items() if value is not None}
    if isinstance(thing, list):
        return [without_ignored(value, f"{path}/{index}") for index, value in enumerate(thing)]
    return thing


def escape(token):
    return str(token).replace("~", "~0").replace("/", "~1")


PATTERNS = [re.compile("/".join("[^/]*" if token == "*" else re.escape(token).replace(r"\*", "[^/]*") for token in p.split("/")))
            for p in IGNORED]


def snapshot(world):
    """(state, unusable clients). The state is to be equal in every run; the unusable are judged by their number."""
    live, unusable = idp_part(world)
    state = {"kube": kube_part(world), "bigip": bigip_part(world), "idp": live,
             "databricks": world.databricks.state()["serving_endpoints"]}
    return sort_sets(without_ignored(renamed(state, replacements(world)))), unusable


def renamed(thing, pairs):
    """Generated values replaced by what they stand for, in keys and values."""
    if isinstance(thing, dict):
        if list(thing) == ["base64"]:
            return renamed(base64.b64decode(thing["base64"]).decode(errors="replace"), pairs)
        return {renamed(key, pairs): renamed(value, pairs) for key, value in thing.items()}
    if isinstance(thing, list):
        return [renamed(value, pairs) for value in thing]
    if isinstance(thing, bool) or not isinstance(thing, (str, int)):
        return thing
    text = str(thing)
    for value, name in pairs:
        if isinstance(thing, str) or text == value:
            text = text.replace(value, name)
    for pattern, name in HASHED:
        text = pattern.sub(name, text)
    return text


def sort_sets(thing):
    """Conditions and placements are in order of appearance, which says nothing."""
    if isinstance(thing, dict):
        return {key: sort_sets(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return sorted((sort_sets(value) for value in thing), key=lambda v: json.dumps(v, sort_keys=True))
    return thing


def differences(wanted, found, path=""):
    """Pointers at which two states differ, with both values."""
    if type(wanted) is not type(found):
        return [(path, wanted, found)]
    if isinstance(wanted, dict):
        return [d for key in sorted({*wanted, *found})
                for d in ([(f"{path}/{escape(key)}", wanted.get(key), found.get(key))] if key not in wanted or key not in found
                          else differences(wanted[key], found[key], f"{path}/{escape(key)}"))]
    if isinstance(wanted, list) and len(wanted) == len(found):
        return [d for i, (w, f) in enumerate(zip(wanted, found)) for d in differences(w, f, f"{path}/{i}")]
    return [] if wanted == found else [(path, wanted, found)]
