"""Where the instances lie, and how far from each other: what the first units are to bend among.

Half of a table's columns may be far from zero, as years are, or small, as shares; units that are drawn for standardised
inputs would all bend elsewhere, or look straight.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from ..engines import gather_rows
from ..losses import quantiles
from ..parameters import n_rows_of_chunk
from ..threads import one_blas_thread
from .norms import OUTLIER

# Of what instances measure by Σ_i x_i² on average, that of their centre may be such a part, and they count as centred.
_CENTRED = 0.05

# Of fewer different instances nothing is told. The centre of n centred ones is about 1/n of what these measure, by chance.
_LEAST, _OF_CHANCE = 10, 4

# Inputs whose mean square is smaller are small. For rounding none count as smaller than the second number, nor than such a
# part of how far from zero they are.
_SMALL, _SMALLEST, _SMALLEST_PART = 0.5, 1e-3, 1e-3


class Place(NamedTuple):
    """Where instances lie.

    Attributes
    ----------
    square_norm : float
        Σ_i ((x_i - c_i) / s)² on average.
    centre : ndarray of shape (n_inputs,) or None
        The c_i; None for 0.
    scale : float
        The s.
    """

    square_norm: float
    centre: np.ndarray | None = None
    scale: float = 1.0


def place_of(inputs, square_norm, instances):
    """Where these instances lie; of few nothing is told.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    square_norm : float
        Σ_i x_i² on average.
    instances : DifferentInstances

    Returns
    -------
    place : Place
    """
    n_instances, n_inputs = len(instances.rows), inputs.shape[1]
    if n_instances < _LEAST:
        return Place(square_norm)
    with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
        sample = _Sample(inputs, instances)
        centre = sample.centre()
        square_of_centre, from_centre = float(np.square(centre).sum()), sample.square_norm(centre)
        if not max(_CENTRED, _OF_CHANCE / n_instances) * (square_of_centre + from_centre) < square_of_centre < math.inf:
            centre, square_of_centre = None, 0.0
    scale = _scale_of(from_centre / n_inputs, square_of_centre / n_inputs)
    if centre is None and scale == 1:
        return Place(square_norm)
    return Place(from_centre / scale**2, centre, scale)


def _scale_of(mean_square, mean_square_of_centre):
    """The root mean square of small inputs from their centre; 1 of others."""
    if not mean_square < _SMALL:
        return 1.0
    return max(math.sqrt(mean_square), _SMALLEST, _SMALLEST_PART * math.sqrt(mean_square_of_centre))


class _Sample:
    """Different instances, some columns at a time.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    instances : DifferentInstances
    """

    def __init__(self, inputs, instances):
        self._inputs, self._rows, self._weights = inputs, instances.rows, instances.even_weights()
        if issparse(inputs):
            self._inputs, self._rows = gather_rows(inputs, instances.rows), slice(None)
        step = n_rows_of_chunk(4 * len(instances.rows))
        self._parts = [slice(start, start + step) for start in range(0, inputs.shape[1], step)]

    def _columns(self, part):
        if issparse(self._inputs):
            return self._inputs[:, part].toarray().astype(np.float64, copy=False)
        return self._inputs[self._rows, part].astype(np.float64)

    def _limit(self, squares):
        """Beyond which there are outliers."""
        limit = OUTLIER * quantiles(squares[:, np.newaxis], self._weights, 0.5)[0]
        return limit if limit > 0 else math.inf

    def _squares_from(self, centre):
        """Σ_i (x_i - c_i)² of each."""
        return sum(np.square(self._columns(part) - centre[part]).sum(axis=1) for part in self._parts)

    def centre(self):
        """The mean of those that are not far from the medians."""
        medians = np.concatenate([quantiles(self._columns(part), self._weights, 0.5) for part in self._parts])
        squares = self._squares_from(medians)
        weights = np.where(squares <= self._limit(squares), self._weights, 0.0)
        means = [np.einsum("i,ij->j", weights, self._columns(part)) for part in self._parts]
        return np.concatenate(means) / weights.sum()

    def square_norm(self, centre):
        """Σ_i (x_i - c_i)² on average, of which a few outliers do not decide."""
        squares = self._squares_from(centre)
        return float(self._weights @ np.minimum(squares, self._limit(squares)))
