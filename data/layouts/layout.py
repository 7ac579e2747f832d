"""A way to lay out images in files is one object, so that a new way is one new entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from data.archives.source import Source
from data.dataset import Dataset
from data.options import Labels, LoadOptions

Found = TypeVar("Found")


@dataclass(frozen=True)
class Layout(Generic[Found]):
    """How to recognise a layout of images in files, and how to load it.

    Parameters
    ----------
    name : str
        What errors call it, as `"npz"`.
    files : str
        Which files make it up, as the error for a source of no known layout lists them.
    recognise : callable (Source) -> Found or None
        Returns what the loader must know about the source, or None if the source is of another
        layout. It looks at the names of the files in the source (`source.names`), and, where
        names do not tell, into the files (`source.members()`). It raises `DataError` if the
        source is certainly of this layout but lacks files.
    load : callable (Source, Found, LoadOptions) -> Dataset
        Reads the images. The files of an archive come one after the other, in the order of the
        archive, and each can be read once.
    labels : tuple of {"fine", "coarse"}, default ("fine",)
        The kinds of labels that the layout can have.
    has_levels : bool, default False
        Whether folders are its classes, so that `class_from` can choose among them.

    Examples
    --------
    A layout of one file, for images that lie beside their labels:

    >>> import numpy as np
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> def recognise(source):
    ...     return "pixels.npy" if "pixels.npy" in source.names else None
    >>> def load(source, file, options):
    ...     images = np.load(source.path / file)
    ...     labels = np.arange(len(images)) % 2
    ...     return Dataset(source.plain_name, images, labels, images, labels, ("even", "odd"))
    >>> layout = Layout("pixels", "pixels.npy", recognise, load)
    >>> with TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "pixels.npy"), np.zeros((4, 8, 8, 1), np.uint8))
    ...     source = Source(Path(folder))
    ...     layout.load(source, layout.recognise(source), LoadOptions()).n_train
    4
    """

    name: str
    files: str
    recognise: Callable[[Source], Found | None]
    load: Callable[[Source, Found, LoadOptions], Dataset]
    labels: tuple[Labels, ...] = ("fine",)
    has_levels: bool = False
