"""The different inputs among those of many instances: equal ones tell as much as one whose weight is the sum of theirs."""

import hashlib
import math
import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from scipy.spatial import KDTree

from ..engines import gather_rows, rows_of
from ..parameters import n_rows_of_chunk, sums_of_codes

# Fewer tell nothing, nor do weights that are so uneven that instances are worth fewer.
N_LEAST = 50

# Instances that weigh less, over the mean, count for nothing where the weights of a few are worth more than all others.
_LEAST_WEIGHT = 1e-3

# Inputs of which less than such a share is not zero are mostly so. Rows that are looked at.
_RARE, _N_ROWS_OF_SHARE = 0.5, 100

# Where fewer than such a share of instances are different, they are few that come again and again.
_LEAST_DIFFERENT = 1 / 3

# So many rows at most tell whether instances are the same.
_N_ROWS_OF_DIGEST = 1000

# Of more, those with the smallest marks are kept.
_N_MOST = 1000

# Instances come again and again where there are so many for each different one. Of no more inputs neighbours are asked,
# whose estimate is no larger than 1 by more than so many of its errors where it is one of noise.
_N_OF_EACH, _N_INPUTS_OF_NEIGHBOURS, _N_ERRORS = 2, 2, 2

# Of a stream, whose marks go with the network from call to call, so many, where the middle half may have so many.
_N_OF_STREAM, _LEAST_TOLD_APART = 256, 1e5

# Output units whose targets are looked at.
_N_OUTPUTS = 100

# Columns of a part of a key.
_N_COLUMNS = 8192

# Marks are made of the sign, the exponent and 24 bits of the digits of keys.
_ALL_BUT_SIGN, _BITS_LEFT_OUT = np.uint64(2**63 - 1), np.uint64(29)
_HALF, _OF_ONE = np.uint64(1 << 28), np.uint64(896 << 23)


class DifferentInstances(NamedTuple):
    """Different inputs, in the order of their keys.

    Attributes
    ----------
    keys, marks : ndarray of shape (n_instances,)
        As `_keys` and `_marks` make them.
    rows : ndarray of shape (n_instances,)
        Where each is found.
    weights : ndarray of shape (n_instances,)
        The sums over all that have these inputs.
    sums : ndarray of shape (n_instances, n_outputs)
        Of their targets times their weights.
    """

    keys: np.ndarray
    marks: np.ndarray
    rows: np.ndarray
    weights: np.ndarray
    sums: np.ndarray

    def n_different(self):
        """How many different inputs there are, of more than are kept about: of those that weigh next to nothing none."""
        counts = np.count_nonzero(self.weights / self.weights.sum() * len(self.weights) >= _LEAST_WEIGHT)
        return n_of_marks(self.marks, _N_MOST) * counts / len(self.marks)

    def marks_of_stream(self):
        """The smallest ones, in ascending order, by which instances that come later are told from these.

        None where they do not tell them: they have 24 bits of keys, which what all have in common may take.
        """
        width, size = np.subtract(*np.percentile(self.keys, [75, 25])), np.median(np.abs(self.keys))
        if not width * 2.0**24 >= _LEAST_TOLD_APART * size:
            return None
        return np.unique(self.marks)[:_N_OF_STREAM]

    def even_weights(self):
        """With a sum of 1; where they are worth too few, each tells as much, but for those that hardly count."""
        weights = self.weights / self.weights.sum()
        if weights @ weights <= 1 / N_LEAST:
            return weights
        counts = weights * len(weights) >= _LEAST_WEIGHT
        return counts / max(1, np.count_nonzero(counts))

    def digest(self):
        """The same for the same inputs, weights and targets."""
        numbers = hashlib.sha256()
        for each in (self.keys, self.weights, self.sums):
            numbers.update(np.ascontiguousarray(each))
        return numbers.digest()


def part_unexplained(training_set, instances):
    """The part of the targets' variance that no function of the inputs explains, about; NaN where that is not known.

    Where inputs come again and again, it is by what the targets of equal ones differ. Where hardly any do, of one or two
    inputs, it is by what those of neighbours differ, as differences estimate a variance (Rice): next to each other targets
    that follow the inputs are alike.

    Parameters
    ----------
    training_set : TrainingSet
    instances : DifferentInstances
        Of the training set.

    References
    ----------
    J. Rice, "Bandwidth choice for nonparametric regression", The Annals of Statistics 12, 1984.
    """
    (n_instances, n_inputs), n_different = training_set.inputs.shape, len(instances.keys)
    with np.errstate(all="ignore"):
        if n_different < _N_MOST and n_instances >= _N_OF_EACH * n_different:
            within, total = _squares_within(training_set, instances)
            n_fitted = n_different if training_set.weights is None else 0  # of which weights may hold any number
            return float(within / total * n_instances / (n_instances - n_fitted))
        if n_inputs > _N_INPUTS_OF_NEIGHBOURS or n_different < N_LEAST:
            return math.nan
        part = _squares_beside(training_set, instances)
    return part if part < 1 + _N_ERRORS * math.sqrt(3 / n_different) else math.nan  # as of cells with a neighbour each


def _squares_within(training_set, instances):
    """The weighted sums of squared deviations from the means of equal inputs, and from the mean of all."""
    targets, codes, weights = training_set.targets, training_set.codes, training_set.weights
    if codes is not None:
        weights = sums_of_codes(codes, weights, len(targets))
    units, means = looked_at(targets.shape[1]), instances.sums.sum(axis=0) / instances.weights.sum()
    total, step = 0.0, n_rows_of_chunk(len(units))
    for start in range(0, len(targets), step):
        deviations = targets[start : start + step, units] - means
        squares = np.square(deviations, out=deviations).sum(axis=1)
        total += squares.sum() if weights is None else weights[start : start + step] @ squares
    counts = instances.weights > 0
    deviations = instances.sums[counts] / instances.weights[counts, None] - means
    return total - instances.weights[counts] @ np.square(deviations).sum(axis=1), total


def _squares_beside(training_set, instances):
    """Half of the mean squared difference of neighbours in their means, as a part of the variance of these."""
    rows = gather_rows(training_set.inputs, instances.rows)
    rows = (rows.toarray() if issparse(rows) else rows).astype(np.float64)
    rows -= rows.mean(axis=0)
    rows /= np.maximum(rows.std(axis=0), np.finfo(float).tiny)
    counts = (instances.weights > 0) & np.isfinite(rows).all(axis=1)
    means = instances.sums[counts] / instances.weights[counts, None]
    nearest = KDTree(rows[counts]).query(rows[counts], k=2)[1][:, 1]
    return float(np.square(means - means[nearest]).sum() / 2 / np.square(means - means.mean(axis=0)).sum())


def n_of_marks(marks, n_most):
    """How many different inputs have marks of which these are the smallest, `n_most` at most.

    Of more about, as marks are spread evenly (Cohen and Kaplan).
    """
    if len(marks) < n_most:
        return len(marks)
    return (n_most - 1) * 2.0**64 / max(1.0, float(marks.max()))


def n_of_stream(marks):
    """How many different inputs a stream has brought so far, about."""
    return n_of_marks(marks, _N_OF_STREAM)


def with_marks_of(marks, inputs, weights, square_norm):
    """The smallest marks of all instances that a stream has brought so far and of these, but for those that hardly weigh.

    Parameters
    ----------
    marks : ndarray of shape (n_marks,)
        In ascending order.
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
        Over their mean.
    square_norm : float
        Of the instances from which the first marks were made.

    Returns
    -------
    marks : ndarray of shape (n_marks,)
        The same array where no instance has another mark that is small enough.
    """
    for start, keys in _chunks_of_keys(inputs, square_norm):
        if weights is not None:
            keys = keys[weights[start : start + len(keys)] >= _LEAST_WEIGHT]
        others = _marks(keys)
        if len(marks) == _N_OF_STREAM:
            others = others[others < marks[-1]]
        places = np.minimum(marks.searchsorted(others), len(marks) - 1)
        new = others[marks[places] != others]
        if len(new):
            marks = np.unique(np.concatenate((marks, new)))[:_N_OF_STREAM]
    return marks


def inputs_of_one(inputs, instances):
    """How many inputs one of these instances has: of mostly zero ones, as words of texts, those that are not; else all.

    That is so where less than half of the inputs of some instances are not zero, whatever the order of all.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    instances : DifferentInstances

    Returns
    -------
    n_of_one : float
    """
    by_chance = np.argsort(instances.marks, kind="stable")  # keys go from the outermost to the outermost
    by_chance = by_chance[instances.weights[by_chance] >= _LEAST_WEIGHT * instances.weights.mean()]
    rows = instances.rows[by_chance[:_N_ROWS_OF_SHARE]]
    numbers = gather_rows(inputs, rows).data if issparse(inputs) else inputs[rows]
    n_of_one, n_inputs = np.count_nonzero(numbers) / len(rows), inputs.shape[1]
    return n_of_one if n_of_one < _RARE * n_inputs else float(n_inputs)


def digest_of(training_set):
    """A number that is the same for the same instances in the same order, and almost never for others.

    Of many instances it looks at the inputs of some that chance chooses, and at the targets and weights of all.
    """
    inputs, digest = training_set.inputs, 0
    n_instances = inputs.shape[0]
    rows = np.arange(n_instances)
    if n_instances > _N_ROWS_OF_DIGEST:
        rows = np.sort(np.random.RandomState(0).randint(n_instances, size=_N_ROWS_OF_DIGEST))
    step = _n_rows_at_once(inputs)
    for start in range(0, len(rows), step):
        some = gather_rows(inputs, rows[start : start + step])
        parts = (
            (some,) if not issparse(some) else (some.data, some.indices.astype(np.int64), some.indptr.astype(np.int64))
        )
        for part in parts:
            digest = zlib.crc32(np.ascontiguousarray(part), digest)
    for part in (training_set.codes, training_set.targets, training_set.weights):
        if part is not None:
            digest = zlib.crc32(np.ascontiguousarray(part), digest)
    return digest


def looked_at(n_outputs):
    """The output units whose targets are looked at."""
    return np.linspace(0, n_outputs - 1, min(n_outputs, _N_OUTPUTS)).astype(int)


def different_instances(training_set, square_norm):
    """Those different inputs whose marks are the smallest, which depend on the inputs alone ("bottom-k sampling").

    E. Cohen, H. Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.
    """
    n_outputs = training_set.targets.shape[1]
    units = looked_at(n_outputs)
    none = np.empty(0)
    kept = DifferentInstances(none, none.astype(np.uint64), none.astype(int), none, np.empty((0, len(units))))
    for start, keys in _chunks_of_keys(training_set.inputs, square_norm):
        marks = _marks(keys)
        near = np.arange(len(keys))
        if len(kept.keys) == _N_MOST:
            near = np.flatnonzero(marks <= kept.marks.max())
        if len(near):
            kept = _merged(kept, keys[near], marks[near], start + near, training_set, units)
    return kept


def _merged(kept, keys, marks, rows, training_set, units):
    """The instances that are kept with others, of which the larger marks go."""
    keys, marks = np.concatenate((kept.keys, keys)), np.concatenate((kept.marks, marks))
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    taken = np.sort(np.argsort(marks[first], kind="stable")[:_N_MOST])
    place = np.full(len(first), -1)
    place[taken] = np.arange(len(taken))
    group, first, n_kept = place[group], first[taken], len(kept.keys)
    old, new = group[:n_kept], group[n_kept:]
    rows_of_first = np.concatenate((kept.rows, rows))[first]
    rows, new = rows[new >= 0], new[new >= 0]
    given = np.ones(len(rows)) if training_set.weights is None else training_set.weights[rows].astype(np.float64)
    codes = rows if training_set.codes is None else training_set.codes[rows]
    weights = np.bincount(new, given, minlength=len(taken))
    sums = np.empty((len(taken), len(units)))
    for column, unit in zip(sums.T, units, strict=True):
        column[...] = np.bincount(new, given * training_set.targets[codes, unit], minlength=len(taken))
    weights[old[old >= 0]] += kept.weights[old >= 0]
    sums[old[old >= 0]] += kept.sums[old >= 0]
    return DifferentInstances(keys[first], marks[first], rows_of_first, weights, sums)


def count_alike(inputs, weights, square_norm):
    """How many instances of equal weights tell as much as these do, if equal ones are one whose weight is their sum.

    Weights that stand for copies, their scale, and instances that weigh next to nothing change nothing. L. Kish, "Survey
    sampling", 1965, section 11.7: the square of the sum of the weights over the sum of their squares.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    weights : ndarray of shape (n_instances,) or None
    square_norm : float
        Σ_i x_i² on average.
    """
    keys = np.concatenate([keys for _, keys in _chunks_of_keys(inputs, square_norm)])
    _, group = np.unique(keys, return_inverse=True)
    weights = np.bincount(group, weights)
    return float(weights.sum() ** 2 / (weights @ weights))


def are_all_different(inputs):
    """Whether no two instances have the same inputs, as can be seen of few; False of sparse ones, of which it is not."""
    return not issparse(inputs) and len({instance.tobytes() for instance in inputs + 0.0}) == inputs.shape[0]


def without_copies(instances):
    """Instances, each with a row of targets of its own, of which copies are one, whose weight is the sum of theirs.

    Where most are copies, as of a few categories, those that come later will be copies too: they stay as they are.
    """
    inputs, targets = (
        _keys(each, np.random.RandomState(1).uniform(-1, 1, each.shape[1]))
        for each in (instances.inputs, instances.targets)
    )
    _, first, group = np.unique(inputs + 1j * targets, return_index=True, return_inverse=True)
    if not _LEAST_DIFFERENT * len(group) <= len(first) < len(group):
        return instances
    weights = np.bincount(group, instances.weights)
    order = np.argsort(first)
    rows = first[order]
    return instances._replace(
        inputs=instances.inputs[rows],
        targets=instances.targets[rows],
        weights=weights[order].astype(instances.targets.dtype),
    )


def _chunks_of_keys(inputs, square_norm):
    """The keys of chunks of instances, each with the number of its first one."""
    n_instances, n_inputs = inputs.shape
    direction = _direction(n_inputs) / math.sqrt(square_norm or 1.0)
    step = _n_rows_at_once(inputs)
    for start in range(0, n_instances, step):
        yield start, _keys(rows_of(inputs, start, min(start + step, n_instances)), direction)


@lru_cache(maxsize=4)
def _direction(n_inputs):
    """Always the same, for each number of inputs."""
    return np.random.RandomState(1).uniform(-1, 1, n_inputs)


def _n_rows_at_once(inputs):
    """How many rows to look at together."""
    return n_rows_of_chunk(max(16, 1 + inputs.nnz // inputs.shape[0] if issparse(inputs) else inputs.shape[1]))


def _keys(inputs, direction):
    """A number for each instance, equal for equal inputs."""
    inputs = inputs.astype(np.float64, copy=False)
    if issparse(inputs):
        return inputs @ direction
    # The same for equal rows, which BLAS does not promise, nor does NumPy of more columns at once.
    parts = [slice(start, start + _N_COLUMNS) for start in range(0, len(direction), _N_COLUMNS)]
    return sum(np.einsum("ij,j->i", inputs[:, part], direction[part]) for part in parts)


def _marks(keys):
    """Keys in an order that looks like chance; almost always the same of CSR, whose sums differ in their last bits.

    S. Vigna's finaliser of SplitMix64, of the keys with 24 bits of their digits, however small they are.
    """
    bits = (keys + 0.0).view(np.uint64)
    numbers = ((bits & _ALL_BUT_SIGN) + _HALF) >> _BITS_LEFT_OUT
    numbers -= _OF_ONE  # keys of about 1 are numbers below 2^31
    numbers += (bits >> np.uint64(63)) << np.uint64(31)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
