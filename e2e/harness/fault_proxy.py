# SPDX-License-Identifier: Apache-2.0
"""A proxy in front of an outside system that counts the requests which change something, and at one of them ends
the operator: before it is forwarded, when it has taken effect, or when its answer has arrived. The operator's code
knows nothing of it. Several proxies share one Gate, which counts over all systems."""
import collections
import contextlib
import re
import socket
import ssl
import threading
import urllib.parse

BEFORE, AFTER_EFFECT, AFTER_ANSWER = "before-send", "after-effect", "after-answer"
POINTS = [BEFORE, AFTER_EFFECT, AFTER_ANSWER]

# POST that changes nothing worth dying for: signing in, asking for tokens; leases and events are noise by definition.
UNCOUNTED = re.compile(r"^/(oidc/v1/token|token|mgmt/shared/authn/login|mgmt/shared/authz/tokens/)"
                       r"|/leases(/|\?|$)|/events(/|\?|$)|/selfsubject")


# What is generated anew in every world, so that one request has one name in all of them.
GENERATED = [(re.compile(pattern), name) for pattern, name in [
    (r"\?.*", ""), (r"/reg/[^/]+", "/reg/ID"), (r"/task/sys/config/\d+", "/task/sys/config/ID"), (r"\b[0-9a-f]{32}\b", "ID"),
    (r"\bal-[0-9a-f]{16}\b", "al-ID"), (r"-registration-[0-9a-f]{16}\b", "-registration-ID"),
    (r"\bsp_[a-z0-9]{8}_[0-9a-f]{10}_", "sp_ID_")]]


def counts(method, target):
    return method not in ("GET", "HEAD", "OPTIONS") and not UNCOUNTED.search(target)


def name_of(system, method, target):
    """A request as it is called in every world: `idp DELETE /reg/ID`."""
    for pattern, name in GENERATED:
        target = pattern.sub(name, target)
    return f"{system} {method} {target}"


class Gate:
    """What all proxies of a world share: the count, and the plan of whom to end when."""

    def __init__(self):
        self._lock = threading.Lock()
        self._tried = threading.Event()
        self._seen = collections.Counter()
        self.log = []
        self.struck_at = None
        self.refused = 0
        self._plan = None
        self._frozen = False
        self.struck = threading.Event()

    def arm(self, name, occurrence, point, kill):
        """At this occurrence of a counted request (1 is the first), `kill` is called at `point`; nothing counted passes after."""
        with self._lock:
            self._plan = (name, occurrence, point, kill)
            self._frozen = False
            self.struck.clear()
            self._tried.clear()

    def disarm(self):
        with self._lock:
            self._plan = None
            self._frozen = False

    def count(self):
        with self._lock:
            return len(self.log)

    def names(self):
        """What was counted, in the order of its coming."""
        with self._lock:
            return [name_of(*entry) for entry in self.log]

    def frozen(self):
        with self._lock:
            return self._frozen

    def enter(self, system, method, target):
        """None: do not forward. Else the point at which this request ends the operator, or ""."""
        with self._lock:
            if self._frozen:
                self.refused += 1
                self._tried.set()
                return None
            self.log.append((system, method, target))
            name = name_of(system, method, target)
            self._seen[name] += 1
            if not self._plan or (name, self._seen[name]) != self._plan[:2]:
                return ""
            self._frozen = True  # of what comes later nothing passes: the operator is as good as dead
            self.struck_at = len(self.log)
            return self._plan[2]

    def strike(self):
        kill = self._plan[3]
        kill()
        self.struck.set()

    def wait_for_next(self, seconds):
        """Until the operator tries its next change (or none comes): by then it has read the answer, and recorded nothing."""
        self._tried.wait(seconds)


class Broken(Exception):
    pass


class Stream:
    """A socket with a buffer."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Broken
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(mark, 1)
        return head + mark

    def exactly(self, count, sink):
        while count > 0:
            if not self.buffer:
                self.more()
            part, self.buffer = self.buffer[:count], self.buffer[count:]
            count -= len(part)
            sink(part)

    def chunked(self, sink):
        while True:
            line = self.until(b"\r\n")
            sink(line)
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while True:
                    line = self.until(b"\r\n")
                    sink(line)
                    if line == b"\r\n":
                        return
            self.exactly(size + 2, sink)

    def to_the_end(self, sink):
        with contextlib.suppress(Broken, OSError):
            while True:
                if self.buffer:
                    sink(self.buffer)
                    self.buffer = b""
                self.more()


def header(head, name):
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().lower()
    return b""


class FaultProxy:
    """Listens on a free port of loopback; `url` is where to send the operator. `point_at` says where requests go."""

    def __init__(self, system, gate, upstream=None, server_context=None, upstream_context=None):
        self.system = system
        self.gate = gate
        self.server_context = server_context
        self.upstream_context = upstream_context
        self._upstream = None
        self.intercept = None  # (method, target) -> None: pass on; b"": break the connection; else the answer's bytes
        if upstream:
            self.point_at(upstream)
        self._open = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if server_context else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def point_at(self, url):
        parts = urllib.parse.urlsplit(url)
        self._upstream = (parts.hostname, parts.port)

    def drop_all(self):
        """Closes every connection, as a network does whose host is gone."""
        with self._lock:
            sockets = list(self._open)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_all()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except ConnectionError:
                continue  # one that was gone before it was taken
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        mine = [client]
        with self._lock:
            self._open.add(client)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.server_context:
                client = self.server_context.wrap_socket(client, server_side=True)
                self._swap(mine, client)
            upstream = socket.create_connection(self._upstream, timeout=10)
            upstream.settimeout(None)
            upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.upstream_context:
                upstream = self.upstream_context.wrap_socket(upstream, server_hostname=self._upstream[0])
            self._swap(mine, upstream)
            ours, theirs = Stream(client), Stream(upstream)
            while self._exchange(ours, theirs):
                pass
        except (Broken, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.difference_update(mine)
            for sock in mine:
                with contextlib.suppress(OSError):
                    sock.close()

    def _swap(self, mine, sock):
        mine.append(sock)
        with self._lock:
            self._open.add(sock)

    def _exchange(self, ours, theirs):
        """One request and its answer. False when the connection is over."""
        head = ours.until(b"\r\n\r\n")
        method, target = head.split(b" ", 2)[:2]
        request = [head]
        if b"chunked" in header(head, b"transfer-encoding"):
            ours.chunked(request.append)
        else:
            ours.exactly(int(header(head, b"content-length") or 0), request.append)
        canned = self.intercept(method.decode(), target.decode()) if self.intercept else None
        if canned is not None:
            ours.sock.sendall(canned)
            return False
        counted = counts(method.decode(), target.decode())
        point = self.gate.enter(self.system, method.decode(), target.decode()) if counted else ""
        if point is None:
            return False
        if point == BEFORE:
            self.gate.strike()
            return False
        theirs.sock.sendall(b"".join(request))
        if not counted:
            return self._relay(theirs, method, ours.sock.sendall)
        answer = []
        again = self._relay(theirs, method, answer.append)
        if point == AFTER_EFFECT:
            self.gate.strike()
            return False
        ours.sock.sendall(b"".join(answer))
        if point == AFTER_ANSWER:
            self.gate.wait_for_next(0.15)
            self.gate.strike()
            return False
        return again

    @staticmethod
    def _relay(theirs, method, sink):
        """An answer, from the upstream to sink. False when the connection ends with it."""
        while True:
            head = theirs.until(b"\r\n\r\n")
            sink(head)
            status = int(head.split(b" ", 2)[1])
            if status >= 200:
                break
        if method != b"HEAD" and status not in (204, 304):
            if b"chunked" in header(head, b"transfer-encoding"):
                theirs.chunked(sink)
            elif header(head, b"content-length"):
                theirs.exactly(int(header(head, b"content-length")), sink)
            else:
                theirs.to_the_end(sink)
                return False
        return header(head, b"connection") != b"close"


def answer(status, body, content_type="application/json"):
    """The bytes of an answer, after which the connection closes."""
    head = f"HTTP/1.1 {status} Canned\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
