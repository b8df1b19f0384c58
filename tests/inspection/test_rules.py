"""Rules that say what a network says: that they are its own, that they can be read, and what they are made of."""

import math
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor, extract_rules, prune
from skbackprop._inspection import rule_finding
from skbackprop._inspection.rule_finding import MAX_CLUSTERS, Condition, HiddenUnits, merge, round_between

IRIS = load_iris(as_frame=True)
NAMES = IRIS.target_names[IRIS.target]
SCALED = StandardScaler().fit_transform(IRIS.data)


@pytest.fixture(scope="module")
def network():
    return prune(BackpropClassifier(10, batch_size=4, random_state=0).fit(SCALED, NAMES), SCALED, NAMES)


@pytest.fixture(scope="module")
def rules(network):
    return extract_rules(network, SCALED, NAMES, X_shown=IRIS.data)


def test_rules_say_what_the_network_says_and_tell_how_often(network, rules):
    said = rules.predict(IRIS.data)
    assert rules.fidelity == np.mean(said == network.predict(SCALED)) > 0.95
    assert rules.accuracy == np.mean(said == NAMES) > 0.93
    assert rules.score(IRIS.data, NAMES) == rules.accuracy
    assert rules.n_rules_ == len(rules.rules) <= 6
    assert 0 < rules.n_conditions_ <= 10


def test_the_network_is_asked_and_not_the_classes(network):
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(NAMES)
    rules = extract_rules(network, SCALED, shuffled, X_shown=IRIS.data)
    assert rules.fidelity > 0.95
    assert rules.accuracy < 0.6


def test_text_reads_as_sentences_and_counts_its_instances(rules):
    assert repr(rules) == str(rules)
    *lines, _, end = str(rules).splitlines()
    assert lines[0].startswith("if petal ")
    assert all(line.startswith("else if ") for line in lines[1:-1])
    assert lines[-1].startswith("else ")
    assert " if " not in lines[-1]
    assert sum(rule.n_covered for rule in rules.rules) == 150
    assert sum(rule.n_right for rule in rules.rules) == pytest.approx(150 * rules.fidelity)
    first = rules.rules[0]
    assert lines[0].endswith(f"   (as the network: {first.n_right} of {first.n_covered})")
    assert end == (
        f"{rules.n_rules_} rules, {rules.n_conditions_} comparisons; as the network: {rules.fidelity:.1%}, "
        f"right: {rules.accuracy:.1%}"
    )
    assert rules._repr_html_().startswith("<pre>if petal ")
    assert "&lt;=" in rules._repr_html_()


def test_the_first_rule_that_holds_decides(rules):
    X = IRIS.data.to_numpy()
    for instance, said in zip(X, rules.predict(X), strict=True):
        assert said == next(rule.label for rule in rules.rules if rule.holds(instance[np.newaxis])[0])


def test_numbers_are_short_and_in_the_units_shown(rules):
    X = IRIS.data.to_numpy()
    limits = [
        (each.feature, limit)
        for rule in rules.rules
        for each in rule.conditions
        for limit in (each.low, each.high)
        if math.isfinite(limit)
    ]
    assert len(limits) == rules.n_conditions_ > 0
    for feature, limit in limits:
        assert limit == round(limit, 2)
        # As each parts the instances that were shown; of the standardised ones -0.5 and 0.56 are the limits of petals.
        assert X[:, feature].min() <= limit < X[:, feature].max()


def test_the_steps_are_those_of_the_book(rules):
    to_classes = [line for line in rules.hidden_rules if line.startswith("if hidden unit ")]
    to_units = [line for line in rules.hidden_rules if line.startswith("hidden unit ") or " < hidden unit " in line]
    assert {line.rpartition(": ")[2] for line in to_classes} == {"setosa", "versicolor", "virginica"}
    assert to_units
    assert len(to_classes) + len(to_units) == len(rules.hidden_rules)
    numbers = [int(number) for line in rules.hidden_rules for number in re.findall(r"hidden unit (\d+)", line)]
    assert min(numbers) > 4  # counted on after the inputs


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of so few units
def test_alternatives_of_a_step_cannot_be_read_in_two_ways():
    X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    y = (X > 0.0).all(axis=1) | (X < 0.0).all(axis=1)
    network = BackpropClassifier(3, batch_size=4, learning_rate_init=1.0, random_state=0).fit(X, y)
    steps = [line for line in extract_rules(network, X, y, feature_names=["a", "b"]).hidden_rules if " or " in line]
    assert steps
    for step in steps:
        alternatives = step.partition(" if ")[2].split("\n    or ")
        assert len(alternatives) > 1
        assert all((" and " in each) == (each[0] + each[-1] == "()") for each in alternatives)


def test_only_features_that_the_network_uses_are_named(network, rules):
    unused = set(np.flatnonzero(~network.coefs_[0].any(axis=1)))
    assert not unused & {each.feature for rule in rules.rules for each in rule.conditions}


def test_a_rule_that_is_known_is_found():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (400, 3))
    y = np.where((X[:, 0] > 0.2) & (X[:, 1] <= 0.5), "inside", "outside")
    network = BackpropClassifier(8, batch_size=4, random_state=0, max_iter=100).fit(X, y)
    rules = extract_rules(prune(network, X, y), X, y)
    first = rules.rules[0]
    assert rules.n_rules_ == 2
    assert (first.label, rules.rules[1].label) == ("inside", "outside")
    assert [each.feature for each in first.conditions] == [0, 1]
    assert first.conditions[0].low == pytest.approx(0.2, abs=0.1)
    assert first.conditions[1].high == pytest.approx(0.5, abs=0.1)


def test_units_have_few_clusters_that_decide_as_their_outputs_do(network):
    units = HiddenUnits(network, SCALED)
    assert units.numbers == np.flatnonzero(network.coefs_[1].any(axis=1)).tolist()
    for column in units.outputs.T:
        assert 2 <= len(np.unique(column)) <= MAX_CLUSTERS


@pytest.mark.parametrize("hidden", [4, (5, 3)])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_two_classes_and_several_layers_are_taken(hidden, loss):
    y = NAMES == "virginica"
    network = BackpropClassifier(hidden, batch_size=4, loss=loss, random_state=0).fit(SCALED, y)
    rules = extract_rules(network, SCALED, y)
    assert rules.fidelity > 0.93
    assert rules.predict(SCALED).dtype == bool


def test_wine_in_rules_of_its_chemistry_holds_for_wines_that_they_were_not_made_from():
    data = load_wine(as_frame=True)
    train, test = np.arange(178) % 3 > 0, np.arange(178) % 3 == 0
    scaler = StandardScaler().fit(data.data[train])
    X, y = scaler.transform(data.data), data.target.to_numpy()
    network = prune(BackpropClassifier(10, batch_size=4, random_state=0).fit(X[train], y[train]), X[train], y[train])
    rules = extract_rules(network, X[train], y[train], X_shown=data.data[train])
    assert rules.score(data.data[test], network.predict(X[test])) > 0.85
    assert rules.score(data.data[test], y[test]) > 0.85
    assert rules.feature_names == list(data.data.columns)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_that_says_one_thing_only_is_one_rule():
    network = BackpropClassifier(3, random_state=0).initialize(SCALED, NAMES)
    network.coefs_[1][...] = 0
    rules = extract_rules(network, SCALED, NAMES)
    assert (rules.n_rules_, rules.n_conditions_, rules.fidelity) == (1, 0, 1.0)


def test_rules_are_saved_without_the_name_of_a_private_module(rules):
    saved = pickle.dumps(rules)
    assert b"skbackprop._" not in saved
    loaded = pickle.loads(saved)
    assert str(loaded) == str(rules)
    np.testing.assert_array_equal(loaded.predict(IRIS.data), rules.predict(IRIS.data))


def test_conditions_of_one_feature_are_put_together():
    above, below = Condition(0, 1.0, math.inf), Condition(0, -math.inf, 2.0)
    assert merge([above], [below]) == [Condition(0, 1.0, 2.0)]
    assert merge([above], [Condition(0, -math.inf, 1.0)]) is None
    assert merge([above], [Condition(1, 0.0, 1.0)]) == [above, Condition(1, 0.0, 1.0)]


@pytest.mark.parametrize(
    ("values", "expected"), [([0.1234, 0.1334], 0.13), ([1, 2], 1.5), ([123.4, 987.0], 600), ([-0.31, -0.29], -0.3)]
)
def test_limits_are_the_shortest_number_between(values, expected):
    limit = round_between(*values)
    assert limit == expected
    assert values[0] <= limit < values[1]


@pytest.mark.parametrize("values", [(0.0, 5e-324), (1.7e9, np.nextafter(1.7e9, np.inf)), (-1e308, 1.7e308)])
def test_limits_lie_between_numbers_that_are_hardly_apart_or_at_the_ends_of_what_there_is(values):
    assert values[0] <= round_between(*values) < values[1]


# Trees compute in float32, and take numbers that are less than 1e-7 apart for one.
@pytest.mark.parametrize(
    "in_units",
    [lambda X: X * 1e-30, lambda X: X * 1e200, lambda X: np.round(X * 100) + 1.7e9, lambda X: X * 1e300],
    ids=["small", "large", "seconds", "largest"],
)
def test_rules_say_as_much_in_any_unit(network, rules, in_units):
    others = extract_rules(network, SCALED, NAMES, X_shown=in_units(IRIS.data.to_numpy()))
    assert others.fidelity >= rules.fidelity - 0.01
    assert others.n_rules_ <= rules.n_rules_ + 1


def test_the_words_name_the_limits_that_predict_goes_by():
    X = 1234567.0 + np.arange(2).repeat(20)[:, np.newaxis]
    y = X[:, 0] > 1234567
    network = BackpropClassifier(2, learning_rate_init=1.0, batch_size=1, random_state=0).fit(X - 1234567.5, y)
    rules = extract_rules(network, X - 1234567.5, y, X_shown=X, feature_names=["id"])
    assert rules.fidelity == 1.0
    assert "1234567.5" in str(rules)


def test_classes_may_stand_in_a_column(network, rules):
    column = NAMES[:, np.newaxis]
    assert extract_rules(network, SCALED, column, X_shown=IRIS.data).accuracy == rules.accuracy
    assert rules.score(IRIS.data, column) == rules.accuracy
    with pytest.raises(ValueError, match=r"y has shape \(3,\), but must hold one class for each of 150 instances"):
        rules.score(IRIS.data, NAMES[:3])


def test_sparse_inputs_are_taken(network):
    rules = extract_rules(network, csr_matrix(SCALED), NAMES, X_shown=csr_matrix(IRIS.data))
    assert str(rules) == str(extract_rules(network, SCALED, NAMES, X_shown=IRIS.data.to_numpy()))
    np.testing.assert_array_equal(rules.predict(csr_matrix(IRIS.data)), rules.predict(IRIS.data))


def test_a_frame_is_pruned_and_put_into_rules_without_a_warning():
    X = StandardScaler().set_output(transform="pandas").fit_transform(IRIS.data)
    network = prune(BackpropClassifier(5, batch_size=4, random_state=0).fit(X, NAMES), X, NAMES, n_epochs=5)
    assert extract_rules(network, X, NAMES).feature_names == list(IRIS.data.columns)


def test_names_are_taken_from_the_frame_or_as_given(network):
    named = extract_rules(network, SCALED, NAMES, X_shown=pd.DataFrame(IRIS.data.to_numpy(), columns=list("abcd")))
    assert named.feature_names == list("abcd")
    given = extract_rules(network, SCALED, NAMES, feature_names=["p", "q", "r", "s"])
    assert given.feature_names == ["p", "q", "r", "s"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_depth": 0}, "max_depth=0 is not valid: it must be an int >= 1"),
        ({"min_covered": 1.5}, "min_covered=1.5 is not valid"),
        ({"X_shown": SCALED[:5]}, "X_shown holds 5 instances, but X 150"),
        (
            {"X_shown": SCALED[:, :2]},
            r"X_shown has shape \(150, 2\), but must have a row for each instance and 4 columns",
        ),
        ({"X_shown": np.full((150, 4), np.nan)}, "X_shown contains NaN or infinity"),
        ({"feature_names": ["a"]}, "feature_names holds 1 name,"),
    ],
)
def test_arguments_that_make_no_sense_are_named(network, arguments, words):
    with pytest.raises(ValueError, match=words):
        extract_rules(network, SCALED, NAMES, **arguments)


def test_what_cannot_be_put_into_rules_is_refused(network):
    y = IRIS.target.to_numpy()
    with pytest.raises(ValueError, match="y contains labels 0, 1, 2 that are not among the classes"):
        extract_rules(network, SCALED, y)
    with pytest.raises(TypeError, match="estimator is a LogisticRegression"):
        extract_rules(LogisticRegression(), SCALED, y)
    with pytest.raises(NotFittedError):
        extract_rules(BackpropClassifier(), SCALED, y)
    with pytest.raises(TypeError, match="BackpropRegressor that predicts no single label"):
        extract_rules(BackpropRegressor(2).initialize(SCALED, y), SCALED, y)
    labels = np.column_stack([y == 0, y == 1])
    with pytest.raises(TypeError, match="BackpropClassifier that predicts no single label"):
        extract_rules(BackpropClassifier(2).initialize(SCALED, labels), SCALED, labels)
    with pytest.raises(ValueError, match="has no hidden layer"):
        extract_rules(BackpropClassifier(()).initialize(SCALED, y), SCALED, y)
    with pytest.raises(ValueError, match=r"y has shape \(5,\), but must hold one class for each of 150"):
        extract_rules(BackpropClassifier(2).initialize(SCALED, y), SCALED, y[:5])


def test_the_last_rule_decides_for_somebody(monkeypatch):
    """Where the rules before it leave nobody, the one before it takes what is left."""
    monkeypatch.setattr(rule_finding, "_simplified", lambda rules, X, decided: rules)
    X = np.arange(30.0)[:, np.newaxis]
    decided = np.repeat(["a", "b", "c"], [15, 10, 5])
    limits = [(-np.inf, 14.5, "a"), (14.5, 24.5, "b"), (24.5, np.inf, "c")]
    rules = [([rule_finding.Condition(0, low, high)], label) for low, high, label in limits]
    listed = rule_finding.list_rules(rules, X, decided, 5)
    assert [(rule.label, rule.n_covered) for rule in listed] == [("a", 15), ("b", 10), ("c", 5)]
    assert listed[-1].conditions == []
    assert all(rule.conditions for rule in listed[:-1])


def test_a_large_depth_takes_no_memory_that_grows_with_it(network, rules):
    assert list(map(str, extract_rules(network, SCALED, NAMES, max_depth=60).rules)) == list(
        map(str, extract_rules(network, SCALED, NAMES, max_depth=7).rules)
    )


def test_a_frame_with_columns_in_another_order_is_refused(rules):
    turned, others = IRIS.data.iloc[:, ::-1], IRIS.data.rename(columns=str.upper)
    with pytest.raises(ValueError, match=r"X has its columns in another order, .*: pass them in that order"):
        rules.predict(turned)
    with pytest.raises(ValueError, match="X has its columns in another order"):
        rules.score(turned, NAMES)
    with pytest.raises(ValueError, match=r"X has the columns \['SEPAL LENGTH \(CM\)', .* but the rules were made from"):
        rules.predict(others)
    np.testing.assert_array_equal(rules.predict(IRIS.data.to_numpy()), rules.predict(IRIS.data))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(rules)).predict(IRIS.data), rules.predict(IRIS.data))


def test_rules_made_from_arrays_know_the_order_of_the_names_that_were_given(network):
    rules = extract_rules(network, SCALED, NAMES, feature_names=list("abcd"))
    frame = pd.DataFrame(SCALED, columns=list("abcd"))
    np.testing.assert_array_equal(rules.predict(frame), rules.predict(SCALED))
    np.testing.assert_array_equal(rules.predict(frame.set_axis(list("pqrs"), axis=1)), rules.predict(SCALED))
    with pytest.raises(ValueError, match="X has its columns in another order"):
        rules.predict(frame[list("abdc")])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_shown_has_the_order_of_the_networks_own_inputs():
    X = StandardScaler().set_output(transform="pandas").fit_transform(IRIS.data)
    network = BackpropClassifier(3, max_iter=5, random_state=0).fit(X, NAMES)
    with pytest.raises(ValueError, match="X_shown has its columns in another order"):
        extract_rules(network, X, NAMES, X_shown=IRIS.data.iloc[:, ::-1])
    others = extract_rules(network, X, NAMES, X_shown=IRIS.data.rename(columns=str.upper))
    assert others.feature_names[0] == "SEPAL LENGTH (CM)"


def test_fewer_instances_than_a_rule_is_to_hold_for_are_refused(network):
    with pytest.raises(ValueError, match="X holds 2 instances, but each rule is to hold for min_covered=5: pass more"):
        extract_rules(network, SCALED[:2], NAMES[:2])
    assert extract_rules(network, SCALED[48:53], NAMES[48:53]).n_rules_ >= 1


def test_names_that_do_not_tell_features_apart_are_refused(network):
    with pytest.raises(ValueError, match=r"feature_names=\['a', 'a', 'b', 'c'\] is not valid: rules can only tell"):
        extract_rules(network, SCALED, NAMES, feature_names=list("aabc"))
    with pytest.raises(ValueError, match=r"feature_names=\['a', 'b', 'c', 'a'\] is not valid"):
        extract_rules(network, SCALED, NAMES, X_shown=pd.DataFrame(SCALED, columns=list("abca")))
