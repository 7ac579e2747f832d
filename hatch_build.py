"""The long description of the package: the README, with links that lead somewhere anywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)(\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?!\w+:|#)([^()\s]+)\)")


def long_description(home: Path) -> str:
    """Return README.md with links to files at the tag of the version, in the repository.

    Where the repository is says `project.urls.Source` of pyproject.toml, and nothing else.

    Parameters
    ----------
    home : Path
        The folder of pyproject.toml and README.md.

    Raises
    ------
    FileNotFoundError
        If a link of the README leads to no file.
    """
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source, tag = project["urls"]["Source"].rstrip("/"), f"v{project['version']}"

    def absolute(found: re.Match[str]) -> str:
        is_image, text, link = found.groups()
        path = link.partition("#")[0]
        if not (home / path).exists():
            raise FileNotFoundError(f"README.md: {path}: the link {text} leads to no file")
        kind = "raw" if is_image else "tree" if (home / path).is_dir() else "blob"
        return f"{is_image}{text}({source}/{kind}/{tag}/{link})"

    parts = _FENCED.split((home / "README.md").read_text(encoding="utf-8"))
    return "".join(part if part.startswith("```") else _LINK.sub(absolute, part) for part in parts)


class LongDescription(MetadataHookInterface):
    """Puts the long description into the metadata of wheel and sdist."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme`, which pyproject.toml calls dynamic."""
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": long_description(Path(self.root)),
        }
