"""All images come in through one function, whatever they are and wherever they lie."""

from __future__ import annotations

import dataclasses
import operator
import os
from pathlib import Path
from typing import Any

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.keeping.frozen import frozen
from data.layouts.registry import LAYOUTS, load_source
from data.named.named_dataset import NamedDataset
from data.named.registry import NAMED_DATASETS
from data.options import ClassFrom, Labels, LoadOptions, checked_class_from
from data.pixels.images import Size, checked_size
from data.pixels.resizing import Fit, checked_fit, resized_batch
from data.system.paths import expanded
from data.telling.said import say
from data.telling.tally import Tally


def load_dataset(
    source: str | Path = "builtin",
    *,
    seed: int = 0,
    image_size: Size = None,
    labels: Labels = "fine",
    name: str | None = None,
    class_from: ClassFrom | None = None,
    skip_unreadable: bool = False,
    fit: Fit = "stretch",
    cache: bool = True,
    n_train: int | None = None,
    n_test: int | None = None,
) -> Dataset:
    """Return the images of a source as a `Dataset`.

    Parameters
    ----------
    source : str or Path, default "builtin"
        A name in `NAMED_DATASETS`: `"builtin"`, which is generated, or a published dataset, which
        is taken from the cache folder or downloaded. Or a path of a file, a folder or an archive
        in any of the layouts in `LAYOUTS`: images in folders of classes, or with a table of their
        labels, arrays of NumPy, Parquet, or the files in which CIFAR, SVHN, MNIST, STL-10 and
        others are published.
    seed : int, default 0
        Splits images that have no test part; nothing else depends on it.
    image_size : int or (height, width), optional
        The size in pixels to which every image is resized. Without it images keep their size, and
        all must have the same.
    labels : {"fine", "coarse"}, default "fine"
        CIFAR-100's 100 classes or its 20 superclasses; in Parquet, the column of that name.
    name : str, optional
        What reports call the images; by default the source's own name.
    class_from : {"first", "last"} or int, optional
        Which folder of an image's path is its class, where folders lie in folders: the first below
        that of the part, the last, which holds the image, or the n-th, counted from 1. Default: the
        first.
    skip_unreadable : bool, default False
        Whether images that cannot be read are left out, with a warning. Default: they are an error
        that lists them.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        How images of other proportions get `image_size`: stretched to it, scaled to cover it and
        cut around the centre, or scaled to lie inside, with black around them.
    cache : bool, default True
        Whether images that took long to read, 2 s or more, are kept in the cache folder, and taken
        from there as long as no file has changed. Their arrays are then mapped from disk. Images
        that are larger than a quarter of the memory are always written to the cache folder and
        mapped from there; with False they are not kept for later.
    n_train, n_test : int, optional
        How many images `"builtin"` has, 4,000 and 1,000 by default. It is generated, so it has as
        many as you like.

    Returns
    -------
    Dataset
        The images with their labels, in a training part and a test part, and in a validation part
        if the source has one.

    Raises
    ------
    DataError
        If the source is missing, damaged, unsafe or unknown; the message names the file, the
        record or member, and the way out.

    Examples
    --------
    >>> from data import load_dataset
    >>> dataset = load_dataset()
    >>> dataset.image_shape, dataset.n_classes
    ((32, 32, 3), 10)
    """
    return load_and_tell(
        source,
        None,
        seed=seed,
        image_size=image_size,
        labels=labels,
        name=name,
        class_from=class_from,
        skip_unreadable=skip_unreadable,
        fit=fit,
        cache=cache,
        n_train=n_train,
        n_test=n_test,
    )


def load_and_tell(
    source: str | Path,
    tally: Tally | None,
    *,
    seed: int = 0,
    image_size: Size = None,
    labels: Labels = "fine",
    name: str | None = None,
    class_from: ClassFrom | None = None,
    skip_unreadable: bool = False,
    fit: Fit = "stretch",
    cache: bool = True,
    n_train: int | None = None,
    n_test: int | None = None,
) -> Dataset:
    """Return what `load_dataset` returns; a tally hears of the layout and of the image files."""
    size, fit = checked_size(image_size), checked_fit(fit)
    if size is None and fit != "stretch":
        raise DataError(
            f"{source}: fit={fit!r} says how images get a size; give image_size (--image-size), too"
        )
    if labels not in ("fine", "coarse"):
        raise DataError(f'labels must be "fine" or "coarse", got {labels!r}')
    try:
        level = checked_class_from(class_from)
        options = LoadOptions(
            operator.index(seed),
            size,
            labels,
            level,
            bool(skip_unreadable),
            tally,
            fit,
            cache,
            n_train,
            n_test,
        )
        dataset = _sized(_loaded(source, options), options)
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error}") from error
    return dataset if name is None else dataset.renamed(name)


def _sized(dataset: Dataset, options: LoadOptions) -> Dataset:
    """Return the images at the size that was asked for, which a loader may leave to this."""
    size = options.image_size
    if size is None or size == dataset.image_shape[:2]:
        return dataset
    images: dict[str, Any] = {
        f"images_{part}": frozen(
            resized_batch(getattr(dataset, f"images_{part}"), size, options.fit)
        )
        for part in dataset.parts
    }
    return dataclasses.replace(dataset, **images)


def _check_meaning(known: NamedDataset) -> None:
    """Say that a name is meant where something of that name lies here; do not download for it."""
    if not os.path.lexists(known.name):
        return
    here = f"{known.name}: a file or folder of this name is here, too; to read it, write "
    here += f"./{known.name}"
    if known.is_downloaded and not known.is_here:
        raise DataError(
            f"{here}; the published {known.name} is not in the cache; to download it, go to a "
            "folder where nothing has its name"
        )
    say(f"{here}; the named dataset is taken")


def _loaded(source: str | Path, options: LoadOptions) -> Dataset:
    if isinstance(source, str) and source in NAMED_DATASETS:
        _check_meaning(NAMED_DATASETS[source])
        return NAMED_DATASETS[source].loaded(options)
    options.check_sizes(source, is_generated=False)
    path = expanded(source)
    if not os.fspath(source) or not path.exists():
        names = ", ".join(NAMED_DATASETS)
        raise DataError(f"{source}: no such file or folder, and no known name; known are {names}")
    if not (path.is_dir() or path.is_file()):
        raise DataError(f"{path}: neither a file nor a folder")
    return _kept_or_loaded(Source(path), options)


def _kept_or_loaded(source: Source, options: LoadOptions) -> Dataset:
    # A layout that somebody added may read anything; the tally of an inspection needs the files.
    ours = all(f"{each.load.__module__}".startswith("data.") for each in LAYOUTS.values())
    if not (options.cache and ours and options.tally is None):
        return load_source(source, options)
    from data.keeping.loaded_images import kept_or_loaded

    return kept_or_loaded(source, options, lambda *asked: _sized(load_source(*asked), options))
