# SPDX-License-Identifier: Apache-2.0
"""A publication for an NGINX gateway, made without any code of the product: documents, objects and a manifest that is signed by
OpenSSL. What the agent and the authorizer make of it shows that the format is what reconcilers/publication says."""
import base64
import datetime
import hashlib
import json
import os
import pathlib
import subprocess

FORMAT = "sallyport-manifest-1"


def _b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """Ed25519 (RFC 8032), named by its thumbprint (RFC 7638)."""

    def __init__(self, folder, name="signing"):
        self.path = pathlib.Path(folder) / f"{name}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        x = _b64url(der[-32:])
        self.id = _b64url(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.id, "alg": "EdDSA", "use": "sig"}

    def sign(self, data):
        message = self.path.with_suffix(".message")
        message.write_bytes(data)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message],
                              check=True, capture_output=True).stdout


class Publication:
    """A directory with `manifest` and `objects/`."""

    def __init__(self, folder, key, gateway="edge", instance="e2e00000"):
        self.folder = pathlib.Path(folder)
        (self.folder / "objects").mkdir(parents=True, exist_ok=True)
        self.key = key
        self.gateway, self.instance = gateway, instance
        self.serial = 0
        self.entries = {}
        self.use_for = datetime.timedelta(hours=24)

    def object(self, data):
        """Publishes bytes, and returns their name."""
        data = data if isinstance(data, bytes) else data.encode()
        name = hashlib.sha256(data).hexdigest()
        self._replace(self.folder / "objects" / name, data)
        return name

    def put(self, document):
        """Adds or changes an endpoint; nothing comes of it before publish()."""
        self.entries[document["id"]] = {"id": document["id"], "uid": document["uid"], "generation": document["generation"],
                                        "document": self.object(json.dumps(document))}

    def remove(self, endpoint):
        del self.entries[endpoint]

    def publish(self, keys=None):
        self.serial += 1
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)
        body = json.dumps({
            "instance": self.instance, "gateway": self.gateway, "serial": self.serial, "madeAt": now.isoformat() + "Z",
            "useUntil": (now + self.use_for).isoformat() + "Z", "keys": [json.dumps(jwk) for jwk in keys or [self.key.jwk]],
            "endpoints": sorted(self.entries.values(), key=lambda entry: entry["id"])}).encode()
        signature = self.key.sign(FORMAT.encode() + b"\n" + body)
        self._replace(self.folder / "manifest", f"{FORMAT} {self.key.id} {_b64url(signature)}\n".encode() + body)

    @staticmethod
    def _replace(path, data):
        beside = path.with_name("." + path.name)
        beside.write_bytes(data)
        os.replace(beside, path)
