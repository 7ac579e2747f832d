from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CUT_WHILE_IMPORTING = """
import os, signal, sys
from pipelines.interruption import Interruption, heed_signals
heed_signals()
try:
    import slow_to_import
    while True:
        pass
except Interruption as error:
    print(error.number, sys.modules["slow_to_import"].end)
"""

SLOW_TO_IMPORT = """
import os, signal, time
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.2)
end = "whole"
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here")
def test_a_module_is_imported_to_its_end_before_an_interruption(tmp_path: Path) -> None:
    (tmp_path / "slow_to_import.py").write_text(SLOW_TO_IMPORT)
    said = subprocess.run(
        [sys.executable, "-c", CUT_WHILE_IMPORTING],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stdout.split() == ["15", "whole"]
