"""scikit-learn's callbacks (1.9 and later): the one place that knows their protocol.

An estimator without callbacks pays nothing for them; where scikit-learn has none, `set_callbacks` is absent.
"""

from functools import partial, wraps
from typing import NamedTuple

from .._training.state import View
from .fitted import FIELDS, copy_with, fitted_attributes, rewound_on_error

try:
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as torn_down
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:
        """Stands for scikit-learn's, which adds `set_callbacks`."""

    def torn_down(method):
        """Stand for scikit-learn's `with_callbacks`, which tears the callbacks down."""
        return method


# Parts of a fit at whose end there is no new network.
_TASKS_WITHOUT_NETWORK = {"cross_validation", "stage", "training"}


class Tasks(NamedTuple):
    """What a training consists of.

    Attributes
    ----------
    max_epochs : int or None
    n_restarts : int
    is_parallel : bool
        Whether restarts run side by side.
    """

    max_epochs: int | None
    n_restarts: int = 1
    is_parallel: bool = False

    def options(self):
        """What scikit-learn wants to know of the task that they are parts of."""
        n_parts = self.max_epochs if self.n_restarts == 1 else self.n_restarts
        return {"max_subtasks": n_parts, "sequential_subtasks": not self.is_parallel}


class SearchMonitor:
    """Tells the callbacks of one fit of the search that comes before the training: a task with a part for each stage.

    Parameters
    ----------
    estimator : BaseBackprop
        In a method under `with_callbacks`; it may have none.
    data : dict
        X, y and metadata as the user gave them.
    n_stages : int
        At most.
    """

    def __init__(self, estimator, data, n_stages):
        self._data = {"estimator": estimator, **data}
        self._root = None
        if has_callbacks(estimator):
            self._root = estimator._init_callback_context(max_subtasks=2)
            self._root.call_on_fit_task_begin(**self._data)
            self._search = self._begin(self._root, "cross_validation", max_subtasks=n_stages)

    def _begin(self, parent, name, **options):
        context = parent.subcontext(task_name=name, **options)
        context.call_on_fit_task_begin(**self._data)
        return context

    def begin_stage(self):
        """Call before a stage."""
        if self._root is not None:
            self._stage = self._begin(self._search, "stage")

    def end_stage(self):
        """Call after a stage; return whether a callback wants the search to stop."""
        return self._root is not None and _tell(self._stage, self._data, None, dict)

    def end_search(self):
        """Call after the last stage."""
        if self._root is not None:
            _tell(self._search, self._data, None, dict)

    def training(self, tasks):
        """The context of the training."""
        return self._root.subcontext(task_name="training", **tasks.options())

    def end(self, fitted):
        """The estimator is fitted."""
        _tell(self._root, self._data, {}, fitted)


class Monitor:
    """Tells the callbacks of one fit that its restarts and epochs begin and end.

    Parameters
    ----------
    estimator : BaseBackprop
        In a method under `with_callbacks`.
    draft : BaseBackprop
        The copy that the method works on.
    data : dict
        X, y and metadata as the user gave them.
    tasks : Tasks
    search : SearchMonitor or None
        Of a search before the training.
    """

    def __init__(self, estimator, draft, data, tasks, search=None):
        self._estimator = estimator
        self._draft = draft
        # scikit-learn sets attributes on a copy of the estimator, which may bear more of an earlier network.
        self._absent = {name: None for name in fitted_attributes(estimator) if FIELDS[name].is_optional}
        self.data = {"estimator": estimator, **data}
        self._tasks = tasks
        self._search = search
        # What scikit-learn does for each epoch takes as long as many an epoch of a small network.
        wishes = [getattr(callback, "wants_epoch", None) for callback in estimator._skl_callbacks]
        self.wishes = None if None in wishes else [partial(wants, estimator) for wants in wishes]
        begin = (
            partial(search.training, tasks) if search else partial(estimator._init_callback_context, **tasks.options())
        )
        self._context = begin()
        self._context.call_on_fit_task_begin(**self.data)

    def restart(self, number):
        """What the training loop tells of one training."""
        _, n_restarts, is_parallel = self._tasks
        if n_restarts == 1:
            return EpochMonitor(self, self._context)
        context = self._context.subcontext(
            task_name="restart", task_id=number if is_parallel else None, max_subtasks=self._tasks.max_epochs
        )
        context.call_on_fit_task_begin(**self.data)
        return EpochMonitor(self, context, number)

    def end(self):
        """The estimator is fitted."""
        fitted = partial(fitted_attributes, self._estimator)
        _tell(self._context, self.data, {}, fitted)
        if self._search is not None:
            self._search.end(fitted)

    def tell_of(self, context, snapshot, view):
        """Call the callbacks at the end of a task with the network that a snapshot shows; return whether to stop.

        Parameters
        ----------
        context : CallbackContext
        snapshot : callable
            Returns a state that shares nothing with the training, and what ended the training or None.
        view : View
        """
        fitted = partial(_fitted_now, self._draft, snapshot)
        context.view_now = view
        try:
            return _tell(context, self.data, lambda: self._absent | fitted(), fitted)
        finally:
            del context.view_now


class EpochMonitor:
    """Tells the callbacks of one training that its epochs begin and end.

    Parameters
    ----------
    monitor : Monitor
    context : CallbackContext
        Of the training.
    restart : int or None
        Its number, where there are several.
    """

    def __init__(self, monitor, context, restart=None):
        self._monitor = monitor
        self._context = context
        self._restart = restart

    def begin_epoch(self, view):
        """Call before an epoch; return whether to call after it, which all callbacks may say is not needed.

        Parameters
        ----------
        view : View
        """
        if self._monitor.wishes is not None:
            for wants_epoch in self._monitor.wishes:
                if wants_epoch(view.state.history, self._restart):
                    break
            else:
                return False
        self._view = view
        self._epoch = self._context.subcontext(task_name="epoch")
        self._epoch.view_now = view
        try:
            self._epoch.call_on_fit_task_begin(**self._monitor.data)
        finally:
            del self._epoch.view_now
        return True

    def end_epoch(self, snapshot):
        """Call after an epoch; return whether a callback wants the training to stop.

        Parameters
        ----------
        snapshot : callable
            Returns a state that shares nothing with the training, and what ended the training or None.
        """
        return self._monitor.tell_of(self._epoch, snapshot, self._view)

    def abandon_epoch(self):
        """Call after an epoch that left nothing to look at."""
        _tell(self._epoch, self._monitor.data, None, dict)

    def end(self, state, stop_reason):
        """Call after the last epoch."""
        if self._restart is not None:
            self._monitor.tell_of(self._context, lambda: (state.copy(), stop_reason), View(state))


def _tell(context, data, attributes, fitted):
    """Call the callbacks at a task's end; while they are called, `fitted_now` finds the attributes by the context."""
    context.fitted_now = fitted
    try:
        return context.call_on_fit_task_end(**data, reconstruction_attributes=attributes)
    finally:
        del context.fitted_now  # scikit-learn keeps the contexts of all epochs


def restart_of(context):
    """The number of the restart that a task belongs to, or None."""
    while context is not None and context.task_name != "restart":
        context = context.parent if context.task_name == "epoch" else None
    return None if context is None else context.task_id


def has_network(context):
    """Whether there is a new network at the end of a task, which is not so of some parts of a fit."""
    return context.task_name not in _TASKS_WITHOUT_NETWORK


def fitted_now(context):
    """All fitted attributes at the end of a task, for a callback that wants them after some of the epochs only.

    For one that names ``fitted_estimator``, scikit-learn has the network copied after every epoch.

    Returns
    -------
    attributes : dict
    """
    return context.fitted_now()


def view_now(context):
    """The training at the beginning or the end of an epoch, or at the end of a restart, for a callback that only looks.

    Returns
    -------
    view : View or None
        None after an epoch that left nothing to look at.
    """
    return getattr(context, "view_now", None)


def _fitted_now(draft, snapshot):
    """All fitted attributes after an epoch, as fit sets them at its end, sharing nothing with the training."""
    fitted = copy_with(draft, fitted_attributes(draft))
    fitted._keep(*snapshot())
    fitted.restarts_ = None
    return fitted_attributes(fitted)


def has_callbacks(estimator):
    """Whether any were set, by the user or by the search that the estimator is in."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def with_callbacks(method):
    """Tear the callbacks down after the method; where that raises, the estimator is what it was before."""

    @wraps(method)
    def with_or_without(estimator, *arguments, **others):
        if not has_callbacks(estimator):
            return method(estimator, *arguments, **others)
        before, of_method = dict(vars(estimator)), None

        def watched(*_, **__):
            nonlocal of_method
            try:
                return method(estimator, *arguments, **others)
            except BaseException as error:
                of_method = error
                raise

        try:
            with rewound_on_error(estimator.random_state, lambda error: error is not of_method):
                return torn_down(watched)(estimator)
        except BaseException as error:
            if error is not of_method:
                estimator.__dict__ = before  # at once, as other threads may predict
            for name in _OF_A_FIT & (vars(estimator).keys() - before.keys()):
                delattr(estimator, name)
            raise

    return with_or_without


def add_callback(estimator, callback):
    """Set one more callback."""
    callbacks = getattr(estimator, "_skl_callbacks", [])
    if callback not in callbacks:
        estimator.set_callbacks(*callbacks, callback)


# What scikit-learn puts on an estimator that has callbacks, the last three while it is fitted.
_OF_A_FIT = frozenset(["_callback_fit_ctx", "_skl_callbacks_to_teardown", "_parent_callback_ctx"])
_THEIRS = frozenset(["_skl_callbacks"]) | _OF_A_FIT


def without_callbacks(state):
    """The state of a fitted estimator without its callbacks, which may hold sockets; an unfitted one keeps them."""
    return {name: value for name, value in state.items() if name not in _THEIRS} if "coefs_" in state else state


def unwatched(estimator):
    """The estimator without its callbacks, as another object that shares the arrays."""
    copied = copy_with(estimator, fitted_attributes(estimator))
    for name in _THEIRS & vars(copied).keys():
        delattr(copied, name)
    return copied
