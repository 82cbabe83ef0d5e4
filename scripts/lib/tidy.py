# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over sources that g++ compiles: takes their commands from the build and leaves out what is g++'s alone.

usage: tidy.py BUILD-DIRECTORY FILE...

clang 16 reads libstdc++ 12's <expected> only when it is told that concepts are complete; g++'s precompiled headers and the
sanitizers are not for it.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FOR_CLANG = ["-std=c++2b", "-U__cpp_concepts", "-D__cpp_concepts=202002L", "-D_GLIBCXX23_CONSTEXPR=", "-w"]
FOR_GXX = re.compile(r"-std=|-fsanitize|-fno-sanitize|-fpch-preprocess$|-Winvalid-pch$|-W|-Winvalid|-g|-O|-fcf-protection|-fstack-")


def translated(entry):
    """The command as clang understands it."""
    words = shlex.split(entry["command"])
    while words and not words[0].endswith(("c++", "g++")):
        words.pop(0)
    kept, skip = [], 0
    for word, following in zip(words[1:], words[2:] + [""]):
        if skip:
            skip -= 1
        elif word == "-include" and following.endswith("cmake_pch.hxx") or word == "-o":
            skip = 1
        elif word != "-c" and not FOR_GXX.match(word):
            kept.append(word)
    return {"directory": entry["directory"], "file": entry["file"], "arguments": ["clang++", *FOR_CLANG, "-c", *kept]}


def main():
    build, wanted = pathlib.Path(sys.argv[1]), {os.path.realpath(name) for name in sys.argv[2:]}
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    chosen = {entry["file"]: translated(entry) for entry in entries if os.path.realpath(entry["file"]) in wanted}
    for name in sorted(wanted - {os.path.realpath(name) for name in chosen}):
        print(f"{name}: not in {build}/compile_commands.json; build first")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "compile_commands.json").write_text(json.dumps(list(chosen.values())), encoding="utf-8")

        def run(name):
            return subprocess.run(["clang-tidy-16", "-p", folder, "--quiet", name], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)

        wrong = 0
        with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("SALLYPORT_JOBS") or os.cpu_count())) as pool:
            for done in pool.map(run, sorted(chosen)):
                wrong += done.returncode != 0
                print(done.stdout, end="", flush=True)
    print(f"clang-tidy: {len(chosen)} files, {wrong} with findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
