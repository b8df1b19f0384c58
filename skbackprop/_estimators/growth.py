"""Adds output units to a network for classes that come late."""

import numpy as np


def grow_outputs(weights, biases, sources, bound, random_state):
    """Weights and biases of a last layer with more units.

    Parameters
    ----------
    weights : ndarray of shape (n_inputs, n_units)
    biases : ndarray of shape (n_units,)
    sources : list of (int, float) or None
        For each unit of the new layer the old one that it is made of and a factor; None for one that is drawn.
    bound : float
        New weights and biases are drawn uniformly from [-bound, bound].
    random_state : RandomState

    Returns
    -------
    weights : ndarray of shape (n_inputs, len(sources))
    biases : ndarray of shape (len(sources),)
    """
    layer = np.vstack([weights, biases])
    columns = [
        random_state.uniform(-bound, bound, len(layer)) if source is None else source[1] * layer[:, source[0]]
        for source in sources
    ]
    grown = np.stack(columns, axis=1).astype(weights.dtype)
    return np.ascontiguousarray(grown[:-1]), grown[-1].copy()


def sources_of(old, new, is_softmax):
    """Of which old output unit each new one is made, as `grow_outputs` takes it.

    The one unit that tells two classes apart, with net input z, becomes two: 1 / (1 + e^-z) is one minus the output for -z,
    and is the softmax of z / 2 beside -z / 2. So the old classes keep their outputs, but for the share of the new ones.

    Parameters
    ----------
    old, new : ndarray
        Sorted classes; the new ones hold the old ones.
    is_softmax : bool
        Whether more than two classes share a softmax.
    """
    place = {label: number for number, label in enumerate(old.tolist())}
    if len(new) <= 2:
        return [(0, -1.0 if new[1] in place else 1.0)]
    if len(old) > 2:
        return [(place[label], 1.0) if label in place else None for label in new.tolist()]
    factor = 0.5 if is_softmax else 1.0
    return [(0, factor if place[label] else -factor) if label in place else None for label in new.tolist()]
