"""A published file is downloaded once, checked by its sha256, and kept in the cache folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import SHUT_RDWR
from threading import Thread
from typing import Any

from data.errors import DataError, as_one_line
from data.named.offline import is_offline
from data.system.cache_folder import cache_folder
from data.system.whole_file import whole_file

_CHUNK_BYTES = 1 << 16
_LEAST_BYTES_A_S = 1 << 14
_LOOK_S = 60.0
"""So often the rate is looked at; a server that says nothing for half of it is given up anyway."""
_MOST_S = 6 * 3600.0


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
    mirrors : tuple of str, default ()
        Other addresses of the same content, which are tried in turn.
    folder : str, default ""
        The folder of the file inside that of the downloads, for names that other sets have, too.

    Examples
    --------
    >>> RemoteFile("https://example.org/sets/pets.zip", 20_000_000, 64 * "0").name
    'pets.zip'
    """

    url: str
    n_bytes: int
    sha256: str
    mirrors: tuple[str, ...] = ()
    folder: str = ""

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
        If a file in the cache has another content, or the file is not there and nothing may be
        downloaded, or no address brings it.
    """
    path = place(file)
    if path.exists():
        import pooch

        if not path.is_file() or pooch.file_hash(str(path), alg="sha256") != file.sha256:
            raise DataError(
                f"{path}: not the published {file.name} (sha256 {file.sha256}); remove it, and it "
                "is downloaded anew; a copy of your own is loaded by its path"
            )
        return path
    _check_online((file,))
    failures = []
    for url in (file.url, *file.mirrors):
        try:
            _download(file, url, path)
            return path
        # requests, urllib3, the file system and pooch's own check each have their exceptions.
        except Exception as error:
            failures.append(f"{url}: download failed ({as_one_line(error, 350)})")
            cause = error
    raise DataError(
        f"{'; '.join(failures)}; try again, or fetch it by other means and put it at {path}"
    ) from cause


def all_fetched(files: Sequence[RemoteFile]) -> list[Path]:
    """Return the places of files, as `fetched` does; offline, all that are not there are named."""
    _check_online(files)
    return [fetched(file) for file in files]


def _check_online(files: Sequence[RemoteFile]) -> None:
    """Raise if files are not there and nothing may be downloaded."""
    missing = [file for file in files if not place(file).exists()]
    if not (missing and is_offline()):
        return
    them = "it" if len(missing) == 1 else "each"
    wanted = "; ".join(f"{f.url} ({f.n_bytes:,} bytes) to {place(f)}" for f in missing)
    raise DataError(
        f"{place(missing[0])}: not there, and nothing is downloaded offline; where there is a "
        f"network, fetch {them}: {wanted}"
    )


def place(file: RemoteFile) -> Path:
    """Return where a file is in the cache folder, or would be."""
    return downloads_folder() / file.folder / file.name


def _download(file: RemoteFile, url: str, path: Path) -> None:
    """Put what an address brings in its place, if it is the file."""
    download = _Download(file, url, path)
    try:
        download.run()
    finally:
        download.close()


def downloads_folder() -> Path:
    """Return the folder of downloads, which need not exist yet."""
    return cache_folder() / "datasets"


class _Download:
    """One download, in a thread of its own: a server can hold up whoever waits for it."""

    def __init__(self, file: RemoteFile, url: str, path: Path) -> None:
        self.file, self.url, self.path = file, url, path
        self.progress = _Progress(file)
        self.answers: list[Any] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """Return when the file is there; raise what went wrong, or that it is too slow."""
        thread = Thread(target=self._retrieve, daemon=True)
        started = looked = time.monotonic()
        n_before = 0
        thread.start()
        while thread.is_alive():
            thread.join(max(0.0, min(looked + _LOOK_S, started + _MOST_S) - time.monotonic()))
            now, n_done = time.monotonic(), self.progress.n_done
            if not thread.is_alive():
                break
            if now - started >= _MOST_S:
                raise DataError(f"not done after {_MOST_S:.0f} s")
            if now - looked >= _LOOK_S:
                rate = (n_done - n_before) / (now - looked)
                if rate < _LEAST_BYTES_A_S:
                    raise DataError(f"{rate:.0f} bytes/s, less than {_LEAST_BYTES_A_S}: too slow")
                looked, n_before = now, n_done
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """End it, wherever it is; pooch leaves the connection of a failed download open."""
        self.progress.is_over = True
        for answer in self.answers:
            connection = getattr(answer.raw, "_connection", None)
            if (socket := getattr(connection, "sock", None)) is not None:
                with suppress(OSError):
                    socket.shutdown(SHUT_RDWR)  # whoever is reading from it wakes up
            answer.close()

    def _retrieve(self) -> None:
        try:
            import pooch

            download = pooch.HTTPDownloader(
                progressbar=self.progress,
                chunk_size=_CHUNK_BYTES,
                hooks={"response": lambda answer, *_, **__: self.answers.append(answer)},
            )
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self.path) as aside:
                download(self.url, str(aside), None)
                pooch.hashes.hash_matches(
                    aside, f"sha256:{self.file.sha256}", strict=True, source=self.file.name
                )
        except BaseException as error:
            self.error = error


class _Progress:
    """Shows on a terminal how far a download is, and stops one that brings too many bytes."""

    def __init__(self, file: RemoteFile) -> None:
        self.file, self.total, self.n_done = file, 0, 0
        self.is_over = False
        self.out = sys.stderr if sys.stderr.isatty() else None

    def update(self, n_bytes: int) -> None:
        self.n_done += n_bytes
        if self.is_over:
            raise DataError("given up")
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
