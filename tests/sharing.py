"""How workers share the tests: what uses the same costly fixtures stays together."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from xdist.scheduler import LoadFileScheduling

_STUDIES = PurePosixPath("tests/pipelines/studies")

TOGETHER = {"tests/pipelines/reporting/test_browser.py": "tests/pipelines/reporting/test_page.py"}
"""Files that go where another file goes, whose fixtures they share."""

LONGEST_FIRST = (
    "tests/pipelines/running/executors/cluster/test_on_dask.py",
    "tests/pipelines/reporting/test_page.py",
    "tests/pipelines/test_cli.py",
    "tests/models/test_contract.py",
    "tests/features/test_contract.py",
    "tests/pipelines/test_reproduction.py",
    "tests/pipelines/studies/universal_approximation",
    "tests/pipelines/test_compare.py",
    "tests/pipelines/studies/space_warping",
    "tests/pipelines/test_readme.py",
    "tests/pipelines/test_wrong_inputs.py",
    "tests/pipelines/running/test_run.py",
    "tests/pipelines/studies/feature_or_layer",
    "tests/pipelines/studies/higher_order",
    "tests/pipelines/studies/what_features_see",
    "tests/pipelines/running/test_extraction.py",
    "tests/data/builtin/test_generation.py",
    "tests/pipelines/studies/templates",
    "tests/pipelines/running/executors/test_beside.py",
    "tests/pipelines/test_saved_model.py",
    "tests/test_docstrings.py",
    "tests/pipelines/test_views.py",
    "tests/pipelines/reporting/sections/test_sure.py",
    "tests/pipelines/studies/activations",
    "tests/pipelines/test_printed_command.py",
)
"""The rooms that take longest: one that begins last would keep one worker busy and the rest idle.

Xdist itself begins with the rooms of the most tests, and the longest have few.
"""


class WholeRooms(LoadFileScheduling):
    """Sends a file to one worker, and all files of a study to one worker; the longest first."""

    def _split_scope(self, nodeid: str) -> str:
        return room(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        if chosen := next((each for each in LONGEST_FIRST if each in self.workqueue), None):
            self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


def room(nodeid: str) -> str:
    """Return the folder of a study's test; of another its file, or the file it goes with."""
    path = PurePosixPath(nodeid.partition("::")[0])
    is_in_a_study = path.parent.parent == _STUDIES
    return str(path.parent) if is_in_a_study else TOGETHER.get(str(path), str(path))
