"""The hooks by which scikit-learn tells the callbacks of this package of a training, written down once."""

from __future__ import annotations

from typing import Any

from .base import BaseBackprop


class Hooks:
    """What a callback is told; each fills in the methods with an underscore that it needs."""

    _does = "watches"

    def setup(self, estimator: BaseBackprop, context: Any) -> None:
        """Refuse, before the training, what cannot be done; scikit-learn calls this when fit begins.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The one that is trained.
        context : sklearn.callback.CallbackContext
            Of the whole training.

        Raises
        ------
        FileNotFoundError
            If there is no folder to write to.
        ImportError
            If a package that is needed is not there.
        TypeError
            If the estimator is not one of skbackprop.
        ValueError
            If a parameter makes no sense.
        """
        if not isinstance(estimator, BaseBackprop):
            name, other = type(self).__name__, type(estimator).__name__
            raise TypeError(
                f"{name} {self._does} the networks of skbackprop, not {other}: of a pipeline set it on the last step."
            )
        self._set_up(estimator)

    def teardown(self, estimator: BaseBackprop, context: Any) -> None:
        """Let go of what the training was watched with; scikit-learn calls this when fit has ended or failed.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The one that is trained.
        context : sklearn.callback.CallbackContext
            Of the whole training.
        """
        self._tear_down(estimator)

    def wants_epoch(self, estimator, history, restart):
        """Whether to be told of the epoch that begins now; skbackprop asks before each.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The one that is trained.
        history : History
            Of the training.
        restart : int or None
            Its number, where there are several.

        Returns
        -------
        answer : bool
            Where no callback wants to be told of an epoch, it costs nothing but this question.
        """
        return self._wants(estimator, history, restart)

    def on_fit_task_begin(self, estimator, context):
        """Hear of a beginning; scikit-learn calls this when a training or an epoch begins.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The one that is trained.
        context : sklearn.callback.CallbackContext
            Of what begins.
        """
        self._begin(estimator, context)

    def on_fit_task_end(self, estimator, context):
        """Hear of an end; scikit-learn calls this when a training or an epoch has ended.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The one that is trained.
        context : sklearn.callback.CallbackContext
            Of what has ended.

        Returns
        -------
        stop : bool
            False: the training is never ended by this.
        """
        self._end(estimator, context)
        return False

    def _set_up(self, estimator):
        """Look at the parameters."""

    def _tear_down(self, estimator):
        """Let go."""

    def _wants(self, estimator, history, restart):
        return True

    def _begin(self, estimator, context):
        """See a training or an epoch begin."""

    def _end(self, estimator, context):
        """See a training or an epoch end."""
