"""What both Pythons write is read; what would run code, or never end, is not."""

from __future__ import annotations

import pickle
import pickletools
import struct
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from data import DataError
from data.layouts.cifar.pickles import read_cifar_pickle
from tests.data.samples import damaged, python2_pickle, refusal

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 40), np.uint8)
BATCH: dict[bytes, Any] = {
    b"batch_label": b"training batch 1 of 5",
    b"labels": [6, 9, 300],
    b"data": PIXELS,
    b"filenames": [b"a.png", b"b.png", b"c.png"],
}
TEXT_BATCH = {
    key.decode(): [v.decode() for v in value] if key == b"filenames" else value
    for key, value in BATCH.items()
}


def check(found: dict[str, Any]) -> None:
    assert list(found) == ["batch_label", "labels", "data", "filenames"]
    assert found["batch_label"] == "training batch 1 of 5"
    assert found["labels"] == [6, 9, 300]
    assert found["filenames"] == ["a.png", "b.png", "c.png"]
    assert found["data"].dtype == np.uint8
    assert np.array_equal(found["data"], PIXELS)


def test_the_fixture_is_what_python_2_wrote() -> None:
    """Python's own unpickler is the judge of the fixture that the next test reads."""
    content = python2_pickle(BATCH)
    assert content.startswith(b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # numpy.core
        found = pickle.loads(content, encoding="bytes")
    assert np.array_equal(found.pop(b"data"), PIXELS)
    assert found == {key: value for key, value in BATCH.items() if key != b"data"}


def test_python_2() -> None:
    check(read_cifar_pickle(python2_pickle(BATCH), "x"))


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("batch", [BATCH, TEXT_BATCH])
def test_python_3(protocol: int, batch: dict[Any, Any]) -> None:
    check(read_cifar_pickle(pickle.dumps(batch, protocol), "x"))


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_arrays_in_other_orders_and_numbers_of_numpy(protocol: int) -> None:
    labels = np.array([6, 9, 255], ">i4")
    given = {"data": np.asfortranarray(PIXELS), "labels": labels, "one": [np.int64(7), np.uint8(8)]}
    found = read_cifar_pickle(pickle.dumps(given, protocol), "x")
    assert np.array_equal(found["data"], PIXELS)
    assert found["labels"].tolist() == [6, 9, 255]
    assert found["one"] == [7, 8]
    assert all(type(one) is int for one in found["one"])


class Harm:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({str(self.target)!r}, 'w').close()",)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_code_is_never_run(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "harm"
    content = pickle.dumps({b"data": Harm(target)}, protocol)
    with pytest.raises(DataError, match=r"data_batch_1: not a CIFAR batch, or a damaged or unsafe"):
        read_cifar_pickle(content, "data_batch_1")
    assert not target.exists()
    pickle.loads(content)
    assert target.exists()  # so the test would have seen it


def test_what_it_asks_for_is_said() -> None:
    with pytest.raises(DataError, match=r"asks for posix\.system|asks for nt\.system"):
        read_cifar_pickle(b"\x80\x02cposix\nsystem\nU\x02id\x85R.", "x")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x8c\x05numpy\x8c\x08ndarray.tofile\x93.",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"\x80\x02c__builtin__\neval\nU\x011\x85R.",
        b"\x80\x02(U\x02idiposix\nsystem\n.",  # INST
        b"\x80\x02U\x01aQ.",  # a persistent id
        b"\x80\x02\x82\x01.",  # an extension code
        b"\x80\x02cnumpy\ndtype\n)\x81.",  # NEWOBJ
        b"\x80\x02cnumpy\ndtype\n}U\x04codeU\x01xsb.",  # a state for a function
        b"\x80\x02cnumpy\ndtype\nN}U\x04makeU\x01xs\x86b.",  # the same by way of slots
        b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.",  # not a dict
        b"\x80\x02]U\x01aa.",
        b"\x80\x02}K\x01K\x02s.",  # a number for a key
        b"\x80\x02}](K\x01eK\x02s.",  # a list for a key
        b"",
        b".",
        b"\x80\x02}",
    ],
)
def test_refuses(content: bytes) -> None:
    with pytest.raises(DataError, match="x: not a CIFAR batch"):
        read_cifar_pickle(content, "x")


def array_pickle(shape: bytes, code: bytes, content: bytes) -> bytes:
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
    dtype = b"cnumpy\ndtype\nU" + bytes([len(code)]) + code + b"K\x00K\x01\x87R"
    data = b"T" + struct.pack("<i", len(content)) + content
    return b"\x80\x02}U\x04data" + array + shape + dtype + b"\x89" + data + b"tbs."


@pytest.mark.parametrize(
    ("shape", "code", "content", "message"),
    [
        (b"K\x02K\x03\x86", b"u1", b"12345", r"shape \(2, 3\) and uint8 with 5 bytes"),
        (b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", b"u1", b"", "with 0 bytes"),
        (b"J\xff\xff\xff\xffK\x01\x86", b"u1", b"1", "unfit parts"),
        (b"K\x01K\x01K\x01\x87", b"u1", b"1", "unfit parts"),
        (b"K\x01", b"u1", b"1", "unfit parts"),
        (b"K\x01\x85", b"O8", b"12345678", "dtype '|', 'O8'"),
        (b"K\x01\x85", b"f8", b"12345678", "dtype"),
        (b"K\x01\x85", b"V9", b"123456789", "dtype"),
    ],
)
def test_arrays_that_do_not_fit(shape: bytes, code: bytes, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_cifar_pickle(array_pickle(shape, code, content), "x")
    assert read_cifar_pickle(array_pickle(b"K\x01\x85", b"u1", b"1"), "x")["data"].tolist() == [49]


def test_bombs_are_refused_before_they_go_off() -> None:
    memo = b"\x80\x02}r\xff\xff\xff\x7f."  # 16 GiB for one entry
    with pytest.raises(DataError, match="memo index 2147483647 at byte 3"):
        read_cifar_pickle(memo, "x")
    nested = b"\x80\x02})q\x00"
    for i in range(60):  # each tuple holds the one before twice: a hash would take 2**60 steps
        nested += b"h%ch%c\x86q%c" % (i, i, i + 1)
    with pytest.raises(DataError, match="a tuple used twice"):
        read_cifar_pickle(nested + b"K\x01s.", "x")
    long_string = b"\x80\x02}\x8e" + struct.pack("<Q", 1 << 60) + b"x."
    with pytest.raises(DataError, match="x: not a CIFAR batch"):
        read_cifar_pickle(long_string, "x")


PICKLES = [python2_pickle(BATCH), *(pickle.dumps(TEXT_BATCH, p) for p in (2, 5))]


@pytest.mark.parametrize("content", PICKLES, ids=["python 2", "protocol 2", "protocol 5"])
def test_every_cut_is_refused(content: bytes) -> None:
    for length in range(len(content)):
        with pytest.raises(DataError, match="x: not a CIFAR batch"):
            read_cifar_pickle(content[:length], "x")


@given(damaged(PICKLES[0]) | damaged(PICKLES[1]) | damaged(PICKLES[2]))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    message = refusal(lambda: read_cifar_pickle(content, "x"))
    assert not message or message.startswith("x: ")


def test_a_key_is_a_text_bytes_or_a_number() -> None:
    """Nothing that a file nests or shares is ever hashed: that can take all time, or the stack."""
    nested = b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s."
    with pytest.raises(DataError, match="nest more than 8 deep at byte"):
        read_cifar_pickle(nested, "x")
    shared = b"\x80\x02})q\x00"
    for i in range(60):  # operations that do nothing stand between the tuple and its memo
        shared += b"h%ch%c\x86\x80\x02\x95\0\0\0\0\0\0\0\0q%c" % (i, i, i + 1)
    with pytest.raises(DataError, match="a tuple used twice"):
        read_cifar_pickle(shared + b"K\x01s.", "x")
    for key in (b")", b"K\x01\x85", b"]", b"}", b"N", b"\x88", b"\x96" + bytes(8)):
        with pytest.raises(DataError, match="for a key"):
            read_cifar_pickle(b"\x80\x02}" + key + b"K\x01s.", "x")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"]q\0h\0a", "nest more"),  # a list in itself
        (b"]0", "operation POP"),
        (b"]q\0]q\1h\0ah\0K\x01a", "or done"),  # one that grows when it is inside another
        (b"}" + b"".join(b"J" + struct.pack("<i", i) + b"Ns" for i in range(1001)), "1000 keys"),
        (b"(\x85", "a mark"),
        (b"K\x01K\x02a", "added to a int"),
        (b"K\x01)R", "a call of a int"),
        (b"K\x01)b", "a state for a int"),
        (b"cnumpy\ndtype\nK\x01R", "a int where a tuple belongs"),
    ],
)
def test_what_no_pickle_of_plain_values_does_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(DataError, match=says):
        read_cifar_pickle(b"\x80\x02" + content + b".", "x")


def test_what_is_there_once_is_decoded_once() -> None:
    long = b"T" + struct.pack("<i", 1_000_000) + b"x" * 1_000_000 + b"q\x00"
    many = b"\x80\x02}U\x05names](" + long + b"h\x00" * 2500 + b"es."
    text = b"X" + struct.pack("<i", 1_000_000) + b"x" * 1_000_000 + b"q\x00"
    encode = b"c_codecs\nencode\nq\x01"
    again = b"h\x01h\x00U\x06latin1\x86R"
    calls = b"\x80\x02" + encode + b"}U\x05names](" + text + again * 2500 + b"es."
    array = array_pickle(b"J@B\x0f\0\x85", b"u1", b"x" * 1_000_000)[len(b"\x80\x02}U\x04data") : -2]
    arrays = b"\x80\x02}U\x05names](" + array + b"q\x00" + b"h\x00" * 2500 + b"es."
    for content in (many, calls, arrays):
        tracemalloc.start()
        try:
            names = read_cifar_pickle(content, "x")["names"]
            assert len(names) == 2501
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
    with pytest.raises(DataError, match="not a CIFAR batch"):
        read_cifar_pickle(calls.replace(b"latin1", b"utf-16"), "x")


def test_the_operations_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.layouts.cifar.machine.MOST_OPERATIONS", 100)
    with pytest.raises(DataError, match="more than 100 operations"):
        read_cifar_pickle(b"\x80\x02}U\x01a](" + b"]" * 100 + b"es.", "x")


def test_the_opcodes_allowed_exist() -> None:
    from data.layouts.cifar import machine

    named = {*machine._AS_THEY_ARE, *machine._PYTHON_2, *machine._CONSTANTS, *machine._SIZES}
    assert named <= {opcode.name for opcode in pickletools.opcodes}
