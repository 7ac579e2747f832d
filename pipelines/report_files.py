"""The folder of a report: figures, predictions and pages, written anew as a run goes on."""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data import Dataset
from data.errors import as_one_line
from data.system.claims import only_here
from data.system.whole_file import check_writable, sweep, whole_file, write_whole
from pipelines.errors import SpecError
from pipelines.record.comparing.standings import Standings
from pipelines.record.doubts import doubts
from pipelines.record.folder.earlier_models import MODEL, MODELS, EarlierModels
from pipelines.record.folder.earlier_report import FILES, PAGES, SPEC, Earlier, check_same, look
from pipelines.record.predictions import write_predictions
from pipelines.record.report import CellName
from pipelines.record.report import Report as Record
from pipelines.reporting.texts.spec_text import left_out, spec_text
from pipelines.running.finished_resamples import of_finished_resamples
from pipelines.running.results import CellFailed, Extracted, Finding, Results

# Pictures may take this part of a run's time, so that a page is there early and costs little.
_RENDERING_PART = 0.05


@contextmanager
def report_files(
    folder: Path | None,
    recorded: Mapping[str, Any],
    dataset: Dataset,
    *,
    overwrite: bool,
    best: bool,
    every: bool,
    source: str | None = None,
    cells: Collection[CellName] | None = None,
) -> Iterator[ReportFiles | None]:
    """Give the folder of a report to one run, as long as the block lasts; None if it has no folder.

    Parameters
    ----------
    folder : Path or None
        Made if it is not there.
    recorded : mapping
        The spec of the run, as its report will hold it.
    dataset : Dataset
        Its images; of resamples those that they are drawn from.
    overwrite : bool
        Whether what is there of something else may be replaced.
    best, every : bool
        Whether the run saves the best model, and those of all its pairings.
    source : str, optional
        Where the images are, seen from the folder.
    cells : collection of CellName, optional
        What the run does; the report of others stays. Default: all cells.

    Raises
    ------
    SpecError
        If no file can be written there, another run writes there, or something would be lost.
    """
    if folder is None:
        yield None
        return
    try:
        check_writable(folder)
    except OSError as error:
        raise SpecError(f"{folder}: cannot be the folder of the report: {error}") from error
    with only_here(folder) as is_only:
        if not is_only:
            raise SpecError(
                f"{folder}: another run is writing its report there; wait until it has ended, or "
                "name another folder with --out (in Python out=...)"
            )
        earlier = (look if overwrite else check_same)(folder, recorded, dataset)
        if not overwrite and cells is not None and (lost := earlier.done - set(cells)):
            raise SpecError(
                f"{folder}: holds a report of this comparison with {len(lost)} more cells, as "
                f"{' × '.join(min(lost))}; run these, too, or name another folder with out=..., or "
                "let it be replaced with overwrite=True"
            )
        yield ReportFiles(folder, earlier, best=best, every=every, source=source)


class ReportFiles:
    """The folder of a report: `report.json` and predictions, and the pages.

    Parameters
    ----------
    folder : Path
        One that is there.
    earlier : Earlier
        What it holds.
    best, every, source
        As `report_files` takes them.
    """

    def __init__(
        self, folder: Path, earlier: Earlier, *, best: bool, every: bool, source: str | None
    ) -> None:
        self.folder, self.source = folder, source
        is_ours = earlier.report is not None
        self.models = EarlierModels(
            folder, {MODEL: best and is_ours, MODELS: every and is_ours}, stay=earlier.is_same
        )
        self._done_before, self._n_before = earlier.done, earlier.n_runs
        self._is_same = earlier.is_same
        self._pictures: dict[str, Any] = {}
        self._rendered = (0.0, 0.0)
        self._n_written = 0
        self._is_complete = False
        for name in (*FILES, SPEC, MODEL):
            sweep(folder / name)

    def follow(self, finding: Finding, results: Results) -> None:
        """Write the files anew where a finding changes what they say."""
        if isinstance(finding, Extracted):
            if finding.step.seed == results.plan.seeds[0]:
                self._see(finding.step.features, finding.extraction.extractor, results.dataset)
        elif (
            _name(finding) in results.done or isinstance(finding, CellFailed)
        ) and self._may_begin(results):
            self.write(results)

    def _may_begin(self, results: Results) -> bool:
        """Return whether the report as it is may take the place of an earlier one.

        That stays until a cell is done and, if it is of the same comparison, all that it has are.
        """
        if self._n_written or not (self.folder / "report.json").exists():
            return True
        return bool(results.done) and self._done_before <= results.done.keys()

    def write(
        self, results: Results, *, last: bool = False, asked: Mapping[str, Any] | None = None
    ) -> Record:
        """Write the files and return the report; the pages only now and then, and at the end.

        `asked` is the spec that is kept beside the report, if that is of a part of it.
        """
        ended, took = self._rendered
        began = time.perf_counter()
        render = last or took <= _RENDERING_PART * (began - ended)
        report = results.report(pairs=results.pairs() if render else ())
        if not self._n_written:
            self.models.make_way()
        self.folder.mkdir(parents=True, exist_ok=True)  # somebody may have removed it
        path = self.folder / "report.json"
        # Predictions take their place before a report that claims them. The first report comes
        # before them, as predictions alone would be taken for somebody else's.
        is_first = not path.exists()
        with whole_file(path) as aside:
            aside.write_text(report.to_json(), encoding="utf-8")
            if not is_first:
                self._write_predictions(results)
        if not (self._n_written or self._is_same):
            # If pages cannot be made, those of another comparison do not stay beside this report.
            for name in PAGES:
                (self.folder / name).unlink(missing_ok=True)
        self._n_written += 1
        if is_first:
            self._write_predictions(results)
        self._write_spec(report.spec if asked is None else asked)
        if render:
            self.render(report, results)
            self._is_complete = last
            self._rendered = (time.perf_counter(), time.perf_counter() - began)
        return report

    def _write_predictions(self, results: Results) -> None:
        drawn = results.resamples
        write_predictions(
            self.folder / "predictions.npz",
            results.labels_test,
            results.predicted(),
            results.confidences(),
            n_classes=results.dataset.n_classes,
            names=drawn.names if drawn else results.dataset.names_test,
            tested=drawn.tested if drawn else None,
        )

    def _write_spec(self, spec: Mapping[str, Any]) -> None:
        """Write the spec with all that was changed on the way, to be run again.

        There is none of what TOML cannot say: what the user brought in Python, and None.
        """
        if "own" in spec or left_out(spec):
            (self.folder / SPEC).unlink(missing_ok=True)
            return
        named = {"data": self.source} if self.source else {}
        write_whole(self.folder / SPEC, spec_text({**spec, **named}) + "\n")

    def save_what_there_is(
        self,
        error: BaseException,
        results: Results,
        cells: Collection[CellName],
        *,
        cached: bool,
    ) -> None:
        """Write the files once more before an error ends the run, and note on it what is kept.

        Of the cells that the run was asked for, resamples are over on which all of them have run.
        """
        path = self.folder / "report.json"
        there = f"{path} has the cells that were done"
        part = None
        try:
            part = None if self._is_complete else of_finished_resamples(results, cells)
            if part is not None:
                k, n = len(part.plan.seeds), len(results.plan.seeds)
                there = f"{path} has the first {k} of {n} resamples"
                is_more = k > self._n_before and self._done_before <= part.done.keys()
                if self._n_written or is_more:
                    self.write(part, last=True, asked=results.spec)
                else:
                    there = f"{path} has {self._n_before} resamples of an earlier run"
            elif (
                (results.done or results.errors)
                and not self._is_complete
                and self._may_begin(results)
            ):
                self.write(results, last=True)
        except (OSError, KeyboardInterrupt):
            there = f"{path} has the cells that were done when it was last written"
        if not self._n_written and part is None:
            there = "No report was written"
            if path.exists():
                there += f", and {path} stays as it was"
        again = "goes on from there" if cached else "begins anew, as nothing goes to the cache"
        error.add_note(f"{there}; the same command {again}.")

    def render(self, report: Record, results: Results) -> None:
        """Write the pages; an error is only a warning, because the figures are written already."""
        try:
            from pipelines.reporting import write_report
            from pipelines.reporting.examples import Examples

            first = {cell: results.first_outcome(cell) for cell in results.done}
            examples = Examples(
                images=results.dataset.images_test,
                labels=results.dataset.labels_test,
                predictions={cell: each.predicted for cell, each in first.items()},
                confidences={
                    cell: each.confidence for cell, each in first.items() if each.has_probabilities
                },
                feature_pictures={
                    name: self._pictures[name]
                    for name in results.plan.extractors
                    if name in self._pictures
                },
                names=results.dataset.names_test,
                doubts=()
                if results.resamples
                else doubts(
                    results.dataset.labels_test,
                    results.predicted(),
                    results.confidences(),
                    [cell.name for cell in Standings(report).cells],
                ),
            )
            write_report(report, self.folder, examples=examples, source=self.source)
        except OSError:
            raise
        except Exception as error:
            warnings.warn(
                f"{self.folder}: no pages written: {as_one_line(error)}",
                RuntimeWarning,
                stacklevel=3,
            )

    def _see(self, features: str, extractor: Any, dataset: Dataset) -> None:
        """Keep pictures of what a fitted extractor sees, with its first seed."""
        if features in self._pictures:
            return
        try:
            from pipelines.reporting.pictures import sample_images
            from pipelines.reporting.seen import feature_pictures

            images = dataset.images_test[sample_images(dataset.labels_test)]
            self._pictures[features] = feature_pictures(extractor, images)
        except Exception as error:
            warnings.warn(
                f"no pictures of {features}: {as_one_line(error)}", RuntimeWarning, stacklevel=3
            )


def _name(finding: Any) -> CellName:
    return finding.step.features, finding.step.model
