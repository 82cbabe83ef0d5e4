# SPDX-License-Identifier: Apache-2.0
"""Self-signed certificates for hosts that exist only here."""
import functools
import pathlib
import subprocess
import tempfile


@functools.lru_cache(maxsize=None)
def self_signed(host):
    """(certificate, key) as PEM."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = pathlib.Path(folder) / "key.pem", pathlib.Path(folder) / "cert.pem"
        name = f"IP:{host}" if host.replace(".", "").isdigit() else f"DNS:{host}"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        key, "-out", certificate, "-days", "30", "-subj", f"/CN={host}", "-addext", f"subjectAltName={name}"],
                       check=True, capture_output=True)
        return certificate.read_text(), key.read_text()
