"""Where images come from: files, archives, folders, the built-in set; all become a `Dataset`."""

from data.cache_folder import cache_folder
from data.dataset import Dataset
from data.errors import DataError, PreconvError
from data.images import read_image
from data.named import NAMED_DATASETS
from data.npz import save_npz
from data.sources import load_dataset

__all__ = [
    "NAMED_DATASETS",
    "DataError",
    "Dataset",
    "PreconvError",
    "cache_folder",
    "load_dataset",
    "read_image",
    "save_npz",
]
