"""The C header: compiled by every compiler at hand, warnings as errors, it predicts what the network predicts."""

import re
import shutil
import subprocess
import warnings
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from skbackprop import BackpropClassifier, BackpropRegressor, BackpropRegressorCV
from skbackprop.export import to_c

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow", "-Wdouble-promotion"]
COMPILERS = {
    "gcc": ["-std=c99", "-O2", *STRICT],
    "clang": ["-std=c99", "-O2", *STRICT],
    "tcc": ["-std=c99", "-Wall", "-Werror"],
    "g++": ["-x", "c++", "-std=c++11", "-O2", *STRICT],
}
TOLERANCES = {"float32": 1e-6, "float64": 1e-14}
N_ROWS = 1000

# Every step of it reads a row of inputs, and writes the outputs and the labels.
PROGRAM = """\
#include <stdio.h>
#include <stdlib.h>
{includes}
int main(int n, char **arguments)
{{
    switch (n > 1 ? atoi(arguments[1]) : -1) {{
{cases}
    default: return 1;
    }}
    return 0;
}}
"""
CASE = """\
    case {number}: {{
        {name}_real inputs[{NAME}_N_INPUTS], outputs[{NAME}_N_OUTPUTS];
        while (fread(inputs, sizeof inputs, 1, stdin)) {{
            {name}_predict(inputs, outputs);
            fwrite(outputs, sizeof outputs, 1, stdout);
            {labels}
        }}
        break;
    }}
"""


class Network(NamedTuple):
    """A model to write down; its classes or targets are a function of the inputs."""

    model: object
    y: object


def inputs(dtype, n_rows=N_ROWS):
    """Inputs of three scales, one of them far from 0."""
    X = np.random.default_rng(0).normal(size=(n_rows, 6))
    return (X * [1, 2, 0.5, 1, 3, 1] + [0, 0, 0, 20, 0, -1]).astype(dtype)


def several(X):
    """Classes, from 0 to 4."""
    return np.digitize(X[:, 0] + X[:, 2], [-1, -0.2, 0.2, 1])


WORDS = np.array(['a "quoted" \\ word', "what??=", "net_exp(1)", "größer", ""])


class Cautious(BackpropClassifier):
    """Of which the outputs of some instances are all small."""

    def fit(self, X, y):
        super().fit(X, y)
        self.intercepts_[-1][:] -= 3
        return self


NETWORKS = {
    "softmax": Network(
        make_pipeline(StandardScaler(), BackpropClassifier(9, loss="log_loss", max_iter=20, random_state=0)),
        lambda X: WORDS[several(X)],
    ),
    "sigmoids": Network(
        make_pipeline(
            "passthrough",
            MinMaxScaler((-1, 1), clip=True),
            BackpropClassifier((8, 5, 7), activation="relu", max_iter=20, random_state=0),
        ),
        lambda X: several(X) * 3.0 - 4,
    ),
    "small_sigmoids": Network(
        make_pipeline(StandardScaler(), Cautious(8, max_iter=20, random_state=0)), lambda X: several(X)
    ),
    "two_classes": Network(
        BackpropClassifier(7, loss="log_loss", activation="tanh", max_iter=20, random_state=0), lambda X: X[:, 0] > 0
    ),
    "one_class": Network(BackpropClassifier(3, max_iter=2, random_state=0), lambda X: np.full(len(X), 7)),
    "indicators": Network(
        make_pipeline(MinMaxScaler(), BackpropClassifier(6, max_iter=20, random_state=0)),
        lambda X: (X[:, [0, 2, 5]] > 0).astype(int),
    ),
    "columns": Network(
        make_pipeline(
            RobustScaler(),
            StandardScaler(),
            BackpropClassifier(6, loss="log_loss", activation="tanh", max_iter=20, random_state=0),
        ),
        lambda X: np.stack([several(X), X[:, 1] > 0, np.full(len(X), 3)], axis=1),
    ),
    "columns_of_sigmoids": Network(
        make_pipeline(MaxAbsScaler(), BackpropClassifier(6, max_iter=20, random_state=0)),
        lambda X: np.stack([X[:, 1] > 0, several(X)], axis=1) + 10,
    ),
    "targets": Network(
        make_pipeline(
            StandardScaler(), MinMaxScaler(clip=True), BackpropRegressor((5, 4), max_iter=20, random_state=0)
        ),
        lambda X: np.stack([200 + 70 * X[:, 0], X[:, 2] / 100], axis=1),
    ),
    "counts": Network(
        make_pipeline(
            StandardScaler(), BackpropRegressor(5, loss="poisson", activation="identity", max_iter=20, random_state=0)
        ),
        lambda X: np.floor(np.exp(np.clip(X[:, 0], -2, 2))),
    ),
    "linear": Network(
        BackpropRegressor((), normalize_y=False, loss="huber", learning_rate_init=1e-3, max_iter=5, random_state=0),
        lambda X: X[:, 3] / 20,
    ),
}


@cache
def fitted(name, dtype):
    X = inputs(dtype, 300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # twenty epochs do for what is asked here
        return clone(NETWORKS[name].model).fit(X, NETWORKS[name].y(X))


def has_labels(model):
    return hasattr(model, "classes_")


def label_lines(name, model):
    """The line of the program that writes labels."""
    if not has_labels(model):
        return ""
    if np.ndim(predicted_labels(model, inputs("float64", 2))) == 1:
        return f"int label = {name}_label(inputs); fwrite(&label, sizeof label, 1, stdout);"
    return (
        f"int labels[{name.upper()}_N_LABELS]; {name}_labels(inputs, labels); fwrite(labels, sizeof labels, 1, stdout);"
    )


def predicted_labels(model, X):
    """What `predict` gives, as numbers of the classes."""
    labels, classes = model.predict(X), model.classes_
    if isinstance(classes, list):
        return np.stack([np.searchsorted(each, column) for each, column in zip(classes, labels.T, strict=True)], axis=1)
    return labels if labels.ndim == 2 else np.searchsorted(classes, labels)


def predicted(model, X):
    """What the header's outputs should be."""
    if not has_labels(model):
        return model.predict(X).reshape(len(X), -1)
    probabilities = model.predict_proba(X)
    return np.hstack(probabilities) if isinstance(probabilities, list) else probabilities


def write_program(folder, dtype):
    """The source of a program with all headers."""
    models = {f"net_{name}": fitted(name, dtype) for name in NETWORKS}
    for name, model in models.items():
        (folder / f"{name}.h").write_text(to_c(model, name), encoding="ascii")
    cases = [
        CASE.format(number=number, name=name, NAME=name.upper(), labels=label_lines(name, model))
        for number, (name, model) in enumerate(models.items())
    ]
    includes = "".join(f'#include "{name}.h"\n' for name in models)
    source = folder / "program.c"
    source.write_text(PROGRAM.format(includes=includes, cases="".join(cases)), encoding="ascii")
    return source


def compiled(source, compiler):
    """The program that a compiler makes, without a warning."""
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    program = source.with_name(compiler)
    command = [compiler, *COMPILERS[compiler], "-o", str(program), str(source), "-lm"]
    if "c++" in command:
        command[-1:] = ["-x", "none", "-lm"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    return program


@pytest.fixture(scope="module", params=["float32", "float64"])
def source(request, tmp_path_factory):
    return write_program(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module", params=COMPILERS)
def program(request, source):
    return compiled(source, request.param)


def run(program, name, X, n_outputs, n_labels):
    """The outputs and the labels that a program has for one network."""
    number = str(list(NETWORKS).index(name))
    answer = subprocess.run([program, number], input=X.tobytes(), capture_output=True, timeout=60, check=True).stdout
    rows = np.frombuffer(answer, dtype=[("outputs", X.dtype, (n_outputs,)), ("labels", np.intc, (n_labels,))])
    return rows["outputs"], rows["labels"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_compiled_header_predicts_what_the_network_predicts(program, name):
    X = inputs(program.parent.name[:7])
    model = fitted(name, X.dtype.name)
    expected = predicted(model, X)
    labels = predicted_labels(model, X).reshape(len(X), -1) if has_labels(model) else np.empty((len(X), 0))
    outputs, decisions = run(program, name, X, expected.shape[1], labels.shape[1])
    assert len(outputs) == N_ROWS
    assert np.abs(outputs - expected).max() <= TOLERANCES[X.dtype.name] * max(1, np.abs(expected).max())
    assert np.array_equal(decisions, labels)
    if expected.shape[1] > 1:
        assert np.ptp(outputs, axis=0).max() > 0.01  # the network has learned something to tell


@pytest.mark.slow
@pytest.mark.parametrize("scaler", [StandardScaler(), RobustScaler(), MinMaxScaler((-1, 1), clip=True)], ids=str)
def test_a_float_header_takes_inputs_that_are_far_from_zero(scaler, tmp_path):
    """A float holds 1e5 + 1/3 to 0.004, so one for what is taken off would be wrong by as much."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    X = (inputs("float64") + 1e5 + 1 / 3).astype("float32")
    network = BackpropRegressor(5, max_iter=5, random_state=0)
    model = make_pipeline(clone(scaler), network).fit(X.astype(float), X[:, 0] - 1e5)
    (tmp_path / "net.h").write_text(to_c(model, dtype="float32"), encoding="ascii")
    case = CASE.format(number=0, name="net", NAME="NET", labels="")
    source = tmp_path / "program.c"
    source.write_text(PROGRAM.format(includes='#include "net.h"', cases=case), encoding="ascii")
    answer = subprocess.run(
        [compiled(source, "gcc"), "0"], input=X.tobytes(), capture_output=True, timeout=60, check=True
    )
    outputs, expected = np.frombuffer(answer.stdout, "float32"), model.predict(X.astype(float))
    assert np.abs(outputs - expected).max() <= TOLERANCES["float32"] * np.abs(expected).max()


def small_classifier(**parameters):
    X = inputs("float64", 40)
    return BackpropClassifier(3, random_state=0, **parameters).initialize(X, X[:, 0] > 0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_header_of_a_search_over_epochs_is_that_of_its_network():
    X = inputs("float64", 60)
    model = BackpropRegressorCV(3, max_iter=2, cv=2, random_state=0).fit(X, X[:, 0])
    assert "static const net_real net_weights_1[6][3]" in to_c(model)


def test_a_float_header_of_a_float64_network_has_its_numbers_rounded():
    network = small_classifier()
    text = to_c(network, dtype="float32")
    numbers = re.findall(r"[-\d.]+e[-+]\d+f", text[text.index("net_weights_1") : text.index("net_biases_2")])
    assert np.array_equal(np.float32([number[:-1] for number in numbers]), np.float32(network.coefs_[0]).ravel())
    assert "double" not in text


def test_flash_and_stack_are_those_that_a_compiler_counts(tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc")
    text = to_c(fitted("sigmoids", "float32"))
    flash, stack = (int(number) for number in re.search(r"Flash: (\d+) .*\n \* Stack: (\d+) ", text).groups())
    (tmp_path / "net.h").write_text(text, encoding="ascii")
    source = tmp_path / "main.c"
    source.write_text(
        '#include "net.h"\nvoid f(float *x, float *y);\nvoid f(float *x, float *y) { net_predict(x, y); }\n'
    )
    command = ["gcc", "-std=c99", "-Os", "-fstack-usage", "-c", str(source), "-o", str(tmp_path / "main.o")]
    subprocess.run(command, check=True, timeout=60)
    used = sum(int(line.split("\t")[1]) for line in (tmp_path / "main.su").read_text().splitlines())
    assert stack == 4 * (8 + 5 + 5)
    assert stack <= used <= stack + 400
    n_numbers = sum(
        map(np.size, fitted("sigmoids", "float32")[-1].coefs_ + fitted("sigmoids", "float32")[-1].intercepts_)
    )
    assert flash == 4 * (n_numbers + 3 * 6)
    assert flash <= (tmp_path / "main.o").stat().st_size


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_large_mean_costs_a_float_header_no_digits():
    X = inputs("float32", 200) + np.float32(1e5)
    model = make_pipeline(StandardScaler(), BackpropRegressor(3, max_iter=2, random_state=0)).fit(X, X[:, 0])
    text = to_c(model)
    shift = re.search(r"net_shift\[6\] =\n +\{(.*)\}", text)[1].split(", ")
    assert np.array_equal(np.float32([number[:-1] for number in shift]), np.float32(model[0].mean_))


@pytest.mark.parametrize("name", ["", "2net", "my-net", "net;", None, "nét"])
def test_a_name_that_c_does_not_have_is_refused(name):
    with pytest.raises(ValueError, match=r"name=.* is not valid: it must be a letter"):
        to_c(small_classifier(), name)


@pytest.mark.parametrize("dtype", ["float16", "int32", "real", 7])
def test_another_dtype_is_refused(dtype):
    with pytest.raises(ValueError, match=r"dtype=.* is not valid: it must be 'float32'"):
        to_c(small_classifier(), dtype=dtype)


def test_numbers_that_a_float_cannot_hold_are_refused():
    X = inputs("float64", 40)
    network = BackpropRegressor(3, random_state=0).initialize(X, X[:, 0] * 1e60)
    assert "e+59" in to_c(network)
    with pytest.raises(ValueError, match="dtype='float32' cannot hold the numbers of y_scale"):
        to_c(network, dtype="float32")


def test_what_is_no_network_of_ours_is_refused():
    with pytest.raises(TypeError, match="estimator is a LinearRegression"):
        to_c(make_pipeline("passthrough", LinearRegression()))
    with pytest.raises(NotFittedError):
        to_c(BackpropClassifier())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_step_that_cannot_be_folded_in_is_named():
    X = inputs("float64", 40)
    model = make_pipeline(StandardScaler(), PCA(2), small_classifier().set_params(max_iter=1)).fit(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match="the step 'pca', a PCA, which cannot become a part of the network"):
        to_c(model)
