"""A training to look at while it runs."""

import sys
import threading
import time
from numbers import Real

from .._estimators.callbacks import CallbackSupportMixin, has_network, restart_of, view_now
from .._estimators.fitted import curve_of
from .._estimators.hooks import Hooks
from .._training.stopping import words_of
from .course import make_course
from .screens import SCREENS

# What is shown takes no more than this share of the time, unless the user says how often to show it.
_MAX_SHARE = 0.02


class TrainingMonitor(Hooks):
    """Watch a training: its losses, its error rate, the best epoch, and how near each stopping rule is.

    In a terminal it is one table, which changes in its place; in a notebook it is the curves, drawn anew; elsewhere, in a
    file say, lines of text. Set it on the network itself, not on a pipeline or search around it.

    Parameters
    ----------
    output : {'auto', 'terminal', 'notebook', 'text'}, default='auto'
        Where to show it. 'auto' finds out.
    seconds : float or None, default=None
        How often, 0 after every epoch. None is every second, of text every ten, and less often where drawing would take
        more than a fiftieth of the time.

    See Also
    --------
    TrainingCurveDisplay : The curves of a training that is over.
    Recorder : Records the weights.
    BackpropClassifier.set_callbacks : Sets callbacks.

    Notes
    -----
    The end is shown with the rule that was met, and the first epoch, but not in a notebook; of ``partial_fit``, which asks
    no rule, no call by itself. Of several restarts (``n_init``) the title says which one is shown. Of trainings side by
    side (``n_init`` with ``n_jobs``, a search in threads) it is the one that has just ended an epoch.

    The bars say how near a rule is to its threshold: the number that is compared over the threshold, or the other way round
    where it must fall below it. They are full when the rule is met. A star marks the best epoch so far.

    The table needs rich (``pip install "skbackprop[show]"``); the curves need matplotlib, and the IPython of the notebook.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier
    >>> from skbackprop.callbacks import TrainingMonitor
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BackpropClassifier(3, max_iter=60, random_state=0)
    >>> network = network.set_callbacks(TrainingMonitor("text")).fit(X, y)
    BackpropClassifier 4-3-3
    epoch 1, ... s: loss 0.3..., error rate 0.667; max_iter 1 of 60, update_tol 0... of 3.13e-05
    epoch 60, ... s: loss 0.080... (best in epoch ...), error rate 0... (best in epoch ...); max_iter 60 of 60, ...
    Stopped after 60 epochs: max_iter was reached
    """

    def __init__(self, output="auto", seconds=None):
        self.output = output
        self.seconds = seconds
        self._due = 0.0
        self._lock = threading.Lock()
        self._screen, self._fits, self._views = None, set(), {}  # of those that run, in threads several at once

    def __getstate__(self):
        return {"output": self.output, "seconds": self.seconds}

    def __setstate__(self, state):
        self.__init__(**state)

    def _set_up(self, estimator):
        """Find out where to show it."""
        if not (isinstance(self.output, str) and self.output in {"auto", *SCREENS}):
            names = ", ".join(map(repr, ["auto", *SCREENS]))
            raise ValueError(f"output={self.output!r} is not valid: it must be one of {names}.")
        if self.seconds is not None and not (isinstance(self.seconds, Real) and self.seconds >= 0):
            raise ValueError(f"seconds={self.seconds!r} is not valid: it must be None or a number, 0 or more.")
        with self._lock:
            if self._screen is None:
                self._screen = SCREENS[_best_output() if self.output == "auto" else self.output]()
            self._fits.add(id(estimator))
            if self._due == 0.0 and not self._screen.shows_first:
                self._due = time.monotonic() + self._seconds()

    def _tear_down(self, estimator):
        """Leave the terminal as it was."""
        with self._lock:
            self._views = {key: view for key, view in self._views.items() if key[0] != id(estimator)}
            self._fits.discard(id(estimator))  # scikit-learn also calls this for one that was refused
            if not self._fits and self._screen is not None:
                self._screen.close()
                self._screen = None

    def _wants(self, estimator, history, restart):
        """Whether it is the first epoch of a call, or time to show one."""
        return history.n_iter == 0 or time.monotonic() >= self._due

    def _end(self, estimator, context):
        """Show the training, if it is time."""
        if context.task_name == "epoch":
            view = view_now(context)
            if view is not None:
                with self._lock:
                    self._views[id(estimator), restart_of(context)] = view
                    is_first = view.state.history.n_epochs == 1 and len(self._views) == 1
                if (is_first and self._screen.shows_first) or time.monotonic() >= self._due:
                    self._show(estimator, view, restart_of(context))
        elif context.task_name != "restart" and has_network(context):
            self._end_training(estimator)

    def _show(self, estimator, view, restart, end=None):
        """Show what there is to see, and find out when to do it again."""
        with self._lock:
            begin = time.monotonic()
            course = make_course(estimator, view)
            if restart is not None:
                course = course._replace(title=f"{course.title}, restart {restart + 1} of {estimator.n_init}")
            self._screen.show(course, end)
            now = time.monotonic()
            self._due = now + self._seconds(now - begin)

    def _seconds(self, of_drawing=0.0):
        """How long to wait until it is shown again."""
        if self.seconds is None:
            return max(self._screen.seconds, of_drawing / _MAX_SHARE)
        return self.seconds

    def _end_training(self, estimator):
        """Show the network that was kept, unless a call of partial_fit has ended."""
        curve = curve_of(estimator, "loss_curve_")
        with self._lock:
            kept = [(view, key[1]) for key, view in self._views.items() if view.state.history.loss_curve is curve]
        if kept and estimator.stop_reason_ != "partial_fit":
            self._show(estimator, *kept[0], words_of(estimator.stop_reason_))
            self._due = 0.0


TrainingMonitor.__module__ = "skbackprop.callbacks"

if not hasattr(CallbackSupportMixin, "set_callbacks"):  # where the example cannot run, doctest is not to find it
    TrainingMonitor.__doc__ = TrainingMonitor.__doc__.partition("    Examples\n")[0]


def _best_output():
    """Where the user looks."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if hasattr(shell, "kernel"):
        return "notebook"
    return "terminal" if sys.stdout is not None and sys.stdout.isatty() else "text"
