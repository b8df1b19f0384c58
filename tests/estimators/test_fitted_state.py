"""The fitted state is declared once, in `fitted.FIELDS`: what else speaks of it says the same."""

import pickle
import re

import numpy as np
import pytest

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators.fitted import FIELDS, check_fitted, copy_with, fitted_attributes, hand_over, snapshot

OWNERS = {"classifier": BackpropClassifier, "regressor": BackpropRegressor}


def declared_names(owner):
    return {name for name, field in FIELDS.items() if field.owner in ("both", owner)}


@pytest.mark.parametrize("owner", OWNERS)
def test_the_docstring_describes_the_public_part_of_it_and_nothing_else(owner):
    attributes = OWNERS[owner].__doc__.split("Attributes\n")[1].split("See Also")[0]
    heads = re.findall(r"^    ((?:\w+_, )*\w+_) : ", attributes, flags=re.M)
    described = {name for head in heads for name in head.split(", ")}
    assert described == {name for name in declared_names(owner) if not name.startswith("_")}


def test_a_handed_over_state_takes_the_place_of_all_of_the_old_one(task):
    estimator, other = task.trained(), task.trained(parameters={"hidden_layer_sizes": 2})
    estimator.note_ = "mine"
    estimator.feature_names_in_ = np.array(["a", "b", "c"], dtype=object)
    hand_over(estimator, fitted_attributes(other))
    assert fitted_attributes(estimator).keys() == fitted_attributes(other).keys()
    assert estimator.note_ == "mine"
    np.testing.assert_array_equal(task.outputs(estimator), task.outputs(other))


def test_a_copy_with_another_state_leaves_the_estimator_alone(task):
    estimator = task.trained()
    names = set(vars(estimator))
    assert not fitted_attributes(copy_with(estimator, {}))
    assert copy_with(estimator, {}).get_params() == estimator.get_params()
    seen = snapshot(estimator)
    task.train(estimator.set_params(hidden_layer_sizes=2), "fit")
    assert len(seen.intercepts_[0]) == 4
    assert set(vars(estimator)) == names


@pytest.mark.parametrize("name", FIELDS)
def test_each_attribute_is_missed(task, name):
    state = fitted_attributes(task.trained())
    owner = "classifier" if task.is_classifier else "regressor"
    check_fitted(state, "Network")
    if name not in declared_names(owner) or FIELDS[name].is_optional:
        return
    del state[name]
    with pytest.raises(ValueError, match=f"Network is damaged: it has no {name}"):
        check_fitted(state, "Network")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs", "rprop"])
def test_a_network_of_any_solver_is_plain_arrays_and_numbers(solver, task):
    network = task.trained(parameters={"solver": solver})
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(task.outputs(again), task.outputs(network))
    plain = (int, float, str, bool, type(None), np.ndarray, np.floating, np.integer)

    def assert_plain(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (list, tuple)):
            for each in value:
                assert_plain(each)
        else:
            assert isinstance(value, plain), type(value)

    assert_plain({name: value for name, value in network.__getstate__().items() if name.endswith("_")})
