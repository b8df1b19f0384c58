"""A network some of whose weights are removed, for a trial, and what is left of it then."""

import copy
import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.metrics import r2_score

from .._network import backprop, engines
from .._training.divergence import Divergence
from .._training.state import Progress
from .networks import layer_outputs
from .sensitivity import output_slopes

# Effects are means over no more instances than this.
_MAX_INSTANCES = 1000

# Numbers of inputs that are looked at in a dense array at a time.
_N_DENSE = 2**21

# What varies less, of its own size, is constant but for rounding; both are squares.
_ROUNDING = 1e-24


def sizes_of(network):
    """How many weights are not zero, and from how many units and features they come."""
    used = [(weights != 0).any(axis=1) for weights in network.coefs_]
    return {
        "n_weights": int(sum(np.count_nonzero(weights) for weights in network.coefs_)),
        "n_hidden_units": int(sum(each.sum() for each in used[1:])),
        "n_features": int(used[0].sum()),
    }


class Watched(NamedTuple):
    """Instances that networks are compared on.

    Attributes
    ----------
    X, y : array-like
        As the user has them.
    weights : ndarray of shape (n_instances,) or None
    targets : ndarray of shape (n_instances, n_outputs) or None
        As numbers; None of labels.
    varies : ndarray of shape (n_outputs,) or None
        Which targets are not the same for all instances: the others have no R², for it is a share of how much they vary.
    """

    X: object
    y: object
    weights: np.ndarray | None
    targets: np.ndarray | None = None
    varies: np.ndarray | None = None

    @classmethod
    def of(cls, estimator, X, y, instances, name):
        """Those that are clean already; a ValueError names y where no target varies."""
        if hasattr(estimator, "classes_"):
            return cls(X, y, instances.weights)
        targets = instances.codes.reshape(len(instances.codes), -1)
        seen = targets if instances.weights is None else targets[instances.weights > 0]
        varies = (seen != seen[0]).any(axis=0)
        if not varies.any():
            raise ValueError(f"{name} holds the same targets for all instances, of which R² says nothing: pass others.")
        return cls(X, y, instances.weights, targets, varies)

    def score(self, network):
        """Accuracy, or R² of the targets that vary."""
        if self.varies is None or self.varies.all():
            return network.score(self.X, self.y, self.weights)
        return r2_score(self.targets[:, self.varies], self._predict(network), sample_weight=self.weights)

    def fidelity(self, network, other):
        """The share of a network's predictions that are another's, or R² of the one's against the other's."""
        if self.varies is not None:
            return float(r2_score(self._predict(other), self._predict(network)))
        predictions = (each.predict(self.X) for each in (network, other))
        mine, theirs = (each.toarray() if issparse(each) else each for each in predictions)
        is_same = np.asarray(mine == theirs)
        return float(is_same.reshape(len(is_same), -1).all(axis=1).mean())

    def _predict(self, network):
        """Predictions of the targets that vary."""
        return network.predict(self.X).reshape(self.targets.shape)[:, self.varies]


class Trial:
    """A network some of whose weights are removed.

    Parameters
    ----------
    network : BackpropClassifier or BackpropRegressor
    are_left : list of ndarray of bool
        Of each layer, the weights that are not removed.
    score : float or None
    """

    def __init__(self, network, are_left, score=None):
        self.network = network
        self.are_left = are_left
        self.score = score
        self.has_diverged = False

    def n_weights(self):
        """How many are left."""
        return int(sum(each.sum() for each in self.are_left))

    def without(self, n_removed, X):
        """Another one without the weights of least effect, and without those that carry nothing on.

        A saturated unit has no slope, so its weights seem to do nothing: that alone removes none of them.
        """
        network = copy.deepcopy(self.network)
        outputs, effects = effects_of(network, X)
        effects = [np.where(is_left, each, np.inf) for is_left, each in zip(self.are_left, effects, strict=True)]
        sorted_effects = np.sort(np.concatenate([each.ravel() for each in effects]))
        limit = sorted_effects[n_removed - 1] if n_removed else -1.0
        carrying = _that_carry(self.are_left, network.coefs_, outputs)
        are_left = [carries & (each > limit) for carries, each in zip(carrying, effects, strict=True)]
        for below, weights, biases, is_left in zip(outputs, network.coefs_, network.intercepts_, are_left, strict=True):
            with np.errstate(all="ignore"):
                biases += below.mean(axis=0) @ np.where(is_left, 0, weights)
            weights[~is_left] = 0
        network._progress_ = Progress(**network._progress_).of_other_weights(network.n_epochs_)._asdict()
        return Trial(network, are_left)

    def trained(self, X, y, n_epochs, sample_weight):
        """This one, after some epochs of the weights that are left; solvers without epochs have none."""
        try:
            for _ in range(n_epochs if hasattr(self.network, "partial_fit") else 0):
                self.network.partial_fit(X, y, sample_weight=sample_weight)
                for weights, is_left in zip(self.network.coefs_, self.are_left, strict=True):
                    weights[~is_left] = 0
        except Divergence:
            self.has_diverged = True
        return self

    def scored(self, watched):
        """This one, with its score on what is watched; none is worse than that of one whose training diverged."""
        self.score = -math.inf if self.has_diverged else watched.score(self.network)
        return self


def effects_of(network, X):
    """Outputs of all layers but the last, and of each weight how much its removal moves the network's outputs."""
    X = network._check_inputs(X)
    rows = np.linspace(0, X.shape[0] - 1, min(X.shape[0], _MAX_INSTANCES)).round().astype(np.intp)
    inputs = engines.rows_of(X[rows], 0, len(rows))
    inputs = csr_array(inputs) if issparse(inputs) else inputs  # whose means are arrays, and no matrices
    *hidden, last = layer_outputs(network, inputs)
    below = [inputs, *hidden]
    squares = [0.0] * len(below)
    with np.errstate(all="ignore"):
        for slopes in output_slopes(last, network):
            for layer in range(len(below) - 1, -1, -1):
                squares[layer] = squares[layer] + slopes.astype(np.float64) ** 2
                if layer:
                    slopes = backprop.hidden_errors(below[layer], slopes, network.coefs_[layer], network._activation_)
        effects = [
            weights.astype(np.float64) ** 2 * (_variations(outputs, square) / len(rows))
            for weights, outputs, square in zip(network.coefs_, below, squares, strict=True)
        ]
    return below, effects


def _that_carry(are_left, coefs, outputs):
    """Of the weights that are left, those that lead from what varies over the instances to the network's outputs."""
    carrying, is_heard = [], True
    for is_left, weights, below in zip(are_left[::-1], coefs[::-1], outputs[::-1], strict=True):
        is_left = is_left & _vary(below)[:, np.newaxis] & is_heard
        carrying.insert(0, is_left)
        is_heard = (is_left & (weights != 0)).any(axis=1)
    return carrying


def _vary(outputs):
    """Which units put out more than one number."""
    size = abs(outputs).max(axis=0)
    size = size.toarray().ravel() if issparse(size) else size
    variations = _variations(outputs, np.ones((outputs.shape[0], 1)))[:, 0]
    return variations > _ROUNDING * outputs.shape[0] * size.astype(float) ** 2


def _variations(outputs, squares):
    """Σ (O_i - mean of O_i)² s_j over the instances, for each O_i and each s_j; of sparse inputs, a few at a time."""
    n_at_once = max(1, _N_DENSE // len(squares)) if issparse(outputs) else outputs.shape[1]
    sums = []
    for start in range(0, outputs.shape[1], n_at_once):
        part = outputs[:, start : start + n_at_once]
        part = part.toarray() if issparse(part) else part
        sums.append(((part - part.mean(axis=0)) ** 2).T @ squares)
    return np.concatenate(sums)
