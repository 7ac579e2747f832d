"""Kept machine code is taken again, until a helper in another file is edited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
from numba import types
from numba.extending import register_jitable
from data.system.machine_code import machine_code
import helper, loop, os

register_jitable(helper.scaled)
is_child = len(os.sys.argv) > 1 and not os.fork()  # what follows is done by two processes
machine = machine_code(loop.summed, types.float64(types.float64[::1]), fastmath={"reassoc"})
import numpy
said = f"{machine(numpy.ones(3))} {sum(machine.stats.cache_hits.values())}\\n"
os.write(1, said.encode())
if len(os.sys.argv) > 1 and not is_child:
    os.wait()
"""
LOOP = """
from helper import scaled

def summed(values):
    total = 0.0
    for i in range(len(values)):
        total += scaled(values[i])
    return total
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "run.py").write_text(RUN)
    (tmp_path / "loop.py").write_text(LOOP)
    (tmp_path / "helper.py").write_text("def scaled(value):\n    return 2 * value\n")
    return tmp_path


def said_by(package: Path, *arguments: str) -> list[str]:
    paths = os.pathsep.join(map(str, (package, Path(__file__).parents[3])))
    environment = os.environ | {"PYTHONPATH": paths, "NUMBA_CACHE_DIR": str(package / "kept")}
    command = [sys.executable, "-W", "error", str(package / "run.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_one_compiles_others_take_it_and_an_edited_helper_is_never_answered_by_it(
    package: Path,
) -> None:
    # Where a process can fork, two do it at once.
    said = said_by(package, "twice") if hasattr(os, "fork") else said_by(package) * 2
    n_taken = ["0", "1"] if hasattr(os, "fork") else ["0", "0"]
    assert (said[::2], sorted(said[1::2])) == (["6.0", "6.0"], n_taken)
    assert not [*(package / "kept").rglob("*.turn")]
    (package / "helper.py").write_text("def scaled(value):\n    return 5 * value\n")
    assert said_by(package) == ["15.0", "0"]
