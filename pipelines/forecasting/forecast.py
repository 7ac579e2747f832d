"""What a comparison would do: its features and cells, and a measured guess of what they take."""

from __future__ import annotations

from dataclasses import dataclass

from data import Dataset, load_dataset
from data.errors import as_one_line
from data.keeping.cache import RunCache
from data.limit import limited
from data.system.memory import MemoryLimit, memory_limit
from pipelines.comparison.plan import Plan, make_plan
from pipelines.comparison.resampled import images_of, split_of
from pipelines.comparison.spec import Comparison
from pipelines.forecasting.kept import Kept
from pipelines.forecasting.needs import Needs, free_disk_bytes, needs_of
from pipelines.forecasting.probe import Probe
from pipelines.record.folder.report_file import check_room
from pipelines.record.report import CellName
from pipelines.running.environment import pinned_threads
from pipelines.running.resources.memory import anonymous_bytes
from pipelines.running.units import Wishes

_PROBED = 200


@dataclass(frozen=True)
class Features:
    """What is expected of the features of one row.

    Parameters
    ----------
    name : str
    dim : int or None
        Columns of the matrix, of the widest where several are chosen from; None where the probe
        failed.
    n_bytes : int or None
        Of all training and test matrices.
    seconds : float or None
        To make them with all seeds, without what the cache has and what rows before this one make;
        None where nobody knows.
    kept : bool
        Whether the cache has them for every seed.
    error : str
        Why the probe failed.
    """

    name: str
    dim: int | None
    n_bytes: int | None
    seconds: float | None
    kept: bool
    error: str = ""


@dataclass(frozen=True)
class Cell:
    """What is expected of one cell.

    Parameters
    ----------
    name : (str, str)
        Features and model.
    seconds : float or None
        To choose, fit and predict with the seeds that the cache does not have; None where nobody
        knows.
    n_kept : int
        For how many seeds the cache has it.
    error : str
        Why the probe failed.
    """

    name: CellName
    seconds: float | None
    n_kept: int
    error: str = ""


@dataclass(frozen=True)
class Forecast:
    """What is expected of a comparison.

    Parameters
    ----------
    dataset : Dataset
        All images, as their source has them in parts.
    first_split : Dataset
        The same images in the parts that the first run has of them.
    n_seeds : int
        How many runs of each cell.
    resampled : bool
        Whether each of them has a split of its own.
    features : tuple of Features
    cells : tuple of Cell
    seconds : float
        Of all that is known; the time to read the images is not a part of it.
    saving_s : float or None
        How much of it is to fit again what the cache has without its classifier, and is to be
        saved. Which pairing is the best is not known yet, so it is then the one that takes longest.
        None where nobody knows.
    memory_bytes : int
        At the peak, without mapped files, whose pages the system can drop.
    memory_limit : MemoryLimit
        How much of it there is.
    needs : Needs
        Of memory and disk, beyond what this process holds.
    free_bytes : int
        On the disk of the cache.
    n_probed : int
        How many training images the guess is drawn from.
    """

    dataset: Dataset
    first_split: Dataset
    n_seeds: int
    resampled: bool
    features: tuple[Features, ...]
    cells: tuple[Cell, ...]
    seconds: float
    saving_s: float | None
    memory_bytes: int
    memory_limit: MemoryLimit
    needs: Needs
    free_bytes: int
    n_probed: int


def forecast(
    spec: Comparison,
    *,
    cache: bool = True,
    save_model: bool = False,
    save_all_models: bool = False,
    n_at_once: int = 1,
) -> Forecast:
    """Return what a comparison would take, from its steps on a few hundred of its images.

    Each step is timed on two small numbers of images and drawn out along a straight line. So a
    guess is too low for what grows faster than the images do, as nearest neighbours do. Nothing is
    written, but that images which take long to read are kept in the cache, as a run keeps them.

    Parameters
    ----------
    spec : Comparison
        What is compared with what.
    cache : bool, default True
        Whether to look for what the cache has already, and to keep images there.
    save_model : bool, default False
        Whether the best pairing will be saved. To choose it, all cells are measured on held-out
        images, too.
    save_all_models : bool, default False
        Whether every pairing will be saved.
    n_at_once : int, default 1
        How many tasks will run at the same time, which is what the need of disk depends on.

    Returns
    -------
    Forecast
        Row by row and cell by cell, and the whole.

    Raises
    ------
    SpecError, DataError
        If the comparison cannot be run at all.
    """
    plan = make_plan(spec)
    dataset = load_dataset(spec.data, **spec.how_to_load(), cache=cache)
    dataset = images_of(spec, dataset)
    first_split, resamples = split_of(spec, dataset)
    plan = plan.for_classes(dataset.class_names)
    check_room(len(plan.cells), dataset.n_classes, len(plan.seeds))
    most = max(_PROBED, 10 * dataset.n_classes)
    with pinned_threads():
        validated = Wishes.of(len(plan.cells), best=save_model).validated
        small = [limited(first_split, n, seed=spec.data_seed) for n in (most // 2, most)]
        probe = Probe(plan, small, validated)
        there = RunCache() if cache else None
        kept = Kept(plan, dataset, resamples, there, validated)
        n_train = first_split.n_train + first_split.n_validation
        n_images = n_train + first_split.n_test
        counted: set[str] = set()
        features = tuple(_features(row, plan, probe, kept, n_images, counted) for row in plan.rows)
        cells = tuple(_cell(cell, plan, probe, kept, n_train) for cell in plan.cells)
        saving_s: float | None = 0.0
        if save_model or save_all_models:
            saving_s = _saving_s(plan, probe, kept, n_train, every=save_all_models)
    needs = needs_of(plan, plan.cells, first_split, probe.shapes, n_at_once, there)
    limit = memory_limit()
    seconds = sum(row.seconds or 0.0 for row in features)
    seconds += sum(cell.seconds or 0.0 for cell in cells) + (saving_s or 0.0)
    return Forecast(
        dataset,
        first_split,
        len(plan.seeds),
        resamples is not None,
        features,
        cells,
        seconds,
        saving_s,
        anonymous_bytes() + needs.anonymous_bytes,
        limit,
        needs,
        free_disk_bytes(),
        min(most, n_train),
    )


def _features(
    row: str, plan: Plan, probe: Probe, kept: Kept, n_images: int, counted: set[str]
) -> Features:
    """Return what is expected of a row; extractors that a row before it counted take no more time.

    They are added to what is `counted`.
    """
    dims: dict[str, int] = {}
    seconds, all_kept = 0.0, True
    sides = [parts for _, parts in plan.sides(row)]
    try:
        for part in dict.fromkeys(part for parts in sides for part in parts):
            takes, dims[part] = probe.features(part)
            missing = sum(not kept.has_features(part, seed) for seed in kept.seeds(part))
            all_kept &= not missing
            if part not in counted:
                seconds += missing * takes(n_images)
    except Exception as error:  # the run itself would report it as a cell that failed
        return Features(row, None, None, None, False, as_one_line(error, 200))
    counted.update(dims)
    widest = max(sum(dims[part] for part in parts) for parts in sides)
    n_bytes = sum(4 * sum(dims[part] for part in parts) * n_images for parts in sides)
    return Features(row, widest, n_bytes, seconds, all_kept)


def _cell(cell: CellName, plan: Plan, probe: Probe, kept: Kept, n_train: int) -> Cell:
    """Return what is expected of a cell, on all the features that it chooses from."""
    n_kept, seconds = 0, 0.0
    try:
        n_kept = sum(kept.has_cell(cell, seed) for seed in plan.seeds)
        if missing := len(plan.seeds) - n_kept:
            seconds = missing * sum(
                probe.cell(cell, parts)(n_train) for _, parts in plan.sides(cell[0])
            )
    except Exception as error:  # as above
        return Cell(cell, None, n_kept, as_one_line(error, 200))
    return Cell(cell, seconds, n_kept)


def _saving_s(plan: Plan, probe: Probe, kept: Kept, n_train: int, *, every: bool) -> float | None:
    """Return the seconds to fit again, to be saved, every cell that the cache has, or the longest.

    The cache has results and no classifiers.
    """
    try:
        takes = [
            sum(probe.cell(cell, parts, chosen=True)(n_train) for _, parts in plan.sides(cell[0]))
            for cell in plan.cells
            if kept.has_cell(cell, plan.seeds[0])
        ]
    except Exception:  # as above
        return None
    return sum(takes) if every else max(takes, default=0.0)
