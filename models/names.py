"""What a name stands for: a class, and where each of its parameters comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Named(Generic[T]):
    """An entry of a registry: everything about a name.

    Every parameter of the class must be accounted for, so that none can keep its default by
    oversight.

    Parameters
    ----------
    kind : callable
        The class, or a function, that makes the object.
    takes : collection of str
        Its parameters that are parameters of `MLPClassifier` under the same name. One that is
        None there keeps its default here.
    renamed : mapping of str to str
        Its parameters that have another name at `MLPClassifier`, with that name.
    keeps : collection of str
        Its parameters that always keep their defaults.

    Raises
    ------
    TypeError
        If a parameter of the class is left out, or one is named that the class does not have.

    Examples
    --------
    >>> from models.optimization.optimizers import Momentum
    >>> entry = Named(
    ...     Momentum,
    ...     takes=("momentum", "weight_decay"),
    ...     renamed={"nesterov": "nesterovs_momentum"},
    ... )
    >>> entry.make({"momentum": 0.5, "nesterovs_momentum": True, "weight_decay": None})
    Momentum(weight_decay=0.0, momentum=0.5, nesterov=True)
    """

    kind: Callable[..., T] = field(kw_only=False)
    takes: Collection[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    keeps: Collection[str] = ()

    def __post_init__(self) -> None:
        own = set(signature(self.kind).parameters)
        said = {*self.takes, *self.renamed, *self.keeps}
        for names, fault in ((own - said, "leaves out"), (said - own, "has an unknown")):
            if names:
                raise TypeError(
                    f"the entry of {self.kind.__name__} {fault} {sorted(names)[0]!r}: "
                    f"its parameters are {sorted(own)}; name each in takes, renamed or keeps"
                )

    def make(self, parameters: Mapping[str, Any]) -> T:
        """Make a new object, with those of its parameters that are among these.

        Parameters
        ----------
        parameters : mapping of str to object
            The parameters of `MLPClassifier`, and more.

        Returns
        -------
        object
            What the name stands for.
        """
        sources = {**{name: name for name in self.takes}, **self.renamed}
        own = {name: parameters[source] for name, source in sources.items()}
        return self.kind(**{name: value for name, value in own.items() if value is not None})

    def __call__(self) -> T:
        """Return a new object with its defaults."""
        return self.kind()
