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


@pytest.mark.parametrize(
    ("y", "classes", "remedy"),
    [
        pytest.param(
            Y,
            [0, 1],
            r"To learn others, set on_new_class='grow', or name all in classes when partial_fit begins\.$",
            id="one label",
        ),
        pytest.param(np.stack([Y, Y], axis=1), [[0, 1], [0, 1]], r"classes \[0, 1\]\.$", id="two, which cannot grow"),
        pytest.param(np.stack([Y, Y % 2], axis=1), [0, 1], r"classes \[0, 1\]\.$", id="indicators, of 0 and 1 only"),
    ],
)
def test_the_error_of_an_unknown_label_tells_what_can_be_done(y, classes, remedy):
    network = BackpropClassifier(5, random_state=0).partial_fit(X[:60], y[:60], classes=classes)
    with pytest.raises(ValueError, match=remedy):
        network.partial_fit(X, y)


def test_a_call_that_fails_after_growing_leaves_the_network_as_it_was():
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X, Y)
    before = network.predict_proba(X)
    with pytest.raises(ValueError, match="sample_weight"):
        network.partial_fit(X[:1], [7], sample_weight=[-1])
    assert network.classes_.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(network.predict_proba(X), before)


# ---------------------------------------------------------------------------------------------------------------------
# Labels in any container, pandas' where it is installed: types compare by value.


def series(dtype):
    return lambda values: pytest.importorskip("pandas").Series(values, dtype=dtype)


TEXTS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": lambda values: np.array(values, dtype=object),
    "Series of objects": series(object),
    "Series of str": series("str"),
    "Series of string": series("string"),
    "categories": series("category"),
}
NUMBERS = {
    "ints": list,
    "floats": lambda values: [float(value) for value in values],
    "int8": lambda values: np.array(values, dtype=np.int8),
    "uint64": lambda values: np.array(values, dtype=np.uint64),
    "float32": lambda values: np.array(values, dtype=np.float32),
    "Int64": series("Int64"),
    "categories": series("category"),
}


@pytest.mark.parametrize("later", TEXTS)
@pytest.mark.parametrize("first", TEXTS)
def test_text_grows_from_any_container_to_any_other(first, later):
    network = BackpropClassifier(5, random_state=0, on_new_class="grow")
    network.partial_fit(X[:60], TEXTS[first](["ant", "bee"] * 30))
    kind = network.classes_.dtype.kind
    network.partial_fit(X[:60], TEXTS[later](["bee", "a longer name", "ant"] * 20))
    assert network.classes_.tolist() == ["a longer name", "ant", "bee"]
    assert network.classes_.dtype.kind == kind
    assert set(network.predict(X)) <= {"a longer name", "ant", "bee"}
    before = network.coefs_[-1].shape
    network.partial_fit(X[:60], TEXTS[first](["ant", "a longer name"] * 30))
    assert network.coefs_[-1].shape == before


@pytest.mark.parametrize("later", NUMBERS)
@pytest.mark.parametrize("first", NUMBERS)
def test_numbers_grow_from_any_type_to_any_other(first, later):
    network = BackpropClassifier(5, random_state=0, on_new_class="grow")
    network.partial_fit(X[:60], NUMBERS[first]([0, 1] * 30))
    dtype = network.classes_.dtype
    network.partial_fit(X[:60], NUMBERS[later]([100, 1, 0] * 20))
    assert network.classes_.tolist() == [0, 1, 100]
    assert network.classes_.dtype == dtype


def test_a_type_that_is_too_small_for_a_new_label_becomes_a_larger_one():
    network = BackpropClassifier(5, random_state=0, on_new_class="grow")
    network.partial_fit(X, (Y > 0)).partial_fit(X, Y)
    assert network.classes_.tolist() == [0, 1, 2]
    network = BackpropClassifier(5, random_state=0, on_new_class="grow")
    network.partial_fit(X, Y.astype(np.int8)).partial_fit(X, Y * 1000)
    assert network.classes_.tolist() == [0, 1, 2, 1000, 2000]


def test_declared_classes_grow_by_value_too():
    names = np.array(["ant", "bee"], dtype=object)
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X[:60], names[Y[:60]])
    network.partial_fit(X[:60], names[Y[:60]].tolist(), classes=["cicada", "bee"])
    assert network.classes_.tolist() == ["ant", "bee", "cicada"]


@pytest.mark.parametrize(
    ("first", "later", "words"),
    [
        ([0, 1], ["a", "1"], "'1', 'a', which are text, to classes that are numbers"),
        (["a", "b"], [1, 2], "1, 2, which are numbers, to classes that are text"),
        ([0, 1], np.array(["a", "1"], dtype=object), "'1', 'a', which are text, to classes that are numbers"),
        (np.array(["a", "b"], dtype=object), [1.0, 2.0], "1.0, 2.0, which are numbers, to classes that are text"),
    ],
)
def test_text_and_numbers_are_not_classes_of_one_network(first, later, words):
    network = BackpropClassifier(5, random_state=0, on_new_class="grow").partial_fit(X[:2], first)
    before = network.predict_proba(X)
    with pytest.raises(ValueError, match=f"^y brings new labels {words}"):
        network.partial_fit(X[:2], later)
    np.testing.assert_array_equal(network.predict_proba(X), before)
    assert len(network.classes_) == 2
