"""The fitted state of an estimator: its names, and how it is forgotten and put back."""

import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.exceptions import InconsistentVersionWarning

from .._public import public
from .._version import __version__

# What fit sets, and puts back if it fails. Other names that end in an underscore are somebody else's.
FITTED_ATTRIBUTES = frozenset(
    [
        *("n_features_in_", "feature_names_in_", "classes_", "y_mean_", "y_scale_", "_y_ndim_", "_normalize_y_"),
        *("_label_kind_", "_is_sparse_y_", "_activation_", "_loss_", "_groups_"),
        *("coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "learning_rate_", "stop_reason_"),
        *("n_iter_", "n_epochs_", "t_", "loss_", "best_loss_", "loss_curve_", "error_curve_", "update_curve_"),
        *("validation_scores_", "best_validation_score_", "validation_loss_curve_", "restarts_"),
        *("_memory_", "_n_updates_", "_progress_", "_rate_settings_", "_random_state_"),
    ]
)


def fitted_attributes(estimator):
    """Names and values of the fitted state; what others put on the estimator is theirs."""
    return {name: value for name, value in vars(estimator).items() if name in FITTED_ATTRIBUTES}


def forget(estimator):
    """Make the estimator new."""
    for name in fitted_attributes(estimator):
        delattr(estimator, name)


@contextmanager
def transaction(estimator):
    """Put the fitted state, and a random state of the user's, back if anything is raised."""
    before = fitted_attributes(estimator)
    random_state = estimator.random_state if isinstance(estimator.random_state, np.random.RandomState) else None
    drawn = None if random_state is None else random_state.get_state(legacy=False)
    try:
        yield
    except BaseException:
        forget(estimator)
        vars(estimator).update(before)
        if random_state is not None:
            random_state.set_state(drawn)
        raise


# The name under which a pickled estimator holds the version that it was made with.
_VERSION = "_skbackprop_version"


@public
class InconsistentSkbackpropVersionWarning(InconsistentVersionWarning):
    """An estimator was loaded by another version of skbackprop than saved it.

    Filters for scikit-learn's own warning of this kind take this one too; its attributes name versions of skbackprop.
    """

    def __str__(self):
        return (
            f"This {self.estimator_name} was saved by skbackprop {self.original_sklearn_version} and is loaded by "
            f"skbackprop {self.current_sklearn_version}: it may predict or train otherwise than it did. Load it with the "
            "version that saved it, or train it again."
        )


def stamped(state):
    """The state of an estimator with the version that it is saved by."""
    return {**state, _VERSION: __version__}


def unstamped(estimator, state):
    """The state of an estimator that is being loaded, after a warning if another version saved it."""
    state = dict(state)
    saved_by = state.pop(_VERSION, "of an unknown version")
    if saved_by != __version__:
        warnings.warn(
            InconsistentSkbackpropVersionWarning(
                estimator_name=type(estimator).__name__,
                current_sklearn_version=__version__,
                original_sklearn_version=saved_by,
            ),
            stacklevel=3,
        )
    return state
