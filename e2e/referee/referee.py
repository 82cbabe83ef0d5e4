# SPDX-License-Identifier: Apache-2.0
"""Judges a world after a scenario: the rules I1 to I11 over every journal, merged in the order of time."""
import importlib
import json
import pathlib

from e2e.harness.cluster import CUSTOM
from e2e.harness.systems import BigIp, Databricks, IdentityProvider
from e2e.referee.evidence import Evidence

RULES = [importlib.import_module(f"e2e.referee.rules.{path.stem}")
         for path in sorted((pathlib.Path(__file__).parent / "rules").glob("i*.py"), key=lambda p: int(p.stem[1:].split("_")[0]))]


def judge_evidence(evidence):
    return [violation for rule in RULES for violation in rule.judge(evidence)]


def gather(world, hostile=(), foreign=()):
    """Everything that is on record of a world. `foreign`: words by which the lines of another operator are known, where two
    of them share the outside systems."""
    kube = world.kube

    def journal(kind):
        lines = [line for system in world.systems if isinstance(system, kind) for line in system.journal()]
        return [line for line in lines if not any(word in json.dumps(line) for word in foreign)]
    texts = {}
    for operator in world.operators:
        texts[f"output of {operator.child.name}"] = operator.child.output()
        texts[f"audit log of {operator.child.name}"] = operator.audit_log.read_text() if operator.audit_log.exists() else ""
        if operator.child.running():
            texts[f"command line of {operator.child.name}"] = operator.child.command_line()
    if world.operators and world.operators[-1].child.running():
        texts["metrics page"] = world.operators[-1].page("/metrics")
    texts["events"] = json.dumps(kube.list("Event"))
    for kind in CUSTOM:
        texts[kind] = json.dumps(kube.list(kind))
    rules = "\n".join(str(o.get("apiAnonymous", "")) for device in world.systems if isinstance(device, BigIp)
                      for unit in device.state()["units"] for o in unit["running"]["objects"]
                      if o["component"] == "ltm rule")
    planted = {**world.planted, **generated_secrets(kube)}
    return Evidence(journal(BigIp), journal(Databricks), journal(IdentityProvider), world.audit_lines(), texts, planted, hostile, rules)


def generated_secrets(kube):
    """What the operator itself was given by providers, from the Secrets that hold it."""
    from e2e.harness.kube import data_of
    found = {}
    for secret in kube.list("Secret"):
        if secret["type"] in ("Opaque", "kubernetes.io/tls") and not secret["metadata"]["namespace"].startswith("kube-"):
            for key, value in data_of(secret).items():
                if any(word in key for word in ("secret", "token_value", "registration_access_token", "tls.key")) and len(value) >= 12:
                    found[f"{secret['metadata']['namespace']}/{secret['metadata']['name']}:{key}"] = (
                        value if "PRIVATE KEY" not in value else value.splitlines()[1])
                if value.startswith("{"):  # a record of a registration
                    found.update(secrets_in(json.loads(value), f"{secret['metadata']['name']}:{key}"))
    return found


def secrets_in(record, where):
    if not isinstance(record, dict):
        return {}
    found = {}
    for key, value in record.items():
        if isinstance(value, dict):
            found.update(secrets_in(value, f"{where}/{key}"))
        elif isinstance(value, str) and key in ("client_secret", "registration_access_token") and len(value) >= 12:
            found[f"{where}/{key}"] = value
    return found


def judge(world, hostile=(), foreign=()):
    return judge_evidence(gather(world, hostile, foreign))
