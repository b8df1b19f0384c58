"""The page of the study: the protocol, what was chosen, and the tables with the cells that we lose."""

from pathlib import Path

import numpy as np

PROTOCOL = Path(__file__).with_name("protocol.rst")
CHOSEN = Path(__file__).with_name("chosen.rst")

HEAD = """How the defaults were chosen
============================

What the textbook leaves open, the learning rate, the size of the first weights and when updates are small, the package
takes from the data, and the estimators that tune themselves look for more. This page tells how these rules were chosen,
and what the results are worth beside MLPClassifier, MLPRegressor and other estimators of scikit-learn. It is made by
``python docs/study docs/defaults.rst``.

"""

TITLES = {
    ("classification", "choose"): "Classification: the sets to choose with (accuracy)",
    ("classification", "report"): "Classification: the sets that are only reported (accuracy)",
    ("regression", "choose"): "Regression: the sets to choose with (R²)",
    ("regression", "report"): "Regression: the sets that are only reported (R²)",
}

# How much less than the baseline is called behind: of the defaults, and of the estimators that tune themselves.
MARGINS = {"classification": (0.02, 0.01), "regression": (0.03, 0.02)}


def page(tables, n_seeds, without=()):
    """The whole text.

    Parameters
    ----------
    tables : dict
        Of (kind, half), each a dict of data set to a dict of contestant to an array of scores and seconds, one row a seed.
    n_seeds : int
    without : sequence of str
        The sets that were left out.
    """
    parts = [HEAD, PROTOCOL.read_text(encoding="utf-8"), "\n", CHOSEN.read_text(encoding="utf-8"), "\n"]
    if without:
        parts.append(f"Not measured in this run: {', '.join(without)}.\n\n")
    for (kind, half), table in tables.items():
        title = TITLES[kind, half]
        parts += [title, "\n", "-" * len(title), "\n\n", _summary(kind, table, n_seeds), "\n", _csv(table), "\n"]
    return "".join(parts)


def _summary(kind, table, n_seeds):
    """Sentences on means, on where we are behind, and on CPU time."""
    labels = list(next(iter(table.values())))
    baseline, plain, tuned, searched = labels[:4]
    lines = [f"Means over {n_seeds} seeds, of {searched} over the first one only.{_words_of_dashes(table, labels)}\n"]
    for label, margin in zip((plain, tuned), MARGINS[kind], strict=True):
        differences = {name: _difference(row, label, baseline) for name, row in table.items()}
        mean = np.mean([np.clip(each, -1, 1) for each, _ in differences.values()])
        behind = [
            f"{name} ({each:+.3f})"
            for name, (each, error) in differences.items()
            if each < -margin and (label == plain or each < -margin - 2 * error)
        ]
        beyond = "" if label == plain else " and twice the standard error"
        where = f"on {len(behind)} of {len(table)}: {', '.join(behind)}" if behind else f"on none of {len(table)}"
        lines.append(
            f"* ``{label}`` beside ``{baseline}``: {mean:+.3f} in the mean; behind by more than {margin}{beyond} {where}."
        )
    of_first = [
        _difference({label: numbers[:1] for label, numbers in row.items()}, tuned, searched)[0]
        for row in table.values()
        if searched in row
    ]
    lines.append(
        f"* ``{tuned}`` beside ``{searched}``, first seed: {np.mean(np.clip(of_first, -1, 1)):+.3f} in the mean."
    )
    for label, other in ((plain, baseline), (tuned, baseline), (tuned, searched)):
        lines.append(f"* CPU time of a fit, ``{label}`` : ``{other}``, {_time_ratios(table, label, other)}.")
    return "\n".join(lines) + "\n"


def _difference(row, label, other):
    """Mean difference of the scores over the seeds, and its standard error."""
    n_seeds = min(len(row[label]), len(row[other]))
    differences = row[label][:n_seeds, 0] - row[other][:n_seeds, 0]
    error = differences.std(ddof=1) / np.sqrt(n_seeds) if n_seeds > 1 else 0.0
    return differences.mean(), error


def _words_of_dashes(table, labels):
    """What a dash in the table means, if it has any."""
    if all(len(row) == len(labels) for row in table.values()):
        return ""
    return " A dash: the estimator takes no sparse inputs, or too long for a million numbers."


def _time_ratios(table, label, other):
    ratios = {name: row[label][:, 1].mean() / row[other][:, 1].mean() for name, row in table.items() if other in row}
    slowest = max(ratios, key=ratios.get)
    return (
        f"median over the sets: {np.median(list(ratios.values())):.2f}; the largest {ratios[slowest]:.2f} ({slowest})"
    )


def _csv(table):
    """A table with the best number of each row in bold."""
    labels = list(next(iter(table.values())))
    heads = ", ".join(f'"{label}"' for label in ["data set", *labels])  # a label may hold a comma
    lines = [".. csv-table::", f"   :header: {heads}", ""]
    for name, row in table.items():
        means = {label: round(float(row[label][:, 0].mean()), 3) if label in row else np.nan for label in labels}
        best = np.nanmax(list(means.values()))
        cells = [
            "–" if np.isnan(mean) else f"**{mean:.3f}**" if mean == best else f"{mean:.3f}" for mean in means.values()
        ]
        lines.append(f'   "{name}", ' + ", ".join(cells))
    return "\n".join(lines) + "\n"
