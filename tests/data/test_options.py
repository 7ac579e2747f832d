"""What a caller chooses."""

from __future__ import annotations

import pytest

from data import DataError
from data.options import LoadOptions, checked_class_from


def test_labels_must_be_of_a_kind_that_is_there() -> None:
    LoadOptions().check_labels("x", ("fine",))
    LoadOptions(labels="coarse").check_labels("x", ("fine", "coarse"))
    with pytest.raises(DataError, match=r'^x: labels="coarse" is for CIFAR-100 alone$'):
        LoadOptions(labels="coarse").check_labels("x", ("fine",))


def test_a_folder_can_be_chosen_where_folders_are_classes() -> None:
    LoadOptions().check_levels("x", "CIFAR", has_levels=False)
    LoadOptions(class_from=2).check_levels("x", "folder of images", has_levels=True)
    with pytest.raises(DataError, match=r"^x: class_from=2 is for folders .* this is CIFAR; leave"):
        LoadOptions(class_from=2).check_levels("x", "CIFAR", has_levels=False)


@pytest.mark.parametrize("given", ["inner", 0, 65, -1, "-1", 1.0, True, [1]])
def test_what_names_no_folder(given: object) -> None:
    with pytest.raises(DataError, match="class_from must be"):
        checked_class_from(given)
