#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every golden declaration with F5's published AS3 schema, and the pointers that the schema does not resolve.

The schema is not part of this repository: it is looked for as data/as3-schema-*.json in $SALLYPORT_SHARED, or in a
folder `shared` beside the checkout. Exit 0: all valid, 1: some are not, 77: could not be checked (says why).
"""
import glob
import ipaddress
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def find_schema():
    checkout = os.path.dirname(os.path.dirname(HERE))
    shared = os.environ.get("SALLYPORT_SHARED") or os.path.join(os.path.dirname(checkout), "shared")
    found = sorted(glob.glob(os.path.join(shared, "data", "as3-schema-*.json")))
    if not found:
        skip("no as3-schema-*.json: set SALLYPORT_SHARED to the folder that has data/as3-schema-3.56.json")
    return found[-1]


def is_ip(value, versions):
    text = re.sub(r"%\d+", "", value)
    try:
        return ipaddress.ip_interface(text).version in versions
    except ValueError:
        return False


def formats(jsonschema):
    checker = jsonschema.FormatChecker(formats=[])  # its own ones depend on what else happens to be installed
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    checker.checks("hostname")(lambda value: not isinstance(value, str) or re.fullmatch(rf"{label}(\.{label})*", value))
    checker.checks("f5ip")(lambda value: not isinstance(value, str) or is_ip(value, (4, 6)))
    checker.checks("f5ipv4")(lambda value: not isinstance(value, str) or is_ip(value, (4,)))
    checker.checks("f5ipv6")(lambda value: not isinstance(value, str) or is_ip(value, (6,)))
    checker.checks("f5bigip")(lambda value: not isinstance(value, str) or re.fullmatch(r"/[^/\s]+(/[^/\s]+)+", value))
    checker.checks("f5pointer")(lambda value: not isinstance(value, str) or re.fullmatch(r"[^\s\"']{2,}", value))
    return checker


def pointers(value, path=""):
    """(place, text) of what refers to another object: {"use": x}, and the bare names AS3 allows in a service."""
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{path}/{key}"
            if isinstance(inner, str) and key in ("use", "pool", "serverTLS", "clientTLS") and inner not in ("basic",):
                yield place, inner
            elif key == "iRules":
                yield from ((place, name) for name in inner if isinstance(name, str))
            elif key == "certificate" and isinstance(inner, str) and not inner.startswith("<") and "BEGIN" not in inner:
                yield place, inner
            else:
                yield from pointers(inner, place)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from pointers(inner, f"{path}/{index}")


def dangling(adc):
    for tenant, body in adc.items():
        if not isinstance(body, dict) or body.get("class") != "Tenant":
            continue
        for name, app in body.items():
            if not isinstance(app, dict):
                continue
            for place, text in pointers(app, f"/{tenant}/{name}"):
                parts = text.strip("/").split("/") if text.startswith("/") else [tenant, name, text]
                target = adc
                for part in parts:
                    target = target.get(part) if isinstance(target, dict) else None
                if not isinstance(target, dict) or "class" not in target:
                    yield f"{place}: refers to {text}, which is not declared"


def main():
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is not installed")
    with open(find_schema(), encoding="utf-8") as file:
        schema = json.load(file)
    # Against the root, a oneOf, every error reads "is not valid under any of the given schemas".
    adc_schema = {"$ref": "#/definitions/ADC", "definitions": schema["definitions"]}
    validator = jsonschema.Draft7Validator(adc_schema, format_checker=formats(jsonschema))
    cases = sorted(glob.glob(os.path.join(HERE, "*", "*", "edge.as3.json")))
    if not cases:
        print("no golden declaration found")
        sys.exit(1)
    wrong = 0
    for case in cases:
        with open(case, encoding="utf-8") as file:
            adc = json.load(file)
        complaints = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(adc)]
        complaints += dangling(adc)
        wrong += bool(complaints)
        print(("INVALID " if complaints else "valid   ") + os.path.relpath(case, HERE))
        for complaint in complaints:
            print("    " + complaint)
    sys.exit(1 if wrong else 0)


main()
