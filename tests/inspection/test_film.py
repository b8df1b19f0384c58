"""A training in small pictures: that each shows the network of its epoch, and that the film has them all."""

import re

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn.callback")
import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd
from PIL import Image
from scipy.sparse import csr_array
from sklearn.datasets import make_blobs, make_moons
from sklearn.linear_model import LogisticRegression

from skbackprop import BackpropClassifier, BackpropRegressor, FilmDisplay
from skbackprop._inspection.displays.common import BLUE, CLASS_COLORS, CLASS_SHAPES, VERMILLION, class_color
from skbackprop._inspection.page.assembly import _read
from skbackprop.callbacks import Recorder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_moons(80, noise=0.1, random_state=0)


def recorded(network, inputs, targets):
    recorder = Recorder()
    return recorder, network.set_params(random_state=0, update_tol=0).set_callbacks(recorder).fit(inputs, targets)


@pytest.fixture(scope="module")
def moons():
    return recorded(BackpropClassifier(5, batch_size=4, max_iter=20), X, Y)


def test_each_panel_is_a_recorded_epoch(moons):
    display = FilmDisplay.from_recorder(*moons, X, Y)
    assert display.kind == "plane"
    titles = [panel.get_title() for panel in display.axes_]
    assert titles == ["start", "epoch 1", "epoch 2", "epoch 5", "epoch 10", "epoch 20"]


def test_the_plane_is_what_the_network_of_that_epoch_said(moons):
    _, network = moons
    display = FilmDisplay.from_recorder(*moons, X, Y)
    corner = [[low for low, _ in display.points["extent"]]]
    for epoch, frame in zip(display.epochs[1:], display.frames[1:], strict=True):
        then = BackpropClassifier(5, batch_size=4, max_iter=epoch, random_state=0, update_tol=0).fit(X, Y)
        assert frame["plane"][0, 0] == then.predict_proba(corner)[0, 1]
    assert network.coefs_[0] is not moons[0].coefs_[-1][0]


def test_of_many_epochs_some_are_left_out_and_both_ends_are_not(moons):
    display = FilmDisplay.from_recorder(*moons, X, Y, max_frames=3)
    assert len(display.axes_) == 3
    assert (display.epochs[0], display.epochs[-1]) == (0, 20)


@pytest.mark.parametrize("case", ["classes", "targets", "no targets", "frame"])
def test_the_plane_is_drawn_of_several_classes_and_of_numbers(case):
    inputs, y = make_blobs(60, centers=3, random_state=0)
    inputs = pd.DataFrame(inputs / 5, columns=["width", "height"]) if case == "frame" else inputs / 5
    network = BackpropRegressor(3, max_iter=3) if case == "targets" else BackpropClassifier(3, max_iter=3)
    recorder, network = recorded(network, inputs, y.astype(float) if case == "targets" else np.array(list("abc"))[y])
    targets = None if case == "no targets" else y.astype(float) if case == "targets" else np.array(list("abc"))[y]
    display = FilmDisplay.from_recorder(recorder, network, inputs, targets)
    display.figure_.canvas.draw()
    assert display.axes_[0].get_ylabel() == ("height" if case == "frame" else "x2")
    if case != "targets":
        assert set(np.unique(display.frames[-1]["plane"])) <= {0, 1, 2}


def test_images_are_those_of_the_weights():
    rng = np.random.default_rng(0)
    recorder, network = recorded(BackpropClassifier(5, max_iter=2), rng.random((30, 49)), rng.integers(0, 2, 30))
    display = FilmDisplay.from_recorder(recorder, network)
    assert display.kind == "images"
    image = display.frames[-1]["image"]
    np.testing.assert_array_equal(image[:7, :7], network.coefs_[0][:, 0].reshape(7, 7))
    np.testing.assert_array_equal(image[8:15, 8:15], network.coefs_[0][:, 4].reshape(7, 7))
    assert np.isnan(image[7]).all()


def test_a_heat_map_has_a_row_for_each_unit_and_one_scale_for_all_epochs(moons):
    display = FilmDisplay.from_recorder(*moons, kind="weights")
    np.testing.assert_array_equal(display.frames[-1]["image"], moons[1].coefs_[0].T)
    limits = {panel.images[0].get_clim() for panel in display.axes_}
    largest = max(np.abs(coefs[0]).max() for coefs in moons[0].coefs_)
    assert limits == {(-largest, largest)}


def test_a_film_has_all_frames_and_stands_still_at_its_end(moons, tmp_path):
    display = FilmDisplay.from_recorder(*moons, X, Y)
    display.save(tmp_path / "moons.gif", fps=4, size=(2, 2), dpi=50)
    with Image.open(tmp_path / "moons.gif") as film:
        frames, seconds = film.n_frames, 0.0
        for number in range(frames):
            film.seek(number)
            seconds += film.info["duration"] / 1000
        assert film.size == (100, 100)
    assert frames >= 6
    assert seconds == pytest.approx((6 + 4) / 4)


def test_a_film_can_be_drawn_in_the_place_of_axes(moons):
    figure, axes = plt.subplots(1, 2)
    display = FilmDisplay.from_recorder(*moons, X, Y, ax=axes[0])
    assert display.figure_ is figure


def test_a_film_that_cannot_be_written_leaves_no_figure_open(moons, tmp_path):
    display, before = FilmDisplay.from_recorder(*moons, X, Y), plt.get_fignums()
    with pytest.raises(FileNotFoundError):
        display.save(tmp_path / "missing" / "moons.gif", size=(1, 1), dpi=30)
    assert plt.get_fignums() == before


def test_what_cannot_be_drawn_is_named(moons, tmp_path):
    recorder, network = moons
    with pytest.raises(TypeError, match="recorder is an int, but must be a Recorder"):
        FilmDisplay.from_recorder(3, network)
    with pytest.raises(ValueError, match="recorder holds no epochs: set it on the network"):
        FilmDisplay.from_recorder(Recorder(), network)
    with pytest.raises(ValueError, match="kind='cube' is not valid: it must be one of 'plane', 'images', 'weights'"):
        FilmDisplay.from_recorder(recorder, network, kind="cube")
    with pytest.raises(
        ValueError, match="kind='plane' needs X with two features, but this network has 2 and X is None"
    ):
        FilmDisplay.from_recorder(recorder, network, kind="plane")
    with pytest.raises(ValueError, match=r"image_shape=\(3, 3\) is not valid: it must be .* the number of inputs, 2"):
        FilmDisplay.from_recorder(recorder, network, image_shape=(3, 3))
    with pytest.raises(ValueError, match=r"image_shape=\(-1, -2\) is not valid"):
        FilmDisplay.from_recorder(recorder, network, image_shape=(-1, -2))
    with pytest.raises(ValueError, match="kind='images' needs an image_shape, as no square has 2 features"):
        FilmDisplay.from_recorder(recorder, network, kind="images")
    with pytest.raises(ValueError, match="max_frames='all' is not valid: it must be an int >= 1"):
        FilmDisplay.from_recorder(recorder, network, max_frames="all")
    with pytest.raises(ValueError, match="max_units=0 is not valid: it must be an int >= 1"):
        FilmDisplay.from_recorder(recorder, network, max_units=0)
    with pytest.raises(ValueError, match=r"must end in \.gif"):
        FilmDisplay.from_recorder(recorder, network).save(tmp_path / "film.mp4")
    for fps in (0, -1, np.inf, "fast", True):
        with pytest.raises(ValueError, match=r"^fps=.* is not valid: it must be a number > 0"):
            FilmDisplay.from_recorder(recorder, network).save(tmp_path / "film.gif", fps=fps)
        with pytest.raises(ValueError, match=r"^dpi=.* is not valid: it must be a number > 0"):
            FilmDisplay.from_recorder(recorder, network).save(tmp_path / "film.gif", dpi=fps)
    with pytest.raises(ValueError, match=r"^dpi=1 is too small for size=\(4.0, 4.0\): there must be 16 pixels"):
        FilmDisplay.from_recorder(recorder, network).save(tmp_path / "film.gif", dpi=1)
    assert len(FilmDisplay.from_recorder(recorder, network, max_frames=10**18).frames) == len(recorder.epochs_)
    for size in (3, (3, 0), "34", np.array([1, 2, 3])):
        with pytest.raises(ValueError, match=r"^size=.* is not valid: it must be two numbers > 0"):
            FilmDisplay.from_recorder(recorder, network).save(tmp_path / "film.gif", size=size)
    with pytest.raises(TypeError, match=r"^path=1 is not valid: it must be a str or path-like"):
        FilmDisplay.from_recorder(recorder, network).save(1)
    with pytest.raises(ValueError, match=r"^path='.*' is not valid: it has a character that no file"):
        FilmDisplay.from_recorder(recorder, network).save("f\0ilm.gif")
    with pytest.raises(ValueError, match=r"kind=array.* is not valid: it must be one of 'plane'"):
        FilmDisplay.from_recorder(recorder, network, kind=np.array([1, 2]))
    with pytest.raises(TypeError, match="ax=1 is not valid: it must be one Axes"):
        FilmDisplay.from_recorder(recorder, network, ax=1)
    with pytest.raises(ValueError, match="ax was not made by subplots"):
        FilmDisplay.from_recorder(recorder, network, ax=plt.figure().add_axes((0.1, 0.1, 0.8, 0.8)))
    with pytest.raises(TypeError, match="estimator is a LogisticRegression"):
        FilmDisplay.from_recorder(recorder, LogisticRegression())


@pytest.mark.parametrize(
    ("inputs", "targets", "words"),
    [
        (X[:5], Y, r"^y has shape \(80,\), but X 5 instances: pass one label or target for each"),
        (X, np.where(Y, 5, 7), "^y contains labels 5, 7 that are not among the classes"),
        (X, np.where(Y, "a", "b"), "^y contains labels 'a', 'b' that are not among the classes"),
        (X[:, :1], Y, "^X has 1 features"),
        (X * np.nan, Y, "^Input X contains NaN"),
    ],
)
def test_instances_that_do_not_fit_are_refused_by_name(moons, inputs, targets, words):
    with pytest.raises(ValueError, match=words):
        FilmDisplay.from_recorder(*moons, inputs, targets, kind="plane")


def test_the_recorder_of_another_network_is_refused(moons):
    recorder, _ = moons
    for inputs, n_units in ((X, 4), (np.column_stack([X, X]), 5)):
        other = BackpropClassifier(n_units, max_iter=2).fit(inputs, Y)
        with pytest.raises(ValueError, match=r"^recorder holds weights and biases of shapes"):
            FilmDisplay.from_recorder(recorder, other, inputs, Y)


def test_sparse_inputs_are_points_of_the_plane(moons):
    display, dense = (FilmDisplay.from_recorder(*moons, inputs, Y) for inputs in (csr_array(X), X))
    np.testing.assert_array_equal(display.points["X"], dense.points["X"])


@pytest.mark.parametrize(
    ("estimator", "targets"),
    [
        (BackpropClassifier(3, max_iter=2), np.column_stack([Y, 1 - Y])),
        (BackpropClassifier(3, max_iter=2), np.column_stack([Y + 2, Y + 5])),
        (BackpropRegressor(3, max_iter=2), X),
    ],
    ids=["multilabel", "columns", "targets"],
)
def test_of_several_labels_or_targets_there_is_no_plane(estimator, targets):
    recorder, network = recorded(estimator, X, targets)
    assert FilmDisplay.from_recorder(recorder, network, X, targets).kind == "weights"
    with pytest.raises(ValueError, match="kind='plane' has one colour for each place"):
        FilmDisplay.from_recorder(recorder, network, X, targets, kind="plane")


def test_names_of_features_are_drawn_letter_by_letter():
    points = pd.DataFrame(X, columns=["$$", "a $x_$ b"])
    display = FilmDisplay.from_recorder(*recorded(BackpropClassifier(3, max_iter=2), points, Y), points, Y)
    display.figure_.canvas.draw()
    assert [display.axes_[0].get_ylabel(), display.axes_[-1].get_xlabel()] == ["a $x_$ b", "$$"]


R = np.random.RandomState(0).normal(size=(40, 2))
THREE = np.array(["$$", "b", "c"])[np.arange(40) % 3]


@pytest.mark.parametrize(
    ("network", "inputs", "targets", "kind", "label", "ticks"),
    [
        (BackpropRegressor(3), R[:, :1], R[:, 0], None, "weight", None),
        (BackpropClassifier(3), R[:, :1], THREE, None, "weight", None),
        (BackpropClassifier(3), R, (R > 0) * 1, None, "weight", None),
        (BackpropClassifier(3), np.repeat(R, 2, axis=1), THREE, "images", "weight", None),
        (BackpropRegressor(3), R, R[:, 0], None, "prediction", None),
        (BackpropClassifier(3), R, np.array(["no", "$y_$"])[(R[:, 0] > 0) * 1], None, "probability of no", None),
        (BackpropClassifier(3), R, THREE, None, "", ["$$", "b", "c"]),
        (BackpropClassifier(3), R, np.full(40, "only"), None, "", ["only"]),
    ],
)
def test_every_kind_has_a_key_to_its_colours(network, inputs, targets, kind, label, ticks, tmp_path):
    network.set_params(max_iter=2)
    display = FilmDisplay.from_recorder(*recorded(network, inputs, targets), inputs, targets, kind=kind)
    display.figure_.canvas.draw()
    (key,) = (axes for axes in display.figure_.axes if axes.get_label() == "<colorbar>")
    assert key.get_ylabel() == label
    assert ticks in (None, [text.get_text() for text in key.get_yticklabels()])
    display.save(tmp_path / "film.gif", size=(3, 3), dpi=30)


@pytest.mark.parametrize("n_inputs", [1, 2])
def test_inputs_and_units_have_whole_numbers_that_keep_apart(n_inputs):
    inputs, targets = R[:, :n_inputs], (R > 0) * 1
    display = FilmDisplay.from_recorder(*recorded(BackpropClassifier(3, max_iter=2), inputs, targets), inputs, targets)
    display.figure_.canvas.draw()
    panel = display.axes_[-1]
    units = [n_inputs + unit for unit in (1, 2, 3)]  # counted on after the inputs
    for axis, numbers in ((panel.xaxis, [1, 2][:n_inputs]), (display.axes_[0].yaxis, units)):
        ticks = [tick for tick in axis.get_major_ticks() if numbers[0] - 0.5 <= tick.get_loc() <= numbers[-1] + 0.5]
        assert [tick.label1.get_text() for tick in ticks] == [str(number) for number in numbers]


def test_classes_have_the_colours_of_the_page():
    style, script = _read("page.css"), _read("drawing.js")
    names = re.findall(r'"(\w+)"', re.search("CLASS_COLORS = (.*);", script).group(1))
    light = style[: style.index("data-shown")]
    assert [re.search(rf"--{name}: (#\w+);", light).group(1).upper() for name in names] == [
        color.upper() for color in CLASS_COLORS
    ]
    assert len({(class_color(number), CLASS_SHAPES[number % 10]) for number in range(100)}) == 100


def test_the_plane_has_the_colour_of_the_class_that_it_is_said_to_be(moons):
    panel = FilmDisplay.from_recorder(*moons, X, Y).axes_[-1]
    groups = [each for each in panel.collections if len(each.get_offsets()) == 40]
    colors = [mpl.colors.to_hex(group.get_facecolor()[0]).upper() for group in groups]
    assert colors == [VERMILLION, BLUE]
    red, _, blue = panel.collections[0].get_cmap()(0.0)[:3]  # where the first class is certain
    assert red > blue


def test_the_key_tells_the_colours_of_targets_too():
    display = FilmDisplay.from_recorder(*recorded(BackpropRegressor(3, max_iter=2), R, R[:, 0]), R, R[:, 0])
    (points,) = (each for each in display.axes_[0].collections if len(each.get_offsets()) == len(R))
    levels = display.points["levels"]
    assert points.get_clim() == (levels[0], levels[-1])
    ticks = display.figure_.axes[-1].get_yticks()
    assert len(ticks) > 2
    assert levels[0] <= ticks.min() < ticks.max() <= levels[-1]
