# SPDX-License-Identifier: Apache-2.0
"""Certificates for hosts that exist only here: self-signed ones, and a private authority's."""
import datetime
import functools
import hashlib
import pathlib
import ssl
import subprocess
import tempfile

BARE = "[req]\ndistinguished_name = name\n[name]\n"  # without the distribution's own extensions, which make every leaf an authority


def _openssl(folder, subject, extensions, *signer):
    """A new key and its certificate as files of a folder: (certificate, key)."""
    folder = pathlib.Path(folder)
    key, certificate, config = folder / f"{subject}.key", folder / f"{subject}.crt", folder / "openssl.cnf"
    config.write_text(BARE)
    added = [word for extension in extensions for word in ("-addext", extension)]
    subprocess.run(["openssl", "req", "-x509", "-config", config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "30", "-subj", f"/CN={subject}", *added, *signer],
                   check=True, capture_output=True)
    return certificate, key


def _name(host):
    return "subjectAltName=" + (f"IP:{host}" if host.replace(".", "").isdigit() else f"DNS:{host}")


@functools.lru_cache(maxsize=None)
def self_signed(host):
    """(certificate, key) as PEM."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = _openssl(folder, host, [_name(host), "basicConstraints=critical,CA:TRUE"])
        return certificate.read_text(), key.read_text()


def fingerprint(pem):
    """The SHA-256 of a certificate, as `pinnedSHA256` wants it."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def issue_to(key, name, seconds, authority, authority_key):
    """A certificate in PEM for a key, valid from a minute ago and for so many seconds: what `openssl req` has no words for."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "index").touch()
        config = folder / "ca.cnf"
        config.write_text(BARE + f"[ca]\ndefault_ca = ours\n[ours]\ndatabase = {folder}/index\nnew_certs_dir = {folder}\nrand_serial = yes\n"
                                 f"default_md = sha256\npolicy = any\nx509_extensions = leaf\n[any]\ncommonName = supplied\n[leaf]\n{name.replace('=', ' = ')}\n")
        subprocess.run(["openssl", "req", "-config", config, "-new", "-key", key, "-out", folder / "csr", "-subj", "/CN=e2e"],
                       check=True, capture_output=True)
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = (f"{now + datetime.timedelta(seconds=s):%Y%m%d%H%M%SZ}" for s in (-60, seconds))
        subprocess.run(["openssl", "ca", "-config", config, "-batch", "-notext", "-in", folder / "csr", "-out", folder / "crt", "-cert",
                        authority, "-keyfile", authority_key, "-startdate", begin, "-enddate", end], check=True, capture_output=True)
        return (folder / "crt").read_text()


class Authority:
    """A private authority that no system trusts by itself. Its files lie in a folder that somebody else takes away."""

    def __init__(self, folder, name="e2e-authority"):
        self.folder = pathlib.Path(folder)
        self._files = _openssl(folder, name, ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"])
        self.pem = self._files[0].read_text()

    def issue_for(self, host, seconds):
        """(certificate, key) as PEM, valid from a minute ago and for so many seconds."""
        with tempfile.TemporaryDirectory() as folder:
            key = pathlib.Path(folder) / "key"
            subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", key],
                           check=True, capture_output=True)
            return issue_to(key, _name(host), seconds, *self._files), key.read_text()

    def issue(self, host):
        """(certificate, key) as files: of one host the same each time."""
        if (self.folder / f"{host}.crt").exists():
            return self.folder / f"{host}.crt", self.folder / f"{host}.key"
        return _openssl(self.folder, host, [_name(host), "basicConstraints=critical,CA:FALSE"], "-CA", self._files[0], "-CAkey", self._files[1])
