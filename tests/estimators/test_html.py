"""In a notebook: the line about a fitted network, the link to the documentation, and that nothing breaks the box."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

from skbackprop import BackpropClassifier, BackpropRegressor
from skbackprop._estimators import html

LINE = "2-3-1, 13 weights and biases; 4 epochs, max_iter; loss 0."


@pytest.fixture
def data():
    X = np.random.default_rng(0).normal(size=(200, 2))
    return X, (X[:, 0] > 0).astype(int)


@pytest.fixture
def new():
    return BackpropClassifier(3, max_iter=4, batch_size=1, learning_rate_init=2.0, random_state=0)


@pytest.fixture
def network(new, data):
    return new.fit(*data)


@pytest.fixture
def documented(monkeypatch):
    monkeypatch.setattr(html, "_documentation", lambda: "https://docs.invalid/stable/")


def test_a_fitted_network_has_a_line_with_layers_parameters_epochs_reason_and_loss(network):
    assert html.summary(network).startswith(LINE)
    assert LINE in network._repr_html_()


def test_a_pipeline_has_the_line_of_its_step(new, data):
    pipeline = make_pipeline(StandardScaler(), new)
    assert "weights and biases" not in estimator_html_repr(pipeline)
    assert "2-3-1, 13 weights and biases" in estimator_html_repr(pipeline.fit(*data))


@pytest.mark.parametrize("wrap", [lambda est: GridSearchCV(est, {"max_iter": [4, 5]}, cv=2), BaggingClassifier])
def test_other_estimators_around_a_network_are_shown(new, data, wrap):
    around = wrap(new)
    assert "BackpropClassifier" in estimator_html_repr(around)
    assert "BackpropClassifier" in estimator_html_repr(around.fit(*data))


def test_an_unfitted_network_has_no_line(network):
    assert html.summary(clone(network)) is None
    assert "weights and biases" not in clone(network)._repr_html_()


def test_a_network_without_epochs_has_no_loss(new, data):
    assert html.summary(new.initialize(*data)) == "2-3-1, 13 weights and biases; 0 epochs, initialized"


def test_one_epoch_and_no_hidden_layer(data):
    network = BackpropRegressor((), random_state=0).partial_fit(*data)
    assert html.summary(network).startswith("2-1, 3 weights and biases; 1 epoch, partial_fit; loss ")


@pytest.mark.parametrize("name", ["coefs_", "intercepts_", "n_epochs_", "stop_reason_", "loss_"])
@pytest.mark.parametrize("value", [None, [], "odd", object()])
def test_odd_attributes_do_not_break_the_box(network, name, value):
    setattr(network, name, value)
    assert "BackpropClassifier" in network._repr_html_()


@pytest.mark.parametrize("name", ["coefs_", "intercepts_", "n_epochs_", "stop_reason_", "loss_", "loss_curve_"])
def test_missing_attributes_do_not_break_the_box(network, name):
    delattr(network, name)
    assert "BackpropClassifier" in network._repr_html_()


@pytest.mark.parametrize("value", [-1, "odd", None, np.arange(3), "<b>odd</b>"])
def test_broken_parameters_do_not_break_the_box(network, value):
    for each in (network, clone(network)):
        html = each.set_params(hidden_layer_sizes=value, alpha=value)._repr_html_()
        assert "BackpropClassifier" in html
        assert "<b>odd" not in html


def test_what_the_line_says_is_escaped(network):
    network.stop_reason_ = "<b>odd</b>"
    assert "<b>odd" not in network._repr_html_()


def test_there_is_no_link_as_long_as_the_package_names_no_documentation(network, monkeypatch):
    monkeypatch.setattr(html, "_documentation", lambda: "")
    assert network._get_doc_link() == ""
    assert "sk-estimator-doc-link" in network._repr_html_()  # the mark of a fitted estimator
    assert "Documentation for" not in network._repr_html_()


@pytest.mark.parametrize("cls", [BackpropClassifier, BackpropRegressor])
def test_the_link_leads_to_the_page_of_the_class(cls, documented):
    link = f"https://docs.invalid/stable/generated/skbackprop.{cls.__name__}.html"
    assert cls()._get_doc_link() == link
    assert link in cls()._repr_html_()
    assert link in estimator_html_repr(make_pipeline(StandardScaler(), cls()))


def test_a_users_subclass_has_no_page(documented):
    class Mine(BackpropClassifier):
        pass

    assert Mine()._get_doc_link() == ""


def test_the_documentations_address_comes_from_the_packages_metadata(monkeypatch):
    class Metadata:
        def get_all(self, name):
            return ["Source, https://code.invalid", "Documentation, https://docs.invalid"] * (name == "Project-URL")

    monkeypatch.setattr(html, "metadata", lambda package: Metadata())
    assert html._documentation.__wrapped__() == "https://docs.invalid"


def test_the_box_adds_nothing_to_what_is_saved(network):
    before = set(vars(network))
    network._repr_html_()
    assert set(vars(network)) == before
    assert pickle.loads(pickle.dumps(network))._repr_html_()
