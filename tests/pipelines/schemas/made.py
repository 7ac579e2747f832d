"""The JSON Schemas of what preconv writes, made of the code and of docs/formats.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpydoc.docscrape import NumpyDocString

from pipelines.comparison import spec
from pipelines.comparison.spec import Comparison
from pipelines.record import report
from pipelines.record.report import Report
from pipelines.saved_model import LAYOUT

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "pipelines" / "schemas"
PAGE = ROOT / "docs" / "formats.md"

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def schemas() -> dict[str, str]:
    """Return file name → text of every schema."""
    made = {
        f"report-{report.SCHEMA}.schema.json": report_schema(),
        f"model-{LAYOUT}.schema.json": model_schema(),
        f"comparison-{spec.SCHEMA}.schema.json": comparison_schema(),
    }
    return {
        name: json.dumps({"$schema": _DIALECT, **schema}, indent=1, ensure_ascii=False) + "\n"
        for name, schema in made.items()
    }


def said(heading: str) -> dict[str, str]:
    """Return field → what the page says of it below a heading."""
    page = PAGE.read_text(encoding="utf-8")
    (part,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.M)
    rows = _ROW.findall(part)
    return {field: text for field, text in rows if not field.startswith(("{", "null"))}


def fields(schema: Schema, definitions: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """Return the path and the schema of every field: `cells[].seeds` is one of each cell."""
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}", field
        for path, inner in _inside(field, definitions):
            yield from fields(inner, definitions, f"{prefix}{name}{path}.")


def _inside(field: Schema, definitions: Schema) -> Iterator[tuple[str, Schema]]:
    if "$ref" in field:
        yield "", definitions[field["$ref"].rpartition("/")[2]]
    if "items" in field:
        yield from ((f"[]{path}", inner) for path, inner in _inside(field["items"], definitions))
    for each in field.get("anyOf", ()):
        yield from _inside(each, definitions)


def report_schema() -> Schema:
    """Return the schema of `report.json`; the page says what each field means."""
    schema = _without_titles(Report.model_json_schema())
    meanings = said("`report.json`")
    for path, field in fields(schema, schema["$defs"]):
        field["description"] = meanings[path]
    schema["properties"]["schema"] = {
        "const": report.SCHEMA,
        "description": meanings["schema"],
    }
    schema["required"] = ["schema", *schema["required"], "digest"]
    for each in schema["$defs"].values():
        each["description"] = each["description"].partition("\n\n")[0].replace("\n", " ")
    return {**schema, "title": "A report of preconv", "description": "What a comparison found."}


def comparison_schema() -> Schema:
    """Return the schema of a comparison; the docstring of `Comparison` says what each key means."""
    schema = _without_titles(Comparison.model_json_schema())
    meanings = {
        name: " ".join(each.desc)
        for each in NumpyDocString(Comparison.__doc__ or "")["Parameters"]
        for name in each.name.split(", ")
    }
    for name, field in schema["properties"].items():
        field["description"] = meanings[name]
    for name in ("Extractor", "Classifier"):
        table = schema["$defs"][name]
        del table["properties"]["parameters"]
        # A parameter of the class, whatever it is called.
        table["additionalProperties"] = True
    for each in schema["$defs"].values():
        each["description"] = each["description"].replace("\n", " ")
    return {
        **schema,
        "title": "A comparison of preconv",
        "description": "What is compared with what: the table that its TOML file gives.",
    }


def model_schema() -> Schema:
    """Return the schema of `index.json` in a `model.skops`."""
    meanings = said("`model.skops`")
    node, number = {"$ref": "#/$defs/node"}, {"type": "integer", "minimum": 0}
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}
    values: dict[str, Schema] = {
        "preconv_model": {"const": LAYOUT},
        "title": text,
        "features": text,
        "model": text,
        "class_names": texts,
        "image_shape": {"type": "array", "items": number, "minItems": 3, "maxItems": 3},
        "extractors": {"type": "array", "items": node, "minItems": 1},
        "classifier": node,
        "image_fit": {"enum": ["stretch", "crop", "pad"]},
    }
    assert values.keys() == meanings.keys()
    optional = {"image_fit"}
    entries = {
        key: {
            "description": meanings[key],
            "type": "array",
            "prefixItems": [{"const": key}, value],
            "minItems": 2,
            "maxItems": 2,
        }
        for key, value in values.items()
    }
    table = {"type": "object", "additionalProperties": node}
    nodes = [
        {"type": ["null", "boolean", "number", "string"]},
        {"type": "array", "items": node},
        _only(tuple={"type": "array", "items": node}),
        _only(dict={"type": "array", "items": {"$ref": "#/$defs/item"}}),
        _only(array=number),
        *(
            _only(**{place: text}, parameters=table, learned=table, without=("learned",))
            for place in ("extractor", "classifier")
        ),
        _only(object=text, state=node),
        _only(skops=number),
    ]
    whole: Schema = {
        "type": "array",
        "items": {"anyOf": [{"$ref": f"#/$defs/{key}"} for key in entries]},
        "allOf": [
            {"contains": {"$ref": f"#/$defs/{key}"}, "maxContains": 1}
            for key in entries
            if key not in optional
        ],
        "maxItems": len(entries),
    }
    return {
        "title": "The index of a model of preconv",
        "description": "`index.json` in a model file: which extractors and which classifier.",
        **_only(dict=whole),
        "$defs": {
            **entries,
            "item": {"type": "array", "prefixItems": [node, node], "minItems": 2, "maxItems": 2},
            "node": {"anyOf": nodes},
        },
    }


def _only(*, without: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """Return the schema of an object that has these keys, and all of them but `without`."""
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in without],
        "additionalProperties": False,
    }


def _without_titles(schema: Any) -> Any:
    """Return a schema without the titles that are the names of its fields once more."""
    if isinstance(schema, list):
        return [_without_titles(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    is_title = isinstance(schema.get("title"), str)
    return {
        key: _without_titles(each)
        for key, each in schema.items()
        if not (key == "title" and is_title)
    }
