"""Write the JSON Schemas of the package anew: `make keep-schemas`."""

from __future__ import annotations

from tests.pipelines.schemas.made import FOLDER, schemas


def main() -> None:
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
