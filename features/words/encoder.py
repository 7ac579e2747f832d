"""What every encoding shares: its parameters and their checks, its groups of codes, its sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import Rule, check
from data.system.threads import one_blas_thread
from features.words.distances import described_rows, values_of
from features.words.learning.whitening import Whitening

Vectors = npt.NDArray[np.float32]
Span = tuple[int, int]

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Parameter:
    """A parameter of an encoding: its default, and the check of its values.

    Parameters
    ----------
    default : object
        The value where none is given.
    rule : Rule
        What the value may be, see `data.parameters.rules`.

    Examples
    --------
    >>> from data.parameters.rules import number
    >>> Parameter(0.25, number(0)).default
    0.25
    """

    default: Any
    rule: Rule

    def checked(self, name: str, value: Any) -> Any:
        """Return a value, Python's instead of NumPy's, or raise ParameterError.

        Parameters
        ----------
        name : str
            Of the parameter, for the error.
        value : object
            What was given.

        Returns
        -------
        object
            The value.

        Raises
        ------
        ParameterError
            If the rule does not allow the value.
        """
        return check({name: value}, {name: self.rule})[name]


class Encoder(ABC):
    """Base class of encodings: the codes of descriptors against a codebook.

    A subclass lays the words out (`_prepare`), says what a descriptor's codes are (`codes`) and
    names its parameters (`parameters`). If a compiled loop adds its codes up, its base is
    `Compiled`.

    Parameters
    ----------
    words : float32 array (k, d)
        In the whitened space.
    whitening : Whitening or None, default None
        What makes z of a descriptor x; None leaves z = x.
    **options
        The encoding's own parameters, see `parameters`.

    Attributes
    ----------
    n_words : int
        Words of the codebook, k.
    n_codes : int
        Codes of a descriptor: k for each sign.
    options : dict
        Every parameter of the encoding with its value.

    Raises
    ------
    ValueError
        If the encoding has no such parameter, its value is impossible, or the words are not in the
        space that the whitening leads to.

    Examples
    --------
    >>> from features.words import ENCODERS
    >>> encoder = ENCODERS["triangle"](np.float32([[0, 0], [3, 4]]))
    >>> encoder.codes(np.zeros((1, 2), dtype=np.float32))
    array([[2.5, 0. ]], dtype=float32)
    """

    signs: ClassVar[tuple[str, ...]] = ("",)
    """There are k codes for each sign. A code of the sign "-" is about the opposite of its word."""

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    """The encoding's own parameters, by their names."""

    dtype: ClassVar[np.dtype[Any]] = np.dtype(np.float32)
    """What codes are added up in."""

    def __init__(
        self, words: Vectors, *, whitening: Whitening | None = None, **options: Any
    ) -> None:
        self.options = self.checked(options)
        self.n_words = len(words)
        self.n_codes = len(self.signs) * len(words)
        self._n_values = values_of(words, whitening)
        self.whitening = whitening
        # These products, too, must not depend on the number of threads.
        with one_blas_thread():
            self._prepare(words)

    @classmethod
    def checked(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter of the encoding with its value.

        Parameters
        ----------
        options : mapping
            Those whose value is not the default.

        Returns
        -------
        dict
            Name → value.

        Raises
        ------
        ValueError
            If the encoding has no such parameter, or its value is impossible.
        """
        if unknown := [name for name in options if name not in cls.parameters]:
            valid = ", ".join(cls.parameters) or "none"
            raise ParameterError(
                f"unknown parameter of {cls.__name__}: {', '.join(unknown)}; valid: {valid}"
            )
        values = {name: each.default for name, each in cls.parameters.items()} | dict(options)
        return {name: cls.parameters[name].checked(name, value) for name, value in values.items()}

    @abstractmethod
    def _prepare(self, words: Vectors) -> None:
        """Lay the words out for products with descriptors."""

    @abstractmethod
    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes of descriptors.

        Parameters
        ----------
        vectors : float32 array (n, d)
            Descriptors, not whitened.

        Returns
        -------
        float32 array (n, n_codes)
            One descriptor a row.
        """

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return the codes of descriptors, summed over each span of them.

        Parameters
        ----------
        vectors : float32 array (n, d)
            Descriptors, not whitened.
        spans : sequence of (first, last)
            `last` is the one after the last descriptor of the span.

        Returns
        -------
        float32 array (n_spans, n_codes)
            One span a row.
        """
        codes = self.codes(vectors)
        return np.stack([np.add.reduce(codes[first:last], axis=0) for first, last in spans])

    def code_names(self) -> list[str]:
        """Return the name of each code.

        Returns
        -------
        list of str
            `n_codes` of them.
        """
        return [f"word{word}{sign}" for sign in self.signs for word in range(self.n_words)]

    def word_of(self, code: int) -> tuple[int, str]:
        """Return the word that a code is about, and the code's sign.

        Parameters
        ----------
        code : int
            Which code, counted from 0.

        Returns
        -------
        (int, str)
            The word, counted from 0, and one of `signs`.
        """
        group, word = divmod(code, self.n_words)
        return word, self.signs[group]


class Compiled(Encoder):
    """Base class of encodings whose codes are added up by a compiled loop.

    A subclass lays the words out (`_prepare`) and calls the loop (`_add`).
    """

    @abstractmethod
    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        """Add the codes of each span of the descriptors to its row of `sums`."""

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, n_codes) of descriptors (n, d)."""
        codes = np.zeros((len(vectors), self.n_codes), dtype=np.float32)
        alone = np.arange(_ROWS_AT_ONCE)[:, None] + np.arange(2)
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            some = codes[start : start + _ROWS_AT_ONCE]
            self._add(self._read(vectors[start : start + len(some)]), alone[: len(some)], some)
        return codes

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return the codes of descriptors, summed over each span of them."""
        sums = np.zeros((len(spans), self.n_codes), dtype=np.float32)
        self._add(self._read(vectors), checked_spans(spans, len(vectors)), sums)
        return sums

    def _read(self, vectors: Vectors) -> Vectors:
        return described_rows(vectors, self._n_values)


def checked_spans(spans: Sequence[Span], n_rows: int) -> npt.NDArray[np.int64]:
    """Return spans as an array (n_spans, 2), for a compiled loop, which has no bounds of its own.

    Raises
    ------
    ValueError
        If a span begins or ends where there are no rows.

    Examples
    --------
    >>> checked_spans([(0, 2), (2, 5)], 4)
    Traceback (most recent call last):
    ...
    ValueError: spans must be within the 4 rows, got 0 … 5
    """
    where = np.array(spans, dtype=np.int64).reshape(-1, 2)
    if where.size and not (where.min() >= 0 and where.max() <= n_rows):
        raise ValueError(
            f"spans must be within the {n_rows} rows, got {where.min()} … {where.max()}"
        )
    return where
