"""Running a study, so that one that fails leaves the others alone."""

from __future__ import annotations

import time
from dataclasses import dataclass

from data import Dataset
from pipelines.running.environment import pinned_threads
from pipelines.studies.study import STUDIES, Finding, Picture, load_study


@dataclass(frozen=True)
class Outcome:
    """What became of a study: what it found and drew, or the error that it ended with.

    Parameters
    ----------
    name, title, text
        As the study has them; a study that cannot be imported has no text.
    findings, pictures
        What its result says.
    took_s
        Seconds of processor time for the experiment and its pictures, over all threads: the same
        whatever else the machine does.
    error
        Why it failed; empty where it did not.
    """

    name: str
    title: str
    text: str = ""
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


def run_study(name: str, dataset: Dataset, *, size: float = 1.0, seed: int = 0) -> Outcome:
    """Run a study by its name and return what became of it, whatever it raises.

    Raises
    ------
    StudyError
        If there is no study of that name.
    """
    if name not in STUDIES:
        load_study(name)
    begun = time.process_time()
    text = ""
    try:
        with pinned_threads():
            study = load_study(name)
            text = study.text
            result = study.run(dataset, size=size, seed=seed)
            findings, pictures = tuple(result.findings()), tuple(result.pictures())
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return Outcome(name, STUDIES[name], text, took_s=time.process_time() - begun, error=said)
    took_s = time.process_time() - begun
    return Outcome(name, study.title, text, findings, pictures, took_s)
