"""The schema of a Parquet file tells which column holds images, which labels, and their names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import DataError
from data.names import plain_form
from data.options import Labels

_IMAGES = ("image", "img", "images", "picture", "pixels", "jpg", "png")
_LABELS = ("label", "labels", "target", "class", "category", "y")
_MAX_METADATA_BYTES = 1 << 24


@dataclass(frozen=True)
class Columns:
    """The column of images, that of labels, and the names of the classes, if they are known.

    `is_struct` says that an image is a struct with its bytes, and not its bytes alone; `has_paths`,
    that it has its path, too.
    """

    images: str
    labels: str
    class_names: tuple[str, ...] | None
    is_struct: bool
    has_paths: bool


def columns_of(schema: Any, labels: Labels, where: str) -> Columns:
    """Return the columns to read of a schema of pyarrow.

    Parameters
    ----------
    schema : pyarrow.Schema
        With the metadata of Hugging Face's datasets, or without.
    labels : {"fine", "coarse"}
        Which labels are meant, where there are two kinds.
    where : str
        How errors call the file.
    """
    features = _features(schema.metadata or {})
    images = _images(schema, features, where)
    found = _labels(schema, features, images, labels, where)
    feature = features.get(found)
    names = feature.get("names") if isinstance(feature, dict) else None
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        names = None
    import pyarrow.types as types

    kind = schema.field(images).type
    is_struct = types.is_struct(kind)
    has_paths = is_struct and kind.get_field_index("path") >= 0 and is_text(kind.field("path").type)
    class_names = None if names is None else tuple(map(plain_form, names))
    return Columns(images, found, class_names, is_struct, has_paths)


def _features(metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return what Hugging Face's datasets say of the columns; nothing if they say nothing."""
    content = metadata.get(b"huggingface", b"")
    if len(content) > _MAX_METADATA_BYTES:
        return {}
    try:
        found = json.loads(content)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _images(schema: Any, features: dict[str, Any], where: str) -> str:
    """Return the only column of images."""
    fitting = [field.name for field in schema if _holds_bytes(field.type)]
    said = [name for name in fitting if _type_of(features, name) == "Image"]
    known = [name for name in fitting if name.lower() in _IMAGES]
    structs = [field.name for field in schema if field.name in fitting and _is_image(field.type)]
    for names in (said, structs, fitting):
        if len(names) > 1 and len(among := [name for name in names if name in known]) == 1:
            names = among
        if len(names) == 1:
            return str(names[0])
        if names:
            shown = ", ".join(repr(name[:40]) for name in names[:10])
            raise DataError(
                f"{where}: several columns hold images ({shown}); call the one to be read 'image'"
            )
    raise DataError(f"{where}: no column of images (bytes, or bytes and path); {_has(schema)}")


def _labels(schema: Any, features: dict[str, Any], images: str, labels: Labels, where: str) -> str:
    """Return the only column of labels; of two kinds, the one that is meant."""
    fitting = [f.name for f in schema if f.name != images and _holds_labels(f.type)]
    kinds = [name for name in fitting if name.lower() in (f"{labels}_label", f"{labels}_labels")]
    if labels == "coarse" and not kinds:
        raise DataError(f'{where}: labels="coarse", but it has no column of coarse labels')
    said = [name for name in fitting if _type_of(features, name) == "ClassLabel"]
    known = [name for name in fitting if name.lower() in _LABELS]
    for names in (kinds, said, known, fitting):
        if len(names) > 1 and len(among := [name for name in names if name in known]) == 1:
            names = among
        if len(names) == 1:
            return str(names[0])
        if names:
            shown = ", ".join(repr(name[:40]) for name in names[:10])
            raise DataError(
                f"{where}: several columns may hold the label ({shown}); call the right one 'label'"
            )
    raise DataError(
        f"{where}: no column of labels (whole numbers or texts, one an image); {_has(schema)}"
    )


def _type_of(features: dict[str, Any], name: str) -> object:
    feature = features.get(name)
    return feature.get("_type") if isinstance(feature, dict) else None


def _has(schema: Any) -> str:
    shown = ", ".join(f"{f.name[:40]!r} ({str(f.type)[:40]})" for f in [*schema][:10])
    return f"it has {shown or 'no columns'}"


def _is_binary(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind))


def _is_image(kind: Any) -> bool:
    """Return whether a type is that of Hugging Face's images, bytes and path."""
    import pyarrow.types as types

    if not types.is_struct(kind) or kind.num_fields > 2:
        return False
    fields = {kind.field(i).name: kind.field(i).type for i in range(kind.num_fields)}
    return "bytes" in fields and fields.keys() <= {"bytes", "path"} and _is_binary(fields["bytes"])


def _holds_bytes(kind: Any) -> bool:
    return _is_image(kind) or _is_binary(kind)


def _holds_labels(kind: Any) -> bool:
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return _holds_labels(kind.value_type)
    return bool(types.is_integer(kind) or is_text(kind) or types.is_boolean(kind))


def is_text(kind: Any) -> bool:
    """Return whether a column of a type holds texts, each written out or by its place in a list."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
