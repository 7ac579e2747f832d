"""What comes back of a task, as the run takes it."""

from __future__ import annotations

from dataclasses import replace

from data.system.whole_file import write_whole
from pipelines.record.outcome import Outcome
from pipelines.running.cells.choosing import Choice
from pipelines.running.executors.cluster.placing import Needs
from pipelines.running.executors.far import Answer, Ran


def with_files(needs: Needs, found: Ran) -> Ran:
    """Write the file that a task has made on a worker, where it was asked for."""
    for name, content in found.files.items():
        path, outcome = needs.files[name], found.value
        assert isinstance(outcome, Outcome)
        try:
            write_whole(path, content)
            outcome = replace(outcome, model=path)
        except OSError as error:
            outcome = replace(outcome, model=None, model_error=str(error))
        found = replace(found, value=outcome, files={})
    return found


def with_kernels(worker: Answer | None, found: Ran) -> Ran:
    """Note on a cell, or on a candidate of it, if it was computed with other kernels."""
    if worker is None or not worker.kernels:
        return found
    kernels = "; ".join(worker.kernels)
    if isinstance(found.value, Choice):
        found.value.kernels = kernels
    elif isinstance(found.value, Outcome):
        return replace(found, value=replace(found.value, kernels=kernels))
    return found
