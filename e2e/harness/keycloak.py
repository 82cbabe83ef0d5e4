# SPDX-License-Identifier: Apache-2.0
"""A real Keycloak as a world's identity provider: each world has a realm of its own on one server. The journal that the
referee reads is Keycloak's own record of what was changed through its admin API (its admin events)."""
import base64
import datetime
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

from e2e.harness import web
from e2e.harness.process import ROOT
from e2e.harness.systems import IdentityProvider

OPERATOR = "sallyport-operator"
ACTIONS = {"CREATE": "registered", "UPDATE": "updated", "DELETE": "deleted"}
METHODS = {"CREATE": "POST", "UPDATE": "PUT", "DELETE": "DELETE"}
OF_EVERY_CLIENT = {"basic", "service_account"}  # client scopes that Keycloak itself attaches


class NotSetUp(Exception):
    """There is no Keycloak on this machine."""


class Server:
    """The Keycloak whose env file SALLYPORT_KEYCLOAK_ENV names; else one that is started here, where scripts/setup put one."""

    def __init__(self):
        self.folder = None
        file = os.environ.get("SALLYPORT_KEYCLOAK_ENV")
        if not file:
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-keycloak-"))
            file = self._start()
        lines = pathlib.Path(file).read_text().splitlines()
        self._env = dict(line.removeprefix("export ").split("=", 1) for line in lines if "=" in line)
        self.url = self._env["KEYCLOAK_URL"]

    def _start(self):
        look = '. scripts/lib/common.sh; . scripts/lib/paths.sh; [ -x "$SALLYPORT_KEYCLOAK/bin/kc.sh" ] && has jq && has java'
        if subprocess.run(["bash", "-c", look], cwd=ROOT, capture_output=True, timeout=60).returncode != 0:
            self.close()
            raise NotSetUp("Keycloak is not set up; run scripts/setup")
        done = self._script("start")
        if done.returncode != 0:
            self.close()
            raise RuntimeError("keycloak.sh start failed: " + done.stderr[-2000:])
        return self.folder / "env"

    def _script(self, command):
        return subprocess.run([ROOT / "e2e/idp/keycloak/keycloak.sh", command, self.folder], capture_output=True, text=True, timeout=240)

    def close(self):
        if self.folder:
            self._script("stop")
            shutil.rmtree(self.folder, ignore_errors=True)

    def form(self, path, **fields):
        """A token request and its like."""
        return web.call("POST", self.url + path, urllib.parse.urlencode(fields), timeout=30,
                        headers={"Content-Type": "application/x-www-form-urlencoded"})

    def admin(self, method, path, body=None):
        token = self.form("/realms/master/protocol/openid-connect/token", grant_type="password", client_id="admin-cli",
                          username=self._env["KEYCLOAK_ADMIN_USER"], password=self._env["KEYCLOAK_ADMIN_PASSWORD"])["access_token"]
        return web.call(method, f"{self.url}/admin/realms{path}", body, timeout=30, headers={"Authorization": "Bearer " + token})


def server_of_module():
    """For setUpModule: the server, until the module's tests are done. They are skipped where none can be."""
    try:
        server = Server()
    except NotSetUp as why:
        raise unittest.SkipTest(str(why)) from None
    unittest.addModuleCleanup(server.close)
    return server


class Keycloak(IdentityProvider):
    """A realm, in which the operator may manage clients and nothing else."""
    type = "Keycloak"

    def __init__(self, folder, server):
        super().__init__(folder)
        self.server = server
        self.realm = "world-" + secrets.token_hex(6)
        self.client_secret = "planted-" + secrets.token_hex(16)

    def start(self):
        operator = {"clientId": OPERATOR, "secret": self.client_secret, "publicClient": False, "protocol": "openid-connect",
                    "serviceAccountsEnabled": True, "standardFlowEnabled": False, "directAccessGrantsEnabled": False}
        account = {"username": f"service-account-{OPERATOR}", "enabled": True, "serviceAccountClientId": OPERATOR,
                   "clientRoles": {"realm-management": ["manage-clients"]}}
        self.server.admin("POST", "", {
            "realm": self.realm, "enabled": True, "sslRequired": "none", "adminEventsEnabled": True, "adminEventsDetailsEnabled": True,
            "clients": [operator], "users": [account]})
        self.url = self.direct = f"{self.server.url}/realms/{self.realm}"
        self._id = self.admin("GET", "")["id"]
        self._given = {client["clientId"] for client in self.admin("GET", "/clients?max=1000")}
        self._given_scopes = {scope["name"] for scope in self.admin("GET", "/client-scopes")}
        return self

    def stop(self):
        if self.url:
            self.admin("DELETE", "")

    def admin(self, method, path, body=None):
        return self.server.admin(method, f"/{self.realm}{path}", body)

    def credentials(self):
        """What the operator is given to register clients with."""
        return {"client_id": OPERATOR, "client_secret": self.client_secret}

    def planted(self):
        return {"Keycloak client secret": self.client_secret}

    # --- what is there ----------------------------------------------------------------------------------------------

    def clients(self):
        """Those that the realm did not have from the beginning."""
        found = [client for client in self.admin("GET", "/clients?max=1000") if client["clientId"] not in self._given]
        return [{**client, "client_id": client["clientId"]} for client in found]

    def scopes(self):
        """Names of the realm's client scopes that it did not have from the beginning."""
        return {scope["name"] for scope in self.admin("GET", "/client-scopes")} - self._given_scopes

    def claims(self, credentials):
        """Of the access token that a consumer's Secret is good for."""
        answer = self.server.form(credentials["token_url"].removeprefix(self.server.url), grant_type="client_credentials",
                                  client_id=credentials["client_id"], client_secret=credentials["client_secret"])
        payload = answer["access_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    # --- what was done ----------------------------------------------------------------------------------------------

    def journal(self):
        """Keycloak's admin events, in the order of time and the form of the oidc-provider's journal. It records no reads."""
        known, lines = {}, []
        for event in sorted(self.admin("GET", "/admin-events?max=100000"), key=lambda event: event["time"]):
            lines.append(self._line(event, known))
        return lines

    def _line(self, event, known):
        kind, rest = event["resourcePath"].split("/", 1) if "/" in event["resourcePath"] else (event["resourcePath"], "")
        row = rest.split("/")[0]
        sent = json.loads(event.get("representation") or "null")
        itself = kind == "clients" and "/" not in rest
        if itself and isinstance(sent, dict) and "clientId" in sent:
            known[row] = sent["clientId"]
        when = datetime.datetime.fromtimestamp(event["time"] / 1000, datetime.timezone.utc)
        actor = event["authDetails"]
        return {"time": when.isoformat(), "method": METHODS.get(event["operationType"], "POST"), "status": 200, "mutating": True,
                "path": f"/admin/realms/{self.realm}/{event['resourcePath']}", "fault": "",
                "who": OPERATOR if actor["realmId"] in (self._id, self.realm) else "control",
                "action": ACTIONS.get(event["operationType"], "none") if itself else "none",
                "client_id": known.get(row, row), "effect": {"metadata": metadata_of(sent) if itself and isinstance(sent, dict) else {}}}


def metadata_of(client):
    """In the terms of RFC 7591, with the mark that the operator left on it."""
    marks, metadata = client.get("attributes") or {}, {}
    if marks.get("sallyport-instance"):
        metadata["software_id"] = f"sallyport/{marks['sallyport-instance']}/{marks.get('sallyport-uid', '')}"
    if client.get("name"):
        metadata["client_name"] = client["name"]
    if "defaultClientScopes" in client:
        metadata["scope"] = " ".join(sorted(set(client["defaultClientScopes"]) - OF_EVERY_CLIENT))
    return metadata
