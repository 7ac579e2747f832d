"""How a file is changed at random: its bytes, its members, or the values of its JSON."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

Mutate = Callable[[bytes, Random], bytes]

_NUMBERS = (0, 1, 127, 128, 255, 256, 65_535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    2,
    3,
    255,
    10**6,
    2**31,
    2**63,
    -(2**63),
    10**30,
    0.5,
    -1e300,
    float("nan"),
    float("inf"),
    "",
    "a",
    "x" * 1000,
    "\x1b[2J",
    [],
    [1],
    [[1, 2], [3, 4]],
    {},
    {"tuple": [1, 1]},
    {"tuple": [10**6, 10**6]},
    {"dict": []},
    {"array": 0},
    {"array": 1},
    {"array": 10**9},
    {"object": "os.system", "state": {"dict": []}},
    {"skops": 0},
)


def of_bytes(content: bytes, rng: Random) -> bytes:
    """Return bytes with a few of them changed, cut off, copied, or replaced by odd numbers."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(made) + 1)
        length = min(rng.choice((1, 1, 2, 4, 16, 256)), len(made) - at)
        match rng.randrange(6):
            case 0:
                made[at : at + length] = rng.randbytes(length)
            case 1:
                del made[at : at + length]
            case 2:
                made[at:at] = made[at : at + length] * rng.randint(1, 8)
            case 3:
                other = rng.randrange(len(made) + 1)
                made[at : at + length] = made[other : other + length]
            case 4:
                size = rng.choice((1, 2, 4, 8))
                number = rng.choice(_NUMBERS) % 256**size
                made[at : at + size] = number.to_bytes(size, rng.choice(("little", "big")))
            case 5 if rng.random() < 0.2:
                del made[at:]
    return bytes(made)


def of_zip(member: Mutate) -> Mutate:
    """Return the change of a zip whose checksums stay right: of one of its members, or of all."""

    def mutate(content: bytes, rng: Random) -> bytes:
        if rng.random() < 0.2:
            return of_bytes(content, rng)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
        at = rng.randrange(len(members))
        name, inside = members[at]
        match rng.randrange(8):
            case 0:
                del members[at]
            case 1:
                members.append((name, inside))
            case 2:
                members[at] = name, members[rng.randrange(len(members))][1]
            case 3:
                renamed = of_bytes(name.encode(), rng).decode(errors="replace")
                members[at] = renamed.replace("\0", "") or "x", inside
            case _:
                members[at] = name, member(inside, rng)
        kind = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        out = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(out, "w", kind) as archive:
            warnings.simplefilter("ignore")  # a name that is there twice
            for name, inside in members:
                archive.writestr(name, inside)
        return out.getvalue()

    return mutate


def of_json(content: bytes, rng: Random) -> bytes:
    """Return JSON with one or two of its values replaced, taken away or moved."""
    if rng.random() < 0.1:
        return of_bytes(content, rng)
    try:
        whole = json.loads(content)
    except ValueError:  # it is no JSON, or no longer
        return of_bytes(content, rng)
    for _ in range(rng.randint(1, 2)):
        places = list(_places(whole))
        if not places:
            break
        holder, key = rng.choice(places)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1:
                holder[key] = json.loads(json.dumps(_at(rng.choice(places))))
            case 2 if isinstance(holder, dict):
                holder[of_bytes(key.encode(), rng).decode(errors="replace")] = holder[key]
            case _:
                holder[key] = rng.choice(_VALUES)
    return json.dumps(whole).encode()


def of_pickle(content: bytes, rng: Random) -> bytes:
    """Return a pickle with bytes changed, or with operations put in."""
    if rng.random() < 0.5:
        return of_bytes(content, rng)
    made = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(2, len(made))
        operation = rng.choice(
            (b"0", b"2", b"(", b")", b"]", b"}", b"a", b"e", b"s", b"u", b"t", b"N")
        )
        more = rng.choice((b"\x85", b"\x86", b"\x87", b"R", b"b", b"\x94", b"q\0", b"h\0", b"h\1"))
        made[at:at] = rng.choice((operation, more)) * rng.choice((1, 1, 1, 2, 500))
    return bytes(made)


def _places(node: Any) -> Any:
    """Yield every (holder, key) of a value in JSON."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _at(place: tuple[Any, Any]) -> Any:
    holder, key = place
    try:
        return holder[key]
    except (KeyError, IndexError):
        return None
