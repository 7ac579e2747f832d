"""Commands about images: `predict`, `inspect` and `datasets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    AsJson,
    ClassFrom,
    Fit,
    ImageSize,
    NTest,
    NTrain,
    Offline,
    sides_in,
)
from pipelines.ending import complain
from pipelines.outlet import print_file


def predict(
    model: Annotated[
        Path, typer.Argument(help="What `preconv compare --save-models` wrote, or of models/.")
    ],
    images: Annotated[
        list[Path],
        typer.Argument(help='Image files, folders of them, or "-" for standard input.'),
    ],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row for each image.")] = False,
) -> None:
    """Name what is in new images, best class first.

    A folder whose folders bear names of the model's classes is labelled: how many of its images
    are right is said, too. Standard input is an image, or paths, one a line.
    """
    from pipelines.errors import SavedModelError
    from pipelines.predicting.answers import Unread, predict_files
    from pipelines.predicting.questions import questions
    from pipelines.saved_model import load_model
    from pipelines.terminal.images import show_marks, show_predictions

    if as_json and as_csv:
        raise SavedModelError("--json and --csv: choose one of them")
    loaded = load_model(model)
    found = predict_files(loaded, questions(images, loaded.class_names_), top)
    show_predictions(
        found,
        "json" if as_json else "csv" if as_csv else "text",
        top=min(top, len(loaded.class_names_)),
    )
    show_marks(found, loaded.class_names_, beside=as_json or as_csv)
    failures = [each for each in found if isinstance(each, Unread)]
    for failure in failures:
        complain(failure.error)
    raise typer.Exit(2 if failures else 0)


def inspect(
    source: Annotated[
        str, typer.Argument(help="A name that `preconv datasets` lists, a folder or an archive.")
    ],
    image_size: ImageSize = None,
    fit: Fit = None,
    class_from: ClassFrom = None,
    n_train: NTrain = None,
    n_test: NTest = None,
    as_json: AsJson = False,
    as_croissant: Annotated[
        bool, typer.Option("--croissant", help="A Croissant description of them, JSON-LD.")
    ] = False,
    offline: Offline = False,
) -> None:
    """Say what is made of images: layout, parts, classes, sizes, what is left out and why."""
    from data import inspect_source
    from data.options import checked_class_from
    from data.pixels.resizing import checked_fit
    from pipelines.errors import SpecError
    from pipelines.terminal.images import show_inspection

    if as_json and as_croissant:
        raise SpecError("--json and --croissant: choose one of them")

    found = inspect_source(
        source,
        image_size=sides_in(image_size),
        class_from=checked_class_from(class_from),
        fit=checked_fit(fit or "stretch"),
        n_train=n_train,
        n_test=n_test,
    )
    if as_croissant:
        print_file(json.dumps(found.to_croissant(), indent=2, ensure_ascii=False) + "\n")
    else:
        show_inspection(found, as_json=as_json)


def datasets() -> None:
    """List the datasets that have a name."""
    from pipelines.terminal.images import show_datasets

    show_datasets()
