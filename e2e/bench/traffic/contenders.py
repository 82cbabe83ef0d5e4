# SPDX-License-Identifier: Apache-2.0
"""What is compared. All of these are the same nginx with the same file for the endpoint; they differ in who is asked, and whether. Apache
is another server."""
import json
import pathlib
import re
import shutil

from e2e.bench.traffic import tools
from e2e.bench.traffic.apache import Apache, BareApache
from e2e.bench.traffic.stage import AUDIENCE, HOST, PATH, SCOPE, family_of, start_nginx
from e2e.harness.nginx_gateway import NginxGateway
from e2e.harness.process import Child, wait_until
from e2e.harness.publication import Publication, SigningKey

RESPONDER = """listen unix:{socket};
location / {{ add_header X-Sallyport-Authorization "Bearer up"; add_header X-Sallyport-Reason allowed; return 204; }}"""


class Sallyport:
    """nginx, agent and authorizer as they are shipped."""

    needs = None  # what fetches a program that the others do without
    checks = ("signature", "issuer", "audience", "time", "scope")

    def __init__(self, stage, name, algorithm, window):
        self.stage, self.name, self.algorithm, self.window = stage, name, algorithm, window
        self.folder = stage.made(name.replace(" ", "-").replace(",", ""))

    def __enter__(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.token = self.stage.issuer.token(self.algorithm)
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
                          "algorithms": ["RS256", "ES256"], "audience": AUDIENCE, "scopes": [SCOPE]},
                "grants": [{"principalType": "ServicePrincipal", "principal": "bench"}],
                "upstream": {"type": "ServicePrincipal", "credentials": publication.object('{"client_id": "a", "client_secret": "b"}')},
                "traffic": {}, "cacheWindow": self.window}

    def processes(self):
        return [*family_of(self.gateway.nginx.pid), *family_of(self.gateway.authorizer.pid)]

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in self.processes())

    def memory_mib(self):
        """Of who is asked, where somebody is."""
        return family_of(self.gateway.authorizer.pid)[0].memory_mib()[0]


class Floor(Sallyport):
    """The same files; who is asked is an nginx that says yes."""

    checks = ()

    def __init__(self, stage, name="floor", algorithm="RS256"):
        super().__init__(stage, name, algorithm, "30s")

    def start(self):
        gateway = self.gateway
        gateway.authorizer = self.start_responder()
        wait_until("who is asked", gateway.socket.exists)
        gateway.socket.chmod(0o666)  # nginx's workers are nobody's
        gateway.start_agent()
        wait_until("a generation", lambda: (gateway.installed / "current").exists())
        gateway.start_nginx()
        wait_until("nginx with what is installed", lambda: gateway.report()["running"])

    def start_responder(self):
        folder = self.stage.made("responder")
        (folder / "nginx.pid").unlink(missing_ok=True)
        return start_nginx("responder", self.stage.program, folder, RESPONDER.format(socket=self.gateway.socket))


class Rewritten(Floor):
    """The same files but for what `rewrite` changes, without an agent that would put them right again."""

    def start(self):
        super().start()
        gateway = self.gateway
        gateway.agent.stop(5)
        gateway.nginx.stop(5)
        self.rewrite(gateway.installed / "current")
        gateway.start_nginx()
        wait_until("nginx", lambda: gateway.raw(HOST, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))

    @staticmethod
    def change_endpoints(current, change):
        """A change that finds nothing to change would measure another contender than it says."""
        for path in (current / "endpoints").glob("*.conf"):
            before = path.read_text()
            after = change(before)
            if after == before:
                raise RuntimeError(f"{path} is not written as it is expected to be:\n{before}")
            path.write_text(after)

    @staticmethod
    def send_as_one(current):
        """Nobody says with which token a request goes upstream: with the same one, always."""
        send = current / "send.conf"
        send.write_text(send.read_text().split("\n", 1)[1].replace("$sallyport_authorization", '"Bearer up"'))


class Bare(Rewritten):
    """The same files without the question."""

    def __init__(self, stage):
        super().__init__(stage, "bare nginx")

    def rewrite(self, current):
        self.change_endpoints(current, lambda text: "".join(line for line in text.splitlines(True)
                                                            if "auth_request " not in line and "include asked.conf" not in line))
        self.send_as_one(current)

    def memory_mib(self):
        return None


class OAuth2Proxy(Rewritten):
    """The same files; who is asked is oauth2-proxy, which checks the token each time. It knows no check of the scope, and has one less to
    make."""

    needs = staticmethod(tools.oauth2_proxy)
    checks = ("signature", "issuer", "audience", "time")

    def __init__(self, stage, algorithm):
        super().__init__(stage, f"oauth2-proxy {algorithm}, checked", algorithm)

    def start_responder(self):
        """By its documentation for auth_request and bearer tokens. The issuer is its provider, so that its first attempt is the right one,
        and is discovered: without that it knows RS256 only. It logs no requests, as the others do not; nobody logs in, so client and cookie
        secrets are any."""
        return Child("oauth2-proxy", [
            self.needs(), f"--http-address=unix://{self.gateway.socket}", "--provider=oidc", f"--oidc-issuer-url={self.stage.issuer.url}",
            f"--client-id={AUDIENCE}", "--client-secret=any", f"--cookie-secret={'0' * 32}", "--email-domain=*", "--skip-jwt-bearer-tokens",
            "--upstream=static://202", "--request-logging=false", "--auth-logging=false"], self.folder)

    def rewrite(self, current):
        self.change_endpoints(current, lambda text: re.sub(r"(proxy_pass http://sallyport_authorizer)/.*;", r"\1/oauth2/auth;", text))
        self.send_as_one(current)


class Njs(Rewritten):
    """The same files; the token is checked by a script in nginx itself, each time."""

    checks = Sallyport.checks

    def __init__(self, stage, algorithm):
        super().__init__(stage, f"njs {algorithm}, checked", algorithm)

    def rewrite(self, current):
        self.change_endpoints(current, lambda text: re.sub(r"    proxy_pass http://sallyport_authorizer.*\n.*\n    include ask.conf;",
                                                           "    js_content check.check;", text))
        asked = current / "asked.conf"
        asked.write_text(asked.read_text().replace("$upstream_http_", "$sent_http_"))
        main = current / "nginx.conf"
        module = self.stage.tools / "usr/lib/nginx/modules/ngx_http_js_module.so"
        main.write_text(f"load_module {module};\n" + main.read_text().replace("http {\n", f"http {{\n  js_path {current.resolve()};\n  js_import check from check.js;\n", 1))
        script = (pathlib.Path(__file__).parent / "check.js").read_text()
        script = script.replace("{/* kid: {alg, spki} */}", json.dumps(self.stage.issuer.spki()))
        script = script.replace("ISSUER = '', AUDIENCE = '', SCOPE = ''", f"ISSUER = '{self.stage.issuer.url}', AUDIENCE = '{AUDIENCE}', SCOPE = '{SCOPE}'")
        (current / "check.js").write_text(script)
        (current / "check.js").chmod(0o644)

    def memory_mib(self):
        return None


def contenders(stage, only):
    everybody = [Bare(stage), Floor(stage), Njs(stage, "RS256"), Njs(stage, "ES256"), OAuth2Proxy(stage, "RS256"), OAuth2Proxy(stage, "ES256"),
                 Sallyport(stage, "sallyport RS256, remembered", "RS256", "10m"), Sallyport(stage, "sallyport RS256, checked", "RS256", "0s"),
                 Sallyport(stage, "sallyport ES256, remembered", "ES256", "10m"), Sallyport(stage, "sallyport ES256, checked", "ES256", "0s"),
                 BareApache(stage), Apache(stage, "apache RS256, remembered", "RS256", 300), Apache(stage, "apache RS256, checked", "RS256", 0),
                 Apache(stage, "apache ES256, remembered", "ES256", 300), Apache(stage, "apache ES256, checked", "ES256", 0)]
    return [contender for contender in everybody if not only or any(part in contender.name for part in only)]


def sort_out(everybody):
    """Those whose programs can be had, and by name why the others take no part."""
    why = {}
    for program in dict.fromkeys(contender.needs for contender in everybody if contender.needs):
        try:
            program()
        except tools.Missing as trouble:
            why[program] = str(trouble)
    return ([contender for contender in everybody if contender.needs not in why],
            {contender.name: why[contender.needs] for contender in everybody if contender.needs in why})
