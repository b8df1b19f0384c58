"""A network with fewer weights that does nearly the same: `prune`."""

import copy
from numbers import Real

import numpy as np
from sklearn.metrics import r2_score

from .._network import backprop, engines
from .._public import public
from .networks import check_network
from .sensitivity import output_slopes

# Of the weights that are left, removed at once to begin with; half as many each time that it was too much.
_FIRST_SHARE = 0.25

# Effects are means over no more instances than this.
_MAX_INSTANCES = 1000

# What is smaller, of the largest effect, is the rounding of zero.
_ROUNDING = 1e-24


@public
def prune(estimator, X, y, *, max_drop=0.01, n_epochs=20, X_val=None, y_val=None):
    """Remove weights, those with the least effect first, until the score falls.

    It is the first of the book's steps to look into a network [1]_: what is left can be read, drawn, and turned into rules.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        Fitted; it stays as it is.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Inputs to go on learning with, as the network takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    max_drop : float, default=0.01
        By how much the score, accuracy or R², may be worse in the end than it was.
    n_epochs : int, default=20
        Epochs that the network goes on learning with the weights that are left, each time that some were removed. A solver
        without epochs learns no more.
    X_val, y_val : array-like, default=None
        Instances to watch the score on; None takes X and y.

    Returns
    -------
    network : BackpropClassifier or BackpropRegressor
        Another one, whose removed weights are exactly 0. Its ``pruning_`` is a dict that says what became of it:
        ``n_weights``, those that are not 0; ``n_hidden_units`` and ``n_features`` that any of them comes from, each also
        with ``_before``; ``score_before`` and ``score``; and ``fidelity``, the share of the instances for which it predicts
        what the estimator does, or R² of the one's predictions against the other's.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If an argument makes no sense, or X and y do not suit the network.

    See Also
    --------
    extract_rules : Turns a network into rules.
    NetworkDisplay : Draws the weights that are left.

    Notes
    -----
    The effect of a weight is how much its removal moves the outputs, to first order: the square of w_ij (O_i - mean of O_i)
    times the slopes of the outputs along the net input I_j, in the mean over the instances. The mean of w_ij O_i goes into
    the bias. A quarter of the weights is removed at once, then half as many each time that the score falls too far, until
    not a single one can go. Training the network further, with `fit` or `partial_fit`, moves all weights again.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Inside the Black Box: Backpropagation and
       Interpretability".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skbackprop import BackpropClassifier, prune
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BackpropClassifier(10, batch_size=1, random_state=0).fit(scale(X), y)
    >>> pruned = prune(network, scale(X), y)
    >>> pruned.pruning_["n_weights_before"]
    70
    >>> pruned.pruning_["n_weights"] < 20
    True
    """
    check_network(estimator)
    _check(max_drop, n_epochs, X_val, y_val)
    watched = (X, y) if X_val is None else (X_val, y_val)
    before = estimator.score(*watched)
    kept = _Trial(_workable(estimator), [weights != 0 for weights in estimator.coefs_], before)
    share = _FIRST_SHARE
    while kept.n_weights():
        n_removed = max(1, int(share * kept.n_weights()))
        trial = kept.without(n_removed, X)
        trial = trial.trained(X, y, n_epochs).scored(*watched)
        if trial.score >= before - max_drop:
            kept = trial
        elif n_removed == 1:
            break
        else:
            share = n_removed / 2 / kept.n_weights()
    kept = kept.without(0, X).scored(*watched)
    return _finish(kept, estimator, X, before)


def _check(max_drop, n_epochs, X_val, y_val):
    """Raise a ValueError for arguments that make no sense."""
    if not isinstance(max_drop, Real) or not max_drop >= 0:
        raise ValueError(f"max_drop={max_drop!r} is not valid: it must be a number, 0 or more.")
    if not isinstance(n_epochs, int | np.integer) or isinstance(n_epochs, bool) or n_epochs < 0:
        raise ValueError(f"n_epochs={n_epochs!r} is not valid: it must be an int, 0 or more.")
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be passed both, or none of them.")


def _workable(estimator):
    """A copy that can go on learning epoch by epoch, in silence."""
    return copy.deepcopy(estimator).set_params(early_stopping=False, verbose=0)


def _finish(kept, estimator, X, before):
    """The network with the user's own parameters, and with what became of it."""
    network = kept.network
    network.set_params(early_stopping=estimator.early_stopping, verbose=estimator.verbose)
    sizes_before, sizes = sizes_of(estimator), sizes_of(network)
    network.pruning_ = {
        **{f"{name}_before": size for name, size in sizes_before.items()},
        **sizes,
        "score_before": float(before),
        "score": float(kept.score),
        "fidelity": fidelity_of(network.predict(X), estimator.predict(X), is_label=hasattr(estimator, "classes_")),
    }
    return network


def sizes_of(network):
    """How many weights are not zero, and from how many units and features they come."""
    used = [(weights != 0).any(axis=1) for weights in network.coefs_]
    return {
        "n_weights": int(sum(np.count_nonzero(weights) for weights in network.coefs_)),
        "n_hidden_units": int(sum(each.sum() for each in used[1:])),
        "n_features": int(used[0].sum()),
    }


def fidelity_of(predictions, others, is_label):
    """The share of predictions that are the others, or R²."""
    if not is_label:
        return float(r2_score(others, predictions))
    is_same = np.asarray(predictions == others)
    return float(is_same.reshape(len(is_same), -1).all(axis=1).mean())


class _Trial:
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

    def n_weights(self):
        """How many are left."""
        return int(sum(each.sum() for each in self.are_left))

    def without(self, n_removed, X):
        """Another one without the weights of least effect, and without those of none."""
        network = copy.deepcopy(self.network)
        outputs, effects = _effects(network, X)
        left = np.concatenate([each.ravel() for each in self.are_left])
        effect = np.where(left, np.concatenate([each.ravel() for each in effects]), np.inf)
        limit = np.sort(effect)[n_removed - 1] if n_removed else -1.0
        largest = effect[left].max(initial=0.0)
        are_left, start = [], 0
        for below, weights, biases in zip(outputs, network.coefs_, network.intercepts_, strict=True):
            mine = effect[start : start + weights.size].reshape(weights.shape)
            start += weights.size
            is_left = (mine > max(limit, _ROUNDING * largest)) & np.isfinite(mine)
            biases += below.mean(axis=0) @ np.where(is_left, 0, weights)
            weights[~is_left] = 0
            are_left.append(is_left)
        return _Trial(network, are_left)

    def trained(self, X, y, n_epochs):
        """This one, after some epochs of the weights that are left; solvers without epochs have none."""
        for _ in range(n_epochs if hasattr(self.network, "partial_fit") else 0):
            self.network.partial_fit(X, y)
            for weights, is_left in zip(self.network.coefs_, self.are_left, strict=True):
                weights[~is_left] = 0
        return self

    def scored(self, X, y):
        """This one, with its score."""
        self.score = self.network.score(X, y)
        return self


def _effects(network, X):
    """Outputs of all layers but the last, and of each weight how much its removal moves the network's outputs."""
    X = network._check_inputs(X)
    rows = np.linspace(0, X.shape[0] - 1, min(X.shape[0], _MAX_INSTANCES)).round().astype(np.intp)
    inputs = engines.rows_of(X[rows], 0, len(rows))
    *hidden, last = network.activations(inputs)
    below = [inputs, *hidden]
    squares = [0.0] * len(below)
    for slopes in output_slopes(last, network):
        for layer in range(len(below) - 1, -1, -1):
            squares[layer] = squares[layer] + slopes.astype(np.float64) ** 2
            if layer:
                slopes = backprop.hidden_errors(below[layer], slopes, network.coefs_[layer], network._activation_)
    effects = [
        weights.astype(np.float64) ** 2 * (((outputs - outputs.mean(axis=0)) ** 2).T @ square / len(rows))
        for weights, outputs, square in zip(network.coefs_, below, squares, strict=True)
    ]
    return below, effects
