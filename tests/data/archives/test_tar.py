"""Tars that are damaged or mean harm."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import DataError
from data.archives.passed_over import PassedOver
from data.archives.tar import tar_members
from tests.data.samples import damaged, refusal, tar_bytes

FILES = {"a/1.txt": b"one" * 700, "a/2.txt": b"", "b/3.txt": bytes(512) + b"x"}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "pets.tar"
    path.write_bytes(content)
    return path


def read(path: Path) -> dict[str, bytes]:
    return {member.name: member.read(1 << 20) for member in tar_members(path)}


def header(name: str, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def with_header(bad: tarfile.TarInfo, content: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(header("a/1.txt"))
        tar.addfile(bad, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = written(tmp_path, with_header(header("a/x.png", type=kind, linkname="/etc/passwd")))
    with pytest.raises(DataError, match=r"pets\.tar: member 'a/x\.png' is a link, a device"):
        read(path)


def test_hidden_links_and_pipes_are_passed_over_and_counted(tmp_path: Path) -> None:
    passed = PassedOver()
    for kind, name in ((tarfile.SYMTYPE, ".venv/lib64"), (tarfile.FIFOTYPE, "a/.sync")):
        path = written(tmp_path, with_header(header(name, type=kind, linkname="lib")))
        assert [member.name for member in tar_members(path, passed)] == ["a/1.txt"]
    assert passed.of("hidden") == [".venv/lib64", "a/.sync"]


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a/../../x.png"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"pets\.tar: member .* leads out"):
        read(written(tmp_path, with_header(header(name))))


def test_plain_folders_and_dots_are_fine(tmp_path: Path) -> None:
    content = with_header(header("./b", type=tarfile.DIRTYPE))
    assert read(written(tmp_path, content)) == {"a/1.txt": b""}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_cut_off_anywhere(tmp_path: Path, mode: str) -> None:
    whole = tar_bytes(FILES, mode)
    end = len(whole) if mode == "w:gz" else 512 * 8 + 1  # zeros after the end mark are padding
    for length in range(0, end, 7 if mode == "w:gz" else 129):
        with pytest.raises(DataError, match=r"pets\.tar"):
            read(written(tmp_path, whole[:length]))
    assert read(written(tmp_path, whole)) == FILES


def test_a_damaged_header_is_no_end(tmp_path: Path) -> None:
    whole = bytearray(tar_bytes(FILES))
    second = whole.index(b"a/2.txt")
    whole[second + 3] ^= 1
    with pytest.raises(DataError, match="damaged header"):
        read(written(tmp_path, bytes(whole)))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_nothing_but_zeros_follows_the_end_mark(tmp_path: Path, mode: str) -> None:
    """A block of zeros in the middle would hide what comes after it."""
    pack = gzip.compress if mode == "w:gz" else bytes
    whole = tar_bytes(FILES)
    second = whole.index(b"a/2.txt")
    holed = whole[:second] + bytes(512) + whole[second + 512 :]
    joined = whole + tar_bytes({"c.txt": b"four"})
    for content in (holed, joined, whole + bytes(1 << 18) + b"x"):
        with pytest.raises(DataError, match=r"pets\.tar: goes on after its end mark; if several"):
            read(written(tmp_path, pack(content)))
    assert read(written(tmp_path, pack(whole + bytes(1 << 18)))) == FILES


def test_volume_labels_and_links_that_are_no_images_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(header("pets of 2020.png", type=b"V"))
        tar.addfile(header("b.txt", type=tarfile.LNKTYPE, linkname="a/1.txt"))
        tar.addfile(header("a/1.txt"))
    passed = PassedOver()
    path = written(tmp_path, out.getvalue())
    assert [member.name for member in tar_members(path, passed)] == ["a/1.txt"]
    assert passed.names == {"link": ["b.txt"]}


def test_gzip_checksum_is_looked_at(tmp_path: Path) -> None:
    whole = bytearray(tar_bytes(FILES, "w:gz"))
    whole[-5] ^= 1
    with pytest.raises(DataError, match=r"pets\.tar.*CRC"):
        read(written(tmp_path, bytes(whole)))


def test_a_size_that_is_not_there(tmp_path: Path) -> None:
    bad = header("x.png", size=1 << 40)
    content = bad.tobuf() + b"little"
    with pytest.raises(DataError, match=f"{1 << 40} bytes, expected at most"):
        read(written(tmp_path, content))
    bad.size = 1 << 19
    tracemalloc.start()
    with pytest.raises(DataError, match=r"member 'x\.png': damaged"):
        read(written(tmp_path, bad.tobuf() + b"little"))
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


def test_an_end_that_never_comes_is_not_looked_for(tmp_path: Path) -> None:
    """To pass over a member takes steps of its size, with or without something to read there."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(header("x.png", pax_headers={"size": str(10**18)}))
    with pytest.raises(DataError, match=rf"'x\.png' declares {10**18} bytes, expected at most"):
        list(tar_members(written(tmp_path, out.getvalue())))


def test_negative_sizes(tmp_path: Path) -> None:
    bad = header("x.png", size=-512)
    with pytest.raises(DataError, match=r"member 'x\.png' declares -512 bytes"):
        read(written(tmp_path, bad.tobuf(tarfile.GNU_FORMAT) + bytes(4096)))
    pax = header("x.png", pax_headers={"size": "-1024"})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(pax)
    with pytest.raises(DataError, match=r"pets\.tar"):
        read(written(tmp_path, out.getvalue()))


def test_header_bombs_stay_small_in_memory(tmp_path: Path) -> None:
    """A long name of 200 MB, which tarfile would hold in memory whole."""
    n_bytes = 200 << 20
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packed:
        packed.write(header("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=n_bytes).tobuf())
        for _ in range(200):
            packed.write(b"a" * (1 << 20))
    path = written(tmp_path, out.getvalue())
    tracemalloc.start()
    with pytest.raises(DataError, match=r"pets\.tar: a header of more than"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_decompression_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, tar_bytes({"x.png": bytes(1 << 23)}, "w:gz"))
    assert len(read_sizes(path)) == 1
    monkeypatch.setattr("data.archives.tar.ALWAYS_ALLOWED_BYTES", 1 << 20)
    with pytest.raises(DataError, match=r"pets\.tar: decompresses to more than 100 times its size"):
        read_sizes(path)


def read_sizes(path: Path) -> list[int]:
    return [member.n_bytes for member in tar_members(path)]


def test_sparse_members_are_refused(tmp_path: Path) -> None:
    """Their holes would be made in memory from nothing."""
    sparse = header("x.png", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 30)})
    sparse.size = 512
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(sparse, io.BytesIO(bytes(512)))
    with pytest.raises(DataError, match=r"'x\.png' is a link, a device or the like"):
        read(written(tmp_path, out.getvalue()))


@given(st.sampled_from(["w", "w:gz"]).flatmap(lambda mode: damaged(tar_bytes(FILES, mode))))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        message = refusal(lambda: read(written(Path(folder), content)))
    assert not message or "pets.tar" in message
