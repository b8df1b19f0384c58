"""How large the first net inputs of hidden units should be, as the data say before the first epoch.

Small ones make units that are almost linear over the data, which suits noise and straight lines; large ones make units
that bend, without which curves, shapes and rules of exclusive or are learned late. Which the data want is seen by what
units of random weights make of them: for each size, the targets are regressed on the outputs of such units, with the
leave-one-out error that ridge regression gives in closed form.

References
----------
D. M. Allen, "The relationship between variable selection and data augmentation and a method for prediction",
Technometrics 16, 1974: the error of leaving one out (PRESS).

W. F. Schmidt, M. A. Kraaijveld, R. P. W. Duin, "Feed forward neural networks with random weights", ICPR 1992.
"""

import math

import numpy as np
from scipy.sparse import issparse

from .engines import take_rows
from .parameters import n_rows_of_chunk
from .threads import one_blas_thread
from .units import sigmoid

# The root mean squares of net inputs that are tried. Units of 0.25 are as good as linear; of 8, almost steps.
_NETS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

# Inputs of which Σ_i x_i² is below so much for each of them are small already, and the smallest net inputs are not tried.
_SMALL = 0.5

# Net inputs vary over the instances by at least such a part of what they have in common, which only saturates large ones.
_VARIED = 0.02

# What is added to each unit's mean square, and about what 300 epochs at the automatic rate do not learn.
_RIDGE = 3e-4

# Errors so near to the least count as equal to it. Where more than so much of the targets is left, much of it may be
# noise, and of equals the smallest net inputs are taken; where less is left, the usual ones, as units bend by learning.
_TOLERANCE_OF_NOISE = 0.03
_TOLERANCE = 0.2
_NOISE = 0.4

# Such a share of the targets is nothing.
_NOTHING = 1e-3

_N_UNITS = 100

# Of fewer different inputs, or weights that are uneven so that they are worth fewer, no error is told; of so many it is
# told well enough.
_N_LEAST = 50
_N_MOST = 1000

# Instances among which equal inputs are looked for, and output units whose targets are looked at.
_N_LOOKED_AT = 10_000
_N_OUTPUTS = 100


def net_of_least_error(training_set, square_norm, usual):
    """The root mean square of net inputs that sigmoid units of random weights tell the targets best with.

    It depends neither on the order of the instances nor on the scale of their weights, and a weight is as good as so many
    copies: equal inputs are left out together.

    Parameters
    ----------
    training_set : TrainingSet
        Of which up to a thousand different inputs are looked at.
    square_norm : float
        Σ_i x_i² on average. For the units' weights it counts as no less than the number of inputs.
    usual : float
        The root mean square to which those that are as good should be near.

    Returns
    -------
    net : float or None
        None where there are too few different inputs, or nothing to tell of them.
    """
    n_inputs = training_set.inputs.shape[1]
    rows, targets, weights = _different_instances(training_set)
    if len(rows) < _N_LEAST:
        return None
    weights /= weights.sum()
    if weights @ weights > 1 / _N_LEAST:
        return None
    roots = np.sqrt(weights)[:, None]
    with np.errstate(all="ignore"), one_blas_thread():
        targets -= weights @ targets
        targets *= roots
        total = float(np.square(targets).sum())
        nets = _random_nets(training_set.inputs, rows, math.sqrt(3 / (max(square_norm, n_inputs) + 1)))
        common = np.square(weights @ nets).sum()
        varied = np.einsum("i,ij,ij->", weights, nets, nets) - common
        if not (0 < total < math.inf and _VARIED * common <= varied < math.inf):
            return None
        tried = _NETS if square_norm >= _SMALL * n_inputs else _NETS[1:]
        errors = [_error_of_leaving_one_out(sigmoid(net * nets), targets, roots) / total for net in tried]
    least = min(errors)
    limit = least * (1 + (_TOLERANCE_OF_NOISE if least > _NOISE else _TOLERANCE)) + _NOTHING
    equals = [net for net, error in zip(tried, errors, strict=True) if error <= limit]
    if least > _NOISE:
        return equals[0] if equals else None
    return min(equals, key=lambda net: abs(math.log(net / usual)), default=None)


def _different_instances(training_set):
    """The rows of inputs that differ, the mean of the targets of each, and the sum of its weights."""
    n_instances = training_set.inputs.shape[0]
    rows = np.arange(min(n_instances, _N_LOOKED_AT))
    if n_instances > _N_LOOKED_AT:
        rows = np.unique(np.random.RandomState(0).randint(n_instances, size=_N_LOOKED_AT))
    _, first, group = np.unique(_keys(training_set.inputs, rows), return_index=True, return_inverse=True)
    # Spread evenly along the line of keys, so that the order of the instances does not matter.
    taken = np.linspace(0, len(first) - 1, min(len(first), _N_MOST)).astype(int)
    first, is_taken = rows[first[taken]], np.isin(group, taken)
    rows, group = rows[is_taken], np.searchsorted(taken, group[is_taken])
    weights = np.ones(len(rows)) if training_set.weights is None else training_set.weights[rows].astype(np.float64)
    codes = rows if training_set.codes is None else training_set.codes[rows]
    sums = np.bincount(group, weights)
    n_outputs = training_set.targets.shape[1]
    units = np.linspace(0, n_outputs - 1, min(n_outputs, _N_OUTPUTS)).astype(int)
    targets = np.empty((len(first), len(units)))
    with np.errstate(all="ignore"):  # a weight may be almost nothing
        for column, unit in zip(targets.T, units, strict=True):
            column[...] = np.bincount(group, weights * training_set.targets[codes, unit].astype(np.float64)) / sums
    targets[~np.isfinite(targets)] = 0.0
    return first, targets, sums


def _keys(inputs, rows):
    """A number for each instance, equal for equal inputs."""
    n_instances, n_inputs = inputs.shape
    direction = np.random.RandomState(1).uniform(-1, 1, n_inputs)
    keys = np.empty(len(rows))
    step = n_rows_of_chunk(4 * (1 + inputs.nnz // n_instances if issparse(inputs) else n_inputs))
    for start in range(0, len(rows), step):
        chunk = take_rows(inputs, rows[start : start + step]).astype(np.float64, copy=False)
        # The same for equal rows, which BLAS does not promise.
        keys[start : start + step] = chunk @ direction if issparse(chunk) else np.einsum("ij,j->i", chunk, direction)
    return keys


def _random_nets(inputs, rows, bound):
    """Net inputs of a hundred units, of weights and biases from [-bound, bound], for some rows of the inputs."""
    random_state = np.random.RandomState(2)
    nets = np.tile(random_state.uniform(-bound, bound, _N_UNITS), (len(rows), 1))
    columns = np.arange(inputs.shape[1])
    if issparse(inputs):
        inputs = take_rows(inputs, rows)
        columns, rows = np.unique(inputs.indices), slice(None)
    # Of CSR each product reads all entries; of dense ones columns are copied.
    step = n_rows_of_chunk(32 if issparse(inputs) else 4 * len(nets))
    for start in range(0, len(columns), step):
        some = columns[start : start + step]
        chunk = inputs[:, some] if issparse(inputs) else inputs[rows, some[0] : some[-1] + 1]
        nets += chunk.astype(np.float64, copy=False) @ random_state.uniform(-bound, bound, (len(some), _N_UNITS))
    return nets


def _error_of_leaving_one_out(outputs, targets, roots):
    """The weighted sum of squared errors of each instance's targets, as ridge regression on the others has them.

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_units)
        Of hidden units; it is overwritten.
    targets : ndarray of shape (n_instances, n_outputs)
        Less their weighted mean, times the roots.
    roots : ndarray of shape (n_instances, 1)
        Of weights with a sum of 1.
    """
    outputs -= np.square(roots).T @ outputs
    outputs *= roots
    products = outputs.T @ outputs
    products.flat[:: len(products) + 1] += _RIDGE
    solved = outputs @ np.linalg.inv(products)
    leverages = np.square(roots[:, 0]) + np.einsum("ij,ij->i", outputs, solved)  # the mean, too, is of all instances
    residuals = targets - solved @ (outputs.T @ targets)
    residuals /= np.maximum(1 - leverages, 1e-9)[:, None]
    return float(np.square(residuals).sum())
