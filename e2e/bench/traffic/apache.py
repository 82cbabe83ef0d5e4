# SPDX-License-Identifier: Apache-2.0
"""Debian's Apache with libapache2-mod-oauth2: another server altogether, from TLS to the way upstream. So there is a bare one, too: what the
check itself costs is the difference to that, and the difference to bare nginx is what a user pays."""
import os
import shutil

from e2e.bench.traffic import tools
from e2e.bench.traffic.stage import AUDIENCE, HOST, PATH, SCOPE, family_of
from e2e.harness.nginx_gateway import free_port
from e2e.harness.process import Child, TimedOut, wait_until

MODULES = ["mpm_event", "authn_core", "authz_core", "headers", "proxy", "proxy_http", "socache_shmcb", "ssl"]
PROCESSES = 2  # with 25 threads each: enough of them idle at eight connections, so that none begins or ends while it is measured

# Threads as Debian sets them, and 1,000 requests on a connection, as nginx has it: a handshake costs as much as many requests. No log of what
# passes, as in nginx. It is given less to do than nginx: no request id, no list of the headers that may go on, no second look at the path.
SERVER = """
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
ServerName {host}
Listen 127.0.0.1:{port}
{user}
{modules}
StartServers {processes}
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
MaxConnectionsPerChild 0
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 1000
SSLSessionCache shmcb:{folder}/sessions(512000)
SSLProtocol -all +TLSv1.2 +TLSv1.3
<VirtualHost *:{port}>
  SSLEngine on
  SSLCertificateFile {certificate}
  SSLCertificateKeyFile {key}
  SSLProxyEngine on
  SSLProxyProtocol -all +TLSv1.2 +TLSv1.3
  SSLProxyVerify require
  SSLProxyCACertificateFile {authority}
  <Location {path}>
    {check}
    RequestHeader set Authorization "Bearer up"
    ProxyPass https://127.0.0.1:{upstream}{path} ttl=20
  </Location>
</VirtualHost>
"""

# `iat` is let be: by default a token may be ten seconds old. `iss` there would be the one of a metadata document, which is not asked for.
CHECK = """AuthType oauth2
    OAuth2TokenVerify jwks_uri {issuer}/jwks verify.exp=required&verify.iat=skip&verify.iss=skip&expiry={remembered}
    <RequireAll>
      Require oauth2_claim iss:{issuer}
      Require oauth2_claim aud:{audience}
      Require oauth2_claim scope:{scope}
    </RequireAll>"""


class BareApache:
    needs = staticmethod(tools.apache)
    checks = ()

    def __init__(self, stage, name="bare apache", algorithm="RS256"):
        self.stage, self.name, self.algorithm = stage, name, algorithm
        self.folder = stage.made(name.replace(" ", "-").replace(",", ""))

    def modules(self):
        return MODULES

    def check(self):
        return ""

    def __enter__(self):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.token, self.port = self.stage.issuer.token(self.algorithm), free_port()
        certificate, key = self.stage.authority.issue(HOST)
        program = self.needs()
        there = program.parents[2] / "usr/lib/apache2/modules"
        (self.folder / "apache.conf").write_text(SERVER.format(
            folder=self.folder, host=HOST, port=self.port, processes=PROCESSES, path=PATH, upstream=self.stage.upstream_port, certificate=certificate, key=key,
            authority=self.stage.folder / "authority/e2e-authority.crt", check=self.check(), user="User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
            modules="\n".join(f"LoadModule {name}_module {there}/mod_{name}.so" for name in self.modules())))
        self.apache = Child("apache", [program, "-D", "FOREGROUND", "-f", self.folder / "apache.conf"], self.folder, tools.library_path())
        wait_until("apache", self.serves)
        return self

    def serves(self):
        if not self.apache.running():
            raise TimedOut(f"apache ended: {self.apache.output()}")
        return len(family_of(self.apache.pid)) == 1 + PROCESSES

    def __exit__(self, *_):
        self.apache.stop(5)

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in family_of(self.apache.pid))

    def memory_mib(self):
        """Nobody is asked: the check is in the server."""
        return None


class Apache(BareApache):
    """It remembers what it has verified in shared memory, by default for 300 s. With `expiry=0` it verifies each time, but still looks it up
    and writes it down, which there is no way around. The claims are compared each time, and the scope as a whole."""

    checks = ("signature", "issuer", "audience", "time", "scope")

    def __init__(self, stage, name, algorithm, remembered):
        super().__init__(stage, name, algorithm)
        self.remembered = remembered

    def modules(self):
        return [*MODULES, "oauth2"]

    def check(self):
        return CHECK.format(issuer=self.stage.issuer.url, audience=AUDIENCE, scope=SCOPE, remembered=self.remembered)
