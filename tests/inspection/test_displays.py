"""The pictures: what they show of a network, and that no two of their words overlap."""

import copy
import itertools
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("matplotlib")
import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skbackprop import (
    BackpropClassifier,
    BackpropClassifierCV,
    BackpropRegressor,
    CVCurveDisplay,
    HiddenUnitsDisplay,
    NetworkDisplay,
    SensitivityDisplay,
    TrainingCurveDisplay,
    explain_step,
    sensitivity,
)
from skbackprop._inspection.displays.network_numbers import short


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.fixture(scope="module")
def network(iris):
    return BackpropClassifier(10, error_tol=0.05, batch_size=4, random_state=0).fit(*iris)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return BackpropClassifier(30, max_iter=10, random_state=0).fit(X / 16, y)


@pytest.fixture(scope="module")
def tuned(iris):
    grid = {"hidden_layer_sizes": [3, (4, 3)], "alpha": [0.0, 0.1, 1.0]}
    return BackpropClassifierCV(grid=grid, max_iter=300, random_state=0).fit(*iris)


def words_of(figure):
    """All words of a figure, and the boxes that they take."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    undrawn = {text for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for text in undrawn_labels(axis)}
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text not in undrawn]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text().strip()]


def undrawn_labels(axis):
    """Tick labels beyond the limits, and those of hidden axes."""
    low, high = sorted(axis.get_view_interval())
    for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
        if not (axis.axes.axison and low <= tick.get_loc() <= high):
            yield from (tick.label1, tick.label2)


def assert_no_words_overlap(figure):
    words = words_of(figure)
    assert len(words) > 3
    for (one, box), (other, other_box) in itertools.combinations(words, 2):
        assert not box.padded(-1).overlaps(other_box.padded(-1)), f"{one!r} lies on {other!r}"
    page = figure.bbox.padded(2)
    for word, box in words:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, f"{word!r} leaves the page"
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, f"{word!r} leaves the page"


@pytest.mark.slow
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_no_words_overlap_on_light_and_dark_pages(network, digits, iris, tuned, style):
    with plt.style.context(style):
        displays = [
            TrainingCurveDisplay.from_estimator(network),
            NetworkDisplay.from_estimator(network, feature_names=["sepal length", "sepal width", "petal length", "pw"]),
            NetworkDisplay.from_estimator(digits),
            HiddenUnitsDisplay.from_estimator(network),
            HiddenUnitsDisplay.from_estimator(digits),
            SensitivityDisplay.from_estimator(network, iris[0]),
            CVCurveDisplay.from_estimator(tuned),
        ]
        for display in displays:
            assert_no_words_overlap(display.figure_)


def test_the_curve_shows_loss_error_and_updates_with_the_rule_that_fired(network):
    display = TrainingCurveDisplay.from_estimator(network)
    assert display.axes_.shape == (3,)
    curves = (network.loss_curve_, network.error_curve_, network.update_curve_)
    for panel, curve in zip(display.axes_, curves, strict=True):
        np.testing.assert_array_equal(panel.lines[0].get_xdata(), np.arange(1, network.n_epochs_ + 1))
        np.testing.assert_array_equal(panel.lines[0].get_ydata(), curve)
    assert network.stop_reason_ == "error_tol"
    assert display.axes_[0].get_title() == f"{network.n_epochs_} epochs: the error rate fell below error_tol"
    labels = [line.get_label() for line in display.axes_[1].lines]
    assert labels == ["training", "error_tol = 0.05", "the end"]
    assert [line.get_label() for line in display.axes_[2].lines] == ["training", "update_tol = 0.0001"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_single_epoch_can_be_seen(iris):
    display = TrainingCurveDisplay.from_estimator(BackpropClassifier(3, max_iter=1, random_state=0).fit(*iris))
    assert [panel.lines[0].get_marker() for panel in display.axes_] == ["o"] * 3
    assert display.axes_[0].get_title().startswith("1 epoch: ")
    display = TrainingCurveDisplay.from_estimator(BackpropClassifier(3, max_iter=2, random_state=0).fit(*iris))
    assert [panel.lines[0].get_marker() for panel in display.axes_] == ["None"] * 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_curve_shows_validation_and_its_best_epoch(iris):
    network = BackpropClassifier(5, early_stopping=True, max_iter=30, random_state=0).fit(*iris)
    display = TrainingCurveDisplay.from_estimator(network)
    loss, error, _ = display.axes_
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), network.validation_loss_curve_)
    np.testing.assert_allclose(error.lines[1].get_ydata(), 1 - np.array(network.validation_scores_))
    losses, scores = np.array(network.validation_loss_curve_), np.array(network.validation_scores_)
    best = np.where(scores == scores.max(), losses, np.inf).argmin() + 1  # of equal scores the smallest loss
    assert best > np.argmax(scores) + 1
    assert f"best, epoch {best}" in [line.get_label() for line in error.lines]
    network.set_params(scoring="accuracy").fit(*iris)  # which alone decides
    first = np.argmax(network.validation_scores_) + 1
    lines = TrainingCurveDisplay.from_estimator(network).axes_[-1].lines
    assert f"best, epoch {first}" in [line.get_label() for line in lines]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_validated_epochs_keep_their_places_in_a_training_that_goes_on_without_validation(iris):
    network = BackpropClassifier(5, max_iter=12, random_state=0).fit(*iris, X_val=iris[0][::2], y_val=iris[1][::2])
    before = TrainingCurveDisplay.from_estimator(network).axes_
    for _ in range(30):
        network.partial_fit(*iris)
    after = TrainingCurveDisplay.from_estimator(network).axes_
    losses = [panel.lines[1].get_xydata() for panel in (before[0], after[0])]
    np.testing.assert_array_equal(losses[0], losses[1][:12])
    assert np.isnan(losses[1][12:, 1]).all()
    assert [line.get_label() for line in before[1].lines[-1:]] == [line.get_label() for line in after[1].lines[-1:]]


def test_epochs_are_whole_numbers_though_there_is_one_only(iris):
    network = BackpropClassifier(3, random_state=0).partial_fit(*iris, classes=np.unique(iris[1]))
    display = TrainingCurveDisplay.from_estimator(network)
    assert all(float(tick).is_integer() for tick in display.axes_[-1].get_xticks())


def test_scores_of_the_users_own_have_a_panel(iris):
    network = BackpropClassifier(5, early_stopping=True, scoring="f1_macro", max_iter=9, random_state=0).fit(*iris)
    display = TrainingCurveDisplay.from_estimator(network)
    assert len(display.axes_) == 4
    assert display.axes_[3].lines[0].get_label() == "f1_macro"


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_scores_that_are_losses_are_no_error_rates(regressor_task, loss):
    network = BackpropRegressor(5, loss=loss, early_stopping=True, max_iter=9, random_state=0).fit(
        regressor_task.X, regressor_task.y
    )
    display = TrainingCurveDisplay.from_estimator(network)
    assert [line.get_label() for line in display.axes_[1].lines][:1] == ["training"]
    assert all(len(line.get_ydata()) <= 2 for line in display.axes_[1].lines[1:])  # marks and thresholds
    assert display.axes_[3].lines[0].get_label() == "minus the loss"
    np.testing.assert_array_equal(display.axes_[3].lines[0].get_ydata(), -np.array(network.validation_loss_curve_))


def test_restarts_have_a_panel_that_shows_the_one_kept(iris):
    network = BackpropClassifier(5, n_init=4, max_iter=20, random_state=0).fit(*iris)
    panel = TrainingCurveDisplay.from_estimator(network).axes_[-1]
    assert len(panel.lines[0].get_xdata()) == 4
    assert panel.lines[1].get_ydata() == pytest.approx(network.loss_)


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "rprop"])
def test_every_solver_has_a_curve(regressor_task, solver):
    network = BackpropRegressor(3, solver=solver, max_iter=9, random_state=0).fit(regressor_task.X, regressor_task.y)
    assert TrainingCurveDisplay.from_estimator(network).axes_.shape == (3,)


def test_a_network_of_no_epochs_has_no_curve(task):
    with pytest.raises(ValueError, match="no epoch yet"):
        TrainingCurveDisplay.from_estimator(task.new().initialize(task.X, task.y))


def test_the_networks_lines_are_its_weights(network):
    ax = NetworkDisplay.from_estimator(network).ax_
    negative, positive = ax.collections[:2]
    weights = np.concatenate([coefs.ravel() for coefs in network.coefs_])
    assert len(negative.get_paths()) == (weights < 0).sum()
    assert len(positive.get_paths()) == (weights >= 0).sum()
    widths = np.concatenate([negative.get_linewidths(), positive.get_linewidths()])
    np.testing.assert_allclose(np.sort(widths), np.sort(0.3 + 3.7 * np.abs(weights) / np.abs(weights).max()))
    shown = [text.get_text() for text in ax.texts]
    assert {"x1", "x4", "setosa", "versicolor", "virginica", "4 inputs"} <= set(shown)


@pytest.fixture
def book():
    """The book's example."""
    return BackpropClassifier(2, learning_rate_init=0.9).initialize(
        [[1, 0, 1]],
        [1],
        classes=[0, 1],
        coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
        intercepts_init=[[-0.4, 0.2], [0.1]],
    )


def test_a_small_network_bears_the_books_numbers(book):
    display = NetworkDisplay.from_estimator(book)
    shown = [text.get_text() for text in display.ax_.texts]
    assert {"1", "2", "3", "4", "5", "6"} <= set(shown)
    weights = ["0.2", "-0.3", "0.4", "0.1", "-0.5", "0.2", "-0.3", "-0.2"]
    assert sorted(word for word in shown if "." in word) == sorted(weights)
    assert_no_words_overlap(display.figure_)


def test_outputs_and_errors_of_an_instance_stand_under_the_units(book):
    display = NetworkDisplay.from_estimator(book, values=explain_step(book, [1, 0, 1], 1))
    shown = [text.get_text() for text in display.ax_.texts]
    assert {"O 1", "O 0", "O 0.332\nErr -0.009", "O 0.525\nErr -0.006", "O 0.474\nErr 0.131"} <= set(shown)
    assert_no_words_overlap(display.figure_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [3, (3, 2), (2, 2, 2), 10])
def test_the_numbers_of_larger_networks_lie_on_no_other(iris, hidden):
    network = BackpropClassifier(hidden, random_state=0, max_iter=1).fit(*iris)
    assert_no_words_overlap(NetworkDisplay.from_estimator(network).figure_)
    explanation = explain_step(network, iris[0][0], iris[1][0])
    assert_no_words_overlap(NetworkDisplay.from_estimator(network, values=explanation).figure_)


def test_the_strongest_connections_of_each_unit_are_drawn_and_removed_ones_are_not(network):
    ax = NetworkDisplay.from_estimator(network, strongest=2).ax_
    assert sum(len(lines.get_paths()) for lines in ax.collections[:2]) == 2 * 10 + 2 * 3
    left = [np.sort(np.abs(coefs), axis=0)[-2:].ravel() for coefs in network.coefs_]
    widths = np.concatenate([lines.get_linewidths() for lines in ax.collections[:2]])
    largest = max(np.abs(coefs).max() for coefs in network.coefs_)
    np.testing.assert_allclose(np.sort(widths), np.sort(0.3 + 3.7 * np.concatenate(left) / largest))
    pruned = copy.deepcopy(network)
    pruned.coefs_[0][:, 1:] = 0
    lines = NetworkDisplay.from_estimator(pruned).ax_.collections[:2]
    assert sum(len(each.get_paths()) for each in lines) == 4 + 30


def test_a_heat_map_has_all_weights_of_each_layer(digits):
    display = NetworkDisplay.from_estimator(digits, kind="heatmap", alpha=0.5)
    for panel, weights in zip(display.figure_.axes, digits.coefs_, strict=False):
        np.testing.assert_array_equal(panel.images[0].get_array(), weights)
        assert panel.images[0].get_alpha() == 0.5
    assert display.ax_ is display.figure_.axes[0]
    assert_no_words_overlap(display.figure_)


@pytest.mark.parametrize("n_features", [4, 30, 60])
def test_a_heat_map_names_the_inputs_that_there_is_room_for_and_the_classes(n_features):
    inputs = np.random.RandomState(0).normal(size=(60, n_features))
    network = BackpropClassifier(3, random_state=0).initialize(inputs, np.array(["a", "b", "c"] * 20))
    names = [f"column {number}" for number in range(n_features)]
    display = NetworkDisplay.from_estimator(network, kind="heatmap", feature_names=names)
    first, last = display.figure_.axes[:2]
    assert [label.get_text() for label in last.get_xticklabels()] == ["a", "b", "c"]
    assert ([label.get_text() for label in first.get_yticklabels()] == names) == (n_features < 60)
    numbers = [str(n_features + unit) for unit in (1, 2, 3)]
    assert [label.get_text() for label in first.get_xticklabels()] == numbers
    assert [label.get_text() for label in last.get_yticklabels()] == numbers
    assert_no_words_overlap(display.figure_)


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_in_a_small_place_there_are_fewer_words_and_none_lies_on_another(iris, layout):
    names = ["sepal length", "sepal width", "petal length", "petal width"]
    network = BackpropClassifier((5, 4, 3), random_state=0).initialize(*iris)
    figure, ax = plt.subplots(figsize=(3, 3), layout=layout)
    NetworkDisplay.from_estimator(
        network, ax=ax, feature_names=names if layout else None, output_names=None if layout else list("abc")
    )
    assert_no_words_overlap(figure)
    assert {"4", "5", "3"} <= {text.get_text() for text in ax.texts}


def test_values_of_another_network_are_refused(network, book, iris):
    with pytest.raises(ValueError, match=r"values is of a network with layers of \[3, 2, 1\] units, but this one has"):
        NetworkDisplay.from_estimator(network, values=explain_step(book, [1, 0, 1], 1))
    with pytest.raises(TypeError, match="values is a list, but must be what explain_step returns"):
        NetworkDisplay.from_estimator(network, values=[1])
    with pytest.raises(ValueError, match="kind='map' is not valid: it must be 'lines' or 'heatmap'"):
        NetworkDisplay.from_estimator(network, kind="map")
    with pytest.raises(ValueError, match="strongest=0 is not valid: it must be an int >= 1"):
        NetworkDisplay.from_estimator(network, strongest=0)


def test_the_cross_validation_has_a_legend(tuned, iris):
    display = CVCurveDisplay.from_estimator(tuned)
    (legend,) = display.figure_.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["mean over the folds, chosen", "others", "± a standard error", "chosen number of epochs"]
    figure, axes = plt.subplots()
    display = CVCurveDisplay.from_estimator(tuned, max_candidates=2, ax=axes)
    assert display.figure_ is figure
    assert not figure.legends
    assert display.axes_[display.best_index].get_legend() is not None


def test_large_layers_are_abridged(digits):
    ax = NetworkDisplay.from_estimator(digits).ax_
    shown = [text.get_text() for text in ax.texts]
    assert "⋮ 48 more" in shown
    assert "⋮ 14 more" in shown
    assert sum(len(lines.get_paths()) for lines in ax.collections[:2]) == 16 * 16 + 16 * 10


def test_hidden_units_of_square_inputs_are_images(digits):
    display = HiddenUnitsDisplay.from_estimator(digits)
    np.testing.assert_array_equal(display.axes_[0, 1].images[0].get_array(), digits.coefs_[0][:, 1].reshape(8, 8))
    assert display.axes_.flat[24].get_title() == "89, 5 more"
    assert len(HiddenUnitsDisplay.from_estimator(digits, image_shape=(4, 16), max_units=2).axes_.flat) == 2


def test_hidden_units_of_other_inputs_are_bars(network):
    panel = HiddenUnitsDisplay.from_estimator(network).axes_[0, 1]
    widths = [bar.get_width() for bar in panel.patches]
    np.testing.assert_allclose(widths, [*network.coefs_[0][:, 1], network.intercepts_[0][1]])


def test_units_have_the_numbers_of_the_book_in_all_pictures(iris):
    """Counted through the layers, the inputs first, as in the tables of explain_step."""
    network = BackpropClassifier((3, 2), random_state=0).initialize(*iris)
    titles = [
        [panel.get_title() for panel in HiddenUnitsDisplay.from_estimator(network, layer=layer).axes_.flat]
        for layer in (0, 1)
    ]
    assert titles == [["5", "6", "7"], ["8", "9"]]
    bars = HiddenUnitsDisplay.from_estimator(network, layer=1).axes_[0, 0]
    names = [label.get_text() for label in bars.get_yticklabels()]
    assert names == ["unit 5", "unit 6", "unit 7", "bias"]
    panel = NetworkDisplay.from_estimator(network, kind="heatmap").figure_.axes[1]
    shown = [[label.get_text() for label in axis.get_ticklabels()] for axis in (panel.yaxis, panel.xaxis)]
    assert shown == [["5", "6", "7"], ["8", "9"]]
    table = explain_step(network, iris[0][0], iris[1][0]).to_frames()["outputs"]
    assert table.index.tolist() == [5, 6, 7, 8, 9, 10, 11, 12]


def test_the_sensitivity_display_shows_means_over_the_instances(network, iris):
    display = SensitivityDisplay.from_estimator(network, iris[0])
    means = np.abs(sensitivity(network, iris[0])).mean(axis=0)
    for output, panel in enumerate(display.axes_.flat):
        np.testing.assert_allclose(panel.lines[0].get_xdata(), means[:, output])
        assert panel.get_title() == network.classes_[output]


@pytest.mark.slow
@pytest.mark.parametrize("layout", [None, "constrained"])
def test_all_take_the_place_of_given_axes(network, iris, tuned, layout):
    figure, axes = plt.subplots(1, 5, figsize=(30, 5), layout=layout)
    displays = [
        TrainingCurveDisplay.from_estimator(network, ax=axes[0]),
        NetworkDisplay.from_estimator(network, ax=axes[1]),
        HiddenUnitsDisplay.from_estimator(network, ax=axes[2]),
        SensitivityDisplay.from_estimator(network, iris[0], ax=axes[3]),
        CVCurveDisplay.from_estimator(tuned, ax=axes[4]),
    ]
    assert all(display.figure_ is figure for display in displays)
    assert displays[1].ax_ is axes[1]
    figure.canvas.draw()


def small():
    """A network whose lines are numbered."""
    return BackpropClassifier(2, random_state=0).initialize([[0.0, 1.0]], [0], classes=[0, 1])


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_all_take_the_place_of_axes_of_a_part_of_a_figure(network, iris, tuned, layout):
    figure = plt.figure(figsize=(72, 10), layout=layout)
    part = figure.subfigures(2, 1)[1].subfigures(1, 2)[0]
    axes = part.subplots(1, 6)
    displays = [
        TrainingCurveDisplay.from_estimator(network, ax=axes[0]),
        NetworkDisplay.from_estimator(small(), ax=axes[1]),
        NetworkDisplay.from_estimator(network, kind="heatmap", ax=axes[2]),
        HiddenUnitsDisplay.from_estimator(network, ax=axes[3]),
        SensitivityDisplay.from_estimator(network, iris[0], ax=axes[4]),
        CVCurveDisplay.from_estimator(tuned, ax=axes[5]),
    ]
    assert all(display.figure_ is part for display in displays)
    figure.canvas.draw()


@pytest.mark.parametrize("backend", ["pdf", "ps", "svg"])
def test_a_network_is_drawn_whatever_writes_the_figure(backend):
    """Only canvases of pixels have a renderer that one can ask for."""
    canvas = import_module(f"matplotlib.backends.backend_{backend}").FigureCanvas
    figure = Figure()
    canvas(figure)
    display = NetworkDisplay.from_estimator(small(), ax=figure.subplots())
    assert {short(weight) for weight in small().coefs_[0].flat} <= {text.get_text() for text in display.ax_.texts}


def test_the_cross_validation_shows_each_candidate_and_marks_the_choice(tuned):
    display = CVCurveDisplay.from_estimator(tuned)
    assert display.axes_.shape == (6,)
    for panel, curves in zip(display.axes_, tuned.cv_curves_, strict=True):
        mean, error = curves["loss"].mean(axis=0), curves["loss"].std(axis=0, ddof=1) / np.sqrt(5)
        np.testing.assert_array_equal(panel.lines[0].get_xdata(), curves["n_epochs"])
        np.testing.assert_allclose(panel.lines[0].get_ydata(), mean)
        band = panel.collections[0].get_paths()[0].vertices[:, 1]
        np.testing.assert_allclose([band.min(), band.max()], [(mean - error).min(), (mean + error).max()])
    chosen = display.axes_[tuned.best_index_]
    (mark,) = [line for line in chosen.lines if line.get_label() == "chosen"]
    assert mark.get_xdata() == tuned.best_n_epochs_
    np.testing.assert_allclose(mark.get_ydata(), -tuned.best_score_)
    assert chosen.get_title().endswith(f"chosen: {tuned.best_n_epochs_} epochs")
    assert sum("chosen" in panel.get_title() for panel in display.axes_) == 1


def test_the_cross_validation_shows_scores_and_the_best_of_many(tuned):
    display = CVCurveDisplay.from_estimator(tuned, curve="score", max_candidates=2, linewidth=5)
    assert display.axes_.shape == (2,)
    assert display.axes_[0].get_ylabel() == "accuracy"
    shown = [tuned.cv_curves_[number]["score"].mean(axis=0) for number in range(6)]
    assert any(np.array_equal(display.axes_[0].lines[0].get_ydata(), each) for each in shown)
    assert display.axes_[0].lines[0].get_linewidth() == 5
    assert sum("chosen" in panel.get_title() for panel in display.axes_) == 1
    with pytest.raises(ValueError, match="curve='error' is not valid"):
        CVCurveDisplay.from_estimator(tuned, curve="error")


def test_there_is_nothing_to_draw_without_a_cross_validation(network, iris):
    with pytest.raises(TypeError, match="BackpropClassifierCV or a BackpropRegressorCV"):
        CVCurveDisplay.from_estimator(network)
    with pytest.raises(TypeError, match=r"estimator is a Pipeline.* of a pipeline pass the last step"):
        CVCurveDisplay.from_estimator(make_pipeline(network))
    streamed = BackpropClassifierCV(3).partial_fit(*iris, classes=np.unique(iris[1]))
    with pytest.raises(NotFittedError, match="no cross-validation"):
        CVCurveDisplay.from_estimator(streamed)


def test_arguments_for_matplotlib_arrive(network, iris):
    assert TrainingCurveDisplay.from_estimator(network, linewidth=5).axes_[0].lines[0].get_linewidth() == 5
    assert NetworkDisplay.from_estimator(network, alpha=0.25).ax_.collections[0].get_alpha() == 0.25
    assert HiddenUnitsDisplay.from_estimator(network, alpha=0.5).axes_[0, 0].patches[0].get_alpha() == 0.5
    assert SensitivityDisplay.from_estimator(network, iris[0], marker="s").axes_[0, 0].lines[0].get_marker() == "s"


def test_bad_arguments_are_named(network, digits, classifier_task):
    with pytest.raises(ValueError, match="feature_names holds 1 name,"):
        NetworkDisplay.from_estimator(network, feature_names=["one"])
    with pytest.raises(ValueError, match="output_names holds 2 names"):
        NetworkDisplay.from_estimator(network, output_names=["a", "b"])
    with pytest.raises(ValueError, match="max_units=1 is not valid"):
        NetworkDisplay.from_estimator(network, max_units=1)
    for layer in (1, -1, False):
        with pytest.raises(ValueError, match=f"layer={layer} is not valid: this network has 1 hidden layer"):
            HiddenUnitsDisplay.from_estimator(network, layer=layer)
    for name in ("max_units", "max_bars"):
        with pytest.raises(ValueError, match=f"{name}=0 is not valid: it must be an int >= 1"):
            HiddenUnitsDisplay.from_estimator(network, **{name: 0})
    with pytest.raises(ValueError, match="max_features=0 is not valid: it must be an int >= 1"):
        SensitivityDisplay.from_estimator(network, np.zeros((1, network.n_features_in_)), max_features=0)
    with pytest.raises(ValueError, match="estimator has no hidden layer"):
        HiddenUnitsDisplay.from_estimator(BackpropClassifier(()).initialize([[0.0], [1.0]], [0, 1]))
    with pytest.raises(ValueError, match=r"image_shape=\(8, 9\) is not valid: it must be .* the number of inputs, 64"):
        HiddenUnitsDisplay.from_estimator(digits, image_shape=(8, 9))
    for display in (TrainingCurveDisplay, NetworkDisplay, HiddenUnitsDisplay):
        with pytest.raises(NotFittedError):
            display.from_estimator(classifier_task.new())
        with pytest.raises(TypeError, match="estimator is a dict"):
            display.from_estimator({})


@pytest.mark.parametrize("ax", [1, "axes", [None], np.array([1, 2])])
def test_what_is_no_axes_is_named(network, digits, iris, tuned, ax):
    made = (
        lambda: TrainingCurveDisplay.from_estimator(network, ax=ax),
        lambda: NetworkDisplay.from_estimator(network, ax=ax),
        lambda: NetworkDisplay.from_estimator(network, ax=ax, kind="heatmap"),
        lambda: HiddenUnitsDisplay.from_estimator(network, ax=ax),
        lambda: HiddenUnitsDisplay.from_estimator(digits, ax=ax),
        lambda: SensitivityDisplay.from_estimator(network, iris[0], ax=ax),
        lambda: CVCurveDisplay.from_estimator(tuned, ax=ax),
    )
    for make in made:
        with pytest.raises(TypeError, match=r"^ax=.* is not valid: it must be one Axes, such as"):
            make()


@pytest.mark.parametrize("array", [np.array(1), np.array([1, 2]), np.array([["a", "b"]] * 4)])
def test_arrays_in_the_place_of_words_are_named(network, digits, tuned, array):
    with pytest.raises(ValueError, match=r"^kind=array(?s:.*) is not valid: it must be 'lines' or 'heatmap'"):
        NetworkDisplay.from_estimator(network, kind=array)
    with pytest.raises(ValueError, match=r"^curve=array(?s:.*) is not valid: it must be 'loss', 'score' or None"):
        CVCurveDisplay.from_estimator(tuned, curve=array)
    with pytest.raises(ValueError, match=r"^image_shape=array(?s:.*) is not valid: it must be two ints"):
        HiddenUnitsDisplay.from_estimator(digits, image_shape=array)


@pytest.mark.parametrize("names", [np.array(1), np.array([["a", "b"]] * 4), b"abcd", 4])
@pytest.mark.parametrize("argument", ["feature_names", "output_names"])
def test_what_is_no_list_of_names_is_named(network, argument, names):
    with pytest.raises(TypeError, match=rf"^{argument}=(?s:.*) is not valid: it must be a list of \d names"):
        NetworkDisplay.from_estimator(network, **{argument: names})


def test_without_matplotlib_the_error_says_what_to_install(network, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skbackprop\[plots\]"'):
        NetworkDisplay.from_estimator(network)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # ten epochs teach little
def test_candidates_of_a_search_are_told_by_all_that_they_differ_in():
    """A part of a grid that says nothing of a parameter has the estimator's own value."""
    X, y = load_iris(return_X_y=True)
    grid = [{"alpha": [0.0]}, {"activation": ["relu"], "alpha": [0.0]}]
    tuned = BackpropClassifierCV(3, max_iter=10, grid=grid, cv=3, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="max_candidates=0 is not valid: it must be an int >= 1"):
        CVCurveDisplay.from_estimator(tuned, max_candidates=0)
    titles = [panel.get_title().splitlines()[0] for panel in CVCurveDisplay.from_estimator(tuned).axes_]
    assert titles == ["activation=logistic", "activation=relu"]


@pytest.mark.parametrize("sign", [1, -1])
def test_many_weights_of_one_sign_are_drawn(sign):
    weights = sign * np.random.RandomState(0).uniform(0.1, 1, size=(10, 8))
    network = BackpropClassifier((8,), max_iter=1, random_state=0).initialize(np.eye(10), np.arange(10) % 2)
    network.coefs_ = [weights, sign * np.ones((8, 1))]
    ax = NetworkDisplay.from_estimator(network).ax_
    assert sum(len(each.get_segments()) for each in ax.collections if isinstance(each, LineCollection)) >= 88
