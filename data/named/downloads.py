"""A published file is downloaded once, checked by its sha256, and kept in the cache folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.cache_folder import cache_folder
from data.errors import DataError, as_one_line

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class RemoteFile:
    """A file on the web, with the size and the sha256 that it must have.

    Parameters
    ----------
    url : str
        The address. Its last part is the name of the file in the cache folder.
    n_bytes : int
        The size in bytes; a download that brings more is stopped.
    sha256 : str
        The SHA-256 of the content, in hexadecimal.

    Examples
    --------
    >>> RemoteFile("https://example.org/sets/pets.zip", 20_000_000, 64 * "0").name
    'pets.zip'
    """

    url: str
    n_bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, on the web and in the cache folder."""
        return self.url.rpartition("/")[2]


def fetched(file: RemoteFile) -> Path:
    """Return the place of a file in the cache folder; it is downloaded if it is not there.

    The file has the known sha256. A download gets its name only when it is whole.

    Raises
    ------
    DataError
        If a file in the cache has another content, or the download fails or brings another.
    """
    import pooch

    path = downloads_folder() / file.name
    if path.exists():
        if not path.is_file() or pooch.file_hash(str(path), alg="sha256") != file.sha256:
            raise DataError(
                f"{path}: not the published {file.name} (sha256 {file.sha256}); remove it, and it "
                "is downloaded anew; a copy of your own is loaded by its path"
            )
        return path
    answers: list[Any] = []
    downloader = pooch.HTTPDownloader(
        progressbar=_Progress(file),
        chunk_size=_CHUNK_BYTES,
        hooks={"response": lambda answer, *_, **__: answers.append(answer)},
    )
    try:
        pooch.retrieve(
            file.url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=path.parent,
            downloader=downloader,
        )
    # requests, urllib3, the file system and pooch's own check each have their exceptions.
    except Exception as error:
        raise DataError(
            f"{file.url}: download failed ({as_one_line(error, 350)}); try again, or fetch it by "
            f"other means and put it at {path}"
        ) from error
    finally:
        for answer in answers:  # pooch leaves the connection of a failed download open
            answer.close()
    return path


def downloads_folder() -> Path:
    """Return the folder of downloads, which need not exist yet."""
    return cache_folder() / "datasets"


class _Progress:
    """Shows on a terminal how far a download is, and stops one that brings too many bytes."""

    def __init__(self, file: RemoteFile) -> None:
        self.file, self.total, self.n_done = file, 0, 0
        self.out = sys.stderr if sys.stderr.isatty() else None

    def update(self, n_bytes: int) -> None:
        self.n_done += n_bytes
        if self.n_done >= self.file.n_bytes + _CHUNK_BYTES:  # pooch counts in whole chunks
            raise DataError(f"more than the {self.file.n_bytes} bytes that it has")
        if self.out:
            done, whole = self.n_done >> 20, self.file.n_bytes >> 20
            print(f"\rdownloading {self.file.name}: {done} of {whole} MiB", end="", file=self.out)

    def reset(self) -> None:
        """Go back to zero; pooch calls this before it sets the final number."""
        self.n_done = 0

    def close(self) -> None:
        if self.out:
            print(file=self.out)
