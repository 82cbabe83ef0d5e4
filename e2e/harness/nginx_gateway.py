# SPDX-License-Identifier: Apache-2.0
"""An NGINX gateway as it stands at a customer's: nginx, the agent and the authorizer, each a process of its own."""
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl

from e2e.harness.process import Child, binary, wait_until


def nginx_program():
    """Debian's nginx as scripts/setup unpacked it, or the machine's own."""
    found = os.environ.get("SALLYPORT_NGINX") or shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found or not os.access(found, os.X_OK):
        raise FileNotFoundError("there is no nginx; scripts/setup puts one in place")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class NginxGateway:
    def __init__(self, folder, source, trusted_keys, system_trust, reports=None, enrol=()):
        """`trusted_keys`: JWKs of the operator; `system_trust`: a PEM file for what names no trust of its own; `reports`: where the
        operator looks for the agent's, when the source is a directory; `enrol`: the agent's flags, when it is the operator."""
        self.reports = reports
        self.enrol = list(enrol)
        self.folder = pathlib.Path(folder)
        self.installed = self.folder / "installed"
        self.trusted = self.folder / "trusted.json"
        self.trusted.write_text(json.dumps({"keys": trusted_keys}))
        self.source, self.system_trust = source, system_trust
        self.socket = self.folder / "authorizer.sock"
        self.port, self.status_port = free_port(), free_port()
        self.listen = None  # in place of one address and port for all
        self.log_path = self.folder / "decisions.jsonl"
        self.program = nginx_program()
        self.nginx = self.agent = self.authorizer = None
        # Workers of an nginx that root starts belong to nobody, who has to get to the socket and the temporary files.
        self.root = os.geteuid() == 0
        self.folder.chmod(0o711)

    def start(self):
        self.start_authorizer()
        self.start_agent()
        wait_until("a generation to begin with", lambda: (self.installed / "current").exists() or not self.agent.running())
        self.start_nginx()
        wait_until("nginx with what is installed", lambda: self.report()["running"])
        return self

    def start_authorizer(self):
        more = ["--user", "nobody", "--group", "nogroup"] if self.root else []
        self.authorizer = Child("authorizer", [
            binary("SALLYPORT_BINARY", "sallyport"), "authorizer", "--installed", self.installed, "--trusted-keys", self.trusted,
            "--state", self.folder / "authorizer.state", "--socket", self.socket, "--allow-core-dumps", *more], self.folder)
        wait_until("the authorizer's socket", self.socket.exists)

    def start_agent(self):
        more = ["--nginx-user", "nobody:nogroup"] if self.root else []
        more += ["--reports", self.reports, "--name", "edge-1"] if self.reports else []
        more += self.enrol
        self.agent = Child("nginx-agent", [
            binary("SALLYPORT_BINARY", "sallyport"), "nginx-agent", "--source", self.source, "--trusted-keys", self.trusted,
            "--installed", self.installed, "--authorizer", self.socket, "--nginx", self.program,
            "--listen", self.listen or f"127.0.0.1:{self.port}", "--status-address", f"127.0.0.1:{self.status_port}",
            "--access-log", self.log_path, "--error-log", self.folder / "nginx-error.log", "--system-trust", self.system_trust,
            "--allow-core-dumps", *more], self.folder)

    def start_nginx(self):
        self.nginx = Child("nginx", [self.program, "-c", self.installed / "current/nginx.conf", "-g", "daemon off;"], self.folder)

    def stop(self):
        for child in (self.nginx, self.agent, self.authorizer):
            if child:
                child.stop(5)

    def report(self):
        return json.loads((self.installed / "report.json").read_text())

    def installs(self, serial):
        """Waits until what was published by then is followed, and runs."""
        wait_until(f"serial {serial} installed", lambda: self.report()["serial"] >= serial and self.report()["running"])
        return self.report()

    def connect(self, host, timeout=30):
        """A connection by this name, as a client that trusts what it is shown."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", self.port), timeout)
        connection = http.client.HTTPSConnection(host, timeout=timeout)
        connection.sock = context.wrap_socket(raw, server_hostname=host)
        return connection

    def ask(self, host, path, token=None, body=b'{"inputs": [1]}', method="POST", headers=None):
        connection = self.connect(host)
        try:
            sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
            connection.request(method, path, body if method == "POST" else None, sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def raw(self, host, data, timeout=5):
        """Sends bytes as they are, and returns all that comes back."""
        connection = self.connect(host, timeout)
        connection.sock.sendall(data)
        answer = b""
        try:
            while part := connection.sock.recv(65536):
                answer += part
        except (TimeoutError, ConnectionError):
            pass
        connection.close()
        return answer

    def decisions(self):
        """Lines of the decision log."""
        if not self.log_path.exists():
            return []
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]
