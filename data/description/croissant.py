"""A Croissant description of images: what they are, where they come from, and their hash.

The format is "Croissant 1.0" of MLCommons (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html).
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from data.dataset import Dataset
from data.description.image_records import image_records
from data.named.named_dataset import NamedDataset
from data.named.registry import NAMED_DATASETS

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_FORMATS = {
    ".tar": "application/x-tar",
    ".tgz": "application/x-tar",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".npz": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".mat": "application/x-matlab-data",
}


def croissant(dataset: Dataset, source: str | Path) -> dict[str, Any]:
    """Return the description of a dataset as JSON takes it.

    It names the files with their sizes and sha256, the classes, how many images each part has of
    each class, and in `version` the beginning of the dataset's own sha256, which is that of the
    pixels and labels whatever file they came in. Image files in a folder or an archive are a record
    set, with their class and part where the path tells them; a folder has no sizes and hashes of
    files, and its description belongs into it.

    Parameters
    ----------
    dataset : Dataset
        The images.
    source : str or Path
        What they were loaded from: a name of `NAMED_DATASETS`, a file or a folder.

    Returns
    -------
    dict
        JSON-LD, as `mlcroissant` validates it.

    Examples
    --------
    >>> from data import load_dataset
    >>> from data.description.croissant import croissant
    >>> found = croissant(load_dataset(), "builtin")
    >>> found["name"], [each["name"] for each in found["recordSet"]]
    ('builtin', ['classes', 'parts'])
    """
    known = NAMED_DATASETS.get(str(source))
    height, width, channels = dataset.image_shape
    n_images = sum(len(getattr(dataset, f"labels_{part}")) for part in dataset.parts)
    description = (
        f"{n_images:,} images of {height}×{width} pixels and {channels} "
        f"channel{'s' if channels > 1 else ''} in {dataset.n_classes} classes."
    )
    if known is not None:
        description = f"{known.description} {description}"
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": re.sub(r"[^\w.-]+", "-", dataset.name, flags=re.ASCII).strip("-") or "images",
        "description": description,
        "version": f"0.0.0+sha256.{dataset.sha256}",
        "identifier": f"sha256:{dataset.sha256}",
        "distribution": _distribution(known, Path(source)),
        "recordSet": [_classes(dataset), _parts(dataset)],
    }
    if known is None and (found := image_records(dataset, Path(source))) is not None:
        file_set, records = found
        content["distribution"].append(file_set)
        content["recordSet"].append(records)
    if known is not None:
        content["license"] = known.licence
        if known.files:
            content["url"] = known.files[0].url.rpartition("/")[0] + "/"
    return content


def _distribution(known: NamedDataset | None, source: Path) -> list[dict[str, Any]]:
    if known is not None:
        return [
            _file_object(file.name, file.url, file.n_bytes, file.sha256) for file in known.files
        ]
    if not source.is_file():
        return []
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return [_file_object(source.name, source.name, os.path.getsize(source), sha256)]  # noqa: PTH202


def _file_object(name: str, url: str, n_bytes: int, sha256: str) -> dict[str, Any]:
    suffix = Path(name).suffix.lower()
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": url,
        "contentSize": f"{n_bytes} B",
        "encodingFormat": _FORMATS.get(suffix, "application/octet-stream"),
        "sha256": sha256,
    }


def _classes(dataset: Dataset) -> dict[str, Any]:
    """Return the classes in label order, as an enumeration."""
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "description": "The classes in label order.",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/label"},
        "field": [
            _field("classes/label", "The label, from 0 up.", "sc:Integer"),
            _field("classes/name", "The name of the class.", "sc:Text"),
        ],
        "data": [
            {"classes/label": label, "classes/name": name}
            for label, name in enumerate(dataset.class_names)
        ],
    }


def _parts(dataset: Dataset) -> dict[str, Any]:
    """Return how many images each part has of each class."""
    rows = []
    for part in dataset.parts:
        labels = getattr(dataset, f"labels_{part}")
        for label, name in enumerate(dataset.class_names):
            n = int((labels == label).sum())
            rows.append({"parts/part": part, "parts/class": name, "parts/n_images": n})
    return {
        "@type": "cr:RecordSet",
        "@id": "parts",
        "name": "parts",
        "description": "How many images each part has of each class.",
        "field": [
            _field("parts/part", "The part: train, validation or test.", "sc:Text"),
            _field("parts/class", "The name of the class.", "sc:Text"),
            _field("parts/n_images", "Images of the class in the part.", "sc:Integer"),
        ],
        "data": rows,
    }


def _field(name: str, description: str, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": name,
        "description": description,
        "dataType": kind,
    }
