"""Tiny ImageNet names its classes by numbers of WordNet, and keeps some of its labels in a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.labelled.fields import labelled_fields
from data.layouts.labelled.parting import Labelled
from data.options import LoadOptions
from data.pixels.images import is_image_name

ANNOTATIONS, WORDS, NUMBERS = "val/val_annotations.txt", "words.txt", "wnids.txt"
_MAX_LIST_BYTES = 1 << 26


@dataclass(frozen=True)
class TinyImageNet:
    """Where a copy lies in a source; `start` is its folder with a slash, or empty."""

    start: str


def find_tiny_imagenet(source: Source) -> TinyImageNet | None:
    """Return where a source has the list of labels beside a training part; None if it has not."""
    for name in source.names:
        if name == ANNOTATIONS or name.endswith(f"/{ANNOTATIONS}"):
            start = name.removesuffix(ANNOTATIONS)
            if any(other.startswith(f"{start}train/") for other in source.names):
                return TinyImageNet(start)
    return None


def load_tiny_imagenet(source: Source, found: TinyImageNet, options: LoadOptions) -> Dataset:
    """Return the images; the labelled validation part is the test part, as the third has no labels.

    Classes are in the order of their WordNet numbers, and are called by their first word.
    """
    start = found.start
    lists = {start + ANNOTATIONS, start + WORDS, start + NUMBERS}
    texts = {}
    for member in source.members():
        if member.name in lists:
            texts[member.name] = member.read(_MAX_LIST_BYTES).decode("utf-8", "replace")
    where = f"{source.path}: {start}{ANNOTATIONS}"
    validation = _annotations(texts.get(start + ANNOTATIONS, ""), where)
    images, used = [], set()
    for name in source.names:
        inner = name.removeprefix(start)
        parts = inner.split("/")
        if not (name.startswith(start) and is_image_name(name)):
            continue
        if parts[0] == "train" and len(parts) > 2:
            images.append(Labelled(name, inner, parts[1], "train"))
        elif parts[0] == "val" and parts[-1] in validation:
            if parts[-1] in used:
                raise DataError(
                    f"{source.path}: {start}val holds {parts[-1]!r} more than once; remove the "
                    "copies that are sorted into folders, or val/images"
                )
            used.add(parts[-1])
            images.append(Labelled(name, inner, validation[parts[-1]], "validation"))
    if missing := sorted(set(validation) - used):
        raise DataError(
            f"{where}: {len(missing):,} of {len(validation):,} lines name no image in "
            f"{start}val/images, the first {missing[0]!r}; get these files, or remove the lines"
        )
    numbers = sorted({image.class_name for image in images})
    names = _class_names(numbers, texts.get(start + WORDS, ""))
    fields = labelled_fields(
        source,
        images,
        options,
        class_names=numbers,
        tables=[*lists, *(n for n in source.names if n.endswith("_boxes.txt"))],
        unlabelled="images of the test part, which have no labels",
    )
    return Dataset.of_file(source.path, **fields | {"class_names": tuple(names)})


def _annotations(text: str, where: str) -> dict[str, str]:
    """Return file → WordNet number; each line has both, and a box, with tabs between them."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        values = line.split("\t")
        if line.strip():
            if len(values) < 2:
                raise DataError(
                    f"{where}: line {number}: expected a file and its class with a tab between "
                    f"them, got {line[:60]!r}"
                )
            file, class_number = values[0].strip(), values[1].strip()
            if found.setdefault(file, class_number) != class_number:
                raise DataError(
                    f"{where}: line {number}: {file!r} is {class_number[:60]!r}, and before "
                    f"{found[file][:60]!r}; leave one line for each image"
                )
    return found


def _class_names(numbers: list[str], words: str) -> list[str]:
    r"""Return the first word of each class; where two have it, all words, or the number, too.

    Examples
    --------
    >>> _class_names(["n1", "n2"], "n1\tgoldfish, Carassius auratus\n")
    ['goldfish', 'n2']
    """
    of = dict(line.split("\t", 1) for line in words.splitlines() if "\t" in line)
    whole = {number: of.get(number, number).strip() for number in numbers}
    first = {number: text.partition(",")[0].strip() or number for number, text in whole.items()}
    for longer in (whole, {number: f"{first[number]} ({number})" for number in numbers}):
        counts = Counter(first.values())
        first = {n: longer[n] if counts[text] > 1 else text for n, text in first.items()}
    return [first[number] for number in numbers]
