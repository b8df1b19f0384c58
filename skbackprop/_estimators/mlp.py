"""A fitted network as one of scikit-learn's, which predicts the same.

Design: scikit-learn's network is fitted on a few rows of zeros, so that its own code makes all that it needs, and is then
given the weights. Its L-BFGS ends at once where any gradient is small enough, and leaves no memory that would be of others.
"""

import math

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted

from . import labels
from .fitted import check_fits_together, snapshot

_ACTIVATIONS = ("identity", "logistic", "relu", "tanh")

# It warns where labels are hardly ever the same.
_ROWS_OF_A_CLASS = 3

_ANY_GRADIENT = 1e300


def make_mlp_classifier(estimator):
    """An MLPClassifier with the predictions and probabilities of a fitted classifier; a ValueError where there is none."""
    network = _checked(estimator)
    _check_probabilities(network)
    return _with_weights(MLPClassifier(), network, _rows_of_all_classes(network), network.intercepts_, network.coefs_)


def make_mlp_regressor(estimator):
    """An MLPRegressor with the predictions of a fitted regressor; a ValueError where there is none."""
    network = _checked(estimator)
    weights, biases = _in_units_of_targets(network)
    n_targets = len(biases)
    y = np.zeros(2) if n_targets == 1 else np.zeros((2, n_targets))
    all_biases, all_weights = [*network.intercepts_[:-1], biases], [*network.coefs_[:-1], weights]
    return _with_weights(_new_regressor(network), network, y, all_biases, all_weights)


def _checked(estimator):
    """The network as it is at this moment, whose hidden units scikit-learn has too."""
    check_is_fitted(estimator)
    network = snapshot(estimator)
    check_fits_together(network, is_looking_at_numbers=True)
    if network._activation_ not in _ACTIVATIONS:
        raise ValueError(
            f"activation={network._activation_!r} is none of scikit-learn's networks, which have "
            f"{', '.join(map(repr, _ACTIVATIONS))}: train with one of these."
        )
    return network


def _check_probabilities(network):
    """Raise a ValueError for labels that MLPClassifier does not have, or has other probabilities of."""
    kind, loss = network._label_kind_, network._loss_
    if kind == "multioutput":
        raise ValueError(
            f"y had {len(network.classes_)} columns of labels, of which MLPClassifier takes one only: use "
            "skbackprop.export.to_onnx, or train a network for each column."
        )
    if len(network.classes_) == 1:
        raise ValueError(
            f"classes_={network.classes_!r}: MLPClassifier has no probabilities of a single class. Use "
            "skbackprop.export.to_onnx, or sklearn.dummy.DummyClassifier, which predicts the same."
        )
    if network.out_activation_ != _output_unit_of_mlp(network):
        raise ValueError(
            f"loss={loss!r} with {network.n_outputs_} classes makes probabilities of {network.out_activation_} units, but "
            f"MLPClassifier makes them of {_output_unit_of_mlp(network)} ones: use skbackprop.export.to_onnx, or train "
            "with loss='log_loss'."
        )


def _output_unit_of_mlp(network):
    return "softmax" if network._label_kind_ == "single" and network.n_outputs_ > 1 else "logistic"


def _rows_of_all_classes(network):
    """Labels in which each class occurs, of the kind and the type of the network's own."""
    if network._label_kind_ == "single":
        return np.tile(network.classes_, _ROWS_OF_A_CLASS)
    has_or_not = np.repeat([[0], [1]], len(network.classes_), axis=1)
    return labels.of(network).decode(has_or_not)


def _in_units_of_targets(network):
    """Weights and biases of the last layer, with the scale and the shift of the targets in them."""
    weights, biases = (each.astype(np.float64) for each in (network.coefs_[-1], network.intercepts_[-1]))
    if network.out_activation_ == "identity":
        weights, biases = weights * network.y_scale_, biases * network.y_scale_ + network.y_mean_
    elif network.out_activation_ == "exp" and not network.y_mean_.any():  # s e^I = e^(I + log s)
        biases = biases + np.log(network.y_scale_)
    else:
        raise ValueError(
            f"loss={network._loss_!r} has {network.out_activation_} output units, which MLPRegressor does not have: use "
            "skbackprop.export.to_onnx."
        )
    with np.errstate(over="ignore"):
        weights, biases = (each.astype(network.coefs_[-1].dtype) for each in (weights, biases))
    if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
        raise ValueError(
            f"y_scale_ goes up to {network.y_scale_.max():g}, with which the weights of the last layer leave the numbers "
            f"of {biases.dtype}: train on targets of another unit, or on float64 inputs."
        )
    return weights, biases


def _new_regressor(network):
    """An MLPRegressor with output units like the network's."""
    if network.out_activation_ == "identity":
        return MLPRegressor()
    if "loss" not in MLPRegressor().get_params():
        raise ValueError(
            f"loss={network._loss_!r} needs MLPRegressor of scikit-learn 1.7 or later: update it, or use "
            "skbackprop.export.to_onnx."
        )
    return MLPRegressor(loss="poisson")


def _with_weights(mlp, network, y, biases, weights):
    """Scikit-learn's network with the layers of ours, fitted to these labels or targets, with copies of these weights."""
    mlp.set_params(
        hidden_layer_sizes=tuple(len(each) for each in network.intercepts_[:-1]),
        activation=network._activation_,
        alpha=getattr(network, "alpha_", 0.0) if network.alpha == "auto" else float(network.alpha),
        solver="lbfgs",
    )
    tol = mlp.tol
    n_rows = y.shape[0]
    inputs = csr_matrix((n_rows, network.n_features_in_), dtype=weights[0].dtype)
    with np.errstate(all="ignore"):  # BLAS of some processors finds faults in products of finite numbers
        mlp.set_params(tol=_ANY_GRADIENT, random_state=0).fit(inputs, y).set_params(tol=tol, random_state=None)
    mlp.coefs_, mlp.intercepts_ = [each.copy() for each in weights], [each.copy() for each in biases]
    mlp.n_iter_, mlp.t_ = network.n_iter_, network.t_
    mlp.loss_ = network.loss_ if math.isfinite(network.loss_) else mlp.loss_
    if hasattr(network, "feature_names_in_"):
        mlp.feature_names_in_ = network.feature_names_in_.copy()
    return mlp
