# SPDX-License-Identifier: Apache-2.0
"""I8: no secret in a log, event, status, diff, metric or command line."""
import base64

from e2e.referee.evidence import Violation


def forms(secret):
    """A secret as itself, and as what commonly carries it."""
    plain = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, plain} if len(secret) >= 8 else set()


def judge(evidence):
    found = []
    for what, secret in evidence.planted.items():
        for where, text in evidence.texts.items():
            at = next((text.find(form) for form in forms(secret) if form in text), -1)
            if at >= 0:
                context = text[max(0, at - 80):at] + "<SECRET>"
                found.append(Violation("I8", f"{what} stands in {where}: ...{context}", []))
        for line in evidence.lines:
            if any(form in str(line.raw) for form in forms(secret)):
                found.append(Violation("I8", f"{what} stands in what {line.source} wrote down of {line.raw.get('path') or line.raw.get('requestURI')}", []))
    return found
