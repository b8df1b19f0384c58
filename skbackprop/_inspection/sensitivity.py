"""How each output moves with each input: `sensitivity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._estimators.fitted import snapshot
from .._network import backprop
from .._network.units import OUTPUT_UNITS
from .._public import public
from .networks import check_network, is_certain

if TYPE_CHECKING:
    from .._estimators.base import BaseBackprop
    from .._types import Matrix, Numbers


@public
def sensitivity(estimator: BaseBackprop, X: Matrix) -> Numbers:
    """Compute the derivative of each output with respect to each input, at each instance.

    The book's sensitivity analysis asks how much a change of one input changes the output, all other inputs staying the
    same [1]_. The answer is exact here: the slopes go back through the layers by the chain rule, as errors do.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        Fitted, or initialized.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Inputs as the network takes them. Where they were standardised, the derivative is per standard deviation.

    Returns
    -------
    derivatives : ndarray of shape (n_samples, n_features, n_outputs)
        One column per output unit. Of a classifier it is the derivative of the unit's probability as ``predict_proba``
        gives it: of two classes that of ``classes_[1]``, of more that of each class; of one class alone, whose probability
        is 1 whatever the unit puts out, it is 0. Of a regressor it is that of what ``predict`` gives, in units of the
        targets.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If X is not as the network takes it.

    See Also
    --------
    SensitivityDisplay : The same as a picture.
    sklearn.inspection.permutation_importance : How much the score depends on each input.

    Notes
    -----
    A relu unit has slope 0 where its net input is 0. Probabilities that ``predict_proba`` keeps just away from 0 and 1 are
    taken as they are.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Inside the Black Box: Backpropagation and
       Interpretability".

    Examples
    --------
    Of a network without hidden layers, and with linear output, the derivatives are its weights.

    >>> import numpy as np
    >>> from skbackprop import BackpropRegressor, sensitivity
    >>> X, y = np.eye(3), [0.0, 1.0, 5.0]
    >>> network = BackpropRegressor((), normalize_y=False).initialize(X, y, coefs_init=[[[1.0], [-2.0], [0.5]]])
    >>> sensitivity(network, X[:1]).ravel()
    array([ 1. , -2. ,  0.5])
    """
    check_network(estimator)
    network = snapshot(estimator)
    X = network._check_inputs(X)
    weights = network.coefs_
    derivatives = np.empty((X.shape[0], len(weights[0]), weights[-1].shape[1]), dtype=weights[0].dtype)
    for rows, (*hidden, outputs) in network._outputs_in_chunks(X):
        network._check_outputs(outputs)
        with np.errstate(all="ignore"):
            _differentiate(network, hidden, outputs, derivatives[rows])
    return derivatives


def _differentiate(network, hidden, outputs, derivatives):
    """Write the derivatives of some instances, of shape (n_instances, n_features, n_outputs).

    Parameters
    ----------
    network : BackpropClassifier or BackpropRegressor
    hidden : list of ndarray of shape (n_instances, n_units)
        Outputs of each hidden layer.
    outputs : ndarray of shape (n_instances, n_outputs)
    derivatives : ndarray
        Written to.
    """
    weights = network.coefs_
    for number, slopes in enumerate(output_slopes(outputs, network)):
        for layer in reversed(range(len(hidden))):
            slopes = backprop.hidden_errors(hidden[layer], slopes, weights[layer + 1], network._activation_)
        derivatives[:, :, number] = slopes @ weights[0].T


def output_slopes(outputs, estimator):
    """For each output unit in turn, ∂P_k/∂I_j of all: what it stands for, along the net inputs of the output units.

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_outputs)
        O_j.
    estimator : BackpropClassifier or BackpropRegressor
        Fitted, or initialized.

    Yields
    ------
    slopes : ndarray of shape (n_instances, n_outputs)
    """
    slope_of = OUTPUT_UNITS[estimator.out_activation_].slopes
    units = estimator._units()
    groups = [slice(k, k + 1) for k in range(outputs.shape[1])] if units.groups is None else units.slices()
    scales = getattr(estimator, "y_scale_", np.ones(outputs.shape[1]))  # of the targets
    for number, group in enumerate(groups):
        for k in range(group.start, group.stop):
            slopes = np.zeros_like(outputs)
            if not is_certain(estimator, number):
                slopes[:, group] = scales[k] * slope_of(outputs[:, group], k - group.start)
            yield slopes
