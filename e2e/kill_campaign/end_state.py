# SPDX-License-Identifier: Apache-2.0
"""What is true everywhere, in a form in which two runs can be compared byte by byte: generated ids and what is computed
from them replaced by what they stand for, so that they still have to agree with each other; and what ignored.json lists left
out."""
import base64
import fnmatch
import hashlib
import json
import pathlib
import re

from e2e.harness.cluster import CUSTOM, OPERATOR_NAMESPACE
from e2e.harness.kube import data_of
from e2e.harness.manifests import TEAM

_LISTED = json.loads((pathlib.Path(__file__).parent / "ignored.json").read_text())
IGNORED, WHOLE = _LISTED["pointers"], _LISTED["whole"]
MATCHED = set()  # pointers of IGNORED that have left something out in this process

# Names that hold a hash of something generated: the readable part stays.
HASHED = [(re.compile(r"(sp_(?:pool|monitor|tls)_[0-9_]+_)[0-9a-f]{10}"), r"\1HASH"), (re.compile(r"(/sp_)[0-9a-f]{10}(_)"), r"\1HASH\2"),
          (re.compile(r"\bsp_[0-9a-f]{10}_"), "sp_HASH_"), (re.compile(r"(pe_[a-z_]+_)[0-9a-f]{12}"), r"\1HASH"),
          (re.compile(r"(sallyport-registration-)[0-9a-f]{16}"), r"\1HASH"), (re.compile(r"\b(al-)[0-9a-f]{16}"), r"\1HASH")]


def kube_objects(world):
    """All custom resources, and what else the operator may write in its own and the teams' namespaces; but for objects that
    ignored.json leaves out whole."""
    found = [(kind, thing) for kind in CUSTOM for thing in world.kube.list(kind)]
    for kind in ("Secret", "ConfigMap", "Lease", "Event"):
        if f"{kind}/*/*" not in WHOLE:
            found += [(kind, thing) for namespace in (OPERATOR_NAMESPACE, TEAM) for thing in world.kube.list(kind, namespace)]
    return [(kind, thing) for kind, thing in found if not any(fnmatch.fnmatchcase(name_of(kind, thing), out) for out in WHOLE)]


def name_of(kind, thing):
    return "/".join([kind, thing["metadata"].get("namespace", ""), thing["metadata"]["name"]])


def kube_part(objects):
    return {name_of(kind, thing): in_order(kind, thing) for kind, thing in objects}


def in_order(kind, thing):
    """Lists that are maps by the API's own word become maps; what is base64 becomes text, and JSON inside it JSON."""
    thing = json.loads(json.dumps(thing))
    status = thing.get("status") or {}
    if "conditions" in status:
        status["conditions"] = {c["type"]: c for c in status["conditions"]}
    if "placements" in status:
        status["placements"] = {p["system"]: p for p in status["placements"]}
    meta = thing["metadata"]
    meta["managedFields"] = {f"{m['manager']} {m.get('subresource', '')}": m for m in meta.get("managedFields", [])}
    if kind == "Secret":
        thing["data"] = {key: json.loads(value) if value.startswith("{") else value for key, value in data_of(thing).items()}
    return thing


def bigip_part(world):
    units = []
    for unit in world.bigip.state()["units"]:
        running, saved = unit["running"], unit["saved"]
        units.append({**unit, "running": {**running, "objects": {f"{o['component']} {o['fullPath']}": o for o in running["objects"]}},
                      "saved": {**saved, "is what runs": saved["id"] == running["id"]}})
    return {"units": units, "virtuals": world.bigip.virtuals(), "inSync": world.bigip.state()["inSync"]}


def idp_part(world):
    """Live clients, and apart from them those that nobody can use: of a registration whose answer was lost."""
    endpoint = world.endpoint()
    known = ((endpoint or {}).get("status", {}).get("client") or {}).get("id")
    clients = world.idp.clients()
    return [c for c in clients if c["client_id"] == known], [c for c in clients if c["client_id"] != known]


def replacements(world, objects):
    """Generated values and what stands for them; the longest first."""
    pairs = {}
    for kind, thing in objects:
        meta, where = thing["metadata"], f"{kind} {thing['metadata']['name']}"
        pairs[meta["uid"]] = f"<uid of {where}>"
        pairs[hashlib.sha256(meta["uid"].encode()).hexdigest()[:16]] = f"<mark of {where}>"
        for place in (thing.get("status") or {}).get("placements", []):
            if place.get("hash"):
                pairs[place["hash"]] = f"<hash of {place['system']}>"
                pairs[place["hash"][:32]] = f"<hash of {place['system']}>"
        if meta["name"] == "sallyport-instance":
            pairs[thing["data"]["id"]] = "INSTANCE"
        if kind == "Secret":
            content = "".join(f"{key}={value}\n" for key, value in sorted(data_of(thing).items()))
            pairs[hashlib.sha256(content.encode()).hexdigest()] = f"<sha256 of {where}>"
    for name, endpoint in world.databricks.state()["serving_endpoints"].items():
        if endpoint["id"]:
            pairs[endpoint["id"]] = pairs[endpoint["id"][:16]] = f"<id of {name}>"
    for client in idp_part(world)[0]:
        pairs[client["client_id"]] = "<client id>"
    for system in world.systems:
        for url in {system.url, system.direct}:
            pairs[url.split(":")[-1]] = f"<port of {system.name}>"
    # A whole word: the digits of a port may well stand inside another number.
    return [(re.compile(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])"), name)
            for value, name in sorted(pairs.items(), key=lambda pair: -len(pair[0]))]


def without_ignored(thing, path=""):
    """Drops what a pointer of ignored.json names; '*' stands for any one token, or a part of one."""
    matching = [pointer for pointer, pattern in PATTERNS.items() if pattern.fullmatch(path)]
    if matching:
        MATCHED.update(matching)
        return None
    if isinstance(thing, dict):
        kept = {key: without_ignored(value, f"{path}/{escape(key)}") for key, value in thing.items()}
        return {key: value for key, value in kept.items() if value is not None or thing[key] is None}
    if isinstance(thing, list):
        return [without_ignored(value, f"{path}/{index}") for index, value in enumerate(thing)]
    return thing


def escape(token):
    return str(token).replace("~", "~0").replace("/", "~1")


PATTERNS = {pointer: re.compile("/".join(re.escape(token).replace(r"\*", "[^/]*") for token in pointer.split("/"))) for pointer in IGNORED}


def snapshot(world):
    """(state, unusable clients). The state is to be equal in every run; the unusable are judged by their number."""
    live, unusable = idp_part(world)
    objects = kube_objects(world)
    state = {"kube": kube_part(objects), "bigip": bigip_part(world), "idp": live, "databricks": world.databricks.state()}
    return without_ignored(renamed(state, replacements(world, objects))), unusable


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
    for pattern, name in [*pairs, *HASHED]:
        text = pattern.sub(name, text)
    return text if text != str(thing) else thing


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
