"""How workers share the tests: what uses the same costly fixtures stays together."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

_STUDIES = PurePosixPath("tests/pipelines/studies")


class WholeRooms(LoadFileScheduling):
    """Sends a file to one worker, and all files of a study to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return room(nodeid)


def room(nodeid: str) -> str:
    """Return the file of a test; of a test of a study, the folder of the study."""
    path = PurePosixPath(nodeid.partition("::")[0])
    is_in_a_study = path.parent.parent == _STUDIES
    return str(path.parent if is_in_a_study else path)
