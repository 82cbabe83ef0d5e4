# SPDX-License-Identifier: Apache-2.0
"""Reads every #include against the list of what may include what (docs/architecture.md).

usage: layers.py REPOSITORY
"""
import pathlib
import re
import sys

# Folder -> what it may include of our own. The longest matching folder decides. Everything may include what stands in
# EVERYWHERE, and its own folder.
EVERYWHERE = ("operator/base", "operator/schema")
KIND = ("reconcilers/ir", "reconcilers/api", "reconcilers/shared", "reconcilers/providers/edge/edge_provider.hpp",
        "reconcilers/providers/idp/idp_provider.hpp", "reconcilers/providers/data/data_provider.hpp",
        "operator/runtime", "operator/kube", "operator/store", "operator/audit", "operator/http/client.hpp",
        "operator/http/certificate_look.hpp")
PROVIDER = ("reconcilers/ir", "operator/http", "operator/runtime/rate_limiter.hpp")
ALLOWED = {
    "operator/base": (),
    "operator/schema": (),
    "operator/http": (),
    "operator/pki": (),
    "operator/metrics": ("operator/http",),
    "operator/audit": ("operator/http", "operator/metrics"),
    "operator/runtime": ("operator/metrics",),
    "operator/kube": ("operator/http",),
    "operator/store": ("operator/kube", "operator/http"),
    "operator/program": ("operator", "reconcilers"),
    "reconcilers/api": (),
    "reconcilers/ir": (),
    "reconcilers/token": (),
    "reconcilers/publication": ("reconcilers/token",),
    "reconcilers/nginx_agent": ("reconcilers/token", "reconcilers/publication", "operator/http", "operator/pki"),
    "reconcilers/authorizer": ("reconcilers/token", "reconcilers/publication", "operator/http"),
    "reconcilers/shared": KIND,
    "reconcilers/protected_endpoint": KIND,
    "reconcilers/f5_gateway": (*KIND, "reconcilers/delivery/gateways.hpp"),
    "reconcilers/identity_provider": KIND,
    "reconcilers/databricks_workspace": KIND,
    "reconcilers/delivery": (*KIND, "operator/http", "operator/pki", "reconcilers/publication"),
    "reconcilers/providers/edge": PROVIDER,
    "reconcilers/providers/edge/nginx": (*PROVIDER, "reconcilers/providers/edge", "reconcilers/publication", "reconcilers/token"),
    "reconcilers/providers/idp": (*PROVIDER, "reconcilers/token"),
    "reconcilers/providers/data": PROVIDER,
    "e2e/simulators": ("operator/http",),
}
# Each backend of a family may include what stands beside the backends, and no sibling.
FAMILIES = ("reconcilers/providers/edge", "reconcilers/providers/idp", "reconcilers/providers/data")
# In quotes or, where it is ours, in angle brackets: the compiler finds it either way.
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"|<(?=(?:operator|reconcilers|e2e|tests)/))([^">]+)[">]', re.MULTILINE)
FENCED = {"cpprest/": ("operator/http/",), "pplx/": ("operator/http/",), "spdlog/": ("operator/base/log.cpp",),
          "openssl/": ("operator/base/", "operator/http/", "operator/pki/", "reconcilers/token/", "reconcilers/publication/signer.cpp", "reconcilers/providers/edge/certificate", "e2e/simulators/", "tests/"),
          "yaml-cpp/": ("operator/schema/", "operator/kube/", "operator/store/", "tests/")}
SYSTEM = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.MULTILINE)


def below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def backend_of(path: str) -> str:
    """The folder below a family in which the file stands; empty when it stands beside the backends or elsewhere."""
    for family in FAMILIES:
        below_family = path.removeprefix(family + "/")
        if below_family != path and "/" in below_family:
            return f"{family}/{below_family.split('/')[0]}"
    return ""


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    faults = []
    files = [f for top in ("operator", "reconcilers", "e2e/simulators", "tests") for f in (root / top).rglob("*") if f.suffix in (".cpp", ".hpp", ".inl")]
    for file in sorted(files):
        path = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8")
        for included in SYSTEM.findall(text):
            for prefix, homes in FENCED.items():
                if included.startswith(prefix) and not path.startswith(homes):
                    faults.append(f"{path}: <{included}> belongs behind its fence: {', '.join(homes)}")
        homes = [folder for folder in ALLOWED if below(path, folder)]
        if not homes:
            if not path.startswith("tests/"):  # tests may include what they test
                faults.append(f"{path}: stands in no layer")
            continue
        home = max(homes, key=len)
        for included in INCLUDE.findall(text):
            if not any(below(included, allowed) for allowed in (home, *EVERYWHERE, *ALLOWED[home])):
                faults.append(f"{path}: may not include {included}")
            backend = backend_of(included)
            if backend and backend_of(path) not in ("", backend):
                faults.append(f"{path}: may not include {included}, its sibling's")
    print("\n".join(faults) if faults else f"{len(files)} files keep to their layers")
    return 1 if faults or not files else 0


sys.exit(main())
