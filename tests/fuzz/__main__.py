"""Feeds changed files to the readers for minutes: `python -m tests.fuzz [TARGET…] [--minutes N]`.

Cases run in a process of their own, so that a crash of the interpreter is found, too. What goes
wrong is told with the number of its case, which `--case` runs alone.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.targets import TARGETS, case, run

_MOST_BYTES = 8 << 30
_MOST_S = 60.0
_CASES_A_PROCESS = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target")
    parser.add_argument("--case", type=int, help="run this case of one target, and no other")
    parser.add_argument("--cases", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := [name for name in asked.targets if name not in TARGETS]:
        parser.error(f"unknown: {', '.join(unknown)}; valid: {', '.join(TARGETS)}")
    if asked.cases is not None:
        first, n, running = asked.cases
        _run_cases(asked.targets[0], int(first), int(n), Path(running))
        return 0
    if asked.case is not None:
        return _in_a_process(asked.targets[0], asked.case, 1)
    return max([_for_minutes(name, asked.minutes) for name in asked.targets or TARGETS])


def _for_minutes(name: str, minutes: float) -> int:
    """Run cases of one target until time is up; return 1 as soon as one goes wrong."""
    end, n_done = time.monotonic() + 60 * minutes, 0
    first = 1_000_000 + secrets.randbelow(10**9)
    while time.monotonic() < end:
        if _in_a_process(name, first + n_done, _CASES_A_PROCESS):
            return 1
        n_done += _CASES_A_PROCESS
    print(f"{name}: {n_done:,} cases, all of them read or refused")
    return 0


def _in_a_process(name: str, first: int, n: int) -> int:
    """Run some cases; return 1, and say which it was, if one goes wrong."""
    with TemporaryDirectory() as folder:
        running = Path(folder, "running")
        asked = [name, "--cases", str(first), str(n), str(running)]
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", *asked], check=False)
        if not done.returncode:
            return 0
        number = running.read_text() if running.exists() else first
        print(f"{name}: case {number} went wrong; python -m tests.fuzz '{name}' --case {number}")
        return 1


def _run_cases(name: str, first: int, n: int, running: Path) -> None:
    """Run cases in this process, and note the number of each before it runs."""
    faulthandler.enable()
    _limit_memory()
    for number in range(first, first + n):
        running.write_text(str(number))
        content = case(TARGETS[name], number)
        faulthandler.dump_traceback_later(_MOST_S, exit=True)
        with TemporaryDirectory() as folder:
            os.environ["PRECONV_CACHE"] = str(Path(folder, "cache"))
            run(TARGETS[name], content, Path(folder))
        faulthandler.cancel_dump_traceback_later()


def _limit_memory() -> None:
    """Let what takes too much memory fail, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))


if __name__ == "__main__":
    sys.exit(main())
