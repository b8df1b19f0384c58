"""scikit-learn's callbacks (1.9 and later): the one place that knows their protocol.

An estimator without callbacks pays nothing for them; where scikit-learn has none, `set_callbacks` is absent.
"""

from functools import partial

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:
        """Stands for scikit-learn's, which adds `set_callbacks`."""

    def with_callbacks(method):
        """Stand for scikit-learn's, which tears the callbacks down."""
        return method


class Monitor:
    """Tells the callbacks of one fit that its restarts and epochs begin and end.

    Parameters
    ----------
    estimator : BaseBackprop
        In a method under `with_callbacks`.
    data : dict
        X, y and metadata as the user gave them.
    max_epochs : int
    n_restarts : int
    is_parallel : bool
        Whether restarts run side by side.
    """

    def __init__(self, estimator, data, max_epochs, n_restarts=1, is_parallel=False):
        self._data = {"estimator": estimator, **data}
        self._max_epochs = max_epochs
        self._n_restarts = n_restarts
        self._is_parallel = is_parallel
        self._context = estimator._init_callback_context(
            max_subtasks=max_epochs if n_restarts == 1 else n_restarts, sequential_subtasks=not is_parallel
        )
        self._context.call_on_fit_task_begin(**self._data)

    def restart(self, number):
        """What the training loop tells of one training."""
        if self._n_restarts == 1:
            return EpochMonitor(self._context, self._data, is_root=True)
        context = self._context.subcontext(
            task_name="restart", task_id=number if self._is_parallel else None, max_subtasks=self._max_epochs
        )
        context.call_on_fit_task_begin(**self._data)
        return EpochMonitor(context, self._data, is_root=False)

    def end(self):
        """The estimator is fitted."""
        self._context.call_on_fit_task_end(**self._data, reconstruction_attributes={})


class EpochMonitor:
    """Tells the callbacks of one training that its epochs begin and end."""

    def __init__(self, context, data, is_root):
        self._context = context
        self._data = data
        self._is_root = is_root

    def begin_epoch(self):
        """Call before an epoch."""
        self._epoch = self._context.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._data)

    def end_epoch(self, parameters, history):
        """Call after an epoch; return whether a callback wants the training to stop."""
        attributes = partial(_fitted_now, parameters, history)
        return self._epoch.call_on_fit_task_end(**self._data, reconstruction_attributes=attributes)

    def end(self, parameters, history):
        """Call after the last epoch."""
        if not self._is_root:
            attributes = partial(_fitted_now, parameters, history)
            self._context.call_on_fit_task_end(**self._data, reconstruction_attributes=attributes)


def _fitted_now(parameters, history):
    """The attributes that an epoch changes, copied, for an estimator that can predict."""
    return {
        "coefs_": [weights.copy() for weights in parameters.weights],
        "intercepts_": [biases.copy() for biases in parameters.biases],
        "loss_": history.loss_curve[-1],
        "loss_curve_": list(history.loss_curve),
        "error_curve_": list(history.error_curve),
        "update_curve_": list(history.update_curve),
        "n_iter_": history.n_iter,
        "n_epochs_": history.n_epochs,
    }


def has_callbacks(estimator):
    """Whether any were set, by the user or by the search that the estimator is in."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def without_callbacks(state):
    """The state of a fitted estimator without its callbacks, which may hold sockets; an unfitted one keeps them."""
    return {name: value for name, value in state.items() if name != "_skl_callbacks"} if "coefs_" in state else state
