"""The fitted state of an estimator: its names, and how it is forgotten and put back."""

from contextlib import contextmanager

import numpy as np

# What fit sets, and puts back if it fails. Other names that end in an underscore are somebody else's.
FITTED_ATTRIBUTES = frozenset(
    [
        *("n_features_in_", "feature_names_in_", "classes_", "y_mean_", "y_scale_", "_y_ndim_", "_normalize_y_"),
        *("_label_kind_", "_is_sparse_y_", "_activation_", "_loss_", "_groups_"),
        *("coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "learning_rate_", "stop_reason_"),
        *("n_iter_", "n_epochs_", "t_", "loss_", "best_loss_", "loss_curve_", "error_curve_", "update_curve_"),
        *("validation_scores_", "best_validation_score_", "validation_loss_curve_", "restarts_"),
        *("_memory_", "_n_updates_", "_progress_", "_random_state_"),
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
