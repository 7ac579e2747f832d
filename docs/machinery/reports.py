"""The kept reports as pages, each with its files to download and its spec."""

from __future__ import annotations

from pathlib import Path

from docs.machinery.texts import ROOT, with_links

_KEPT = ROOT / "pipelines" / "reports"
_SPECS = ROOT / "pipelines" / "specs"
_INDEX = """# Kept reports

The accuracies on this site come from these reports. Each has its spec in it, and
`preconv reproduce` runs it again, on the images that it names.

| report | images | what came out |
| --- | --- | --- |
{rows}

```{{toctree}}
:hidden:

{names}
```
"""
_FILES = """

## Files and spec

{files}

{spec}"""
_SPEC = """`preconv compare {name}` runs this comparison{images}:

```toml
{text}```
"""


def pages() -> dict[str, str]:
    """Return a page for each kept report and one that lists them: file → text.

    Returns
    -------
    dict of str to str
        For the folder `reports`.
    """
    texts = {
        path.parent.name: path.read_text(encoding="utf-8")
        for path in sorted(_KEPT.glob("*/report.md"))
    }
    made = {f"{name}.md": _page(name, text) for name, text in texts.items()}
    rows = [_row(name, text) for name, text in texts.items()]
    return made | {"index.md": _INDEX.format(rows="\n".join(rows), names="\n".join(texts))}


def _row(name: str, text: str) -> str:
    title, headline = (part.strip() for part in text.removeprefix("# ").split("\n\n")[:2])
    return f"| [{name}]({name}.md) | {title} | {headline.replace('|', chr(92) + '|')} |"


def _page(name: str, text: str) -> str:
    files = [path for path in sorted((_KEPT / name).iterdir()) if path.suffix in {".json", ".npz"}]
    listed = [f"- {{download}}`{path.name} <{_from_page(path)}>`" for path in files]
    spec = _SPECS / f"{name}.toml"
    images = " on the published images" if name.startswith("cifar10") else ""
    shown = ""
    if spec.is_file():
        shown = _SPEC.format(name=name, images=images, text=spec.read_text(encoding="utf-8"))
    heading, _, rest = text.partition("\n")
    moved = with_links(rest, f"pipelines/reports/{name}", "reports")
    return f"{heading}: {name}\n{moved}" + _FILES.format(files="\n".join(listed), spec=shown)


def _from_page(path: Path) -> str:
    return f"../../{path.relative_to(ROOT).as_posix()}"
