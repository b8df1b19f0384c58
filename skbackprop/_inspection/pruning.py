"""A network with fewer weights that does nearly the same: `prune`."""

import copy
from numbers import Real

from .._estimators.base import Given
from .._estimators.fitted import own_copy, snapshot, with_parameters
from .._estimators.labels import is_balanced
from .._public import public
from .networks import check_counts, check_network
from .trials import Trial, Watched, sizes_of

# Of the weights that are left, removed at once to begin with; half as many each time that it was too much.
_FIRST_SHARE = 0.25


@public
def prune(estimator, X, y, sample_weight=None, *, max_drop=0.01, n_epochs=20, X_val=None, y_val=None):
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
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights, for what the network learns and for the score on them. Classes are weighed as by ``fit``.
    max_drop : float, default=0.01
        By how much the score, accuracy or R², may be worse in the end than it was. Of several targets those that are the
        same for all instances have no R², and do not count.
    n_epochs : int, default=20
        Epochs that the network goes on learning with the weights that are left, each time that some were removed. A solver
        without epochs learns no more.
    X_val, y_val : array-like, default=None
        Instances to watch the score on, all of one weight; None takes X and y.

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
        If an argument makes no sense, X and y do not suit the network, or all targets are the same, which have no R².

    See Also
    --------
    extract_rules : Turns a network into rules.
    NetworkDisplay : Draws the weights that are left.

    Notes
    -----
    The effect of a weight is how much its removal moves the outputs, to first order: the square of w_ij (O_i - mean of O_i)
    times the slopes of the outputs along the net input I_j, in the mean over the instances. The mean of w_ij O_i goes into
    the bias. A quarter of the weights is removed at once, then half as many each time that the score falls too far, until
    the one of least effect cannot go; where the training diverges, too much was removed as well. Of a network whose units
    are saturated, as after very long trainings, the slopes say little, and few weights go: prune it earlier, or let it
    begin with small weights, `init_range`. Training the network further, with `fit` or `partial_fit`, moves all weights
    again.

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
    >>> network = BackpropClassifier(10, batch_size=1, init_range=0.5, random_state=0).fit(scale(X), y)
    >>> pruned = prune(network, scale(X), y)
    >>> pruned.pruning_["n_weights_before"]
    70
    >>> pruned.pruning_["n_weights"] < 20
    True
    """
    check_network(estimator)
    _check(max_drop, n_epochs, X_val, y_val)
    chosen = snapshot(estimator)
    instances = _clean(chosen, X, y, sample_weight)
    given = Watched.of(estimator, X, y, instances, "y")
    watched = given
    if X_val is not None:
        watched = Watched.of(estimator, X_val, y_val, _clean(chosen, X_val, y_val), "y_val")
    before = watched.score(estimator)
    weights = _weights(chosen, instances)
    kept = Trial(_workable(chosen), [weights != 0 for weights in estimator.coefs_], before)
    share = _FIRST_SHARE
    while kept.n_weights():
        n_removed = max(1, int(share * kept.n_weights()))
        trial = kept.without(n_removed, X).trained(X, y, n_epochs, weights).scored(watched)
        if trial.score >= before - max_drop:
            kept = trial
        elif n_removed == 1:
            break
        else:
            share = n_removed / 2 / kept.n_weights()
    cleared = kept.without(0, X).scored(watched)
    kept = cleared if cleared.score >= before - max_drop else kept
    fidelity = given.fidelity(kept.network, estimator)
    return _finish(kept, estimator, score_before=float(before), score=float(kept.score), fidelity=fidelity)


def _check(max_drop, n_epochs, X_val, y_val):
    """Raise a ValueError for arguments that make no sense."""
    if not isinstance(max_drop, Real) or not max_drop >= 0:
        raise ValueError(f"max_drop={max_drop!r} is not valid: it must be a number, 0 or more.")
    check_counts(least=0, n_epochs=n_epochs)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val must be passed both, or none of them.")


def _is_balanced(chosen):
    """Whether its class weights follow from the labels of a whole training, which `partial_fit` does not see."""
    return is_balanced(getattr(chosen, "class_weight", None))


def _clean(chosen, X, y, sample_weight=None):
    """The instances, validated."""
    return _workable(chosen)._clean(X, y, Given(sample_weight))


def _weights(chosen, instances):
    """Of the instances, as a whole training has them."""
    if not _is_balanced(chosen):
        return instances.weights
    return chosen._weigh_classes(instances.codes, instances.weights)


def _workable(chosen):
    """A copy that can go on learning epoch by epoch, in silence; its parameters are those of the network, and its own."""
    network = with_parameters(copy.deepcopy(chosen), early_stopping=False, verbose=0)
    if hasattr(network, "best_params_"):
        network.best_params_ = {}
    return with_parameters(network, class_weight=None) if _is_balanced(chosen) else network


def _finish(kept, estimator, **scores):
    """The network with the user's own parameters, and with what became of it."""
    own, chosen = vars(estimator), getattr(estimator, "best_params_", {})
    changed = {"class_weight", "early_stopping", "verbose", *chosen} & own.keys()
    network = with_parameters(kept.network, **{name: own_copy(own[name]) for name in changed})
    if chosen:
        network.best_params_ = {name: own_copy(value) for name, value in chosen.items()}
    before = {f"{name}_before": size for name, size in sizes_of(estimator).items()}
    network.pruning_ = {**before, **sizes_of(network), **scores}
    return network
