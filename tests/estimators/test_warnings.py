"""Where warnings come from: filters for the package find them as filters for scikit-learn find its own."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop.callbacks import Checkpoint

X = np.random.RandomState(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


class Listener:
    """A callback that only listens."""

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        return False


def fit_with_callbacks(network):
    if not hasattr(network, "set_callbacks") or isinstance(network, MLPClassifier):
        pytest.skip("since scikit-learn 1.9, and of networks that have it")
    network.set_callbacks(Listener()).fit(X, Y)


CALLS = {
    "fit": lambda network: network.fit(X, Y),
    "a pipeline": lambda network: make_pipeline(StandardScaler(), network).fit(X, Y),
    "a search": lambda network: GridSearchCV(network, {"max_iter": [1, 2]}, cv=2).fit(X, Y),
    "a search of pipelines": lambda network: GridSearchCV(make_pipeline(network), {}, cv=2).fit(X, Y),
    "cross-validation": lambda network: cross_val_score(network, X, Y, cv=2),
    "warm start": lambda network: network.set_params(warm_start=True).fit(X, Y),
    "callbacks": fit_with_callbacks,
}

# One that learns nothing, and scikit-learn's, which is cut short.
NETWORKS = {
    "skbackprop": lambda: BackpropClassifier(3, max_iter=1, learning_rate_init=1e-9, update_tol=0, random_state=0),
    "sklearn": lambda: MLPClassifier(3, max_iter=1, random_state=0),
}


def heard(call, *filters):
    """The categories of the warnings that a call makes under some filters, the last of which counts most."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for action, options in filters:
            warnings.filterwarnings(action, **options)
        call()
    return {each.category for each in caught}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("package", NETWORKS)
def test_a_filter_for_the_package_reaches_its_warnings_however_fit_is_called(package, call):
    network, call = NETWORKS[package](), CALLS[call]
    (other,) = NETWORKS.keys() - {package}
    assert heard(lambda: call(network), ("ignore", {"module": other})) == {ConvergenceWarning}
    assert heard(lambda: call(network), ("ignore", {"module": package})) == set()


@pytest.mark.parametrize("package", NETWORKS)
def test_a_filter_for_the_package_can_make_warnings_errors(package):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=ConvergenceWarning, module=package)
        with pytest.raises(ConvergenceWarning):
            NETWORKS[package]().fit(X, Y)


def test_a_filter_for_the_package_reaches_the_warning_of_versions():
    state = BackpropClassifier(3).__getstate__()
    state["_skbackprop_version"] = "0.0.1"
    network = BackpropClassifier.__new__(BackpropClassifier)
    with pytest.warns(match="saved by skbackprop 0.0.1"):
        network.__setstate__(dict(state))
    assert heard(lambda: network.__setstate__(dict(state)), ("ignore", {"module": "skbackprop"})) == set()


def test_a_filter_for_the_package_reaches_the_warning_of_damaged_files(tmp_path):
    (tmp_path / "training-epoch000001.joblib").write_bytes(b"no network")
    path = tmp_path / "training.joblib"
    assert heard(lambda: Checkpoint.latest(path)) == {UserWarning}
    assert heard(lambda: Checkpoint.latest(path), ("ignore", {"module": "skbackprop"})) == set()


# ---- remedies of errors ----------------------------------------------------------------------------------------------

WILD = {"learning_rate_init": 1e6, "batch_size": 1, "random_state": 0}
SCALING = {
    "nothing is large": (BackpropRegressor(3, **WILD), X, X[:, 0], None),
    "targets that are scaled inside": (BackpropRegressor(3, **WILD), X, 1e3 * X[:, 0], None),
    "targets": (BackpropRegressor(3, normalize_y=False, **WILD), X, 1e3 * X[:, 0], "targets"),
    "inputs": (BackpropRegressor(3, **WILD), 1e3 * X, X[:, 0], "inputs"),
    "inputs and targets": (
        BackpropRegressor((), normalize_y=False, **WILD),
        1e3 * X,
        1e3 * X[:, 0],
        "inputs and targets",
    ),
    "inputs of a classifier": (BackpropClassifier(3, activation="relu", alpha=10, **WILD), 1e3 * X, Y, "inputs"),
}


@pytest.mark.parametrize("name", SCALING)
def test_a_training_that_diverged_is_told_to_scale_what_is_large(name):
    network, inputs, targets, large = SCALING[name]
    with pytest.raises(ValueError, match=r"diverged in epoch \d+ .* try a smaller learning_rate_init") as caught:
        network.fit(inputs, targets)
    ending = f", or scale the {large}." if large else "such as 1e+05."
    assert str(caught.value).endswith(ending)


@pytest.mark.parametrize("solver", ["sgd", "adam", "rprop"])
def test_a_rate_that_float32_cannot_hold_diverges_without_numpys_words(solver):
    with pytest.raises(ValueError, match=r"diverged in epoch 1 with a learning rate of 1e\+60: try a smaller"):
        BackpropClassifier(3, solver=solver, learning_rate_init=1e60, random_state=0).fit(X.astype(np.float32), Y)


def test_a_validation_set_that_no_fraction_makes_large_enough_is_told_so():
    with pytest.raises(
        ValueError, match=r"too small, whatever validation_fraction is: .* more than 2 .* n_samples = 2"
    ):
        BackpropRegressor(3, early_stopping=True, validation_fraction=0.5).fit(X[:2], [0, 1])
    with pytest.raises(
        ValueError, match=r"too small, whatever validation_fraction is: .* n_samples = 3, of which 1 alone"
    ):
        BackpropClassifier(3, early_stopping=True).fit(X[:3], [0, 1, 0])
    network = BackpropRegressor(3, early_stopping=True, validation_fraction=0.5, max_iter=300, random_state=0)
    network.fit(X[:2], [0, 1], X_val=X[:2], y_val=[0, 1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("warm_start", [True, False])
@pytest.mark.parametrize("change", [{"hidden_layer_sizes": 4}, {"activation": "tanh"}, {"normalize_y": False}], ids=str)
def test_what_cannot_be_changed_says_how_to_start_anew_and_that_works(change, warm_start):
    network = BackpropRegressor(3, max_iter=1, random_state=0).fit(X, X[:, 0])
    network.set_params(warm_start=warm_start, **change)
    remedy = "Set warm_start=False and call fit" if warm_start else "Call fit"
    with pytest.raises(ValueError, match=f"{remedy} to start anew"):
        network.partial_fit(X, X[:, 0])
    network.set_params(warm_start=False).fit(X, X[:, 0])


def test_targets_that_float32_predictions_cannot_tell_apart_are_warned_of():
    targets = 100 * X[:, 0] + 1.7e9
    network = BackpropRegressor(3, max_iter=1, random_state=0)
    with pytest.warns(UserWarning, match=r"mean of 2e\+09 .* in steps of 1\.3e\+02 there: pass X as float64"):
        network.fit(X.astype(np.float32), targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(X, targets)  # in float64
        network.fit(X.astype(np.float32), targets - 1.7e9)
        network.fit(X.astype(np.float32), targets.astype(np.float32))
        network.fit(X.astype(np.float32), np.full(len(X), 1.7e9))
        network.set_params(normalize_y=False, learning_rate_init=1e-9).fit(X.astype(np.float32), targets - 1.7e9)
