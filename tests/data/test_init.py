from __future__ import annotations

import subprocess
import sys


def test_importing_it_loads_little_more_than_numpy() -> None:
    heavy = ["scipy", "sklearn", "skimage", "numba", "joblib", "threadpoolctl", "PIL", "pandas"]
    heavy += ["pyarrow", "pydantic", "pooch", "requests", "platformdirs", "rich", "matplotlib"]
    code = f"import sys, data; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
