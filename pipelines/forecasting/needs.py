"""What a comparison will take of memory and disk, known before it starts, and what there is."""

from __future__ import annotations

import math
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from sklearn.base import clone

from data import Dataset, cache_folder
from data.keeping.cache import RunCache
from data.system.memory import MemoryLimit, gib, memory_limit
from features import ImageExtractor
from models import KernelClassifier, LinearClassifier, MLPClassifier
from models.convex.preconditioner import BLOCK, spacing
from models.convex.ridge.gram import GROUP, parts_bytes
from models.perceptron.architecture import shapes
from models.perceptron.front import ROWS_MEASURED
from models.perceptron.recipe import Recipe
from pipelines.comparison.plan import Plan
from pipelines.errors import MemoryShortError
from pipelines.record.report import CellName
from pipelines.running.cells.contract import chooses_by_itself, goes_by_rows
from pipelines.running.cells.estimates import sums_pay
from pipelines.running.progress import Step
from pipelines.running.resources.beyond_arrays import bytes_of_kernel, given_count
from pipelines.running.steps import Key, cell_steps, key_of_part, key_of_row, needed
from pipelines.running.tasks import block_bytes, shape_of_rows

LARGE_BYTES = 1 << 26
"""Images that take less than this are run without a look at what there is."""

_LIBRARIES = 1 << 28
"""What libraries take on the way: compiled loops, buffers of BLAS, stacks of threads."""

_IMAGES = 64


@dataclass(frozen=True)
class Needs:
    """What a comparison takes at the most.

    Parameters
    ----------
    anonymous_bytes : int
        Memory that no file backs, beyond what the process holds already.
    largest : (str, str) or None
        The cell that takes most of it.
    is_certain : bool
        Whether that is known, as of our own classifiers; of others one copy of a matrix is counted.
    features_bytes : int
        The features that the cache is asked to hold.
    disk_bytes : int
        All that is on the disk at the same time: features, those side by side, and parts of them.
    way_out : str
        What the model that takes most can be given so that it takes less.
    sums_bytes : int
        What parts of sums of products take on the disk beside that, where workers share cells.
        Without that room a cell is one task.
    """

    anonymous_bytes: int
    largest: CellName | None
    is_certain: bool
    features_bytes: int
    disk_bytes: int
    way_out: str = ""
    sums_bytes: int = 0


def needs_of(
    plan: Plan,
    cells: Sequence[CellName],
    dataset: Dataset,
    shapes: Mapping[str, tuple[int, ...]],
    n_at_once: int = 1,
    cache: RunCache | None = None,
) -> Needs:
    """Return what a plan takes.

    Parameters
    ----------
    plan : Plan
    cells : sequence of (str, str)
        Those that run.
    dataset : Dataset
    shapes : mapping of str to tuple of int
        Of the rows of each extractor: (d,) or (n_views, d). What is not known takes nothing.
    n_at_once : int, default 1
        How many tasks run at the same time. Of several, one cell may be more than one.
    cache : RunCache, optional
        What keeps features that are needed no more.
    """
    n_train = dataset.n_train + dataset.n_validation
    n_images = n_train + dataset.n_test
    bytes_of = {part: 4 * math.prod(shape) * n_images for part, shape in shapes.items()}
    kept_bytes = 0 if cache is None else cache.limit_bytes
    steps = cell_steps(plan, cells)
    of_parts, together = _bytes_by_key(plan, steps, bytes_of)
    features = sum(of_parts.values())
    anonymous, largest, is_certain, gathered = 3 * block_bytes() // 2, None, True, 0
    way_out, sums = "", list[int]()
    for cell in cells:
        for _, parts in plan.sides(cell[0]):
            if not all(part in shapes for part in parts):
                continue
            d = sum(shapes[part][-1] for part in parts)
            n_views = shapes[parts[0]][0] if len(shapes[parts[0]]) > 1 else 1
            candidates = plan.candidates(cell, plan.seeds[0])
            if n_at_once > 1 and n_views == len(candidates) == 1:
                sums += len(plan.seeds) * [_unless_refused(_of_sums, candidates[0][1], dataset, d)]
            for _, classifier in candidates:
                own = type(classifier) in (KernelClassifier, LinearClassifier, MLPClassifier)
                n, k = n_train * n_views, dataset.n_classes
                takes = _unless_refused(_of_fit, classifier, n, d, k, n_views)
                takes += 24 * dataset.n_test * n_views * k
                if not own:
                    gathered = max(gathered, 4 * n_train * n_views * d)
                if takes > anonymous:
                    anonymous, largest, is_certain = takes, cell, own
                    of_kernel = type(classifier) is KernelClassifier
                    way_out = ", or give it n_landmarks = 8192" if of_kernel else ""
    return Needs(
        anonymous + _LIBRARIES,
        largest,
        is_certain,
        features,
        gathered
        + min(
            features + sum(nlargest(n_at_once, together.values())),
            _at_a_time(plan, steps, of_parts | together, n_at_once) + kept_bytes,
        ),
        way_out,
        sum(sorted(sums)[-n_at_once:]),
    )


def _bytes_by_key(
    plan: Plan, steps: Sequence[Step], bytes_of: Mapping[str, int]
) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return how large the features of each extractor are, and those put side by side."""
    of_parts, together = dict[Key, int](), dict[Key, int]()
    for step in steps:
        for _, parts in plan.sides(step.features):
            sizes = [bytes_of.get(part, 0) for part in parts]
            keys = [key_of_part(plan, part, step.seed) for part in parts]
            of_parts |= zip(keys, sizes, strict=True)
            if len(parts) > 1:
                together[key_of_row(plan, step.features, parts, step.seed)] = sum(sizes)
    return of_parts, together


def _at_a_time(
    plan: Plan, steps: Sequence[Step], size_of: Mapping[Key, int], n_at_once: int
) -> int:
    """Return what features take at the most, where each goes after the last cell that reads it."""
    last = {key: i for i, step in enumerate(steps) for key in needed(plan, step)}
    there, most = set[Key](), 0
    for i, step in enumerate(steps):
        there.update(needed(plan, step))
        most = max(most, sum(size_of[key] for key in there))
        there -= {key for key in needed(plan, step) if last[key] == i}
    # A cell that takes long may hold its own while others run.
    of_cells = [sum(size_of[key] for key in needed(plan, step)) for step in steps]
    return most + sum(nlargest(n_at_once - 1, of_cells))


def free_disk_bytes() -> int:
    """Return how many bytes are free on the disk of the cache."""
    folder = cache_folder()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free


def check_needs(needs: Needs, cache: RunCache | None, limit: MemoryLimit | None = None) -> None:
    """Raise MemoryShortError where a comparison cannot fit; warn where it may not.

    It is called before anything is computed.

    Parameters
    ----------
    needs : Needs
    cache : RunCache or None
        What may keep the features.
    limit : MemoryLimit, optional
        Default: what is left now.
    """
    limit = limit or memory_limit()
    if needs.anonymous_bytes > limit.left:
        cell = f"{' × '.join(needs.largest)} takes" if needs.largest else "the features take"
        text = (
            f"{cell} about {gib(needs.anonymous_bytes)} of memory that no file backs, and "
            f"{gib(limit.left)} are left of {gib(limit.total)} that {limit.what} allows: raise "
            "that, leave the model out (--models), or take fewer images (--limit) or columns"
            f"{needs.way_out}"
        )
        if needs.is_certain:
            raise MemoryShortError(text)
        warnings.warn(f"{text}; what fits is computed all the same", RuntimeWarning, stacklevel=3)
    free = free_disk_bytes()
    kept = cache.size()[1] if cache is not None else 0
    if needs.disk_bytes > free + min(kept, needs.features_bytes):
        raise MemoryShortError(
            f"{cache_folder()}: the features take about {gib(needs.disk_bytes)} on disk, and "
            f"{gib(free)} are free: make room there, set PRECONV_CACHE to a folder on another "
            "disk, or take fewer images (--limit) or columns"
        )
    if needs.sums_bytes and needs.disk_bytes + needs.sums_bytes > free:
        warnings.warn(
            f"{cache_folder()}: parts of sums of products take up to {gib(needs.sums_bytes)} on "
            f"disk beside {gib(needs.disk_bytes)} of features, and {gib(free)} are free: without "
            "that room a long cell runs on one worker; make room there, or set PRECONV_CACHE to a "
            "folder on another disk",
            RuntimeWarning,
            stacklevel=3,
        )
    if cache is not None and needs.features_bytes > cache.limit_bytes:
        least = math.ceil(needs.features_bytes / 2**30 * 1.01)
        warnings.warn(
            f"the features take {gib(needs.features_bytes)}, and the cache may hold "
            f"{gib(cache.limit_bytes)}: this run has them to its end, but another one computes "
            f"some of them again; set PRECONV_CACHE_GIB={least} to keep all",
            RuntimeWarning,
            stacklevel=3,
        )


def row_shapes(plan: Plan, dataset: Dataset) -> dict[str, tuple[int, ...]]:
    """Return the shape of a row of each of our own extractors, from a few images.

    What is learned is learned in the shortest way, as it does not decide how many columns there
    are. Those that cannot be fitted to so few images are left out.
    """
    found = {}
    images = dataset.images_train[:_IMAGES]
    for name, extractor in plan.extractors.items():
        if not isinstance(extractor, ImageExtractor):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[name] = shape_of_rows(_quick(extractor).fit(images))
            except Exception:  # the run itself reports it
                continue
    return found


def is_large(dataset: Dataset) -> bool:
    """Return whether images are so many, or memory so little, that a look at both is worth it."""
    n_bytes = sum(getattr(dataset, f"images_{part}").nbytes for part in dataset.parts)
    return bool(n_bytes >= LARGE_BYTES) or max(16 * n_bytes, 4 * _LIBRARIES) >= memory_limit().left


def _quick(extractor: Any) -> Any:
    quick = {"codebook": "sampled", "n_iterations": 1, "n_samples": 20_000}
    given = extractor.get_params(deep=True)
    changes = {name: quick[last] for name in given if (last := name.rpartition("__")[2]) in quick}
    return clone(extractor).set_params(**changes)


def _unless_refused(of: Callable[..., int], *given: Any) -> int:
    """Return a number of bytes; 0 for a classifier with parameters that a fit refuses."""
    try:
        return of(*given)
    except (ArithmeticError, AttributeError, TypeError, ValueError):  # its cell reports it
        return 0


def _of_fit(classifier: Any, n: int, d: int, k: int, n_views: int = 1) -> int:
    """Return about how much memory a fit to n rows of d columns and k classes takes.

    So many of the rows in a row, `n_views`, are views of one image.
    """
    whole, each_row = 4 * n * d, 8 * n
    if type(classifier) is LinearClassifier:
        of_columns = 8 * d * (n // 1024 + 1)
        if classifier.loss == "squared":
            equations = min(n, d)
            n_matrices = (3 if chooses_by_itself(classifier) else 1) + (n > GROUP)
            matrix = equations**2 // 2 * (8 if equations <= 2048 else 4)
            return n_matrices * matrix + 4 * each_row * k + of_columns + 3 * 2048 * d * 4
        sample = -(-n // spacing(n, d)) * (1 if d <= BLOCK else 2)
        matrices = d * min(d, BLOCK) * 8
        return 4 * sample * d + matrices + 60 * 8 * (d + 1) * k + 6 * each_row + of_columns
    if type(classifier) is KernelClassifier:
        # Components mix all columns.
        matrices = bytes_of_kernel(classifier, n, d, n_views)
        return max(3 * 4 * d * d if classifier.whiten else 0, matrices) + 8 * each_row * k
    if type(classifier) is MLPClassifier:
        recipe = Recipe.of(vars(classifier))
        layers = shapes(recipe, d, k)
        weights = sum((a + 1) * b for a, b in layers)
        # A layer returns what the next has weights for.
        widths = [a for a, _ in layers] + [k]
        whitening = 3 * 4 * d * d if recipe.whiten else 0
        if (fields := recipe.whitened_fields) is not None:
            whitening = 4 * min(n, ROWS_MEASURED) * d
            widths.append(len(fields) * fields.n_values)
        batches = 4 * 3 * 1024 * (d + sum(widths))
        if classifier.solver == "lbfgs":
            return whole + 3 * 4 * n * sum(widths) + 60 * 8 * weights
        held = 8 + (given_count(classifier.n_networks) or 1) - 1
        return held * 4 * weights + whitening + batches + 2 * 4 * n * k + 8 * each_row
    if goes_by_rows(classifier) and not hasattr(classifier, "steps"):
        return 4 * each_row
    return whole + 4 * each_row


def _of_sums(classifier: Any, dataset: Dataset, d: int) -> int:
    """Return how much the parts of a sum of products take, if a cell may be made from such."""
    n = dataset.n_train + dataset.n_validation
    if not sums_pay(classifier, (n, d), dataset.n_classes, is_idle=True):
        return 0
    held_out = (dataset.n_validation or -(-n // 10)) if chooses_by_itself(classifier) else 0
    return parts_bytes(n, held_out, d)
