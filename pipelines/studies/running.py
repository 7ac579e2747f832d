"""Running a study, so that one that fails leaves the others alone."""

from __future__ import annotations

import time
from dataclasses import dataclass

from data import Dataset
from data.errors import as_one_line
from pipelines.running.environment import pinned_threads
from pipelines.studies.study import Finding, Picture, Study


@dataclass(frozen=True)
class Outcome:
    """What became of a study: what it found and drew, or the error that it ended with.

    Parameters
    ----------
    study
        Its entry.
    findings, pictures
        What its result says, and what is drawn of it.
    took_s
        Seconds of processor time for the experiment and its pictures, over all threads: the same
        whatever else the machine does.
    error
        Why it failed; empty where it did not.
    """

    study: Study
    findings: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    took_s: float = 0.0
    error: str = ""

    @property
    def n_holding(self) -> int:
        """How many findings hold."""
        return sum(finding.holds for finding in self.findings)

    @property
    def holds(self) -> bool:
        """Whether the study ran, found something, and all of it holds."""
        return not self.error and 0 < len(self.findings) == self.n_holding


def run_study(study: Study, dataset: Dataset, *, size: float = 1.0, seed: int = 0) -> Outcome:
    """Run a study, draw its pictures, and return what became of it, whatever it raises."""
    begun = time.process_time()
    try:
        with pinned_threads():
            result = study.run(dataset, size=size, seed=seed)
            findings, pictures = tuple(result.findings()), tuple(study.pictures(result))
    except Exception as error:
        return Outcome(study, took_s=time.process_time() - begun, error=as_one_line(error))
    return Outcome(study, findings, pictures, time.process_time() - begun)
