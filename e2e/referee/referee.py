# SPDX-License-Identifier: Apache-2.0
"""Judges a world after a scenario: the rules I1 to I11 over every journal, merged in the order of time."""
import contextlib
import importlib
import json
import pathlib

from e2e.harness.cluster import CUSTOM
from e2e.harness.kube import data_of
from e2e.harness.process import TimedOut, wait_until
from e2e.harness.systems import BigIp, Databricks
from e2e.referee.evidence import Evidence
from e2e.referee.processes import processes_of

RULES = [importlib.import_module(f"e2e.referee.rules.{path.stem}")
         for path in sorted((pathlib.Path(__file__).parent / "rules").glob("i*.py"), key=lambda p: int(p.stem[1:].split("_")[0]))]


def judge_evidence(evidence):
    return [violation for rule in RULES for violation in rule.judge(evidence)]


def gather(world, hostile=(), foreign=()):
    """Everything that is on record of a world. `foreign`: words by which the lines of another operator are known, where two
    of them share the outside systems."""
    def journal(systems):
        lines = [line for system in systems for line in system.journal()]
        return [line for line in lines if not any(word in json.dumps(line) for word in foreign)]
    devices = [system for system in world.systems if isinstance(system, BigIp)]
    workspaces = [system for system in world.systems if isinstance(system, Databricks)]
    providers = [system for system in world.systems if system not in devices + workspaces]
    world.rules_seen.update(*(device.rules() for device in devices))
    return Evidence(journal(devices), journal(workspaces), journal(providers), world.audit_lines(), texts_of(world),
                    {**world.planted, **generated_secrets(world.kube)}, hostile, "\n".join(sorted(world.rules_seen)),
                    processes_of(world.operators), handed_out(world.kube))


def texts_of(world):
    """What the operator said anywhere. A page or a command line that nobody could look at is told as empty."""
    texts, pages = {}, 0
    for operator in world.operators:
        name = operator.child.name
        texts[f"output of {name}"] = operator.child.output()
        texts[f"audit log of {name}"] = operator.audit_log.read_text() if operator.audit_log.exists() else ""
        texts[f"command line of {name}"] = operator.command_line
        if operator.awake():
            with contextlib.suppress(TimedOut):  # then the page is as empty as it was
                wait_until(f"{name} shows its metrics", lambda operator=operator: operator.look_at_metrics() or not operator.awake(), 10)
        if operator.metrics or operator.awake():
            texts[f"metrics page of {name}"] = "\n".join(operator.metrics)
            pages += 1
    if world.operators and not pages:
        texts["metrics page of anybody"] = ""
    texts["events"] = json.dumps(world.kube.list("Event"))
    for kind in CUSTOM:
        texts[kind] = json.dumps(world.kube.list(kind))
    return texts


def handed_out(kube):
    """Of the Secrets that the operator made for applications: whose they are, and which audience they name."""
    found = []
    for secret in kube.list("Secret"):
        labels = secret["metadata"].get("labels") or {}
        if labels.get("sallyport.dev/managed-by") and "audience" in (secret.get("data") or {}):
            found.append({"namespace": secret["metadata"]["namespace"], "name": secret["metadata"]["name"],
                          "uid": labels.get("sallyport.dev/owner-uid", ""), "audience": data_of(secret)["audience"]})
    return found


def generated_secrets(kube):
    """What the operator itself was given by providers, from the Secrets that hold it."""
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
