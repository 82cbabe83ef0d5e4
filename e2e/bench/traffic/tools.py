# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared, and wrk. Debian's packages are fetched and unpacked into the cache: nothing is installed, nothing
begins to serve. oauth2-proxy is built by scripts/lib/build.sh."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from e2e.harness.process import ROOT

PACKAGES = ["wrk", "libluajit-5.1-2", "libnginx-mod-http-js"]
# With what libapache2-mod-oauth2 links that a machine which builds Sallyport need not have.
APACHE_PACKAGES = ["apache2-bin", "libapache2-mod-oauth2", "libapr1", "libaprutil1", "libcjose0", "libhashkit2", "libhiredis0.14", "libjansson4",
                   "libmemcached11", "liboauth2-0", "liboauth2-apache0"]
LIBRARIES = "usr/lib/x86_64-linux-gnu"


class Missing(Exception):
    """Why a program cannot be had here."""


def folder():
    cache = os.environ.get("SALLYPORT_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sallyport")
    return pathlib.Path(cache) / "traffic-bench"


def library_path():
    """The environment in which what is unpacked finds its libraries."""
    return {"LD_LIBRARY_PATH": str(folder() / LIBRARIES)}


def last_words(text):
    return "; ".join(line.strip() for line in text.splitlines()[-3:])


def _unpack(packages, *wanted):
    """The folder of all that is unpacked, once these files are in it."""
    there = folder()
    if all((there / name).exists() for name in wanted):
        return there
    with tempfile.TemporaryDirectory() as work:
        fetched = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *packages], cwd=work, capture_output=True, text=True)
        if fetched.returncode != 0:
            raise Missing(f"apt-get download: {last_words(fetched.stderr)}")
        for package in pathlib.Path(work).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, pathlib.Path(work) / "unpacked"], check=True)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(pathlib.Path(work) / "unpacked", there, symlinks=True, dirs_exist_ok=True)
    return there


def ensure():
    """The folder that holds usr/bin/wrk and what it needs, and nginx's module for scripts."""
    return _unpack(PACKAGES, "usr/bin/wrk", "usr/lib/nginx/modules/ngx_http_js_module.so")


def apache():
    """Debian's apache2, with usr/lib/apache2/modules beside it."""
    program = _unpack(APACHE_PACKAGES, "usr/sbin/apache2", "usr/lib/apache2/modules/mod_oauth2.so", f"{LIBRARIES}/liboauth2_apache.so.0") / "usr/sbin/apache2"
    runs = subprocess.run([program, "-v"], capture_output=True, text=True, env={**os.environ, **library_path()})
    if runs.returncode != 0:
        raise Missing(f"{program} does not run: {last_words(runs.stderr)}")
    return program


def oauth2_proxy():
    """The program; building it takes minutes the first time."""
    script = """
        . scripts/lib/common.sh; . scripts/lib/paths.sh; . scripts/lib/build.sh
        ensure_oauth2_proxy
        printf %s "$SALLYPORT_OAUTH2_PROXY/oauth2-proxy"
    """
    built = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, capture_output=True, text=True)
    if built.returncode != 0:
        raise Missing(last_words(built.stderr))
    return pathlib.Path(built.stdout)
