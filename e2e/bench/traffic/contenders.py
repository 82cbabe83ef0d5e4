# SPDX-License-Identifier: Apache-2.0
"""What is compared. All of them are the same nginx with the same file for the endpoint; they differ in who is asked, and whether."""
import json
import pathlib
import re
import shutil

from e2e.bench.traffic.stage import AUDIENCE, HOST, PATH, family_of, start_nginx
from e2e.harness.nginx_gateway import NginxGateway
from e2e.harness.process import wait_until
from e2e.harness.publication import Publication, SigningKey

RESPONDER = """listen unix:{socket};
location / {{ add_header X-Sallyport-Authorization "Bearer up"; add_header X-Sallyport-Reason allowed; return 204; }}"""


class Sallyport:
    """nginx, agent and authorizer as they are shipped."""

    def __init__(self, stage, name, algorithm, window):
        self.stage, self.name, self.window = stage, name, window
        self.token = stage.issuer.token(algorithm)
        self.folder = stage.made(name.replace(" ", "-").replace(",", ""))

    def __enter__(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        key = SigningKey(self.folder)
        publication = Publication(self.folder / "published", key)
        publication.put(self.document(publication))
        publication.publish()
        self.gateway = NginxGateway(self.folder, publication.folder, [key.jwk], self.stage.folder / "authority/e2e-authority.crt")
        self.start()
        self.port = self.gateway.port
        return self

    def start(self):
        self.gateway.start()

    def __exit__(self, *_):
        self.gateway.stop()

    def document(self, publication):
        certificate, key = self.stage.authority.issue(HOST)
        return {"id": "bench", "owner": "ProtectedEndpoint bench/bench", "uid": "bench", "generation": 1, "host": HOST, "path": PATH,
                "certificate": publication.object(certificate.read_text() + key.read_text()),
                "backends": [{"name": "one", "host": "127.0.0.1", "port": self.stage.upstream_port, "path": PATH,
                              "trust": publication.object(self.stage.authority.pem),
                              "tokenEndpoint": f"https://{HOST}:{self.stage.workspace.port}/oidc/v1/token"}],
                "token": {"issuer": {"issuer": self.stage.issuer.url, "jwksUri": self.stage.issuer.url + "/jwks"},
                          "algorithms": ["RS256", "ES256"], "audience": AUDIENCE, "scopes": ["bench:use"]},
                "grants": [{"principalType": "ServicePrincipal", "principal": "bench"}],
                "upstream": {"type": "ServicePrincipal", "credentials": publication.object('{"client_id": "a", "client_secret": "b"}')},
                "traffic": {}, "cacheWindow": self.window}

    def processes(self):
        return [*family_of(self.gateway.nginx.pid), *family_of(self.gateway.authorizer.pid)]

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in self.processes())

    def memory_mib(self):
        return family_of(self.gateway.authorizer.pid)[0].memory_mib()[0]


class Floor(Sallyport):
    """The same files; who is asked is an nginx that says yes."""

    def __init__(self, stage):
        super().__init__(stage, "floor", "RS256", "30s")

    def start(self):
        gateway = self.gateway
        folder = self.stage.made("responder")
        (folder / "nginx.pid").unlink(missing_ok=True)
        gateway.socket.unlink(missing_ok=True)
        gateway.authorizer = start_nginx("responder", self.stage.program, folder, RESPONDER.format(socket=gateway.socket))
        gateway.socket.chmod(0o666)
        gateway.start_agent()
        wait_until("a generation", lambda: (gateway.installed / "current").exists())
        gateway.start_nginx()
        wait_until("nginx with what is installed", lambda: gateway.report()["running"])


class Bare(Floor):
    """The same files without the question."""

    def __init__(self, stage):
        super().__init__(stage)
        self.name = "bare nginx"

    def start(self):
        super().start()
        gateway = self.gateway
        gateway.agent.stop(5)
        gateway.nginx.stop(5)
        self.rewrite(gateway.installed / "current")
        gateway.start_nginx()
        wait_until("nginx", lambda: gateway.raw(HOST, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))

    def rewrite(self, current):
        for path in (current / "endpoints").glob("*.conf"):
            path.write_text("".join(line for line in path.read_text().splitlines(True)
                                    if "auth_request " not in line and "include asked.conf" not in line))
        send = current / "send.conf"
        send.write_text(send.read_text().split("\n", 1)[1].replace("$sallyport_authorization", '"Bearer up"'))


class Njs(Bare):
    """The same files; the token is checked by a script in nginx itself, each time."""

    def __init__(self, stage, algorithm):
        super().__init__(stage)
        self.name = f"njs {algorithm}, checked"
        self.token = stage.issuer.token(algorithm)
        self.folder = stage.made(f"njs-{algorithm}")

    def rewrite(self, current):
        for path in (current / "endpoints").glob("*.conf"):
            path.write_text(re.sub(r"    proxy_pass http://sallyport_authorizer.*\n.*\n    include ask.conf;", "    js_content check.check;", path.read_text()))
        asked = current / "asked.conf"
        asked.write_text(asked.read_text().replace("$upstream_http_", "$sent_http_"))
        main = current / "nginx.conf"
        module = self.stage.tools / "usr/lib/nginx/modules/ngx_http_js_module.so"
        main.write_text(f"load_module {module};\n" + main.read_text().replace("http {\n", f"http {{\n  js_path {current.resolve()};\n  js_import check from check.js;\n", 1))
        script = (pathlib.Path(__file__).parent / "check.js").read_text()
        script = script.replace("{/* kid: {alg, spki} */}", json.dumps(self.stage.issuer.spki()))
        script = script.replace("ISSUER = '', AUDIENCE = '', SCOPE = ''", f"ISSUER = '{self.stage.issuer.url}', AUDIENCE = '{AUDIENCE}', SCOPE = 'bench:use'")
        (current / "check.js").write_text(script)
        (current / "check.js").chmod(0o644)


def contenders(stage, only):
    everybody = [Bare(stage), Floor(stage), Njs(stage, "RS256"), Njs(stage, "ES256"), Sallyport(stage, "sallyport RS256, remembered", "RS256", "10m"),
                 Sallyport(stage, "sallyport RS256, checked", "RS256", "0s"), Sallyport(stage, "sallyport ES256, remembered", "ES256", "10m"),
                 Sallyport(stage, "sallyport ES256, checked", "ES256", "0s")]
    return [contender for contender in everybody if not only or only in contender.name]
