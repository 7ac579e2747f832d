"""The table of timings in a README, written anew when every benchmark behind it has run."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from joblib import cpu_count
from threadpoolctl import threadpool_info

BEGIN, END = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->\n"
HEAD = ["| work | here | peer | ratio |\n", "| --- | --- | --- | --- |\n"]


@contextmanager
def readme_table(package: str, n_lines: int) -> Iterator[list[str]]:
    """Lines to add to; they replace the README's at the end if there are as many as wanted."""
    lines: list[str] = []
    yield lines
    readme = Path(__file__).parents[2] / package / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if len(lines) != n_lines or not end:
        return
    kernels = {str(each["architecture"]) for each in threadpool_info() if "architecture" in each}
    where = f"{cpu_count()} cores ({platform.machine()}, {', '.join(sorted(kernels))} kernels)"
    measured = f"Measured by `make bench` on {where}, each beside its peer, in turn.\n\n"
    partial = readme.with_suffix(".partial")
    partial.write_text(before + BEGIN + measured + "".join(HEAD + lines) + END + after, "utf-8")
    partial.replace(readme)
