"""Searches, restarts, tuned estimators and gradients on joblib's dask and ray: bit for bit those of one process."""

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from skbackprop import BackpropClassifier, BackpropClassifierCV, BackpropRegressorCV, apply_gradient, gradient

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # theirs

X, Y = load_iris(return_X_y=True)
GRID = {"alpha": [0.0, 0.1], "hidden_layer_sizes": [2, 4]}

SEARCH = GridSearchCV(BackpropClassifier(max_iter=5, random_state=0), GRID, cv=3)
RESTARTS = BackpropClassifier(4, max_iter=10, n_init=4, n_jobs=2, random_state=0)
TUNED = [
    BackpropClassifierCV(max_iter=50, grid=GRID, random_state=0),
    BackpropRegressorCV(max_iter=50, grid=GRID, random_state=0),
]


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def ray():
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    register_ray()
    yield ray
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def backend(request):
    request.getfixturevalue({"dask": "client", "ray": "ray"}[request.param])
    return request.param


def assert_same_weights(one, other):
    for mine, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def fit_on(backend, estimator):
    with joblib.parallel_config(backend, n_jobs=2):
        return clone(estimator).fit(X, Y)


def test_a_grid_search_is_that_of_one_process(backend):
    alone, shared = clone(SEARCH).fit(X, Y), fit_on(backend, SEARCH)
    for name in alone.cv_results_:
        if name.endswith("test_score"):
            np.testing.assert_array_equal(alone.cv_results_[name], shared.cv_results_[name])
    assert alone.best_params_ == shared.best_params_
    assert_same_weights(alone.best_estimator_, shared.best_estimator_)


def test_restarts_are_those_of_one_process(backend):
    alone, shared = clone(RESTARTS).fit(X, Y), fit_on(backend, RESTARTS)
    assert alone.restarts_ == shared.restarts_
    assert_same_weights(alone, shared)


@pytest.mark.parametrize("estimator", TUNED, ids=["classifier", "regressor"])
def test_a_tuned_estimator_is_that_of_one_process(backend, estimator):
    alone, shared = clone(estimator).fit(X, Y), fit_on(backend, estimator)
    assert alone.best_params_ == shared.best_params_
    assert alone.best_n_epochs_ == shared.best_n_epochs_
    np.testing.assert_array_equal(alone.cv_results_["mean_test_score"], shared.cv_results_["mean_test_score"])
    assert_same_weights(alone, shared)


def make_pair():
    network = BackpropClassifier(4, batch_size="epoch", random_state=0).initialize(X, Y)
    return network, clone(network).initialize(X, Y)


def test_workers_of_dask_add_up_their_gradients(client):
    network, alone = make_pair()
    shares = [client.submit(lambda rows: (X[rows], Y[rows]), rows) for rows in (slice(0, 60), slice(60, 150))]
    for _ in range(5):
        parts = [client.submit(lambda network, share: gradient(network, *share), network, each) for each in shares]
        apply_gradient(network, client.submit(sum, parts).result())
        alone.partial_fit(X, Y)
    np.testing.assert_allclose(network.coefs_[0], alone.coefs_[0], rtol=1e-12)


def test_workers_of_ray_add_up_their_gradients(ray):
    network, alone = make_pair()
    make = ray.remote(gradient)
    shares = [(ray.put(X[rows]), ray.put(Y[rows])) for rows in (slice(0, 60), slice(60, 150))]
    for _ in range(5):
        apply_gradient(network, sum(ray.get([make.remote(network, *share) for share in shares])))
        alone.partial_fit(X, Y)
    np.testing.assert_allclose(network.coefs_[0], alone.coefs_[0], rtol=1e-12)
