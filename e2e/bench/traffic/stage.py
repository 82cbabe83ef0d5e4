# SPDX-License-Identifier: Apache-2.0
"""The parts that all contenders share: an upstream, an issuer with its tokens, a workspace that signs one principal in, and wrk."""
import base64
import http.client
import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import threading
import time

from e2e.bench.meters import Process
from e2e.bench.traffic import tools
from e2e.harness.certificates import Authority
from e2e.harness.nginx_gateway import free_port, nginx_program
from e2e.harness.process import Child, wait_until
from e2e.harness.recorder import Recorder

HOST = "localhost"  # wrk takes the name in TLS from the address
PATH = "/serving-endpoints/bench/invocations"
AUDIENCE = "https://ml.example.com"
SCOPE = "bench:use"
REQUEST = '{"inputs": [1]}'

NGINX = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  server {{ {server} }}
}}
"""
UPSTREAM = """listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
location / {{ default_type application/json; return 200 '{answer}'; }}"""


def start_nginx(name, program, folder, server):
    """A plain nginx with one server."""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server))
    child = Child(name, [program, "-c", folder / "nginx.conf", "-g", "daemon off;"], folder)
    wait_until(name, lambda: (folder / "nginx.pid").exists() and (folder / "nginx.pid").read_text().strip())
    return child


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Keys of OpenSSL, their public halves over HTTP, and one token by each."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys = {"RS256": self._rsa(), "ES256": self._ec()}
        keys = json.dumps({"keys": list(self.keys.values())}).encode()
        # For oauth2-proxy, which learns from it alone that there are other algorithms than RS256.
        discovery = "/.well-known/openid-configuration"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = metadata if self.path == discovery else keys
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        metadata = json.dumps({"issuer": self.url, "jwks_uri": self.url + "/jwks", "authorization_endpoint": self.url + "/authorize",
                               "token_endpoint": self.url + "/token", "id_token_signing_alg_values_supported": list(self.keys)}).encode()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _openssl(self, *arguments):
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout

    def _rsa(self):
        key = self.folder / "RS256.pem"
        self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key)
        modulus = self._openssl("rsa", "-in", key, "-noout", "-modulus").decode().strip().split("=")[1]
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "RS256", "n": b64url(bytes.fromhex(modulus)), "e": "AQAB"}

    def _ec(self):
        key = self.folder / "ES256.pem"
        self._openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        point = self._openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-64:]
        return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "ES256", "x": b64url(point[:32]), "y": b64url(point[32:])}

    def spki(self):
        """The public keys as njs takes them."""
        return {name: {"alg": name, "spki": base64.b64encode(self._openssl("pkey", "-in", self.folder / f"{name}.pem", "-pubout", "-outform", "DER")).decode()}
                for name in self.keys}

    def token(self, algorithm, **other):
        """A good one, but for the claims that are named."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": "bench", "client_id": "bench", "jti": "1", "iat": now, "exp": now + 3500,
                  "scope": SCOPE, "groups": ["one", "two", "three"], **other}
        header = {"alg": algorithm, "kid": algorithm, "typ": "at+jwt"}
        text = b64url(json.dumps(header).encode()) + "." + b64url(json.dumps(claims).encode())
        message = self.folder / "message"
        message.write_text(text)
        signature = self._openssl("dgst", "-sha256", "-sign", self.folder / f"{algorithm}.pem", message)
        if algorithm == "ES256":
            signature = self._raw(signature)
        return text + "." + b64url(signature)

    def bad_tokens(self, algorithm):
        """One for each thing that is to be checked."""
        begin, signature = self.token(algorithm).rsplit(".", 1)
        forged = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
        return {"signature": f"{begin}.{forged}", "issuer": self.token(algorithm, iss="https://other.example.com"),
                "audience": self.token(algorithm, aud="https://other.example.com"), "time": self.token(algorithm, exp=int(time.time()) - 3600),
                "scope": self.token(algorithm, scope="other:use")}

    @staticmethod
    def _raw(der):
        """r and s side by side, out of DER's two integers."""
        numbers, at = [], 2
        for _ in range(2):
            length = der[at + 1]
            numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big"))
            at += 2 + length
        return b"".join(numbers)


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(self.made("authority"))
        self.issuer = Issuer(self.made("issuer"))
        self.workspace = Recorder(*self.authority.issue(HOST))
        self.upstream_port = free_port()
        self.upstream = None
        self.tools = tools.ensure()
        self.program = nginx_program()

    def made(self, name):
        (self.folder / name).mkdir(exist_ok=True)
        return self.folder / name

    def start(self):
        folder = self.made("upstream")
        certificate, key = self.authority.issue("127.0.0.1")
        answer = json.dumps({"predictions": "x" * 1000})
        self.upstream = start_nginx("upstream", self.program, folder, UPSTREAM.format(
            port=self.upstream_port, certificate=certificate, key=key, answer=answer))

    def stop(self):
        if self.upstream:
            self.upstream.stop(5)
        self.workspace.stop()

    def prove(self, contender):
        """A check that is not made costs nothing: whoever is measured has to refuse what it is said to check."""
        self._expect(contender, "what is good", contender.token, {200})
        bad = self.issuer.bad_tokens(contender.algorithm)
        for what in contender.checks:
            self._expect(contender, f"a token of bad {what}", bad[what], {401, 403})

    @staticmethod
    def _expect(contender, what, token, statuses):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(HOST, contender.port, timeout=30, context=context)
        try:
            connection.request("POST", PATH, REQUEST, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
            status = connection.getresponse().status
        finally:
            connection.close()
        if status not in statuses:
            raise RuntimeError(f"{contender.name} answered {what} with {status}")

    def measure(self, contender, connections, seconds):
        """Requests a second, latency, and CPU seconds of the contender's own processes per request."""
        script = self.folder / "request.lua"
        script.write_text(f'wrk.method = "POST"\nwrk.body = \'{REQUEST}\'\nwrk.headers["Content-Type"] = "application/json"\n'
                          f'wrk.headers["Authorization"] = "Bearer {contender.token}"\n')
        self._wrk(script, contender, connections, 1)
        before = contender.cpu_seconds()
        text = self._wrk(script, contender, connections, seconds)
        used = contender.cpu_seconds() - before
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        if refused or "Socket errors" in text:
            raise RuntimeError(f"{contender.name}: not all requests were answered well:\n{text}")
        requests = int(re.search(r"(\d+) requests in", text).group(1))
        latencies = dict(re.findall(r"(\d+)%\s+([\d.]+(?:us|ms|s))", text))
        return {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)), "p50": latencies.get("50"),
                "p99": latencies.get("99"), "cpu_us_per_request": round(used / requests * 1e6, 1), "memory_mib": contender.memory_mib()}

    def _wrk(self, script, contender, connections, seconds):
        return subprocess.run([self.tools / "usr/bin/wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-s", script,
                               f"https://{HOST}:{contender.port}{PATH}"], check=True, capture_output=True, text=True,
                              env={**os.environ, **tools.library_path()}).stdout


def family_of(pid):
    """A process and its children, as they are now."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Process(pid), *[Process(int(child)) for child in children]]
