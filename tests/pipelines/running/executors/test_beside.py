import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import Dataset
from features.words.encodings import ENCODERS
from models import KernelClassifier
from pipelines.compare import compare
from pipelines.comparison.named import own_names
from pipelines.comparison.names import EXTRACTORS
from pipelines.comparison.spec import Comparison
from pipelines.running.executors import TaskFailed, collected, said
from pipelines.running.executors import beside as module
from pipelines.running.executors.beside import PAYS_FROM, Beside, beside
from pipelines.running.matrices import Handle

SECONDS = {
    "features": ("fit_s", "transform_train_s", "transform_test_s"),
    "cells": ("choose_s", "fit_s", "predict_s"),
}
SMALL = Handle(None, held=np.zeros((10, 2), dtype=np.float32))


def process_of(handle: Handle, seconds: float = 0.0, candidates: Any = ()) -> int:
    time.sleep(seconds)
    return os.getpid()


def complain(handle: Handle) -> None:
    warnings.warn("look out", RuntimeWarning, stacklevel=1)
    raise ValueError("too\nbad")


def end_once(handle: Handle, path: Path) -> str:
    if not path.exists():
        path.touch()
        os._exit(1)
    return "there again"


class Unreadable:
    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


def unreadable(handle: Handle) -> Unreadable:
    return Unreadable()


class Short:
    """A connection for whose answers there is no memory, and the process at its other end."""

    def send_bytes(self, task: bytes) -> None: ...

    def recv_bytes(self) -> bytes:
        raise MemoryError

    def close(self) -> None: ...

    def join(self) -> None: ...


@pytest.fixture(scope="module")
def two() -> Iterator[Beside]:
    with Beside(1, n_steps=PAYS_FROM) as executor:
        yield executor


def test_short_tasks_run_in_both_processes(two: Beside) -> None:
    futures = [two.submit(process_of, SMALL, seconds) for seconds in (1.0, 1.0, 0.0, 0.0)]
    assert [future.done() for future in futures] == [False, False, True, True]
    pids = [collected(future) for future in futures]
    assert pids[0] == pids[1] != os.getpid()
    assert pids[2:] == [os.getpid()] * 2


def test_tasks_on_much_and_tasks_that_do_not_pickle_run_here(two: Beside) -> None:
    much = Handle(None, held=np.broadcast_to(np.float32(0), (module.SHORT, 2)))
    assert collected(two.submit(process_of, much)) == os.getpid()
    assert collected(two.submit(lambda handle: os.getpid(), SMALL)) == os.getpid()


def test_errors_and_warnings_there_are_those_of_a_task(two: Beside) -> None:
    with pytest.warns(RuntimeWarning, match="look out"), pytest.raises(TaskFailed) as caught:
        collected(two.submit(complain, SMALL))
    assert said(caught.value) == "ValueError: too bad"


def test_a_process_that_ends_is_started_again(two: Beside, tmp_path: Path) -> None:
    assert collected(two.submit(end_once, SMALL, tmp_path / "ended")) == "there again"


def test_a_kernel_that_takes_much_runs_here(two: Beside) -> None:
    candidates: list[Any] = [({}, KernelClassifier())]
    for n, is_here in ((20, False), (20_000, True)):
        rows = Handle(None, held=np.broadcast_to(np.float32(0), (n, 2)))
        assert (collected(two.submit(process_of, rows, 0.0, candidates)) == os.getpid()) is is_here


def test_what_cannot_be_read_back_is_the_error_of_its_task_alone(two: Beside) -> None:
    with pytest.raises(ValueError, match="no number"):
        two.submit(unreadable, SMALL).result(timeout=60)
    assert two.submit(process_of, SMALL).result(timeout=60).value != os.getpid()


def test_an_answer_that_there_is_no_memory_for_costs_its_task_and_the_connection(
    two: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.submit(process_of, SMALL).result(timeout=60)
    (other,) = two._others
    there, begun = {"_here": other._here, "_process": other._process}, list[bool]()

    def begin() -> None:
        begun.append(True)
        vars(other).update(there)

    monkeypatch.setattr(other, "_begin", begin)
    vars(other).update(dict.fromkeys(there, Short()))
    with pytest.raises(MemoryError):
        two.submit(process_of, SMALL).result(timeout=60)
    assert begun == [True]
    assert two.submit(process_of, SMALL).result(timeout=60).value != os.getpid()


def test_the_same_comes_out_in_the_same_order(tiny: Dataset, spec: Comparison, two: Beside) -> None:
    here = compare(spec, dataset=tiny, cache=False)
    there = compare(spec, dataset=tiny, cache=False, executor=two)
    assert (here.cells, here.pairs) == (there.cells, there.pairs)
    assert here.results_digest == there.results_digest
    for part in ("features", "cells"):
        costs = [getattr(each.measurements, part) for each in (here, there)]
        kept = [
            [cost.model_copy(update=dict.fromkeys(SECONDS[part], 0.0)) for cost in c] for c in costs
        ]
        assert kept[0] == kept[1]


def test_what_was_cancelled_does_not_run(two: Beside) -> None:
    first, second = two.submit(process_of, SMALL, 0.1), two.submit(process_of, SMALL)
    assert second.cancel()
    assert collected(first) != os.getpid()
    assert collected(two.submit(process_of, SMALL)) != os.getpid()


def test_few_steps_start_no_process() -> None:
    with Beside(1, n_steps=3) as executor:
        assert collected(executor.submit(process_of, SMALL)) == os.getpid()
        assert not executor._others


def test_a_comparison_says_how_much_there_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    monkeypatch.setattr(Beside, "_start", lambda self: started.append(self._n_steps))
    beside(Comparison.from_options(features=["hog"], models=["knn"], seeds=[0]))
    beside(Comparison.from_options(limit=50))
    beside(Comparison.from_options())
    assert started == [5 * 4 * 3]


def knows(handle: Handle, encoding: str) -> bool:
    return encoding in ENCODERS


def test_what_was_imported_for_a_user_is_there_in_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_of_a_user.py").write_text(
        "from features import RawPixels\n"
        "from features.words.encodings import ENCODERS, TwoSided\n"
        "class PixelsOfAUser(RawPixels): pass\n"
        "ENCODERS['of a user'] = TwoSided\n"
    )
    monkeypatch.setattr(own_names, "_IMPORTED", {})
    registries: list[dict[str, Any]] = [ENCODERS, EXTRACTORS]
    before = [dict(each) for each in registries]
    try:
        own_names.import_own(tmp_path / "beside_of_a_user.py")
        with Beside(1, n_steps=PAYS_FROM) as executor:
            assert collected(executor.submit(knows, SMALL, "of a user"))
        with (tmp_path / "beside_of_a_user.py").open("a") as file:
            file.write("# edited\n")
        with Beside(1, n_steps=PAYS_FROM) as executor:
            assert collected(executor.submit(process_of, SMALL)) == os.getpid()
    finally:
        for registry, entries in zip(registries, before, strict=True):
            for name in registry.keys() - entries.keys():
                del registry[name]
