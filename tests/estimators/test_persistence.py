"""Estimators are saved, loaded, copied and looked at: nothing is lost, nothing is changed, and versions are named."""

import copy
import gc
import importlib
import io
import os
import pickle
import pickletools
import pydoc
import re
import runpy
import signal
import warnings
import weakref
from contextlib import suppress
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skbackprop
from skbackprop import BackpropClassifier, BackpropRegressor, InconsistentSkbackpropVersionWarning
from skbackprop._training import state as private_module
from skbackprop.callbacks import Checkpoint

# What is compared here are short trainings, in which a network need not have learned anything.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

GOLDEN = Path(__file__).parents[1] / "golden"


def through_pickle(protocol):
    return lambda network, folder: pickle.loads(pickle.dumps(network, protocol))


def through_joblib(compress=0, **how):
    def save_and_load(network, folder):
        joblib.dump(network, folder / "network.joblib", compress=compress)
        return joblib.load(folder / "network.joblib", **how)

    return save_and_load


def through_cloudpickle(network, folder):
    cloudpickle = pytest.importorskip("cloudpickle")
    return cloudpickle.loads(cloudpickle.dumps(network))


def through_skops(network, folder):
    """Case G8: the one name to trust is that of our class."""
    skops_io = pytest.importorskip("skops.io")
    data = skops_io.dumps(network)
    names = skops_io.get_untrusted_types(data=data)
    assert names == [f"{type(network).__module__}.{type(network).__name__}"]
    return skops_io.loads(data, trusted=names)


WAYS = {
    **{f"pickle{protocol}": through_pickle(protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "joblib": through_joblib(),
    "compressed": through_joblib(compress=3),
    "mmap": through_joblib(mmap_mode="r"),
    "cloudpickle": through_cloudpickle,
    "skops": through_skops,
}


@pytest.fixture(params=list(WAYS))
def save_and_load(request, tmp_path):
    """One way after the other to save and load a network."""
    return lambda network: WAYS[request.param](network, tmp_path)


@pytest.mark.parametrize(
    "parameters",
    [{"solver": "adam"}, {"momentum": 0.9}, {"solver": "rprop"}, {"early_stopping": True}, {"n_init": 2}],
    ids=str,
)
def test_a_loaded_network_predicts_and_goes_on_as_the_one_that_was_saved(task, save_and_load, parameters):
    """Case E15, G8 and G9."""
    network = task.trained(parameters=parameters)
    loaded = save_and_load(network)
    assert joblib.hash(loaded, coerce_mmap=True) == joblib.hash(network)
    np.testing.assert_array_equal(task.outputs(loaded), task.outputs(network))
    for each in (loaded, network):
        each.set_params(early_stopping=False, warm_start=True, max_iter=2)
        task.train(each, "fit")
        task.train(each, "partial_fit")
    assert joblib.hash(loaded, coerce_mmap=True) == joblib.hash(network)


def test_labels_of_any_kind_come_back(X, save_and_load):
    """Indicators, several columns of labels, strings and sparse answers."""
    columns = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    for y in (np.where(X[:, 0] > 0, "yes", "no"), columns, columns * 3):
        network = BackpropClassifier(3, max_iter=2, random_state=0).fit(X, y)
        loaded = save_and_load(network)
        np.testing.assert_array_equal(loaded.predict(X), network.predict(X))
        assert loaded.predict(X).dtype == network.predict(X).dtype


def test_an_unfitted_estimator_comes_back(task, save_and_load):
    estimator = task.new(momentum=0.25)
    loaded = save_and_load(estimator)
    assert loaded.get_params() == estimator.get_params()
    assert not hasattr(loaded, "coefs_")


# ---- paths of classes in pickles -------------------------------------------------------------------------------------


def private_names_in(thing):
    """Private modules of ours that a pickle names, of any protocol: where they move, the file would not load."""
    return {
        word
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
        for _, argument, _ in pickletools.genops(pickle.dumps(thing, protocol))
        if isinstance(argument, str)
        for word in argument.split()
        if word.startswith("skbackprop._")
    }


class OfAPrivateModule:
    __module__ = "skbackprop._training.state"


def test_private_names_in_pickles_are_seen(monkeypatch):
    monkeypatch.setattr(private_module, "OfAPrivateModule", OfAPrivateModule, raising=False)
    assert private_names_in([OfAPrivateModule()]) == {"skbackprop._training.state"}


_columns = np.random.RandomState(0).normal(size=(40, 3)) > 0
TARGETS = {
    "two classes": _columns[:, 0],
    "words": np.array(["no", "yes"])[_columns[:, 0].astype(int)],
    "classes": _columns.sum(axis=1),
    "multilabel": _columns.astype(int),
    "sparse multilabel": csr_array(_columns.astype(int)),
    "columns of classes": _columns * [1, 2, 3],
    "columns of words": np.array(["no", "yes"])[_columns.astype(int)],
    "numbers": _columns @ [1.0, 2.0, 4.0],
    "columns of numbers": _columns * 1.5,
}


def made_in_all_ways(kind, X):
    """Estimators that have learned these targets, or are to learn them, by each of the methods."""
    y = TARGETS[kind]
    estimator = BackpropRegressor(3, max_iter=2) if "numbers" in kind else BackpropClassifier(3, max_iter=2)
    for parameters in ({}, {"momentum": 0.5}, {"solver": "adam"}, {"solver": "rprop"}, {"solver": "lbfgs"}):
        yield clone(estimator).set_params(**parameters).fit(X, y)
    yield clone(estimator).fit(X, y, X_val=X, y_val=y)
    yield clone(estimator).set_params(n_init=2, warm_start=True).fit(X, y)
    yield clone(estimator).set_params(warm_start=True).fit(X, y).fit(X, y)
    yield clone(estimator).initialize(X, y)
    yield clone(estimator).fit(X, y).partial_fit(X, y)


@pytest.mark.parametrize("kind", TARGETS)
def test_no_saved_estimator_names_a_private_module(X, kind):
    for estimator in made_in_all_ways(kind, X):
        assert private_names_in(estimator) == set()


@pytest.mark.parametrize("kind", TARGETS)
def test_no_checkpoint_names_a_private_module(X, kind, tmp_path):
    pytest.importorskip("sklearn.callback")
    checkpoint = Checkpoint(tmp_path / "network.joblib")
    estimator = BackpropRegressor(3, max_iter=2) if "numbers" in kind else BackpropClassifier(3, max_iter=2)
    estimator.set_callbacks(checkpoint).fit(X, TARGETS[kind])
    assert private_names_in([checkpoint, estimator]) == set()
    files = [file.read_bytes() for file in tmp_path.iterdir()]
    assert len(files) == 2
    for file in files:  # in which arrays lie between the parts of a pickle
        assert b"skbackprop" in file
        assert b"skbackprop._" not in file


def test_no_saved_display_names_a_private_module(X, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    pytest.importorskip("matplotlib")
    network = BackpropClassifier(3, max_iter=2, n_init=2).fit(X, TARGETS["words"])
    for name in ("HiddenUnitsDisplay", "NetworkDisplay", "SensitivityDisplay", "TrainingCurveDisplay"):
        make = getattr(skbackprop, name).from_estimator
        display = make(network, X) if name == "SensitivityDisplay" else make(network)
        for drawn in ("ax_", "axes_", "figure_"):
            vars(display).pop(drawn, None)
        assert private_names_in(display) == set()
        assert type(pickle.loads(pickle.dumps(display))) is getattr(skbackprop, name)


# ---- what a file holds ------------------------------------------------------------------------------------------------


def test_the_size_of_a_file_does_not_depend_on_the_number_of_instances(task):
    """Case G12; the curves have one number an epoch, whose digits do not count."""
    repeats = [1, 100]
    sizes = [len(pickle.dumps(task.trained(X=np.repeat(task.X, n, axis=0), y=np.repeat(task.y, n)))) for n in repeats]
    assert abs(sizes[0] - sizes[1]) < 100


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"batch_size": 7, "learning_rate_init": "auto"},
        {"batch_size": 7, "learning_rate_init": "auto", "shuffle": False},
        {"solver": "adam"},
        {"solver": "rprop"},
        {"solver": "lbfgs"},
        {"early_stopping": True},
        {"augment": lambda inputs, random_state: inputs + 0},
        {"on_divergence": "halve"},
    ],
    ids=lambda parameters: " ".join(parameters) or "defaults",
)
@pytest.mark.parametrize("way", ["fit", "partial_fit"])
def test_data_leaves_the_memory_when_a_training_is_over(task, way, parameters):
    """At once, without a search for objects that hold each other, which may be long in coming."""
    if way == "partial_fit" and ("early_stopping" in parameters or parameters.get("solver") == "lbfgs"):
        pytest.skip("not for streams")
    X = task.X.copy()
    reference = weakref.ref(X)
    gc.collect()
    gc.disable()
    try:
        network = task.trained(way, X=X, parameters=parameters)
        del X
        assert reference() is None
        assert network.n_epochs_
        del network
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        ours = [each for each in gc.garbage if type(each).__module__.startswith("skbackprop")]
        assert ours == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_data_is_not_kept_alive_by_a_network_that_learned_from_it(task):
    X = task.X.copy()
    reference = weakref.ref(X)
    network = task.trained(X=X, parameters={"early_stopping": True})
    del X
    gc.collect()
    assert reference() is None
    assert hasattr(network, "coefs_")


def test_asking_a_network_changes_nothing(task):
    """Case G11."""
    network = task.trained()
    before = joblib.hash(vars(network))
    arrays = {name: id(value) for name, value in vars(network).items()}
    task.outputs(network)
    network.predict(task.X)
    network.score(task.X, task.y)
    network.activations(task.X)
    repr(network), network._repr_html_(), dir(network)
    assert joblib.hash(vars(network)) == before
    assert {name: id(value) for name, value in vars(network).items()} == arrays


# ---- versions --------------------------------------------------------------------------------------------------------


def test_another_version_is_named_beside_ours(task, monkeypatch):
    """Case G7."""
    network = task.trained()
    monkeypatch.setattr("skbackprop._estimators.fitted.__version__", "0.0.9")
    saved = pickle.dumps(network)
    monkeypatch.undo()
    with pytest.warns(InconsistentVersionWarning) as caught:
        loaded = pickle.loads(saved)
    message = str(caught.pop(InconsistentVersionWarning).message)
    assert message.startswith(f"This {type(network).__name__} was saved by skbackprop 0.0.9 and is loaded by ")
    assert f"skbackprop {skbackprop.__version__}:" in message
    assert len(caught) == 0, "one warning is enough"
    assert joblib.hash(loaded) == joblib.hash(network), "what is saved again is ours"


def test_a_file_without_a_version_is_told_of(task):
    network = task.trained()
    state = {name: value for name, value in network.__getstate__().items() if name != "_skbackprop_version"}
    with pytest.warns(InconsistentSkbackpropVersionWarning, match="saved by skbackprop of an unknown version"):
        task.new().__setstate__(state)
    assert len(state) == len(vars(network)), "the state that was given is left alone"


def test_the_same_version_is_loaded_without_a_word(task):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for network in (task.new(), task.trained()):
            copies = [pickle.loads(pickle.dumps(network)), copy.copy(network), copy.deepcopy(network)]
            assert [set(vars(each)) for each in copies] == [set(vars(network))] * 3


def test_the_version_stands_in_the_file_and_not_on_the_network(task):
    network = task.trained()
    assert network.__getstate__()["_skbackprop_version"] == skbackprop.__version__
    assert "_skbackprop_version" not in vars(pickle.loads(pickle.dumps(network)))


# ---- golden files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.joblib")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_networks_that_earlier_versions_saved_predict_and_go_on_as_they_did(path):
    """The numbers may differ by what machines and engines make of roundings."""
    assert path.stat().st_size < 10_000
    outputs_of = runpy.run_path(GOLDEN / "make.py")["outputs_of"]
    network = joblib.load(path)
    with np.load(path.with_suffix(".npz")) as data:
        X, y, predicted, then = (data[name] for name in ("X", "y", "predicted", "then"))
    rtol = 1e-4 if X.dtype == np.float32 else 1e-6
    np.testing.assert_allclose(outputs_of(network, X), predicted, rtol=rtol)
    network.set_params(early_stopping=False).partial_fit(X, y)
    np.testing.assert_allclose(outputs_of(network, X), then, rtol=rtol)
    assert np.abs(then - predicted).max() > 1e-4, "an epoch must show"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_a_network_of_before_there_was_a_loss_of_the_best_epoch_gets_it():
    network = joblib.load(GOLDEN / "validated.joblib")
    scores, losses = np.array(network.validation_scores_), np.array(network.validation_loss_curve_)
    assert network._progress_["loss_of_best"] == losses[scores == network._progress_["best"]].min()


def of_first_rule(network):
    """A network as a version saved it whose layers had one automatic rate for all."""
    state = {name: value for name, value in network.__getstate__().items() if name not in OF_LATER_RULES}
    old = type(network)()
    old.__setstate__({**state, "learning_rate_": 0.2, "_rate_settings_": state["_rate_settings_"][:3]})
    return old


OF_LATER_RULES = {"_rate_rule_", "hidden_learning_rate_"}
LINE = np.random.RandomState(0).normal(size=(64, 3))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("estimator", [BackpropClassifier, BackpropRegressor])
def test_a_network_of_the_first_rule_goes_on_at_its_rate(estimator):
    y = LINE[:, 0] > 0
    new = estimator(20, batch_size=8, max_iter=3, random_state=0).fit(LINE, y)
    old = of_first_rule(new)
    for _ in range(2):
        old = pickle.loads(pickle.dumps(old)).partial_fit(LINE, y)
        assert (old.learning_rate_, old.hidden_learning_rate_) == (0.2, 0.2)
    assert old.fit(LINE, y).learning_rate_ == new.learning_rate_, "a new network begins by the new rule"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize(
    "changed",
    [
        *({"solver": "adam"}, {"learning_rate": "inverse_epoch"}, {"learning_rate_init": 0.5}, {"momentum": 0.9}),
        *({"alpha": 100.0}, {"batch_size": 1}, {"batch_size": "epoch"}),
    ],
)
def test_where_anything_else_is_asked_of_it_it_takes_the_rate_of_that(changed):
    new = BackpropRegressor(20, batch_size=8, max_iter=3, random_state=0).fit(LINE, LINE[:, 0])
    rates = [
        network.set_params(**changed).partial_fit(LINE, LINE[:, 0]).learning_rate_
        for network in (of_first_rule(new), new)
    ]
    assert rates[0] == rates[1] != 0.2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("n_rows", [1, 7])
def test_so_it_does_in_smaller_batches(n_rows):
    new = BackpropRegressor(20, batch_size=8, max_iter=3, random_state=0).fit(LINE, LINE[:, 0])
    rows = LINE[:n_rows], LINE[:n_rows, 0]
    rates = [network.partial_fit(*rows).learning_rate_ for network in (of_first_rule(new), new)]
    assert rates[0] == rates[1] != 0.2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_no_cut_of_an_adaptive_rate_is_lost():
    """Which is cut after an epoch: the saved rate, that of the last epoch, does not tell whether it was."""
    settings = {"learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1}
    new = BackpropRegressor(20, batch_size=8, max_iter=3, random_state=0, **settings).fit(LINE, LINE[:, 0])
    old = of_first_rule(new)
    for _ in range(12):
        for network in (new, old):
            network.partial_fit(LINE, LINE[:, 0])
    assert old.learning_rate_ == new.learning_rate_ < 1e-3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_what_was_left_of_its_rate_is_left_once():
    new = BackpropRegressor(20, batch_size=8, max_iter=3, random_state=0).fit(LINE, LINE[:, 0])
    new._progress_ = new._progress_ | {"rate_factor": 0.5}
    old = of_first_rule(new)
    assert old.partial_fit(LINE, LINE[:, 0]).partial_fit(LINE, LINE[:, 0]).learning_rate_ == 0.2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("rule", range(4, 11))
def test_networks_of_rules_between_take_the_rates_of_today_and_predict_the_same(rule):
    new = BackpropRegressor(30, batch_size=8, max_iter=3, random_state=0).fit(LINE, LINE[:, 0])
    old = BackpropRegressor()
    old.__setstate__({**new.__getstate__(), "_rate_rule_": rule, "learning_rate_": 0.2})
    np.testing.assert_array_equal(old.predict(LINE), new.predict(LINE))
    rates = [network.partial_fit(LINE, LINE[:, 0]).learning_rate_ for network in (old, new)]
    assert rates[0] == rates[1]


def test_there_is_a_golden_file_of_each_kind_of_network():
    names = set(runpy.run_path(GOLDEN / "make.py")["NETWORKS"])
    assert {path.stem for path in GOLDEN.glob("*.joblib")} == names == {path.stem for path in GOLDEN.glob("*.npz")}


# ---- looking at estimators -------------------------------------------------------------------------------------------


class Broken:
    """A parameter that nothing can be done with."""

    def __repr__(self):
        return "Broken()"


def broken_by(**parameters):
    return lambda task: task.new().set_params(**parameters)


LOOKED_AT = {
    "unfitted": lambda task: task.new(),
    "fitted": lambda task: task.trained(),
    "initialized": lambda task: task.new().initialize(task.X, task.y),
    "lbfgs": lambda task: task.trained(parameters={"solver": "lbfgs"}),
    "wrong solver": broken_by(solver="foo", hidden_layer_sizes="b"),
    "wrong types": broken_by(solver=Broken(), hidden_layer_sizes=Broken(), loss=None, activation=3, alpha=[1]),
    "wrong after fit": lambda task: task.trained().set_params(solver=Broken(), hidden_layer_sizes=None, loss=7),
    "array": broken_by(learning_rate_init=np.zeros(3), solver=np.array(["sgd", "adam"])),
}


@pytest.mark.parametrize("state", list(LOOKED_AT))
def test_looking_at_an_estimator_never_raises(task, state):
    """Case G13."""
    estimator = LOOKED_AT[state](task)
    for each in (estimator, make_pipeline(StandardScaler(), estimator)):
        assert type(estimator).__name__ in repr(each)
        assert type(estimator).__name__ in each._repr_html_()
    assert "fit" in dir(estimator)
    pydoc.Helper(output=io.StringIO()).help(estimator)
    for name in dir(estimator):  # what editors and the HTML page do
        with suppress(AttributeError):
            getattr(estimator, name)


# ---- import ----------------------------------------------------------------------------------------------------------

USE = """
import sys
import numpy as np
from skbackprop import BackpropClassifier, BackpropRegressor
print("callbacks:", "skbackprop.callbacks" in sys.modules)
X = np.random.RandomState(0).normal(size=(60, 3))
y = X[:, 0] > 0
outputs = BackpropClassifier(4, batch_size=4, max_iter=100, random_state=0).fit(X, y).predict_proba(X)
print(float(outputs[:, 1].sum()).hex())
print(BackpropRegressor(4, batch_size=4, max_iter=100, random_state=0).fit(X, X[:, 1]).score(X, X[:, 1]) > 0.5)
for bad in (dict(max_iter=0), dict(alpha="x")):
    try:
        BackpropClassifier(**bad).fit(X, y)
    except ValueError as error:
        print(error)
"""


# Stands before the import of a kernel that is absent, or that was built for another Python.
HIDE = """
import importlib.abc, sys
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "skbackprop._network._kernel":
            raise {error}
sys.meta_path.insert(0, Hidden())
"""


@pytest.fixture(scope="module")
def run(run_python):
    """Exit status, output and errors of a program; each is run once."""

    @cache
    def run(program, *options, **environment):
        done = run_python(*options, "-c", program, env=os.environ | environment, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.slow
@pytest.mark.parametrize("options", [("-OO",), ("-X", "dev", "-W", "error")], ids=" ".join)
def test_optimised_and_strict_interpreters_get_the_same_results(run, options):
    """Case G15: no assertion does any work, no docstring is needed, and nothing warns."""
    assert run(USE, *options) == (0, run(USE)[1], "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [
        "ModuleNotFoundError('No module named skbackprop._network._kernel', name=name)",
        "ImportError('undefined symbol: PyFoo_Bar')",
    ],
    ids=["absent", "wrong ABI"],
)
def test_without_a_kernel_that_loads_numpy_serves(run, error):
    """Case G15."""
    hide = HIDE.format(error=error)
    expected = run(USE, SKBACKPROP_ENGINE="numpy")
    assert run(hide + USE, "-W", "error", SKBACKPROP_ENGINE="numpy") == expected
    code, printed, complaints = run(hide + USE, SKBACKPROP_ENGINE="")
    assert (code, printed) == expected[:2]
    assert complaints.count("skbackprop trains without its compiled kernel") == 1
    code, _, complaints = run(hide + USE, SKBACKPROP_ENGINE="kernel")
    assert code != 0
    assert (
        "ImportError: SKBACKPROP_ENGINE=kernel, but skbackprop was installed without its compiled kernel." in complaints
    )


@pytest.mark.slow
def test_the_callbacks_are_not_imported_unless_asked_for(run):
    assert run(USE)[1].splitlines()[0] == "callbacks: False"
    assert importlib.import_module("skbackprop.callbacks").__all__ == ["Checkpoint", "Recorder", "TrainingMonitor"]


def test_estimators_that_fail_to_fit_can_still_be_saved(task):
    """Case G1, as far as saving goes."""
    network = task.trained()
    before = joblib.hash(network)
    with pytest.raises(ValueError, match="NaN"):
        task.train(network, "fit", X=np.full_like(task.X, np.nan))
    assert joblib.hash(pickle.loads(pickle.dumps(network))) == before


@pytest.mark.parametrize("error", [MemoryError("no room"), RuntimeError("disk"), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("epoch", [1, 3])
def test_whatever_is_raised_in_an_epoch_leaves_the_network_as_it_was(task, method, monkeypatch, error, epoch):
    """Case G1: memory runs out, or a callback fails; in the first epoch or in a later one."""
    network, new = task.trained(), task.new()
    before, calls = joblib.hash(network), []

    def fail(*arguments):
        calls.append(1)
        if len(calls) == epoch or method == "partial_fit":
            raise error
        return 0.5

    monkeypatch.setattr("skbackprop._training.epochs.error_rate_of", fail)
    for each in (network, new):
        calls.clear()
        with pytest.raises(type(error)):
            task.train(each, method)
    monkeypatch.undo()
    assert joblib.hash(network) == before
    assert not [name for name in vars(new) if name.endswith("_")]
    task.assert_same(task.train(new, "fit"), task.trained())


# ---- the page about this ---------------------------------------------------------------------------------------------


def read_code(name):
    """The code of the page's block of that name."""
    page = (Path(__file__).parents[2] / "docs" / "trust.rst").read_text(encoding="utf-8")
    block = re.search(rf"   :name: code-{name}\n\n((?:(?:   .*)?\n)+)", page).group(1)
    return re.sub("^   ", "", block, flags=re.MULTILINE)


@pytest.fixture
def names(X, tmp_path):
    """What the page has made by then."""
    y = (X[:, 0] > 0).astype(int)
    network = BackpropClassifier(10, max_iter=5, random_state=0).fit(X, y)
    return {"X": X, "y": y, "network": network, "BackpropClassifier": BackpropClassifier, "folder": tmp_path}


def test_skops_trusts_one_name_as_the_page_says(names):
    pytest.importorskip("skops.io")
    code = read_code("skops")
    exec(code, names)
    assert f"# {names['names']}" in code
    assert joblib.hash(names["loaded"]) == joblib.hash(names["network"])


def test_a_training_is_resumed_as_the_page_says(names):
    pytest.importorskip("sklearn.callback")
    X, y = names["X"], names["y"]
    exec(read_code("checkpoint"), names)
    whole = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    assert joblib.hash(names["network"].set_callbacks()) == joblib.hash(whole)
    exec(read_code("latest"), names)
    longer = BackpropClassifier(10, max_iter=70, random_state=0).fit(X, y)
    assert names["network"].loss_curve_ == longer.loss_curve_


def test_an_interrupted_training_is_kept_as_the_page_says(names, monkeypatch, capsys):
    calls = []

    def interrupt_the_fourth(error, total_error):
        calls.append(error)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return 0.5

    monkeypatch.setattr("skbackprop._training.epochs.error_rate_of", interrupt_the_fourth)
    exec(read_code("interrupt"), names)
    assert capsys.readouterr().out == "stopped after 3 epochs\n"


def test_sigterm_is_ctrl_c_as_the_page_says(monkeypatch):
    """What it does to a training is in test_signals.py; this keeps the page to the same line."""
    set_to = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: set_to.append(arguments))
    exec(read_code("sigterm"), {})
    assert set_to == [(signal.SIGTERM, signal.default_int_handler)]


def test_a_batch_size_of_any_number_is_saved():
    network = BackpropClassifier(3, batch_size=2**70, random_state=0)
    network.partial_fit(np.eye(4), [0, 1, 0, 1], classes=[0, 1])
    assert pickle.loads(pickle.dumps(network)).batch_size == 2**70
