"""Images come from files, archives, folders or the built-in set; all become a `Dataset`."""

from data.dataset import Dataset
from data.errors import DataError, DataWarning, ParameterError, PreconvError
from data.inspection import Inspection, inspect_source
from data.layouts.npz import save_npz
from data.loading import load_dataset
from data.named.registry import NAMED_DATASETS
from data.pixels.images import read_image
from data.system.cache_folder import cache_folder
from data.telling.omission import Omission

__all__ = [
    "NAMED_DATASETS",
    "DataError",
    "DataWarning",
    "Dataset",
    "Inspection",
    "Omission",
    "ParameterError",
    "PreconvError",
    "cache_folder",
    "inspect_source",
    "load_dataset",
    "read_image",
    "save_npz",
]
