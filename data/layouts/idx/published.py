"""Published files are known by their hashes, so that their classes have their published names."""

from __future__ import annotations

import hashlib
import string

DIGITS = tuple("0123456789")
FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
KUZUSHIJI_CLASSES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

CLASS_NAMES = {
    "mnist": DIGITS,
    "fashion-mnist": FASHION_CLASSES,
    "kmnist": KUZUSHIJI_CLASSES,
}

# The SHA-256 of the training images: of the files that are published, packed with gzip, and where
# it is known, of what is in them.
_TRAINING_IMAGES = {
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609": "mnist",
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db": "mnist",
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84": "fashion-mnist",
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888": "fashion-mnist",
    "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4": "kmnist",
}


def published_set(content: bytes, unpacked: bytes) -> str | None:
    """Return which published set a file of training images belongs to; None if it is of none.

    Examples
    --------
    >>> published_set(b"mine", b"mine")
    """
    for each in (content, unpacked):
        if known := _TRAINING_IMAGES.get(hashlib.sha256(each).hexdigest()):
            return known
    return None


def emnist_classes(name: str, mapping: bytes | None) -> dict[int, str]:
    r"""Return label → character of an EMNIST set, as its mapping file says.

    A line of that file is a label and the codes of one or two characters; the first counts. Without
    it, the labels 1 … 26 of the letters are known. Empty if the characters are not known.

    Examples
    --------
    >>> emnist_classes("emnist-balanced", b"0 48\n36 97\n")
    {0: '0', 36: 'a'}
    """
    if mapping is None:
        return dict(enumerate(string.ascii_uppercase, 1)) if name == "emnist-letters" else {}
    found = {}
    for row in map(bytes.split, mapping.splitlines()):
        if not (len(row) in (2, 3) and all(each.isdigit() and len(each) < 4 for each in row)):
            return {}
        found[int(row[0])] = chr(int(row[1]))
    fits = all(label < 256 and char.isalnum() for label, char in found.items())
    return dict(sorted(found.items())) if fits and len({*found.values()}) == len(found) else {}
