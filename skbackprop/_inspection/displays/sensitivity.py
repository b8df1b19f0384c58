"""A picture of what the inputs do to the outputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._public import public
from ..networks import check_counts, check_network, input_names
from ..networks import output_names as names_of_outputs
from ..sensitivity import sensitivity
from .common import BLUE, make_panels
from .names import LETTER, VERBATIM, name_rows, room_for_names, shortened, widest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._estimators.base import BaseBackprop
    from ..._types import Matrix, Self


@public
class SensitivityDisplay:
    """How strongly each output moves with each input: the mean size of the derivative, and its spread.

    The dot is the mean of the absolute derivatives over the instances, and the line goes from their 5th to their 95th
    percentile. Make it by :meth:`from_estimator`.

    Parameters
    ----------
    derivatives : ndarray of shape (n_samples, n_features, n_outputs)
        As :func:`sensitivity` returns them.
    feature_names, output_names : list of str
        What the inputs and the outputs are called.

    Attributes
    ----------
    axes_ : ndarray of Axes of shape (n_rows, n_columns)
        The panels, one for each output; those that are left over are empty.

    figure_ : Figure
        Figure that holds them.

    See Also
    --------
    sensitivity : The numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, SensitivityDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> network = BackpropClassifier(10, max_iter=50, random_state=0).fit(X, y)
    >>> display = SensitivityDisplay.from_estimator(network, X)  # doctest: +SKIP
    """

    def __init__(self, *, derivatives, feature_names, output_names):
        self.derivatives = derivatives
        self.feature_names = feature_names
        self.output_names = output_names

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseBackprop,
        X: Matrix,
        *,
        feature_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        max_features: int = 20,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the sensitivities of an estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            Fitted, or initialized.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs at which the derivatives are taken.
        feature_names, output_names : list of str, default=None
            What to call the inputs and the output units; None takes the names of the features and classes.
        max_features : int, default=20
            Of more features those to which the outputs are the most sensitive.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the points, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : SensitivityDisplay
            With ``figure_`` and ``axes_``.
        """
        check_network(estimator)
        display = cls(
            derivatives=sensitivity(estimator, X),
            feature_names=input_names(estimator, feature_names),
            output_names=names_of_outputs(estimator, output_names),
        )
        return display.plot(max_features=max_features, ax=ax, **kwargs)

    def plot(self, *, max_features: int = 20, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a panel for each output.

        Parameters
        ----------
        max_features : int, default=20
            Of more features those to which the outputs are the most sensitive.
        ax : Axes, default=None
            To draw in its place; None makes a figure.
        **kwargs : dict
            For the points, as :meth:`~matplotlib.axes.Axes.plot` takes them.

        Returns
        -------
        display : SensitivityDisplay
            Itself.
        """
        check_counts(max_features=max_features)
        sizes = np.abs(self.derivatives)
        means = sizes.mean(axis=0)
        features = np.sort(means.mean(axis=1).argsort()[::-1][:max_features])
        names = shortened([self.feature_names[feature] for feature in features], room_for_names(ax))
        titles = shortened(self.output_names, room_for_names(ax))
        low, high = np.quantile(sizes, [0.05, 0.95], axis=0)
        n_outputs = sizes.shape[2]
        n_columns = min(n_outputs, 4)
        n_rows = math.ceil(n_outputs / n_columns)
        width = LETTER * widest(names) + 2.1 * n_columns + 0.6
        size = (max(width, 4.0), n_rows * (0.25 * len(names) + 0.55) + 0.7)
        farthest = high[features].max(axis=0)
        # The targets of a regressor may have units of their own.
        is_shared = bool(farthest.max() <= 100 * farthest.min())
        self.figure_, self.axes_ = make_panels(ax, (n_rows, n_columns), size, sharex=is_shared, sharey=True)
        places = np.arange(len(names))
        for output, panel in enumerate(self.axes_.flat[:n_outputs]):
            panel.hlines(places, low[features, output], high[features, output], color=BLUE, linewidth=2.5, alpha=0.55)
            panel.plot(means[features, output], places, **{"marker": "o", "linestyle": "", "color": BLUE, **kwargs})
            panel.grid(axis="y", linewidth=0.4, alpha=0.5)
            panel.set_title(titles[output], fontsize="medium", **VERBATIM)
        for panel in self.axes_.flat[n_outputs:]:
            panel.set_axis_off()
        name_rows(self.axes_, names, places)
        self.axes_[0, 0].set_ylim(len(names) - 0.5, -0.5)
        for panel in self.axes_.flat[:n_outputs]:
            panel.set_xlim(left=-0.02 * panel.get_xlim()[1])
        for panel in self.axes_.flat[max(0, n_outputs - n_columns) : n_outputs]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("|∂ output / ∂ input|")
        if ax is None:
            self.figure_.suptitle("mean (dot), 5th to 95th percentile (line)", fontsize="medium")
        return self
