"""Where images come from: files, archives, folders, the built-in set; all become a `Dataset`."""

from data.cache_folder import cache_folder
from data.dataset import Dataset
from data.errors import DataError
from data.sources import load_dataset

__all__ = ["DataError", "Dataset", "cache_folder", "load_dataset"]
