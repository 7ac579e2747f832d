"""A network: layers whose parameters lie end to end in one vector."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue

import numpy as np

from data.system.threads import n_threads, one_blas_thread
from models.layers.layer import Array, Layer, Parameter
from models.layers.products import products_unshared, share, shared_products
from models.layers.sequential import Sequential
from models.losses.loss import Loss

MOST_TWINS = 4
"""Threads up to which each has rows of its own, and so memory for what its layers return."""


class Network(Sequential):
    r"""Layers built for an input, with one vector θ behind all their parameters.

    The vector holds the weights (which decay), then biases, shifts and scales, then statistics
    (which no gradient moves). An optimiser or a checkpoint works on the vector, a layer on its
    own views of it.

    Parameters
    ----------
    layers : list of Layer
        In order, not yet built.
    n_in : int
        Columns of the input.
    dtype : dtype
        What the parameters and all that is computed from them are in: float32 or float64.
    rng : Generator
        Draws the first weights.

    Attributes
    ----------
    theta : ndarray
        All parameters.
    gradient : ndarray (n_trainable,)
        ∂L/∂θ of the latest backward pass.
    n_weights, n_trainable : int
        ``theta[:n_weights]`` are weights, ``theta[n_trainable:]`` statistics.
    n_out : int
        Columns of the output.

    Examples
    --------
    >>> from models.layers.functions.activations import ReLU
    >>> from models.layers.linear import Linear
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> net = Network([Linear(3), ReLU(), Linear(2)], n_in=4, dtype=np.float64, rng=rng)
    >>> net.forward(np.ones((5, 4))).shape
    (5, 2)
    >>> net.theta.size, net.n_weights
    (23, 18)
    """

    def __init__(
        self, layers: list[Layer], n_in: int, dtype: type, rng: np.random.Generator
    ) -> None:
        super().__init__(layers)
        self.n_out = self.build(n_in)
        self.dtype = np.dtype(dtype)
        parameters = list(self.parameters())
        ordered = [
            p for role in ("weight", "bias", "statistic") for p in parameters if p.role == role
        ]
        sizes = [int(np.prod(p.shape)) for p in ordered]
        self.n_weights = sum(s for p, s in zip(ordered, sizes, strict=True) if p.role == "weight")
        self.n_trainable = sum(
            s for p, s in zip(ordered, sizes, strict=True) if p.role != "statistic"
        )
        self._spans = list(zip(ordered, np.cumsum([0, *sizes])[:-1].tolist(), sizes, strict=True))
        self.theta = self._attach("value", sum(sizes))
        self.gradient = self._attach("gradient", self.n_trainable)
        self._direction: Array | None = None
        for layer in self.layers:
            layer.input_gradient = True
        self.initialize(rng)
        self.read_input_gradient(False)

    def read_input_gradient(self, wanted: bool) -> None:
        """Say whether ∂L/∂x of the network is wanted; where it is not, a large product is saved.

        Parameters
        ----------
        wanted : bool
            Whether `backward` returns the gradient by the input.
        """
        first = next((layer for layer in self.layers if any(layer.parameters())), None)
        if first is not None:
            first.input_gradient = wanted

    @property
    def direction(self) -> Array:
        """Direction θ̇ (n_trainable,) that the tangent passes move θ along."""
        if self._direction is None:
            self._direction = self._attach("direction", self.n_trainable)
            self.gradient_direction = self._attach("gradient_direction", self.n_trainable)
        return self._direction

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Pass through the layers, first to last."""
        self.latest_input = x
        return super().forward(x, rng)

    def loss_and_gradient(
        self,
        loss: Loss,
        x: Array,
        targets: Array,
        weights: Array,
        rng: np.random.Generator | None = None,
    ) -> float:
        """Compute the loss of a batch, and leave its gradient in ``gradient``.

        Parameters
        ----------
        loss : Loss
            What compares outputs with targets.
        x : ndarray (n, n_in)
            The batch.
        targets : ndarray (n, n_out)
            Its targets.
        weights : ndarray (n,)
            How much each row counts.
        rng : Generator or None, default None
            In training, what dropout draws from; None in prediction.

        Returns
        -------
        float
            The loss L.
        """
        value = loss.forward(self.forward(x, rng), targets, weights)
        self.backward(loss.backward())
        return value

    def scores(self, x: Array, rows: int = 1024) -> Array:
        """Compute the outputs of any number of rows, a fixed number at a time.

        Parameters
        ----------
        x : ndarray (n, n_in)
            The input; it may be of another dtype than the network.
        rows : int, default 1024
            How many rows at a time.

        Returns
        -------
        ndarray (n, n_out)
            The outputs, in the network's dtype.
        """
        out = np.empty((len(x), self.n_out), self.dtype)
        starts = range(0, len(x), rows)

        def fill(start: int, network: Sequential) -> None:
            tile = x[start : start + rows].astype(self.dtype, copy=False)
            out[start : start + rows] = network.forward(tile)

        # To count the cores takes longer than a small network needs for a row.
        if len(x) < 4:
            with one_blas_thread():
                for start in starts:
                    fill(start, self)
        elif (n_workers := n_threads(None)) <= MOST_TWINS and keeps_busy(len(starts), n_workers):
            # Nobody waits for another's tiles of one product, and all between products is shared.
            twins: SimpleQueue[Sequential] = SimpleQueue()

            def fill_alone(start: int) -> None:
                try:
                    network = twins.get_nowait()
                except Empty:
                    network = Sequential(self.layers).twin()
                with products_unshared():
                    fill(start, network)
                twins.put(network)

            with shared_products():
                share(fill_alone, starts)
        else:
            with shared_products():
                for start in starts:
                    fill(start, self)
        return out

    def views_of(self, vector: Array) -> Iterator[tuple[Parameter, Array]]:
        """Yield each parameter with its part of a vector.

        Parameters
        ----------
        vector : ndarray
            As long as ``theta``, or as its trainable part.

        Yields
        ------
        Parameter
            One after the other.
        ndarray
            Its part of the vector, in the shape of the parameter.
        """
        for parameter, start, length in self._spans:
            if start + length <= len(vector):
                yield parameter, vector[start : start + length].reshape(parameter.shape)

    def _attach(self, field: str, size: int) -> Array:
        vector = _aligned_zeros(size, self.dtype)
        for parameter, view in self.views_of(vector):
            setattr(parameter, field, view)
        return vector


def keeps_busy(n_jobs: int, n_workers: int) -> bool:
    """Say whether equal jobs, each done by one of several, leave the workers idle a tenth at most.

    Examples
    --------
    >>> [keeps_busy(n, 2) for n in (1, 2, 3, 10)]
    [False, True, False, True]
    """
    return n_jobs > 1 and n_jobs >= 0.9 * n_workers * -(-n_jobs // n_workers)


def _aligned_zeros(size: int, dtype: np.dtype[np.floating]) -> Array:
    """Zeros that start at a cache line, which vector instructions read a fifth faster."""
    raw = np.zeros(size * dtype.itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * dtype.itemsize].view(dtype)
