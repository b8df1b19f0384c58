"""Classes that come late: `on_new_class="grow"`."""

import numpy as np
import pytest

from skbackprop import BackpropClassifier

X = np.random.RandomState(0).normal(size=(90, 4))
Y = np.repeat([0, 1, 2], 30)
X[np.arange(90), Y] += 3


def grown(old, new, **parameters):
    """A network that knew the old labels, before and after it met the new ones with a rate that moves nothing."""
    network = BackpropClassifier(5, random_state=0, on_new_class="grow", **parameters)
    is_old = np.isin(Y, old)
    for _ in range(5):
        network.partial_fit(X[is_old], Y[is_old], classes=old)
    before = network.predict_proba(X)
    hidden = network.coefs_[0].copy()
    network.set_params(learning_rate_init=1e-300).partial_fit(X, np.where(np.isin(Y, new), Y, old[0]))
    np.testing.assert_array_equal(network.coefs_[0], hidden)
    return network, before, network.predict_proba(X)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize(
    ("old", "new"), [([0, 1], [2]), ([1, 2], [0]), ([0, 2], [1]), ([1], [0]), ([1], [2]), ([1], [0, 2])]
)
def test_old_classes_keep_their_outputs_beside_each_other(loss, old, new):
    network, before, after = grown(old, new, loss=loss)
    assert network.classes_.tolist() == sorted(old + new)
    assert network.coefs_[-1].shape[1] == network.n_outputs_ == (3 if len(old + new) > 2 else 1)
    if len(old) > 1:
        columns = np.searchsorted(network.classes_, old)
        np.testing.assert_allclose(after[:, columns[1]] / after[:, columns].sum(axis=1), before[:, 1], rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("parameters", [{}, {"momentum": 0.5}, {"solver": "adam", "learning_rate_init": 0.01}])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_a_grown_network_learns_the_new_class(parameters, loss):
    network = BackpropClassifier(5, random_state=0, on_new_class="grow", loss=loss, **parameters)
    for _ in range(50):
        network.partial_fit(X[:60], Y[:60])
    for _ in range(200):
        network.partial_fit(X, Y)
    assert network.classes_.tolist() == [0, 1, 2]
    assert network.score(X, Y) > 0.9


def test_units_of_three_classes_are_left_alone_bit_for_bit():
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X, Y)
    before = [array.copy() for array in network.coefs_ + network.intercepts_]
    network.set_params(learning_rate_init=1e-300).partial_fit(X[:1], [7])
    assert network.classes_.tolist() == [0, 1, 2, 7]
    np.testing.assert_array_equal(network.coefs_[1][:, :3], before[1])
    np.testing.assert_array_equal(network.intercepts_[1][:3], before[3])
    assert np.abs(network.coefs_[1][:, 3]).max() <= 0.5


def test_labels_of_text_grow_too():
    names = np.array(["setosa", "versicolor", "a longer name than those"])
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X[:60], names[Y[:60]])
    network.partial_fit(X, names[Y])
    assert network.classes_.tolist() == sorted(names)
    assert set(network.predict(X)) <= set(names)


def test_by_default_an_unknown_label_is_an_error_and_changes_nothing():
    network = BackpropClassifier(5, random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    before = network.predict_proba(X)
    with pytest.raises(ValueError, match=r"labels 7 .*\[0, 1, 2\]"):
        network.partial_fit(X[:1], [7])
    np.testing.assert_array_equal(network.predict_proba(X), before)


def test_a_call_that_fails_after_growing_leaves_the_network_as_it_was():
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X, Y)
    before = network.predict_proba(X)
    with pytest.raises(ValueError, match="sample_weight"):
        network.partial_fit(X[:1], [7], sample_weight=[-1])
    assert network.classes_.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(network.predict_proba(X), before)
