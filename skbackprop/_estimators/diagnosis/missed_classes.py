"""Classes that a network never recognises, or of which it has lost a part for good."""

import numpy as np

from ..._network import engines
from ..._network.parameters import n_rows_of_chunk, select, sums_of_codes
from ..._network.units import decide
from .references import SAMPLE_SIZE

# A class with no more instances may be missed.
_HANDFUL = 10

# Of a class that may be missed so many instances are looked at before all are.
_FEW_OF_A_CLASS = 100

# Near the wrong end of outputs squared errors move little. Where such a part of a class is there, it is lost: so near that
# of outputs that tell probabilities no more than this part of that would be there, but between these bounds.
_LEAST_PART_LOST, _PART_BY_CHANCE, _NEAREST, _FARTHEST = 0.2, 1 / 2, 1e-4, 1e-2


def missed_class(training):
    """The code of the largest class none of whose instances is recognised, and how many it has; or None."""
    training_set, is_known = training.training_set, known_classes(training)
    codes, n_instances = training_set.codes, len(training_set.codes)
    counts, weights = (sums_of_codes(codes, each, len(is_known)) for each in (None, training_set.weights))
    suspects = np.flatnonzero(~is_known & (np.minimum(counts, weights) > _HANDFUL))
    if not len(suspects):
        return None
    n_left = max(SAMPLE_SIZE, n_instances // 10)  # of many classes some stay unknown, as the rest would take too long
    for code, rows in rows_of(suspects[np.argsort(-counts[suspects], kind="stable")], codes):
        few = rows[:: max(1, len(rows) // _FEW_OF_A_CLASS)]
        n_left -= len(few)
        if n_left < 0:
            return None
        if training.samples_all or not (_recognises_any(training, few) or _recognises_any(training, rows)):
            return code, len(rows)
    return None


def lost_part(training):
    """The code of the class of which the largest part has an output for it that squared errors do not move, though it is
    wrong, and that part by weight; or None."""
    training_set = training.training_set
    codes, n_instances = training_set.codes, len(training_set.codes)
    counts, weights = (sums_of_codes(codes, each, len(training_set.targets)) for each in (None, training_set.weights))
    n_looked_at, random_state = max(SAMPLE_SIZE, n_instances // 10), np.random.RandomState(0)
    classes = np.flatnonzero((counts > _HANDFUL) & (weights > 0))
    classes = classes[np.argsort(counts[classes], kind="stable")][: n_looked_at // _HANDFUL]
    n_few, lost = min(_FEW_OF_A_CLASS, n_looked_at // max(1, len(classes))), []
    for code, rows in rows_of(classes, codes):
        few = _some_by_weight(training_set, rows, n_few, random_state)
        nearness = np.clip(_PART_BY_CHANCE * _LEAST_PART_LOST * weights[code] / weights.sum(), _NEAREST, _FARTHEST)
        if np.mean(_lost(training, few, nearness)[0]) >= _LEAST_PART_LOST / 2:
            part = _part_lost(training, rows, nearness)
            if part >= _LEAST_PART_LOST:
                lost.append((code, part))
    return max(lost, key=lambda each: each[1], default=None)


def _some_by_weight(training_set, rows, n_rows, random_state):
    """Some of these rows, the heavier, the likelier."""
    weights = None if training_set.weights is None else training_set.weights[rows].astype(float)
    n_rows = min(len(rows), n_rows)
    return random_state.choice(rows, n_rows, p=None if weights is None else weights / weights.sum())


def _part_lost(training, rows, nearness):
    """The part of all instances of a class that is lost; 0 where no more are than chance would have there."""
    n_rows = max(_FEW_OF_A_CLASS, n_rows_of_chunk(sum(training.parameters.layer_sizes)))
    parts = [_lost(training, rows[start : start + n_rows], nearness) for start in range(0, len(rows), n_rows)]
    are_lost, weights = (np.concatenate(each) for each in zip(*parts, strict=True))
    part, n_instances = float(np.average(are_lost, weights=weights)), len(training.training_set.codes)
    is_by_chance = _PART_BY_CHANCE * part * weights.sum() < nearness * n_instances
    return 0.0 if np.count_nonzero(are_lost) < _HANDFUL or is_by_chance else part


def _lost(training, rows, nearness):
    """Which of these instances are wrong and so near that end, and their weights over the mean of all."""
    instances = select(training.training_set, rows)
    outputs = engines.predict(training.parameters, instances.inputs, instances.units)
    is_wrong = (decide(outputs, instances.units) != decide(instances.targets, instances.units))[:, 0]
    own = np.where(instances.targets == 1, outputs, 1 - outputs)
    of_class = own[:, 0] if own.shape[1] == 1 else outputs[np.arange(len(rows)), instances.targets.argmax(axis=1)]
    weights = np.ones(len(rows)) if instances.weights is None else instances.weights
    return is_wrong & (of_class < nearness), weights


def known_classes(training):
    """Whether an instance of each class is recognised, of those that are looked at."""
    training_set, outputs = training.training_set, training.sample_layers[-1]
    is_right = (decide(outputs, training.units) == decide(training.sample.targets, training.units))[:, 0]
    is_known = np.zeros(len(training_set.targets), dtype=bool)
    is_known[training_set.codes[training.sample_rows][is_right]] = True
    return is_known


def rows_of(classes, codes):
    """Each of the classes and its rows: first those of one, as to sort all takes memory, then those of the rest."""
    for some in (classes[:1], classes[1:]):
        is_wanted = np.zeros(codes.max() + 1, dtype=bool)
        is_wanted[some] = True
        rows = np.flatnonzero(is_wanted[codes])
        rows = rows[np.argsort(codes[rows], kind="stable")]
        firsts, lasts = (np.searchsorted(codes[rows], some, side=side) for side in ("left", "right"))
        for code, first, last in zip(some.tolist(), firsts, lasts, strict=True):
            yield code, rows[first:last]


def _recognises_any(training, rows):
    """Whether any of these instances is given its own class; of many, as many are looked at together as a chunk holds."""
    n_rows = max(_FEW_OF_A_CLASS, n_rows_of_chunk(sum(training.parameters.layer_sizes)))
    return any(_recognises_one(training, rows[start : start + n_rows]) for start in range(0, len(rows), n_rows))


def _recognises_one(training, rows):
    instances = select(training.training_set, rows)
    outputs = engines.predict(training.parameters, instances.inputs, instances.units)
    return bool((decide(outputs, instances.units) == decide(instances.targets, instances.units)).any())
