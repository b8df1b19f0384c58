"""Snapshots of the weights while a network is trained: at few epochs, spaced as asked."""

from .._network.parameters import Layers
from .callbacks import CallbackSupportMixin, has_network, restart_of, view_now
from .film import Film, spacing
from .hooks import Hooks


class Recorder(Hooks):
    """Record the weights and biases of a network at some of its epochs.

    The start, which is epoch 0, and the end of the training are always among them. It feeds
    :class:`~skbackprop.FilmDisplay` and :func:`~skbackprop.export_html`. Set it on the network itself, not on a pipeline or
    search around it. It can be pickled, with what it has recorded.

    Parameters
    ----------
    every : {'log'}, int or list of int, default='log'
        The epochs to record, counted since the weights were drawn: 1, 2, 5, 10, 20, 50, ...; every so many; or those given.

    Attributes
    ----------
    epochs_ : list of int
        The recorded epochs, in their order.

    coefs_ : list of list of ndarray of shape (n_inputs, n_units)
        Of each recorded epoch the weights, as the fitted attribute of this name has them.

    intercepts_ : list of list of ndarray of shape (n_units,)
        Of each recorded epoch the biases.

    See Also
    --------
    Checkpoint : Saves whole networks, to go on after a crash.
    BackpropClassifier.set_callbacks : Sets callbacks.
    BackpropRegressor.set_callbacks : Sets callbacks.

    Notes
    -----
    What goes on with a network, ``partial_fit`` or ``warm_start``, goes on with the record; a new network begins a new one,
    and so does one that has grown by a class.
    The end of a call is recorded as the estimator then is (with ``restore_best=True`` that is its best epoch), and is
    dropped when the training has gone on past it, unless it was asked for. Of restarts (``n_init``) the one that was kept
    is recorded. A training that fails leaves what was recorded up to then. Of fits that run at the same time, as a search
    in threads has them, the one that began or ended last is seen; of a search that is in the end the best on all data.

    Of the epochs between, nothing is copied and no callback is called.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier
    >>> from skbackprop.callbacks import Recorder
    >>> X, y = load_iris(return_X_y=True)
    >>> recorder = Recorder()
    >>> network = BackpropClassifier(3, max_iter=60, random_state=0).set_callbacks(recorder).fit(X, y)
    >>> recorder.epochs_
    [0, 1, 2, 5, 10, 20, 50, 60]
    >>> [weights.shape for weights in recorder.coefs_[-1]]
    [(4, 3), (3, 3)]
    """

    _does = "records"

    def __init__(self, every="log"):
        self.every = every
        self._films = {}  # by what is trained now, in threads several at once, those of its restarts
        self._rest(Film())

    def __getstate__(self):
        """In plain values, so that a pickle names no class of ours that might move."""
        return {"every": self.every, "film": vars(self._film)}

    def __setstate__(self, state):
        self.__init__(state["every"])
        film = Film()
        vars(film).update(state["film"])
        self._rest(film)

    def _rest(self, film):
        """Let this film, which no training adds to any more, be the one that another may go on with."""
        self._film = film
        self._show(film)

    def _show(self, film):
        self.epochs_, self.coefs_, self.intercepts_ = film.epochs, film.coefs, film.intercepts

    def _set_up(self, estimator):
        self._next_after = spacing(self.every)
        film = self._film.resumed()
        self._films[id(estimator)] = {None: film}
        self._show(film)

    def _tear_down(self, estimator):
        films = self._films.pop(id(estimator), None)
        if films is not None:
            self._rest(films[None])

    def _wants(self, estimator, history, restart):
        """Whether it is the first epoch of a call, or one to record."""
        return history.n_iter == 0 or history.n_epochs + 1 >= self._films[id(estimator)][restart].next

    def _begin(self, estimator, context):
        """Record the start."""
        if context.task_name == "epoch":
            state = view_now(context).state
            if state.history.n_iter == 0:
                film = self._films[id(estimator)].setdefault(restart_of(context), Film())
                film.begin(state.history.n_epochs, state.parameters)
                film.next = self._next_after(state.history.n_epochs)

    def _end(self, estimator, context):
        """Record the weights, if it is time."""
        films = self._films[id(estimator)]
        if context.task_name == "epoch":
            self._end_epoch(view_now(context), films[restart_of(context)])
        elif context.task_name == "restart":
            state, restart = view_now(context).state, restart_of(context)
            films.setdefault(restart, Film()).end(state.history.n_epochs, state.parameters)
        elif has_network(context):
            self._end_training(estimator, films)

    def _end_epoch(self, view, film):
        """Record an epoch that was asked for, unless it led to infinity."""
        if view is not None and view.state.history.n_epochs == film.next:
            film.add(film.next, view.state.parameters)
            film.next = self._next_after(film.next)

    def _end_training(self, estimator, films):
        """Keep the film of the network that was kept."""
        network = Layers(estimator.coefs_, estimator.intercepts_)
        film = films[None]
        if estimator.restarts_ is not None:
            film = next((each for each in films.values() if each.ends_with(network)), Film())
        film.end(estimator.n_epochs_, network)
        films[None] = film


Recorder.__module__ = "skbackprop.callbacks"

if not hasattr(CallbackSupportMixin, "set_callbacks"):  # where the example cannot run, doctest is not to find it
    Recorder.__doc__ = Recorder.__doc__.partition("    Examples\n")[0]
