"""Heavy instances in parts: presented several times an epoch, each time with a part of their weight.

A rate that the heaviest instance of all bears in one step is too small for all others. So a large weight does in several
steps, here and there in an epoch, what it stands for.

References
----------
N. Karampatziakis, J. Langford, "Online importance weight aware updates", UAI 2011: a weight of h is to do what h
presentations do.
"""

import numpy as np

from ..engines import gather_rows
from ..parameters import sums_of_codes

# A part weighs no more than so many usual instances, or than this share of a batch of them, whichever is more.
_LARGEST_PART, _LARGEST_SHARE = 4, 1 / 4

# Digits of a weight over the largest part: the last ones depend on the common scale of the weights.
_N_DIGITS = 4


def in_parts(training_set, batch_size):
    """The same instances, those that are too heavy for their batch in several equal parts.

    Parts of one are spread evenly over the others. Where a class weighs more as a whole its usual instance does too: what
    is rare would be learned by heart at the rate of all others. There are no more than a quarter more parts than instances.

    Parameters
    ----------
    training_set : TrainingSet
    batch_size : int

    Returns
    -------
    training_set : TrainingSet
        The given one where no instance is too heavy.
    """
    if training_set.weights is None:
        return training_set
    weights = training_set.weights.astype(np.float64)
    shares = weights / (_usual_weights(training_set, weights) * max(_LARGEST_PART, _LARGEST_SHARE * batch_size))
    n_parts = np.maximum(np.ceil(shares.round(_N_DIGITS)), 1).astype(np.intp)
    n_instances, n_all = len(weights), int(n_parts.sum())
    if n_all == n_instances:
        return training_set
    rows = _spread(n_parts)
    codes = training_set.codes
    return training_set._replace(
        inputs=gather_rows(training_set.inputs, rows),
        targets=training_set.targets[rows] if codes is None else training_set.targets,
        codes=None if codes is None else codes[rows],
        weights=((weights / n_parts)[rows] * (n_all / n_instances)).astype(training_set.weights.dtype),
        mean_weight=training_set.mean_weight * (n_instances / n_all),
        whole=training_set,
    )


def _usual_weights(training_set, weights):
    """What an instance of the class of each weighs in the mean, or an instance of all, whichever is more."""
    if training_set.codes is None:
        return 1.0
    n_codes = len(training_set.targets)
    sums, counts = (sums_of_codes(training_set.codes, each, n_codes) for each in (weights, None))
    return np.maximum(sums / np.maximum(counts, 1), 1.0)[training_set.codes]


def _spread(n_parts):
    """The row of each part, in an order in which those of one are as far from each other as may be."""
    n_instances = len(n_parts)
    rows = np.repeat(np.arange(n_instances), n_parts)
    numbers = np.arange(len(rows)) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    places = (rows + numbers * (n_instances / n_parts[rows])) % n_instances
    return rows[np.argsort(places, kind="stable")]
