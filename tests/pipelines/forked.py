"""Commands that begin at once, forked off a process that has loaded and compiled what they need."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from data import Dataset, load_dataset, save_npz
from tests.faults import Faults, injected

ROOT = Path(__file__).parents[2]

PAGE = "<html>" + 10_000 * "of a run" + "</html>"

SPEC = """
data = "{data}"
[features.raw]
extractor = "RawPixels"
[features.color]
extractor = "ColorHistogram"
bins = 2
[features."raw+color"]
union = ["raw", "color"]
[models.knn]
classifier = "KNeighborsClassifier"
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [8]
max_iter = 10
"""

_WARM = "PRECONV_TESTS_WARM"


def start(
    folder: Path,
    *words: object,
    kill_at: int = -1,
    how: signal.Signals = signal.SIGTERM,
    said: str = "said.txt",
    **environ: object,
) -> BaseProcess:
    """Start `preconv WORDS` in a folder, with short pages; what it prints goes to a file there.

    It gets a signal when it is about to write for the `kill_at`-th time.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    # It has the environment of the first test that asked for it, not of this one.
    environ = {"PRECONV_CACHE": os.environ["PRECONV_CACHE"], **environ}
    given = {name: str(value) for name, value in environ.items()}
    process = context.Process(
        target=_run, args=(folder, given, [*map(str, words)], kill_at, how, said)
    )
    # What is preloaded is looked for there alone; what cannot be found is left out.
    with patch.dict(os.environ, {_WARM: "1", "PYTHONPATH": os.fspath(ROOT)}):
        process.start()
    return process


def run(folder: Path, *words: object, **environ: object) -> tuple[int, str]:
    """Run `preconv WORDS` in a folder; return its exit status and what it said."""
    process = start(folder, *words, **environ)  # type: ignore[arg-type]
    process.join()
    assert process.exitcode is not None
    return process.exitcode, (folder / "said.txt").read_text()


def _run(
    folder: Path,
    environ: dict[str, str],
    words: list[str],
    kill_at: int,
    how: signal.Signals,
    said: str,
) -> None:
    os.chdir(folder)
    os.environ.update(environ)
    # Whoever runs the tests in the background may have had SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(file, number)
    sys.argv = ["preconv", *words]
    from pipelines.__main__ import main

    def end() -> BaseException:
        os.kill(os.getpid(), how)
        return RuntimeError("it should have ended")

    with _quick(), injected(Faults(kill_at, error=end)):
        main()


@contextmanager
def _quick() -> Iterator[None]:
    with (
        patch("pipelines.reporting.markdown.markdown", lambda *_: PAGE),
        patch("pipelines.reporting.page.page", lambda *_: PAGE),
        patch("pipelines.reporting.seen.feature_pictures", lambda *_: []),
    ):
        yield


def _warm() -> None:
    """Run a comparison, so that what is forked off afterwards has loaded and compiled the code."""
    import pipelines.commands.comparisons  # noqa: F401
    from pipelines.compare import compare
    from pipelines.comparison.spec import Comparison

    labels = np.arange(30) % 3
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
    data = Dataset("few", images[:30], labels, images[30:], labels, ("a", "b", "c"))
    spec = Comparison.from_dict(tomllib.loads(SPEC.format(data="few")))
    with (
        TemporaryDirectory() as folder,
        patch.dict(os.environ, {"PRECONV_CACHE": f"{folder}/cache"}),
        _quick(),
    ):
        compare(spec, dataset=data, out=Path(folder) / "out", save_model=True)
        save_npz(data, Path(folder) / "few.npz")
        load_dataset(Path(folder) / "few.npz")


if os.environ.pop(_WARM, ""):
    _warm()
