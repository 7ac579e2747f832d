"""A Parquet file is read a few rows at a time, and what it declares is checked before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO, Member
from data.archives.source import Source
from data.errors import DataError, as_one_line
from data.layouts.parquet.columns import is_text

START = b"PAR1"
MAX_FILE_BYTES = 1 << 32
_FEW_ROWS, _MANY_ROWS = 64, 1 << 14
_BATCH_BYTES = 1 << 28
_MAX_TEXT_BYTES = 1 << 26
_MAX_ITEMS = 1 << 20
_MAX_VALUE_BYTES = 1 << 13
_MAX_VALUES = 1 << 28
_LEAST_BYTES_A_ROW = 8
_ALWAYS_ALLOWED_ROWS = 1 << 20


@contextmanager
def opened(source: Source, member: Member) -> Iterator[Any]:
    """Give the open Parquet file of a member; errors of it name the file.

    A file that lies in a folder is read where it lies, one in an archive from memory.

    Raises
    ------
    DataError
        If pyarrow is not installed, or the file is damaged or declares too much.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DataError(
            f"{member.where}: a Parquet file needs pyarrow; install it with "
            "`pip install 'preconv[parquet]'`"
        ) from error
    try:
        inside = source.kind in ("folder", "file")
        file = Path(member.where) if inside else pa.BufferReader(member.read(MAX_FILE_BYTES))
        with pq.ParquetFile(
            file,
            thrift_string_size_limit=_MAX_TEXT_BYTES,
            thrift_container_size_limit=_MAX_ITEMS,
        ) as table:
            _check_sizes(table.metadata, member)
            yield table
    except DataError:
        raise
    # Arrow's exceptions are of many kinds, and derive from ValueError, OSError and others.
    except Exception as error:
        raise DataError(
            f"{member.where}: not a Parquet file that can be read, or a damaged one "
            f"({as_one_line(error, 200)}); fetch it again"
        ) from error


def _check_sizes(metadata: Any, member: Member) -> None:
    """Raise if a file declares more rows or bytes than images in a file of this size have."""
    most = max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * member.n_bytes)
    n_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if n_bytes > most or n_bytes < 0:
        raise DataError(
            f"{member.where}: declares {n_bytes} bytes of content, more than {MAX_RATIO} times its "
            "size, as images never have"
        )
    most_rows = max(_ALWAYS_ALLOWED_ROWS, member.n_bytes // _LEAST_BYTES_A_ROW)
    if not 0 <= metadata.num_rows <= most_rows:
        raise DataError(
            f"{member.where}: declares {metadata.num_rows} rows, more than a file of its size holds"
        )


def rows_of(table: Any, column: str) -> Iterator[Any]:
    """Yield the batches of a column, each an array of pyarrow of few rows, or of many numbers."""
    import pyarrow.types as types

    kinds = {field.name: field.type for field in table.schema_arrow}
    # What else the metadata hold of a column is not asked for: where it is damaged, pyarrow ends
    # the process.
    kind = kinds.get(column)
    is_number = kind is not None and (types.is_integer(kind) or types.is_boolean(kind))
    for group in range(table.metadata.num_row_groups):
        # A text that stands once in the file may stand in each row of a batch.
        n_bytes = max(1, table.metadata.row_group(group).total_byte_size)
        n_rows = _MANY_ROWS if is_number else max(1, min(_FEW_ROWS, _BATCH_BYTES // n_bytes))
        for batch in table.iter_batches(n_rows, row_groups=[group], columns=[column]):
            yield batch.column(0)


def values_of(batches: Iterable[Any], where: str) -> list[Any]:
    """Return the labels or paths in batches of a column, equal ones as one object.

    A text that stands once in the file may stand in every row, so it is made once, and its length
    is looked at before.
    """
    known: dict[Any, Any] = {}
    found: list[Any] = []
    n_chars = 0
    for rows in batches:
        texts = rows.dictionary_decode() if hasattr(rows, "dictionary") else rows
        if is_text(texts.type):
            _check_lengths(texts, len(found), where)
        for value in texts.to_pylist():
            if value not in known:
                known[value] = value
                n_chars += len(value) if isinstance(value, str) else 0
            found.append(known[value])
        if n_chars > _MAX_VALUES:
            raise DataError(
                f"{where}: labels or paths of more than {_MAX_VALUES} characters in all; "
                "divide it into several files"
            )
    return found


def _check_lengths(texts: Any, start: int, where: str) -> None:
    """Raise if one of a few texts, the first in row `start`, is too long for a label or a path."""
    if texts.nbytes <= _MAX_VALUE_BYTES:
        return
    for row, text in enumerate(texts, start):
        buffer = text.as_buffer()
        if buffer is not None and buffer.size > _MAX_VALUE_BYTES:
            raise DataError(
                f"{where}: row {row}: a label or path of {buffer.size} bytes, expected at most "
                f"{_MAX_VALUE_BYTES}"
            )
