# SPDX-License-Identifier: Apache-2.0
"""I8: no secret in a log, event, status, diff, metric or command line."""
import base64

from e2e.referee.evidence import Violation

NEVER_EMPTY = ("metrics page", "command line")  # one that is, was looked for at the wrong place or time


def forms(secret):
    """A secret as itself, and in base64 wherever it may begin in what is encoded (user:secret of a Basic header, say): the
    characters that depend on nothing but the secret, in both alphabets."""
    if len(secret) < 8:
        return set()
    found, length = {secret}, len(secret.encode())
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        first, last = -(-8 * before // 6), 8 * (before + length) // 6
        core = encoded[first:last]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    return found


def judge(evidence):
    found = [Violation("I8", f"{where} could not be read, and so not be searched", [])
             for where, text in evidence.texts.items() if not text and where.startswith(NEVER_EMPTY)]
    lines = [(line, str(line.raw)) for line in evidence.lines]
    all_lines = "\n".join(text for _, text in lines)
    for what, secret in evidence.planted.items():
        carried = forms(secret)
        for where, text in evidence.texts.items():
            at = next((text.find(form) for form in carried if form in text), -1)
            if at >= 0:
                context = text[max(0, at - 80):at] + "<SECRET>"
                found.append(Violation("I8", f"{what} stands in {where}: ...{context}", []))
        told = [form for form in carried if form in all_lines]
        for line, text in lines if told else []:
            if any(form in text for form in told):
                found.append(Violation("I8", f"{what} stands in what {line.source} wrote down of {line.raw.get('path') or line.raw.get('requestURI')}", []))
    return found
