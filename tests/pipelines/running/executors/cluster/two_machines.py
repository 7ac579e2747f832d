"""Two machines in one: network namespaces, each with a disk of its own in place of our cache."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[5]


@dataclass
class Machines:
    """Machines with one worker each, and a client of their scheduler, which runs here."""

    client: Any
    workers: list[subprocess.Popen[bytes]]
    links: list[str]

    def moved_bytes(self) -> int:
        """How much went into the machines, over their network, since they are there."""
        counts = [Path(f"/sys/class/net/{link}/statistics/tx_bytes") for link in self.links]
        return sum(int(count.read_text()) for count in counts)


def can_be() -> bool:
    """Return whether this system lets us make network namespaces."""
    if os.name == "nt" or os.geteuid() or not shutil.which("ip") or not shutil.which("unshare"):
        return False
    name = f"preconv-{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        return False
    subprocess.run(["ip", "netns", "del", name], check=False)
    return True


@contextmanager
def machines(n: int, home: Path, hidden: Path) -> Iterator[Machines]:
    """Yield machines that do not see a folder, each with a cache folder below `home`."""
    distributed: Any = import_module("distributed")
    run = secrets.token_hex(2)
    # Of its own: machines may be left by tests that were killed.
    network = f"10.213.{1 + secrets.randbelow(250)}"
    bridge, names, links, workers = f"pcb{run}", [], [], []
    hidden.mkdir(parents=True, exist_ok=True)
    try:
        _ip(f"link add {bridge} type bridge")
        _ip(f"addr add {network}.1/24 dev {bridge}")
        _ip(f"link set {bridge} up")
        for i in range(n):
            name, link = f"pc{run}-{i}", f"pcv{run}{i}"
            _ip(f"netns add {name}")
            names.append(name)
            _ip(f"link add {link} type veth peer name eth0 netns {name}")
            links.append(link)
            _ip(f"link set {link} master {bridge} up")
            _ip(f"-n {name} addr add {network}.{i + 2}/24 dev eth0")
            _ip(f"-n {name} link set eth0 up")
            _ip(f"-n {name} link set lo up")
        with (
            distributed.LocalCluster(
                n_workers=0, host=f"{network}.1", dashboard_address=None
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            for i, name in enumerate(names):
                workers.append(_worker(name, client.scheduler.address, home / f"{i}", hidden))
            client.wait_for_workers(n, timeout=60)
            yield Machines(client, workers, links)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(10)
            worker.kill()
            worker.wait()
        for name in names:
            _ip(f"netns del {name}", check=False)
        time.sleep(0.2)
        _ip(f"link del {bridge}", check=False)


def _worker(name: str, scheduler: str, cache: Path, hidden: Path) -> subprocess.Popen[bytes]:
    """Start a worker in a namespace, with an empty disk over the folder that is hidden."""
    worker = [sys.executable, "-m", "dask", "worker", scheduler, "--nthreads", "1"]
    worker += ["--no-nanny", "--no-dashboard", "--memory-limit", "0"]
    mounted = f'mount -t tmpfs none "{hidden}" && exec "$@"'
    return subprocess.Popen(
        ["ip", "netns", "exec", name, "unshare", "-m", "sh", "-c", mounted, "sh", *worker],
        env={**os.environ, "PRECONV_CACHE": str(cache), "PYTHONPATH": str(ROOT)},
        cwd=cache.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _ip(words: str, *, check: bool = True) -> None:
    subprocess.run(["ip", *words.split()], check=check, capture_output=True)
