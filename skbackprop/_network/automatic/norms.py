"""How large instances are, and what they have in common: what automatic rules follow, in bounded memory."""

import math

import numpy as np
from scipy.sparse import issparse

from ..engines import rows_of
from ..parameters import n_rows_of_chunk

# So large a mean still leaves room for a sum over all instances.
_LARGEST_SQUARE = 1e280

# A sum of squares that is so many times the usual one is that of an outlier.
OUTLIER = 30.0


def mean_square_norm(inputs, weights):
    """The weighted mean over the instances of Σ_i x_i², which a few outliers do not decide.

    A sum is counted as no more than thirty times its geometric mean over the instances, of 1 + Σ_i x_i².

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
    """
    norms = _Norms(inputs)
    mean_log = _mean_over_instances(np.log1p, norms, weights)
    limit = OUTLIER * math.exp(min(mean_log, math.log(_LARGEST_SQUARE)))
    return _mean_over_instances(lambda squares: np.minimum(squares, limit), norms, weights)


def largest_square_norm(inputs):
    """The largest Σ_i x_i² of an instance.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    """
    n_instances, step = inputs.shape[0], _Norms(inputs).step
    chunks = (rows_of(inputs, start, min(start + step, n_instances)) for start in range(0, n_instances, step))
    return max(float(_square_norms(chunk).max()) for chunk in chunks)


def square_of_mean(inputs, weights):
    """Σ_i (mean x_i)², the weighted mean over the instances: what they all have in common, which centred ones have not.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
    """
    n_instances, sums = inputs.shape[0], 0.0
    step = n_rows_of_chunk(max(1, inputs.nnz // n_instances if issparse(inputs) else inputs.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, n_instances, step):
            rows = rows_of(inputs, start, min(start + step, n_instances))
            sums = sums + _weighted_sum(rows, None if weights is None else weights[start : start + step])
        means = sums / (n_instances if weights is None else weights.sum(dtype=np.float64))
        square = float(np.square(means).sum())
    return min(square, _LARGEST_SQUARE) if square >= 0 else _LARGEST_SQUARE


def _weighted_sum(rows, weights):
    """Of the columns; not by BLAS, as it would depend on the number of its threads."""
    if issparse(rows):
        return rows.T.astype(np.float64) @ (np.ones(rows.shape[0]) if weights is None else weights.astype(np.float64))
    rows = rows.astype(np.float64, copy=False)
    return rows.sum(axis=0) if weights is None else np.einsum("i,ij->j", weights.astype(np.float64), rows)


class _Norms:
    """Σ_i x_i² of the instances, in chunks; of not very many instances they are kept, as they are asked for twice.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    """

    def __init__(self, inputs):
        self._inputs = inputs
        self.n_instances = inputs.shape[0]
        numbers = inputs.size if isinstance(inputs, np.ndarray) else inputs.nnz
        self.step = n_rows_of_chunk(max(1, numbers // self.n_instances))
        self._kept = {} if self.n_instances <= n_rows_of_chunk(1) else None

    def chunk(self, start):
        """Those of the instances from here on."""
        if self._kept is not None and start in self._kept:
            return self._kept[start]
        norms = _square_norms(self._inputs[start : start + self.step])
        if self._kept is not None:
            self._kept[start] = norms
        return norms


def _mean_over_instances(function, norms, weights):
    """The weighted mean of a function of Σ_i x_i²."""
    n_instances, step, total = norms.n_instances, norms.step, 0.0
    for start in range(0, n_instances, step):
        values = function(norms.chunk(start))
        if weights is not None:
            values = values * weights[start : start + step]  # a dot product would depend on the number of BLAS threads
        total += float(values.sum())
    return total / (n_instances if weights is None else float(weights.sum(dtype=np.float64)))


def _square_norms(inputs):
    """Σ_i x_i² of each instance; at most the largest number, which the squares of very large ones exceed."""
    with np.errstate(over="ignore"):
        if isinstance(inputs, np.ndarray):
            numbers = inputs.astype(np.float64, copy=False)
            norms = np.einsum("ij,ij->i", numbers, numbers)
        else:
            norms = np.asarray(inputs.astype(np.float64).power(2).sum(axis=1)).ravel()
    return np.minimum(norms, _LARGEST_SQUARE)
