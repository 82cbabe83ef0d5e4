# SPDX-License-Identifier: Apache-2.0
"""Child processes that are ended by their own pid, and waiting by looking rather than by sleeping."""
import ctypes
import glob
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


_libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def _die_with_parent():
    """In the child: a harness that is itself killed leaves nothing running."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def end_on_sigterm():
    """So that a time-out's SIGTERM still tidies up: it becomes the exception that even unittest does not swallow."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


class TimedOut(AssertionError):
    """What was waited for did not come. The message says what was there instead."""


def wait_until(what, look, deadline=30.0, pause=0.05):
    """Calls look() until it is truthy and returns that. An exception of look() counts as not yet."""
    end = time.monotonic() + deadline
    last = None
    while True:
        try:
            last = look()
            if last:
                return last
        except TimedOut:
            raise
        except Exception as trouble:  # the system may still be coming up
            last = trouble
        if time.monotonic() > end:
            raise TimedOut(f"{what}: not within {deadline:g} s; last seen: {str(last)[:2000]}")
        time.sleep(pause)


def stays(what, look, seconds, pause=0.1):
    """Calls look() for so long, and fails the first time that it is falsy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not look():
            raise TimedOut(f"{what}: was to stay so for {seconds:g} s, and did not")
        time.sleep(pause)


def binary(variable, name):
    """The program that a variable names, else the newest one below build/."""
    named = os.environ.get(variable)
    if named:
        return named
    found = glob.glob(str(ROOT / "build" / "*" / name))
    if not found:
        raise FileNotFoundError(f"no {name} below build/: build it, or name it in {variable}")
    return max(found, key=os.path.getmtime)


class Child:
    """A process of ours. Its output goes to files; it is ended by pid and never by name."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name = name
        self.arguments = [str(a) for a in arguments]
        self.out_path = pathlib.Path(folder) / f"{name}.out"
        self.err_path = pathlib.Path(folder) / f"{name}.err"
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **(environment or {})}, start_new_session=True, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def output(self):
        return self.out_path.read_text(errors="replace") + self.err_path.read_text(errors="replace")

    def signal(self, number):
        if self.running():
            os.kill(self.pid, number)

    def kill(self):
        """As a power cut: nothing is tidied up. Returns when the process is gone."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, grace=30):
        """Asks it to end, and returns the exit code."""
        if self.running():
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def command_line(self):
        try:
            return pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
