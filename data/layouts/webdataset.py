"""WebDataset keeps each image beside its label, under one name, in tars that are read in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.archives.shards import ShardedSource, shard_names
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.labelled.fields import labelled_fields
from data.layouts.labelled.parting import Labelled, without_lone_part
from data.layouts.table.labels import by_size, class_order
from data.names import plain_form, utf8_text
from data.options import LoadOptions
from data.parts import Part, part_of
from data.pixels.images import is_image_name

_LABEL = ".cls"
_NAME_LISTS = ("classnames.txt", "class_names.txt", "classes.txt")
_MAX_LABEL_BYTES = 1 << 12
_MAX_LIST_BYTES = 1 << 24
_LOOKED_AT = 64


@dataclass(frozen=True)
class Samples:
    """The files of the samples: a folder or tar of them, or shards that are opened."""

    files: Source


def find_samples(source: Source) -> Samples | None:
    """Return a source of samples; None if no image has a `.cls` file beside it."""
    if _has_labels(source.names):
        return Samples(source)
    shards = shard_names(source)
    if shards and not any(map(is_image_name, source.names)):
        opened = ShardedSource(source)
        first = opened.first_names(_LOOKED_AT)
        if _has_labels(first):
            return Samples(opened)
    return None


def load_samples(source: Source, found: Samples, options: LoadOptions) -> Dataset:
    """Return the images in the order of shards and keys, numbers in names taken as numbers."""
    files = found.files
    labels, class_names = {}, None
    lists = [name for name in files.names if name.rpartition("/")[2].casefold() in _NAME_LISTS]
    lists = sorted(lists, key=lambda name: (name.count("/"), name))[:1]
    for member in files.members():
        if _is_label(member.name):
            text = utf8_text(member.read(_MAX_LABEL_BYTES), member.where).strip()
            if not text:
                raise DataError(f"{member.where}: empty; expected the number of a class")
            if _key(member.name) in labels:
                raise DataError(f"{member.where}: is there more than once; remove all but one")
            labels[_key(member.name)] = plain_form(text), member.where
        elif member.name in lists:
            text = utf8_text(member.read(_MAX_LIST_BYTES), member.where)
            class_names = [plain_form(line.strip()) for line in text.splitlines() if line.strip()]
    images: dict[str, Labelled] = {}
    for name in sorted(files.names, key=_natural):
        if _is_sample(name) and (key := _key(name)) in labels:
            label, where = labels[key]
            if key in images:
                raise DataError(
                    f"{where}: {images[key].name!r} and {name!r} are images of one sample; leave "
                    "one of them"
                )
            images[key] = Labelled(name, plain_form(name), label, _part(name))
    if class_names:
        of = _named({key: labels[key] for key in images}, class_names)
        images = {key: image._replace(class_name=of[key]) for key, image in images.items()}
    labelled = without_lone_part([*images.values()])
    tables = {name for name in files.names if _is_label(name) and _key(name) in images}
    fields = labelled_fields(
        files,
        labelled,
        options,
        class_names=class_names or class_order(image.class_name for image in images.values()),
        by_class=False,
        tables=[*tables, *lists],
        unlabelled="images without a .cls file",
    )
    return Dataset.of_file(source.path, **fields)


def _has_labels(names: Sequence[str]) -> bool:
    keys = {_key(name) for name in names if _is_label(name)}
    return bool(keys) and any(_is_sample(name) and _key(name) in keys for name in names)


def _is_label(name: str) -> bool:
    """Return whether a file is the label of a sample, and not a further one, as `x.fine.cls` is."""
    return name.endswith(_LABEL) and name == _key(name) + _LABEL


def _is_sample(name: str) -> bool:
    """Return whether a file is the image of a sample, and not one of its further images."""
    return is_image_name(name) and name.rpartition("/")[2].count(".") == 1


def _key(name: str) -> str:
    """Return what the files of one sample have in common: the name up to the first dot."""
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{file.partition('.')[0]}"


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return what sorts names as their numbers are: 2 before 10."""
    parts = re.split(r"([0-9]+)", name)
    found = [(0, *by_size(p)) if p[0] in "0123456789" else (1, 0, p) for p in parts if p]
    return found, name


def _named(labels: Mapping[str, tuple[str, str]], class_names: Sequence[str]) -> dict[str, str]:
    """Return the class name of each sample.

    Labels are places in the list, from 0. Only if one of them can be none, all are names in it:
    names may be numbers, too.
    """
    last = len(class_names) - 1
    misplaced = {key: each for key, each in labels.items() if not _is_place(each[0], last)}
    if not misplaced:
        return {key: class_names[int(label)] for key, (label, _) in labels.items()}
    names = {*class_names}
    for label, where in (*misplaced.values(), *labels.values()):
        if label not in names:
            raise DataError(
                f"{where}: class {label[:40]!r}; expected numbers 0 … {last} for all images, or "
                "a name in the list of classes for all"
            )
    return {key: label for key, (label, _) in labels.items()}


def _is_place(label: str, last: int) -> bool:
    return label.isascii() and label.isdigit() and by_size(label) <= by_size(str(last))


def _part(name: str) -> Part | None:
    """Return the part that the folders or the shard of a sample name; None if they name none."""
    words = re.split(r"[^A-Za-z]+", name.rpartition("/")[0])
    found = {part for word in words if (part := part_of(word))}
    return found.pop() if len(found) == 1 else None
