"""Commands that begin at once: forked off a process that has loaded what a run needs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

from tests.faults import Faults, injected

PAGE = "<html>" + 10_000 * "of a run" + "</html>"

_LOADED = [
    "pipelines.commands.comparisons",
    "pipelines.compare",
    "pipelines.running.cell",
    "pipelines.saved_model",
    "pipelines.reporting.page",
    "pipelines.reporting.markdown",
    "pipelines.reporting.seen",
    "sklearn.neighbors",
]


def start(
    folder: Path, *words: object, kill_at: int = -1, said: str = "said.txt", **environ: object
) -> BaseProcess:
    """Start `preconv WORDS` in a folder, with short pages; what it prints goes to a file there.

    It is killed outright when it is about to write for the `kill_at`-th time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    # It has the environment of the first test that asked for it, not of this one.
    environ = {"PRECONV_CACHE": os.environ["PRECONV_CACHE"], **environ}
    given = {name: str(value) for name, value in environ.items()}
    process = context.Process(target=_run, args=(folder, given, [*map(str, words)], kill_at, said))
    process.start()
    return process


def run(folder: Path, *words: object, **environ: object) -> tuple[int, str]:
    """Run `preconv WORDS` in a folder; return its exit status and what it said."""
    process = start(folder, *words, **environ)  # type: ignore[arg-type]
    process.join()
    assert process.exitcode is not None
    return process.exitcode, (folder / "said.txt").read_text()


def _run(folder: Path, environ: dict[str, str], words: list[str], kill_at: int, said: str) -> None:
    os.chdir(folder)
    os.environ.update(environ)
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(file, number)
    sys.argv = ["preconv", *words]
    from pipelines.__main__ import main

    with (
        patch("pipelines.reporting.markdown.markdown", lambda *_: PAGE),
        patch("pipelines.reporting.page.page", lambda *_: PAGE),
        patch("pipelines.reporting.seen.feature_pictures", lambda *_: []),
        injected(Faults(kill_at, error=_end)),
    ):
        main()


def _end() -> BaseException:
    os.kill(os.getpid(), signal.SIGKILL)
    return RuntimeError("it should have ended")
