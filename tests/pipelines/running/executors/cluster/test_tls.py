"""A cluster that talks TLS alone: by a client of Dask, and by an address on the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from data import Dataset, save_npz
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report

ROOT = Path(__file__).parents[5]
SPEC = Comparison.from_options(features=["color"], models=["knn"], seeds=[0, 1])

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate"),
    pytest.mark.usefixtures("without_pages"),
]


def test_all_of_a_run_goes_through_tls(tiny: Dataset, tmp_path: Path) -> None:
    distributed: Any = import_module("distributed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    make += ["-subj", "/CN=preconv", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    files = {"tls_ca_file": str(certificate)}
    for role in ("client", "scheduler", "worker"):
        files |= {f"tls_{role}_cert": str(certificate), f"tls_{role}_key": str(key)}
    security = distributed.Security(require_encryption=True, **files)
    here = compare(SPEC, dataset=tiny, cache=False)
    save_npz(tiny, tmp_path / "tiny.npz")
    local = {"n_workers": 2, "threads_per_worker": 1, "memory_limit": 0, "host": "127.0.0.1"}
    with (
        distributed.LocalCluster(
            security=security, protocol="tls", dashboard_address=None, **local
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        address = client.scheduler.address
        assert address.startswith("tls://")
        assert compare(SPEC, dataset=tiny, cache=False, client=client).cells == here.cells
        command = [sys.executable, "-m", "pipelines", "compare", "--data", "tiny.npz", "--no-cache"]
        command += ["--features", "color", "--models", "knn", "--seeds", "0,1", "--out", "out"]
        plain = {**os.environ, "PYTHONPATH": str(ROOT)}
        tls = "DASK_DISTRIBUTED__COMM__TLS__"
        with_files = {
            f"{tls}CA_FILE": str(certificate),
            f"{tls}CLIENT__CERT": str(certificate),
            f"{tls}CLIENT__KEY": str(key),
        }
        run = [*command, "--scheduler", address]
        refused = subprocess.run(run, cwd=tmp_path, env=plain, capture_output=True, check=False)
        assert refused.returncode == 2
        assert b"no Dask scheduler answers there" in refused.stderr
        subprocess.run(run, cwd=tmp_path, env=plain | with_files, check=True)
    assert Report.read(tmp_path / "out").cells == here.cells
