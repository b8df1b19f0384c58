"""Probabilities that scikit-learn's metrics take: they sum to 1, have logarithms, and tell small from very small."""

import numpy as np
import pytest
from sklearn import metrics

from skbackprop import BackpropClassifier

LOSSES = ["squared_error", "log_loss"]
DTYPES = [np.float32, np.float64]
SUMS = {np.float32: 1e-6, np.float64: 1e-12}


def network_with_nets(y, dtype, loss, scale):
    """A network whose output units have net inputs of this standard deviation, its inputs and those net inputs."""
    random = np.random.RandomState(0)
    X = random.normal(size=(len(y), 4)).astype(dtype)
    network = BackpropClassifier((), loss=loss, random_state=0).initialize(X, y)
    shape = network.coefs_[0].shape
    weights, biases = scale / 2 * random.normal(size=shape), scale / 4 * random.normal(size=shape[1])
    network.initialize(X, y, coefs_init=[weights], intercepts_init=[biases])
    nets = X.astype(np.longdouble) @ network.coefs_[0].astype(np.longdouble) + network.intercepts_[0]
    return network, X, nets


def sigmoids(nets):
    return 1 / (1 + np.exp(-nets))


def expected_shares(nets, loss):
    """The probabilities of the classes, in more digits than a network has."""
    if nets.shape[1] == 1:
        return sigmoids(np.hstack([-nets, nets]))
    shares = np.exp(nets - nets.max(axis=1, keepdims=True)) if loss == "log_loss" else sigmoids(nets)
    total = shares.sum(axis=1, keepdims=True)
    told = 1 if loss == "log_loss" else np.clip(total / 0.3, 0.01, 1)
    return told * shares / total + (1 - told) / shares.shape[1]


def assert_are_probabilities(network, X):
    probabilities, logarithms = network.predict_proba(X), network.predict_log_proba(X)
    dtype = X.dtype.type
    assert probabilities.dtype == logarithms.dtype == dtype
    assert probabilities.min() > 0
    assert probabilities.max() < 1
    assert np.isfinite(logarithms).all()
    for sums in (probabilities.sum(axis=1), probabilities.sum(axis=1, dtype=np.float64)):
        np.testing.assert_allclose(sums, 1, rtol=0, atol=SUMS[dtype])
    np.testing.assert_allclose(np.exp(logarithms), probabilities, rtol=1e-4 if dtype is np.float32 else 1e-12)
    return probabilities


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [0, 30, 1e30])
@pytest.mark.parametrize("n_classes", [2, 3, 100, 10_000])
def test_probabilities_of_any_number_of_classes_sum_to_one(n_classes, scale, loss, dtype):
    """Case J2. Net inputs go from all alike to far beyond what an exponential can hold."""
    random = np.random.RandomState(0)
    X = random.normal(size=(30, 4)).astype(dtype)
    network = BackpropClassifier((), loss=loss)
    n_units = n_classes if n_classes > 2 else 1
    coefs, intercepts = scale * random.normal(size=(4, n_units)), scale * random.normal(size=n_units)
    network.initialize(
        X, np.arange(30) % n_classes, classes=range(n_classes), coefs_init=[coefs], intercepts_init=[intercepts]
    )
    probabilities = assert_are_probabilities(network, X)
    assert probabilities.shape == (30, n_classes)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [1, 10, 25])
@pytest.mark.parametrize("n_classes", [2, 3, 100])
def test_small_probabilities_are_those_of_the_formula(n_classes, scale, loss, dtype):
    """Down to the smallest normal number of the dtype, for every class; rounding of a net input counts e-fold."""
    network, X, nets = network_with_nets(np.arange(120) % n_classes, dtype, loss, scale)
    expected = expected_shares(nets, loss)
    smallest = np.finfo(dtype).tiny
    assert scale < 25 or expected.min() < 1e-12, "there must be small ones for this to say anything"
    is_kept = expected > 2 * smallest * n_classes
    rtol = 1e-4 if dtype is np.float32 else 1e-12
    probabilities = assert_are_probabilities(network, X)
    np.testing.assert_allclose(probabilities[is_kept], expected[is_kept].astype(dtype), rtol=rtol)
    assert (probabilities[~is_kept] <= 3 * smallest * n_classes).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
def test_labels_and_columns_have_small_probabilities_too(loss, dtype):
    flags = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0]] * 15)
    network, X, nets = network_with_nets(flags, dtype, loss, 20)
    rtol = 1e-4 if dtype is np.float32 else 1e-12
    probabilities = network.predict_proba(X)
    assert 0 < probabilities.min() < 1e-10
    assert probabilities.max() < 1
    assert np.isfinite(network.predict_log_proba(X)).all()
    below = probabilities < 0.5
    np.testing.assert_allclose(probabilities[below], sigmoids(nets)[below].astype(dtype), rtol=rtol)

    columns = np.column_stack([np.arange(60) % 3, np.arange(60) % 2, np.arange(60) % 4]) + 1
    network, X, nets = network_with_nets(columns, dtype, loss, 20)
    for part, each, logs in zip(
        np.split(nets, [3, 4], axis=1), network.predict_proba(X), network.predict_log_proba(X), strict=True
    ):
        smallest = 2 * np.finfo(dtype).tiny
        np.testing.assert_allclose(each, expected_shares(part, loss).astype(dtype), rtol=rtol, atol=smallest)
        np.testing.assert_allclose(each.sum(axis=1), 1, rtol=0, atol=SUMS[dtype])
        assert np.isfinite(logs).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shift", [0, 3, 6, 30, 60])
def test_outputs_that_are_all_small_make_cautious_probabilities_in_the_same_order(shift, dtype):
    X = np.random.RandomState(0).normal(size=(200, 3)).astype(dtype)
    network = BackpropClassifier((), random_state=0).initialize(X, np.arange(200) % 4)
    network.coefs_[0][:], network.intercepts_[0][:] = 3 * network.coefs_[0], -3 - shift
    probabilities = assert_are_probabilities(network, X)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), network.predict(X))
    nets = X.astype(float) @ network.coefs_[0] + network.intercepts_[0]
    totals = sigmoids(nets).sum(axis=1)
    shares = sigmoids(nets) / totals[:, np.newaxis]
    assert (totals < 0.3).any()
    np.testing.assert_allclose(probabilities[totals > 0.3], shares[totals > 0.3], rtol=1e-4)
    if shift >= 30:
        np.testing.assert_allclose(probabilities - 1 / 4, 0.01 * (shares - 1 / 4), atol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [1, 50, 1e6])
def test_a_one_that_is_rounded_keeps_its_contrary_apart_from_zero(scale, loss, dtype):
    """The unit of two classes says 1 from a net input of 17 on in float32; the other class has e to the minus that."""
    X = np.array([[-1.0], [1.0]], dtype=dtype)
    network = BackpropClassifier((), loss=loss)
    network.initialize(X, [0, 1], coefs_init=[[[scale]]], intercepts_init=[[0.0]])
    probabilities = assert_are_probabilities(network, X)
    np.testing.assert_array_equal(probabilities[0], probabilities[1, ::-1])
    if scale == 50:
        np.testing.assert_allclose(probabilities[0, 1], np.exp(-50), rtol=1e-5)


# ---------------------------------------------------------------------------------------------------------------------
# Every metric that takes probabilities.


def far_apart(n_classes, dtype):
    """A network that is sure of the right class, or of a wrong one for every seventh instance, and its data."""
    y = np.arange(3 * n_classes) % n_classes
    X = np.eye(n_classes, dtype=dtype)[np.where(np.arange(len(y)) % 7 == 0, (y + 1) % n_classes, y)]
    weights = 40 * (2 * np.eye(n_classes) - 1)
    if n_classes == 2:
        weights = weights[:, 1:]
    network = BackpropClassifier((), loss="log_loss")
    return network.initialize(X, y, coefs_init=[weights], intercepts_init=[np.zeros(weights.shape[1])]), X, y


METRICS_OF_TWO = {
    name: getattr(metrics, name)
    for name in (
        "average_precision_score",
        "brier_score_loss",
        "d2_brier_score",
        "d2_log_loss_score",
        "det_curve",
        "log_loss",
        "precision_recall_curve",
        "roc_auc_score",
        "roc_curve",
    )
    if hasattr(metrics, name)
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", METRICS_OF_TWO)
def test_metrics_take_the_probabilities_of_two_classes(name, dtype):
    network, X, y = far_apart(2, dtype)
    result = METRICS_OF_TWO[name](y, network.predict_proba(X)[:, 1])
    assert np.isfinite(result[0] if isinstance(result, tuple) else result).all()


def of_many(name, **parameters):
    return pytest.param(name, parameters, id="-".join([name, *map(str, parameters.values())]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_classes", [3, 100])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        of_many("average_precision_score"),
        of_many("brier_score_loss"),
        of_many("d2_brier_score"),
        of_many("d2_log_loss_score"),
        of_many("log_loss"),
        *[
            of_many("roc_auc_score", multi_class=way, average=average)
            for way in ("ovr", "ovo")
            for average in ("macro", "weighted")
        ],
        of_many("roc_auc_score", multi_class="ovr", average="micro"),
        of_many("top_k_accuracy_score", k=2),
    ],
)
def test_metrics_take_the_probabilities_of_many_classes(name, parameters, n_classes, dtype):
    """Case J2: roc_auc_score refused those of a hundred classes far apart in float32."""
    if not hasattr(metrics, name) or (name == "brier_score_loss" and not hasattr(metrics, "d2_brier_score")):
        pytest.skip("this scikit-learn has no such metric of many classes")
    if parameters.get("multi_class") == "ovo":
        n_classes = min(n_classes, 10)  # it goes through all pairs
    network, X, y = far_apart(n_classes, dtype)
    result = getattr(metrics, name)(y, network.predict_proba(X), **parameters)
    assert np.isfinite(result)
    wide = getattr(metrics, name)(y, far_apart(n_classes, np.float64)[0].predict_proba(X), **parameters)
    if "log_loss" not in name:  # which clips at the eps of the dtype
        assert result == pytest.approx(wide, abs=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "name",
    [
        "average_precision_score",
        "brier_score_loss",
        "coverage_error",
        "label_ranking_average_precision_score",
        "label_ranking_loss",
        "log_loss",
        "ndcg_score",
        "roc_auc_score",
    ],
)
def test_metrics_take_the_probabilities_of_labels(name, dtype):
    flags = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 1, 0]] * 15)
    network, X, _ = network_with_nets(flags, dtype, "log_loss", 50)
    probabilities = network.predict_proba(X)
    if name in ("brier_score_loss", "log_loss"):  # of one label each
        results = [getattr(metrics, name)(flags[:, j], probabilities[:, j]) for j in range(3)]
    else:
        results = getattr(metrics, name)(flags, probabilities)
    assert np.isfinite(results).all()
