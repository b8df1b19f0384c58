"""A picture of how a network was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._estimators.fitted import snapshot
from ..._estimators.scoring import name_of_score, validates_loss_too
from ..._public import public
from ..._training.stopping import OTHER_ENDS, RULES, words_of
from ..._training.table import count
from ..course import place_of_best
from ..networks import check_network
from .common import BLUE, VERMILLION, make_panels
from .names import VERBATIM, shortened

if TYPE_CHECKING:
    from ..._estimators.base import BaseBackprop
    from ..._types import Self


@public
class TrainingCurveDisplay:
    """The course of a training: loss, error rate and largest update of each epoch, and the rule that ended it.

    Make it by :meth:`from_estimator`.

    Parameters
    ----------
    curves : dict of str to array-like of shape (n_epochs,)
        "loss", "error" and "update", and where the training was validated, "validation_loss" and "validation_score".
    thresholds : dict of str to float
        "error" and "update": where the stopping rules of these names draw the line; 0 where they were off.
    stop_reason : str
        As ``stop_reason_`` has it.
    n_epochs : int
        Epochs since the weights were drawn.
    scores_name : str or None
        What the validation scores are; None for accuracy or R², which are shown as error rates.
    restarts : list of dict or None
        As ``restarts_`` has it.
    breaks_ties : bool, default=False
        Whether of epochs with the same validation score the one with the smallest validation loss is the best.

    Attributes
    ----------
    axes_ : ndarray of Axes
        The panels, from top to bottom.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    NetworkDisplay : The network that came of it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(network)  # doctest: +SKIP
    """

    def __init__(
        self, *, curves, thresholds, stop_reason, n_epochs, scores_name=None, restarts=None, breaks_ties=False
    ):
        self.curves = curves
        self.thresholds = thresholds
        self.stop_reason = stop_reason
        self.n_epochs = n_epochs
        self.scores_name = scores_name
        self.restarts = restarts
        self.breaks_ties = breaks_ties

    @classmethod
    def from_estimator(cls, estimator: BaseBackprop, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the training of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the curves, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : TrainingCurveDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        estimator = snapshot(estimator)
        if not estimator.loss_curve_:
            raise ValueError("estimator has made no epoch yet, so there is no curve to draw: call fit or partial_fit.")
        curves = {
            "loss": estimator.loss_curve_,
            "error": estimator.error_curve_,
            "update": estimator.update_curve_,
            "validation_loss": estimator.validation_loss_curve_,
            "validation_score": estimator.validation_scores_,
        }
        display = cls(
            curves={name: np.asarray(curve, dtype=float) for name, curve in curves.items() if curve is not None},
            thresholds={"error": float(estimator.error_tol), "update": float(estimator.update_tol_)},
            stop_reason=estimator.stop_reason_,
            n_epochs=estimator.n_epochs_,
            scores_name=name_of_score(estimator),
            restarts=getattr(estimator, "restarts_", None),
            breaks_ties=validates_loss_too(estimator),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the panels.

        Parameters
        ----------
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the lines of the curves, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : TrainingCurveDisplay
            Itself.
        """
        has_scores = "validation_score" in self.curves and self.scores_name is not None
        draws = [self._draw_loss, self._draw_error, self._draw_update]
        draws += [self._draw_scores] * has_scores + [self._draw_restarts] * (self.restarts is not None)
        self.figure_, axes = make_panels(ax, (len(draws), 1), (6.4, 1.2 + 1.5 * len(draws)))
        self.axes_ = axes[:, 0]
        for panel, draw in zip(self.axes_, draws, strict=True):
            draw(panel, kwargs)
        self._join_epochs(self.axes_[: 3 + has_scores])
        self.figure_.align_ylabels(self.axes_)
        words = f"{count(self.n_epochs, 'epoch')}: {words_of(self.stop_reason)}"
        self.axes_[0].set_title(words)
        return self

    def _epochs(self, name):
        """The epochs of a curve; of those that were validated, the last."""
        n_recorded = len(self.curves["loss"])
        return np.arange(n_recorded - len(self.curves[name]), n_recorded) + 1

    def _draw(self, panel, name, label, kwargs, values=None, **style):
        """One curve, with a mark at its end."""
        values = self.curves[name] if values is None else values
        epochs = self._epochs(name)
        marker = {"marker": "o", "markersize": 5} if len(epochs) == 1 else {}  # a line of one point is none
        panel.plot(epochs, values, **{"linewidth": 1.8, "label": label, **marker, **style, **kwargs})

    def _mark_end(self, panel, name):
        """A mark on the curve whose threshold ended the training."""
        panel.plot(
            self._epochs(name)[-1:],
            self.curves[name][-1:],
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=panel.xaxis.label.get_color(),
            markeredgewidth=1.6,
            linestyle="none",
            clip_on=False,
            zorder=5,
            label="the end",
        )

    def _draw_threshold(self, panel, name):
        if self.thresholds[name] > 0:
            panel.axhline(
                self.thresholds[name],
                color=panel.xaxis.label.get_color(),
                linestyle=":",
                linewidth=1.4,
                label=f"{name}_tol = {self.thresholds[name]:g}",
            )

    def _draw_loss(self, panel, kwargs):
        self._draw(panel, "loss", "training", kwargs, color=BLUE)
        if "validation_loss" in self.curves:
            self._draw(panel, "validation_loss", "validation", kwargs, color=VERMILLION, linestyle="--")
        self._finish(panel, "loss", "loss", is_log=True)

    def _draw_error(self, panel, kwargs):
        self._draw(panel, "error", "training", kwargs, color=BLUE)
        if "validation_score" in self.curves and self.scores_name is None:
            errors = 1 - self.curves["validation_score"]
            self._draw(panel, "validation_score", "validation", kwargs, values=errors, color=VERMILLION, linestyle="--")
        self._draw_threshold(panel, "error")
        self._mark_best(panel)
        self._finish(panel, "error", "error rate")

    def _draw_update(self, panel, kwargs):
        self._draw(panel, "update", "training", kwargs, color=BLUE)
        self._draw_threshold(panel, "update")
        self._finish(panel, "update", "max |Δ|", is_log=True)

    def _draw_scores(self, panel, kwargs):
        self._draw(panel, "validation_score", *shortened([self.scores_name]), kwargs, color=VERMILLION, linestyle="--")
        self._mark_best(panel)
        self._finish(panel, "validation_score", "validation\nscore")

    def _mark_best(self, panel):
        if "validation_score" in self.curves and np.isfinite(self.curves["validation_score"]).any():
            best = self._epochs("validation_score")[self._best()]
            panel.axvline(best, color=VERMILLION, linewidth=1.2, linestyle=":", label=f"best, epoch {best}")

    def _best(self):
        losses = self.curves["validation_loss"] if self.breaks_ties else None
        return place_of_best(self.curves["validation_score"], losses)

    def _telling_curve(self):
        """The curve of the panel that shows best why the training ended; None where it did not end."""
        if self.stop_reason in RULES:
            curve = RULES[self.stop_reason].curve
            return "error" if curve == "validation_score" and self.scores_name is None else curve  # they share a panel
        return "loss" if self.stop_reason in OTHER_ENDS else None

    def _finish(self, panel, name, label, is_log=False):
        """Scale, label and legend of a panel; the mark, where it shows why the training ended."""
        if name == self._telling_curve():
            self._mark_end(panel, name)
        if is_log:
            _set_log_scale(panel)
        elif name == "error":
            panel.set_ylim(bottom=0)
        panel.set_ylabel(label)
        handles, labels = panel.get_legend_handles_labels()
        if labels != ["training"]:
            legend = panel.legend(
                handles, labels, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize="small"
            )
            for text in legend.get_texts():  # one is the name of the scores
                text.set(**VERBATIM)

    def _join_epochs(self, panels):
        """One axis of epochs for the panels that have it."""
        for panel in panels[:-1]:
            panel.sharex(panels[-1])
            panel.tick_params(labelbottom=False)
        is_whole = len(self.curves["loss"]) == self.n_epochs
        panels[-1].set_xlabel("epoch" if is_whole else "epoch that was kept")
        panels[-1].xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)

    def _draw_restarts(self, panel, kwargs):
        """The score that each restart ended with, the best filled."""
        scores = np.array([restart["score"] for restart in self.restarts])
        numbers, best = np.arange(len(scores)) + 1, scores.argmax()
        is_loss = "validation_score" not in self.curves
        scores = -scores if is_loss else scores
        panel.plot(numbers, scores, "o", color=BLUE, markerfacecolor="none", markersize=7, label="restart")
        panel.plot(numbers[best], scores[best], "o", color=VERMILLION, markersize=7, label="kept")
        panel.set_xlabel("restart")
        panel.set_ylabel("final loss" if is_loss else "best score")
        panel.margins(y=0.2)
        panel.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        panel.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize="small")


def _set_log_scale(panel):
    """A logarithmic scale, where the values of the lines are positive and span a decade."""
    from matplotlib.ticker import LogLocator, NullFormatter

    values = np.concatenate([np.atleast_1d(line.get_ydata()) for line in panel.lines])
    values = values[np.isfinite(values)]
    if len(values) and values.min() > 0 and values.max() >= 10 * values.min():
        panel.set_yscale("log")
        panel.yaxis.set_minor_formatter(NullFormatter())
        if values.max() < 100 * values.min():
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_major_formatter("{x:g}")
