# SPDX-License-Identifier: Apache-2.0
"""The harness's own small HTTP client: JSON in, JSON out."""
import http.client
import json
import ssl
import urllib.parse


class Refused(Exception):
    def __init__(self, status, body, what):
        super().__init__(f"{what}: {status} {body[:500]}")
        self.status = status
        self.body = body


def request(method, url, body=None, headers=None, context=None, timeout=10):
    """Returns (status, text). Bodies that are not text are sent as JSON."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context or ssl.create_default_context(),
                                                 timeout=timeout)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    try:
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def call(method, url, body=None, **more):
    """As request, but the answer is JSON and anything but 2xx is raised."""
    status, text = request(method, url, body, **more)
    if not 200 <= status < 300:
        raise Refused(status, text, f"{method} {url}")
    return json.loads(text) if text.strip() else None
