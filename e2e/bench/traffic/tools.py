# SPDX-License-Identifier: Apache-2.0
"""Debian's packages, fetched and unpacked into the cache: nothing is installed, nothing begins to serve."""
import os
import pathlib
import shutil
import subprocess
import tempfile

PACKAGES = ["wrk", "libluajit-5.1-2", "libnginx-mod-http-js"]


def folder():
    cache = os.environ.get("SALLYPORT_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sallyport")
    return pathlib.Path(cache) / "traffic-bench"


def ensure():
    """The folder that holds usr/bin/wrk and what it needs, and nginx's module for scripts."""
    there = folder()
    if (there / "usr/bin/wrk").exists() and (there / "usr/lib/nginx/modules/ngx_http_js_module.so").exists():
        return there
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES], cwd=work, check=True, capture_output=True)
        for package in pathlib.Path(work).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, pathlib.Path(work) / "unpacked"], check=True)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(pathlib.Path(work) / "unpacked", there, symlinks=True, dirs_exist_ok=True)
    return there
