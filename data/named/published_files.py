"""The published files of named datasets, with the addresses, sizes and hashes that are published.

They are those of the tables of torchvision and of TensorFlow Datasets. A mirror brings the same
bytes, or is passed over.
"""

from __future__ import annotations

from data.named.downloads import RemoteFile

_CIFAR_SITES = ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/")
_SVHN_SITES = ("http://ufldl.stanford.edu/housenumbers/",)
_STL10_SITES = ("http://ai.stanford.edu/~acoates/stl10/", "https://cs.stanford.edu/~acoates/stl10/")
_SECOND_TEST_SITES = ("https://github.com/modestyachts/CIFAR-10.1/raw/master/datasets/",)
_IDX_SITES = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    "kmnist": (
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
}
_IDX_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


def _file(
    sites: tuple[str, ...], name: str, n_bytes: int, sha256: str, folder: str = ""
) -> RemoteFile:
    first, *others = (site + name for site in sites)
    return RemoteFile(first, n_bytes, sha256, tuple(others), folder)


def _idx(folder: str, *known: tuple[int, str]) -> tuple[RemoteFile, ...]:
    """Return the four files of a set, which have the same names in all sets."""
    rows = zip(_IDX_NAMES, known, strict=True)
    return tuple(_file(_IDX_SITES[folder], name, *each, folder) for name, each in rows)


CIFAR10_BINARY = _file(
    _CIFAR_SITES,
    "cifar-10-binary.tar.gz",
    170052171,
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
CIFAR10_PYTHON = _file(
    _CIFAR_SITES,
    "cifar-10-python.tar.gz",
    170498071,
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
)
CIFAR100_BINARY = _file(
    _CIFAR_SITES,
    "cifar-100-binary.tar.gz",
    168513733,
    "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
)
CIFAR100_PYTHON = _file(
    _CIFAR_SITES,
    "cifar-100-python.tar.gz",
    169001437,
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
)
SVHN = (
    _file(
        _SVHN_SITES,
        "train_32x32.mat",
        182040794,
        "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    ),
    _file(
        _SVHN_SITES,
        "test_32x32.mat",
        64275384,
        "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
    ),
)
SECOND_TEST = (
    _file(
        _SECOND_TEST_SITES,
        "cifar10.1_v6_data.npy",
        6144128,
        "2997188e5816f5bd545dc77771b6227828c28146049fcecf3fa10775474cacc6",
    ),
    _file(
        _SECOND_TEST_SITES,
        "cifar10.1_v6_labels.npy",
        8128,
        "ae40beda001693674edc94d925ee8268cfe68905f8f9aff800c8dcdfcd6c9448",
    ),
)
STL10 = _file(
    _STL10_SITES,
    "stl10_binary.tar.gz",
    2640397119,
    "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
)
MNIST = _idx(
    "mnist",
    (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)
FASHION_MNIST = _idx(
    "fashion-mnist",
    (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)
KMNIST = _idx(
    "kmnist",
    (18165135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
    (29497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
    (3041136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
    (5120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
)
