"""Networks of scikit-learn as networks of ours: `from_sklearn`."""

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted

from .._estimators.classifier import BackpropClassifier
from .._estimators.parameters import kind_of
from .._estimators.regressor import BackpropRegressor

# What scikit-learn's networks do without a parameter that names it.
_UNNAMED = {"init_range": "glorot", "update_tol": 0.0}
_UNNAMED_OF_CLASSIFIER = {"loss": "log_loss", **_UNNAMED}
_UNNAMED_OF_REGRESSOR = {"normalize_y": False, **_UNNAMED}


def from_sklearn(mlp):
    """Make a network of ours of a fitted MLPClassifier or MLPRegressor.

    It has the same parameters, predicts the same, and can go on: ``partial_fit``, or ``fit`` with ``warm_start=True``,
    begin at the weights that are there, and whatever looks into a network looks into this one.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        Fitted.

    Returns
    -------
    network : BackpropClassifier or BackpropRegressor
        Fitted, with copies of the weights. ``stop_reason_`` is "initialized".

    Raises
    ------
    TypeError
        If mlp is neither of the two.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    See Also
    --------
    skbackprop.BackpropClassifier.to_sklearn : The other way.

    Notes
    -----
    The memory of momentum and of Adam begins anew, as do the curves. `t_`, which ``learning_rate="invscaling"`` follows,
    goes on. Of a single class MLPClassifier makes two columns of probabilities, and the network one.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skbackprop.export import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier(10, solver="lbfgs", random_state=0).fit(X / 8, y)
    >>> network = from_sklearn(mlp)
    >>> np.allclose(network.predict_proba(X / 8), mlp.predict_proba(X / 8))
    True
    """
    if isinstance(mlp, MLPClassifier):
        check_is_fitted(mlp)
        return _begun(BackpropClassifier(**_UNNAMED_OF_CLASSIFIER), mlp, _labels_like(mlp))
    if isinstance(mlp, MLPRegressor):
        check_is_fitted(mlp)
        y = np.zeros(2) if mlp.n_outputs_ == 1 else np.zeros((2, mlp.n_outputs_))
        return _begun(BackpropRegressor(**_UNNAMED_OF_REGRESSOR), mlp, y)
    raise TypeError(
        f"mlp is {kind_of(mlp)}, but must be a fitted MLPClassifier or MLPRegressor: the last step of a pipeline."
    )


def _labels_like(mlp):
    """Labels in which each class occurs, of the kind that the network was fitted to."""
    some = mlp.predict(_zeros(mlp, 1))
    if some.ndim == 1:
        return mlp.classes_
    has_or_not = np.repeat([[0], [1]], len(mlp.classes_), axis=1)
    return csr_matrix(has_or_not) if issparse(some) else has_or_not


def _begun(network, mlp, y):
    """Our network, which is new, with the parameters and the weights of scikit-learn's."""
    network.set_params(**clone(mlp).get_params())
    network.initialize(_zeros(mlp, y.shape[0]), y, coefs_init=mlp.coefs_, intercepts_init=mlp.intercepts_)
    network.t_ = int(mlp.t_)
    if hasattr(mlp, "feature_names_in_"):
        network.feature_names_in_ = mlp.feature_names_in_.copy()
    return network


def _zeros(mlp, n_rows):
    return csr_matrix((n_rows, mlp.n_features_in_), dtype=mlp.coefs_[0].dtype)
