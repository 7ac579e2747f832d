"""Folders of images: the path of an image tells its class and its part."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.arrangement import Arrangement, arrange
from data.layouts.labelled.fields import read_parted
from data.layouts.omissions import environments, guessed_names, left_out, lies_in, omissions
from data.options import LoadOptions
from data.pixels.images import is_image_name
from data.system.collector import paused_collector
from data.telling.said import say


def image_names(source: Source) -> list[str] | None:
    """Return the names of the images in a source, or None if there are none.

    Files with the suffix of an image format count; hidden ones, and those of a virtual environment,
    do not. One image by itself is no dataset.
    """
    if source.kind == "file":
        return None
    inside = environments(source.names)
    return [n for n in source.names if is_image_name(n) and not lies_in(n, inside)] or None


def load_image_folder(source: Source, names: list[str], options: LoadOptions) -> Dataset:
    """Return the images of these names; if all are grey the dataset has one channel, else three.

    Images that cannot be read are an error, or are left out if that is asked for. What else the
    source holds is counted, and a warning says so.
    """
    whole = _arranged(source, names, {}, options)

    def part(without: Collection[str]) -> Arrangement:
        if not isinstance(without, Mapping):
            return whole
        readable = [name for name in names if name not in without]
        _check_classes(source, whole, readable, without)
        return _arranged(source, readable, without, options)

    found, fields, unreadable = read_parted(source.path, source.members, part, options)
    assert isinstance(found, Arrangement)
    _warn(source, names, unreadable, found)
    fields["passed_over"] = left_out(
        source.names,
        {*names} - {*found.unlabelled},
        source.passed_over,
        unreadable,
        arrangement=found,
    )
    return Dataset.of_file(source.path, name=source.plain_name, **fields)


def _arranged(
    source: Source, names: list[str], unreadable: Mapping[str, str], options: LoadOptions
) -> Arrangement:
    """Return the arrangement of images; an error says what is passed over, which may be why."""
    try:
        with paused_collector():
            return arrange(names, options.seed, str(source.path), options.class_from)
    except DataError as error:
        text = omissions(source.names, {*names, *unreadable}, source.passed_over, unreadable, None)
        raise DataError(f"{error}{f'; passed over: {text}' if text else ''}") from error


def _check_classes(
    source: Source, arrangement: Arrangement, readable: list[str], unreadable: Mapping[str, str]
) -> None:
    """Raise if no image of a class can be read."""
    left = set(map(arrangement.class_folder, readable))
    for name, why in sorted(unreadable.items()):
        folder = arrangement.class_folder(name)
        if folder not in left:
            n = sum(arrangement.class_folder(each) == folder for each in unreadable)
            raise DataError(
                f"{source.path}: none of the {n} images in {folder!r} can be read; the first: {why}"
            )


def _warn(
    source: Source, names: list[str], unreadable: Mapping[str, str], arrangement: Arrangement
) -> None:
    """Say what is not in the dataset, and which names are a guess."""
    said = [*arrangement.said]
    if text := omissions(source.names, names, source.passed_over, unreadable, arrangement):
        said.append(f"passed over: {text}")
    for text in (*said, *guessed_names(source.passed_over)):
        say(f"{source.path}: {text}")
