"""Everything about the name of a dataset is one object, so that a new name is one new entry."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.registry import load_source
from data.named.downloads import RemoteFile, all_fetched, place
from data.options import Labels, LoadOptions


def load_published(known: NamedDataset, options: LoadOptions) -> Dataset:
    """Return the images in the published files.

    These are taken from the cache folder, or from where a package of the system puts them, or are
    downloaded.
    """
    found = known.system_place
    if found is not None:
        return _of_system(known, found, options)
    paths = all_fetched(_wanted(known))
    source = Source(paths[0]) if len(paths) == 1 else Source(paths[0].parent, tuple(paths))
    dataset = load_source(source, options)
    if options.labels == "fine" and dataset.n_classes != len(known.class_names):
        raise DataError(
            f"{source.path}: holds no {known.name}; it has {dataset.n_classes} classes, expected "
            f"{len(known.class_names)}"
        )
    return dataset


def _of_system(known: NamedDataset, folder: Path, options: LoadOptions) -> Dataset:
    """Return the images that a package of the system brought, if they are the published ones."""
    dataset = load_source(
        Source(folder, tuple(folder / file.name for file in known.files)),
        dataclasses.replace(options, image_size=None),
    )
    if dataset.sha256 != known.sha256:
        raise DataError(
            f"{folder}: other images than the published {known.name} (sha256 {dataset.sha256}, "
            f"expected {known.sha256}); install it anew, or give its path to load what is there"
        )
    return dataset


@dataclass(frozen=True)
class NamedDataset:
    """What is known of a dataset that `load_dataset` loads by its name.

    Parameters
    ----------
    name : str
        What `load_dataset` and a spec call it.
    description : str
        One line: how many images, of what, in how many classes.
    licence : str
        Under which terms it may be used.
    class_names : tuple of str
        The names of the classes in label order; of the fine ones, where there are two kinds.
    files : tuple of RemoteFile, optional
        The published files with their hashes. Without them nothing is downloaded.
    instead : tuple of RemoteFile, optional
        Published files of which each holds the same images as the first of `files`; one of them is
        used if it is in the cache folder and that is not.
    labels : tuple of {"fine", "coarse"}, default ("fine",)
        The kinds of labels that it has.
    load : callable (NamedDataset, LoadOptions) -> Dataset, optional
        Returns the images. By default they are read from `files`, in whatever layout these have.
    reproducible : bool, default True
        Whether the name alone brings the same images at any time, so that a report which gives
        only the name can be reproduced.
    places : tuple of str, default ()
        Folders where packages of systems put the files.
    sha256 : str, optional
        The hash of the dataset, which files of a package must have.
    is_generated : bool, default False
        Whether it has as many images as are asked for.

    Examples
    --------
    >>> from data import NAMED_DATASETS
    >>> known = NAMED_DATASETS["cifar10"]
    >>> known.is_downloaded, known.n_bytes, known.class_names[:2]
    (True, 170052171, ('airplane', 'automobile'))
    """

    name: str
    description: str
    licence: str
    class_names: tuple[str, ...]
    files: tuple[RemoteFile, ...] = ()
    instead: tuple[RemoteFile, ...] = ()
    labels: tuple[Labels, ...] = ("fine",)
    load: Callable[[NamedDataset, LoadOptions], Dataset] = load_published
    reproducible: bool = True
    places: tuple[str, ...] = ()
    sha256: str | None = None
    is_generated: bool = False

    @property
    def is_downloaded(self) -> bool:
        """Whether its images come from published files."""
        return bool(self.files)

    @property
    def is_here(self) -> bool:
        """Whether its files are on this machine, so that nothing need be downloaded."""
        return _are_cached(_wanted(self)) or self.system_place is not None

    @property
    def here(self) -> tuple[Path, ...]:
        """The folders of its files on this machine; none if it must be downloaded."""
        if self.system_place is not None:
            return (self.system_place,)
        return tuple({place(file).parent: None for file in _wanted(self)}) if self.is_here else ()

    @property
    def system_place(self) -> Path | None:
        """The folder where a package of the system has put its files, if the cache lacks them."""
        if not self.places or _are_cached(_wanted(self)):
            return None
        folders = [Path(place) for place in self.places]
        return next(
            (each for each in folders if all((each / f.name).is_file() for f in self.files)), None
        )

    @property
    def n_bytes(self) -> int:
        """The size of the download in bytes; 0 if nothing is downloaded."""
        return sum(file.n_bytes for file in self.files)

    def loaded(self, options: LoadOptions) -> Dataset:
        """Return the images under this name.

        Parameters
        ----------
        options : LoadOptions
            What the caller of `load_dataset` has chosen.

        Returns
        -------
        Dataset
            The images; it is called `name`, with `-coarse` added for coarse labels.

        Raises
        ------
        DataError
            If the dataset has no labels of the kind asked for, or a file is wrong.
        """
        options.check_labels(self.name, self.labels)
        options.check_levels(self.name, "a dataset with a name", has_levels=False)
        options.check_sizes(self.name, self.is_generated)
        dataset = self.load(self, options)
        name = self.name if options.labels == "fine" else f"{self.name}-{options.labels}"
        return dataset.renamed(name)


def _wanted(known: NamedDataset) -> tuple[RemoteFile, ...]:
    """Return the files to read; one that is in the cache takes the place of a first that is not."""
    if not known.files or place(known.files[0]).is_file():
        return known.files
    first = next((file for file in known.instead if place(file).is_file()), known.files[0])
    return (first, *known.files[1:])


def _are_cached(files: tuple[RemoteFile, ...]) -> bool:
    return all(place(file).is_file() for file in files)
