"""A picture of what cross-validation saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..._estimators.cv import CrossValidated
from ..._estimators.parameters import kind_of
from ..._public import public
from ..._training.race import standard_error
from ..._training.table import count
from ..networks import check_counts, is_one_of
from .common import BLUE, VERMILLION, make_panels
from .names import VERBATIM, shortened

if TYPE_CHECKING:
    from ..._estimators.base import BaseBackprop
    from ..._types import Self

_N_COLUMNS = 4

# Small letters that a panel is wide, and letters that it is high.
_TITLE, _LABEL = 28, 20


@public
class CVCurveDisplay:
    """What cross-validation saw of each candidate: the loss or the score over the number of epochs, and the choice.

    Make it by :meth:`from_estimator`.

    Parameters
    ----------
    epochs : list of ndarray of shape (n_epochs,)
        Of each candidate, the numbers of epochs after which it was validated.
    values : list of ndarray of shape (n_folds, n_epochs)
        What was seen in each fold.
    names : list of str
        Of the candidates.
    best_index : int
        The number of the chosen candidate.
    best_n_epochs : int
        The chosen number of epochs.
    values_name : str, default="loss"
        What the values are.
    is_loss : bool, default=True
        Whether the smaller are the better.

    Attributes
    ----------
    axes_ : ndarray of Axes
        A panel for each candidate, in their order.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    TrainingCurveDisplay : The training on all data that followed.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skbackprop import BackpropRegressorCV, CVCurveDisplay
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = BackpropRegressorCV(10, grid={"alpha": [0.0, 1.0]}, max_iter=100, random_state=0).fit(scale(X), y)
    >>> display = CVCurveDisplay.from_estimator(network)  # doctest: +SKIP
    """

    def __init__(self, *, epochs, values, names, best_index, best_n_epochs, values_name="loss", is_loss=True):
        self.epochs = epochs
        self.values = values
        self.names = names
        self.best_index = best_index
        self.best_n_epochs = best_n_epochs
        self.values_name = values_name
        self.is_loss = is_loss

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseBackprop,
        *,
        curve: str | None = None,
        max_candidates: int = 12,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw what cross-validation saw in the last call of `fit`.

        Parameters
        ----------
        estimator : BackpropClassifierCV or BackpropRegressorCV
            Fitted.
        curve : {'loss', 'score'} or None, default=None
            What to draw; None is what the choice was made by.
        max_candidates : int, default=12
            Of more candidates the chosen one and the best others are drawn.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the means, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : CVCurveDisplay
            With ``figure_`` and ``axes_``.
        """
        if not isinstance(estimator, CrossValidated):
            raise TypeError(
                f"estimator is {kind_of(estimator)}, but must be a BackpropClassifierCV or a BackpropRegressorCV: "
                "the others make no such curves; of a pipeline pass the last step, of a search that of its best_estimator_."
            )
        check_is_fitted(estimator, "cv_curves_", msg="This %(name)s has made no cross-validation yet: call fit.")
        if not is_one_of(curve, (None, "loss", "score")):
            raise ValueError(f"curve={curve!r} is not valid: it must be 'loss', 'score' or None.")
        check_counts(max_candidates=max_candidates)
        name = curve or ("loss" if estimator.scoring in (None, "loss") else "score")
        shown = _shown(estimator, max_candidates)
        curves = [estimator.cv_curves_[number] for number in shown]
        display = cls(
            epochs=[each["n_epochs"] for each in curves],
            values=[each[name] for each in curves],
            names=_names([estimator.cv_results_["params"][number] for number in shown], estimator),
            best_index=shown.index(estimator.best_index_),
            best_n_epochs=estimator.best_n_epochs_,
            values_name=_words_of(name, estimator),
            is_loss=name == "loss",
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a panel for each candidate: the mean over the folds, and a standard error to both sides.

        Parameters
        ----------
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the means, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : CVCurveDisplay
            Itself.
        """
        self._is_own = ax is None
        n_columns = min(_N_COLUMNS, len(self.epochs))
        n_rows = -(-len(self.epochs) // n_columns)
        size = (max(1.2 + 2.2 * n_columns, 4.8), 1.1 + 2.2 * n_rows)
        self.figure_, axes = make_panels(ax, (n_rows, n_columns), size, sharex=True, sharey=True)
        self.axes_ = axes.ravel()[: len(self.epochs)]
        for panel in axes.ravel()[len(self.epochs) :]:
            panel.set_axis_off()
        self._titles = self._make_titles()
        for number, panel in enumerate(self.axes_):
            self._draw(panel, number, kwargs)
        self._mark_choice()
        self._finish(axes)
        self._explain()
        return self

    def _make_titles(self):
        """The names of the candidates, each line as long as a panel is wide."""
        lines = [name.splitlines() for name in self.names]
        short = iter(shortened([line for each in lines for line in each], _TITLE))
        return ["\n".join(next(short) for _ in each) for each in lines]

    def _draw(self, panel, number, kwargs):
        """The curve of one candidate."""
        color = VERMILLION if number == self.best_index else BLUE
        values = self.values[number]
        mean = values.mean(axis=0)
        error = standard_error(values) + np.zeros_like(mean)
        panel.fill_between(self.epochs[number], mean - error, mean + error, color=color, alpha=0.25, linewidth=0)
        panel.plot(self.epochs[number], mean, **{"color": color, "linewidth": 1.8, **kwargs})
        panel.set_title(self._titles[number], fontsize="small", **VERBATIM)

    def _mark_choice(self):
        """A mark at the chosen number of epochs, and its height in all panels."""
        position = np.flatnonzero(self.epochs[self.best_index] == self.best_n_epochs)[0]
        height = self.values[self.best_index].mean(axis=0)[position]
        panel = self.axes_[self.best_index]
        panel.plot(
            self.best_n_epochs,
            height,
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=panel.xaxis.label.get_color(),
            markeredgewidth=1.6,
            linestyle="none",
            zorder=5,
            clip_on=False,
            label="chosen",
        )
        for each in self.axes_:
            each.axhline(height, color=panel.xaxis.label.get_color(), linestyle=":", linewidth=1.0)

    def _finish(self, axes):
        """Scales and labels."""
        self.axes_[0].set_xscale("log")
        self.axes_[0].xaxis.set_major_formatter("{x:g}")
        self.axes_[0].set_ylim(*self._limits())
        for panel in axes[:, 0]:
            panel.set_ylabel(*shortened([self.values_name], _LABEL), **VERBATIM)
        for number, panel in enumerate(self.axes_):
            if number + axes.shape[1] >= len(self.axes_):
                panel.tick_params(labelbottom=True)
                panel.set_xlabel("epochs")
        name = self._titles[self.best_index]
        words = f"chosen: {count(self.best_n_epochs, 'epoch')}"
        self.axes_[self.best_index].set_title(f"{name}\n{words}" if name else words, fontsize="small", **VERBATIM)

    def _explain(self):
        """A legend for all panels, above them in a figure of its own, else in the panel of the choice."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        color = self.axes_[0].xaxis.label.get_color()
        mark = {
            "marker": "o",
            "markerfacecolor": "none",
            "markeredgecolor": color,
            "markersize": 8,
            "linestyle": "none",
        }
        handles = [
            Line2D([], [], color=VERMILLION, label="mean over the folds, chosen"),
            *([Line2D([], [], color=BLUE, label="others")] if len(self.epochs) > 1 else []),
            Patch(facecolor=VERMILLION, alpha=0.25, label="± a standard error"),
            Line2D([], [], **mark, label="chosen number of epochs"),
        ]
        if self._is_own:
            n_columns = len(handles) if len(self.axes_) > 2 else 2
            self.figure_.legend(
                handles=handles, loc="outside upper center", ncols=n_columns, frameon=False, fontsize="small"
            )
        else:
            self.axes_[self.best_index].legend(handles=handles, frameon=False, fontsize="x-small")

    def _limits(self):
        """Room for the chosen candidate's curve, and half as much again: others may be far worse."""
        means = [values.mean(axis=0) for values in self.values]
        means = [each[np.isfinite(each)] for each in means]
        low, high = np.concatenate(means).min(), np.concatenate(means).max()
        room = 1.5 * np.ptp(means[self.best_index]) or high - low
        low, high = (low, min(high, low + room)) if self.is_loss else (max(low, high - room), high)
        margin = 0.08 * (high - low) or 0.1
        return low - margin, high + margin


def _shown(estimator, max_candidates):
    """Numbers of the candidates to draw, in their order."""
    ranks = estimator.cv_results_["rank_test_score"].astype(float)
    ranks[estimator.best_index_] = 0
    return sorted(np.argsort(ranks, kind="stable")[:max_candidates].tolist())


def _names(candidates, estimator):
    """Candidates in words: what they differ in, a line for each parameter, which may be the estimator's own."""
    own = {name: getattr(estimator, name) for each in candidates for name in each}
    whole = [{**own, **each} for each in candidates]
    varied = [name for name in own if len({repr(each[name]) for each in whole}) > 1]
    return ["\n".join(f"{name}={each[name]}" for name in varied) for each in whole]


def _words_of(name, estimator):
    """What is drawn."""
    if name == "loss":
        return "validated loss"
    if isinstance(estimator.scoring, str) and estimator.scoring != "loss":
        return estimator.scoring
    return "score" if estimator.scoring is not None else ("accuracy" if hasattr(estimator, "classes_") else "R²")
