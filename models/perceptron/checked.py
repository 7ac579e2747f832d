"""The recipe of parameters that were checked before: the check takes longer than a prediction."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from models.perceptron.recipe import Recipe
from models.perceptron.rules import RULES

_MOST = 16

_checked: dict[Hashable, Recipe] = {}


def checked_recipe(parameters: Mapping[str, Any]) -> Recipe:
    """Return the recipe of parameters, which are not checked again while they stay as they are.

    Parameters
    ----------
    parameters : mapping of str to object
        Name → value; there may be more than a recipe needs.

    Returns
    -------
    Recipe
        The same object for the same values.

    Raises
    ------
    ModelError
        If a value is not allowed.

    Examples
    --------
    >>> from models import MLPClassifier
    >>> recipes = [checked_recipe(MLPClassifier((n,)).get_params()) for n in (8, 8, 9)]
    >>> [recipe is recipes[0] for recipe in recipes]
    [True, True, False]
    """
    values = [parameters[name] for name in RULES]
    key = _key(values)
    try:
        found = _checked.get(key)
    except TypeError:  # there is a dictionary or an array, which can change unnoticed
        return Recipe.of(parameters)
    if found is None:
        found = Recipe.of(parameters)
        if len(_checked) >= _MOST:
            _checked.clear()
        _checked[key] = found
    return found


def _key(value: Any) -> Hashable:
    """Return a value with its type, that of a list or a tuple by what it holds."""
    is_several = isinstance(value, list | tuple)
    return type(value), tuple(_key(each) for each in value) if is_several else value
