# SPDX-License-Identifier: Apache-2.0
"""An upstream that keeps what it was sent, and answers as a test says: what the simulated Databricks, which keeps no header and no body,
cannot show. Its token endpoint takes every caller."""
import hashlib
import http.server
import json
import ssl
import threading


class Seen:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers = method, path, {name.lower(): value for name, value in headers}
        self.size, self.sha256 = len(body), hashlib.sha256(body).hexdigest()


class Recorder:
    """`how(handler)` answers an invocation; without it 200 and `{}`."""

    def __init__(self, certificate, key):
        self.seen = []
        self.tokens = 0
        self.how = None
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def body(self):
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    parts = b""
                    while size := int(self.rfile.readline(), 16):
                        parts += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return parts
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def do_POST(self):
                body = self.body()
                if self.path.endswith("/token"):
                    recorder.tokens += 1
                    return self.answer({"access_token": f"recorder-{recorder.tokens}", "token_type": "Bearer", "expires_in": 600})
                recorder.seen.append(Seen(self.command, self.path, self.headers.items(), body))
                return recorder.how(self) if recorder.how else self.answer({})

            do_GET = do_POST

            def answer(self, document, status=200, headers=None):
                data = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def stream(self, lines, events):
                """One line after the other, each but the first when its event is set."""
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for line, event in zip(lines, [None, *events]):
                    if event:
                        event.wait(30)
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
                self.wfile.write(b"0\r\n\r\n")

            def hang_up(self):
                self.close_connection = True
                self.connection.close()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # clients that leave are part of what is tested

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
