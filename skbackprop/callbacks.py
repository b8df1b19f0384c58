"""Callbacks for the training of networks, in scikit-learn's protocol (1.9 and later)."""

from __future__ import annotations

import io
import os
import re
import time
import warnings
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import joblib
import numpy as np

from ._estimators.base import BaseBackprop, check_type
from ._estimators.callbacks import CallbackSupportMixin, add_callback, fitted_now, has_network, restart_of
from ._estimators.fitted import copy_with, fitted_attributes, hand_over, with_parameters
from ._estimators.hooks import Hooks
from ._estimators.parameters import check_path, is_int
from ._estimators.recorder import Recorder
from ._inspection.monitor import TrainingMonitor

if TYPE_CHECKING:
    from ._types import Matrix
    from ._types import Path as PathLike

__all__ = ["Checkpoint", "Recorder", "TrainingMonitor"]

_Network = TypeVar("_Network", bound=BaseBackprop)

# Parameters that may differ between a training and the one that goes on with it.
_FREE_PARAMETERS = {"max_iter", "max_time", "n_jobs", "verbose", "warm_start"}

# What starts a network cannot start one that goes on.
_STARTING_VALUES = {"coefs_init", "intercepts_init"}

_EXAMPLE = "network.joblib"


class Checkpoint(Hooks):
    """Save the network while it is trained, so that the training can go on after a crash.

    A file is written under another name in the same folder, brought to the disk and then renamed, so a crash at any moment,
    also ``kill -9`` or a power cut, leaves the files before it intact. It holds all that the training carries from one
    epoch to the next: what goes on from it ends bit for bit where the training would have ended. `resume` does that.

    Set it on the network itself, not on a pipeline or search around it; in a search, the fits would write over each other's
    files.

    Parameters
    ----------
    path : str or path-like
        Where to save, such as ``"model.joblib"``. The files get the number of epochs in their names:
        ``model-epoch000012.joblib``. With ``n_init`` above 1 each restart has files of its own while it is trained,
        ``model-restart3-epoch000012.joblib``, counted from 0. The folder must exist.
    every : int, default=1
        Save after every so many epochs. Each call of ``partial_fit`` is an epoch.
    seconds : float or None, default=None
        Save only when so many seconds have passed since the last time, at the end of an epoch.
    keep : int, default=2
        How many files to keep; older ones are removed, as are those that an earlier training left under the same path.

    See Also
    --------
    BackpropClassifier.set_callbacks : Sets callbacks.
    BackpropRegressor.set_callbacks : Sets callbacks.

    Notes
    -----
    When ``fit`` is over, or is interrupted by Ctrl-C, the network is saved once more. Until then the saved ``stop_reason_``
    is None. The weights in a file are those of its epoch; with ``restore_best=True`` the best ones so far are in it too,
    and are put in place when the training that goes on from it ends.

    Not exact are the trainings that cannot be: with ``solver="lbfgs"``, whose memory is SciPy's, ``max_time``, whose clock
    starts again, ``on_divergence="halve"``, which begins anew from where it was resumed, ``early_stopping=True`` unless
    ``random_state`` is an int, as other instances may be held back, and one that Ctrl-C interrupted while it had
    ``restore_best=True`` goes on from the last file that was due.

    A file that cannot be written, to a full disk, say, is warned of, and the training goes on.

    Examples
    --------
    The same lines start a training and, run again after a crash, go on with it:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier
    >>> from skbackprop.callbacks import Checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> with TemporaryDirectory() as folder:
    ...     checkpoint = Checkpoint(Path(folder) / "iris.joblib", every=25)
    ...     network = BackpropClassifier(5, max_iter=60, random_state=0)
    ...     network = checkpoint.resume(network, X, y)
    ...     saved = sorted(path.name for path in Path(folder).iterdir())
    ...     newest = Checkpoint.latest(Path(folder) / "iris.joblib")
    >>> saved
    ['iris-epoch000050.joblib', 'iris-epoch000060.joblib']
    >>> newest.stop_reason_
    'max_iter'
    """

    _does = "saves"

    def __init__(self, path: PathLike, every: int = 1, seconds: float | None = None, keep: int = 2) -> None:
        self.path = path
        self.every = every
        self.seconds = seconds
        self.keep = keep
        self._n_epochs = defaultdict(int)
        self._written = {}

    def _set_up(self, estimator):
        """Refuse what could not be saved."""
        _check_parameters(self)
        folder = Path(self.path).parent
        if not folder.is_dir():
            raise FileNotFoundError(f"path={str(self.path)!r}: there is no folder {str(folder)!r} to save in.")
        joblib.dump(estimator.get_params(deep=False), io.BytesIO())  # a lambda among them, say, cannot be pickled

    def _begin(self, estimator, context):
        """Start the clock."""
        self._written.setdefault(restart_of(context), time.monotonic())

    def _end(self, estimator, context):
        """Save the network, if it is time."""
        restart = restart_of(context)
        if context.task_name == "epoch":
            self._n_epochs[restart] += 1
            if self._is_due(restart):
                attributes = fitted_now(context)
                # Of another reason, or none after divergence, the end of the training follows at once.
                if attributes.get("stop_reason_", "diverged") is None:
                    self._save(estimator, attributes, restart)
        elif has_network(context):
            self._save_end(estimator, fitted_now(context), restart)

    def _is_due(self, restart):
        """Whether it is time to save."""
        is_time = self.seconds is None or time.monotonic() - self._written[restart] >= self.seconds
        return is_time and self._n_epochs[restart] >= self.every

    def _save_end(self, estimator, attributes, restart):
        """Save a network that is trained, unless a call of partial_fit is not due or what Ctrl-C left could not go on."""
        stop_reason = attributes["stop_reason_"]
        has_lost_last = stop_reason == "interrupted" and estimator.restore_best and attributes["validation_scores_"]
        if not has_lost_last and (stop_reason != "partial_fit" or self._is_due(restart)):
            self._save(estimator, attributes, restart)

    def _save(self, estimator, attributes, restart):
        """Write a file and remove those that are too old."""
        self._n_epochs[restart], self._written[restart] = 0, time.monotonic()
        network = copy_with(estimator, attributes)
        files = _Files(self.path, restart)
        path = files.name(network.n_epochs_)
        try:
            _write(network, path)
            files.remove_all_but(path, self.keep)
        except OSError as error:
            warnings.warn(f"Checkpoint could not save {str(path)!r}, and the training goes on: {error}", stacklevel=1)

    @staticmethod
    def latest(path: PathLike, restart: int | None = None) -> Any:
        """Load the newest file that is whole.

        Parameters
        ----------
        path : str or path-like
            As `Checkpoint` got it.
        restart : int or None, default=None
            Which of the restarts of ``n_init`` to look for. None looks for networks trained alone, and for the best of the
            restarts.

        Returns
        -------
        network : BackpropClassifier, BackpropRegressor or None
            None where there is no file. Its ``stop_reason_`` is None if its training had not ended.

        Warns
        -----
        UserWarning
            For each newer file that is damaged, which is passed over.

        Notes
        -----
        As with everything that pickle or joblib load, a file can run any code: load what you trust. To go on by hand, call
        ``network.set_params(warm_start=True, max_iter=n).fit(X, y)`` with the n epochs that are left, and with the same
        data and weights; `Checkpoint.resume` does that.
        """
        for file in _Files(path, restart).newest_first():
            try:
                return joblib.load(file)
            except FileNotFoundError:  # removed meanwhile, as older than another
                continue
            except (AttributeError, ImportError):  # the file is whole, but a function that it names is not there
                raise
            except Exception as error:
                warnings.warn(f"{str(file)!r} is damaged, and passed over: {error!r}", stacklevel=1)
        return None

    def resume(self, estimator: _Network, X: Matrix, y: Matrix, **fit_arguments: Any) -> _Network:
        """Go on with the training that the newest file was saved in, or start it where there is none.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            With the parameters of the whole training. It is fitted, and has this callback from then on.
        X, y : array-like
            The same data each time.
        **fit_arguments : dict
            The same other arguments of ``fit`` each time.

        Returns
        -------
        estimator : object
            The one given. It is equal to one that was trained by a single call of ``fit``, bit for bit, but for the
            trainings in the notes on `Checkpoint`; ``n_iter_`` counts the epochs of all parts.

        Raises
        ------
        ImportError
            Where scikit-learn has no callbacks.
        TypeError
            If the estimator is none of this package.
        ValueError
            If the newest file is of a training with other parameters; ``max_iter`` may be larger, or smaller. Of a network
            that has seen as many epochs or more nothing is forgotten.

        Notes
        -----
        A training that has ended is not repeated: remove the files, or take another path, for one with other data.
        Restarts (``n_init``) do not go on: unless all of them have ended, they start again.
        """
        if not hasattr(CallbackSupportMixin, "set_callbacks"):
            raise ImportError("Checkpoint needs callbacks, which scikit-learn has from version 1.9 on.")
        check_type(estimator)
        saved = self.latest(self.path)
        if saved is not None:
            _check_same(estimator, saved, self.path)
        add_callback(estimator, self)
        if saved is None or (saved.restarts_ is not None and saved.stop_reason_ == "interrupted"):
            return estimator.fit(X, y, **fit_arguments)
        before = fitted_attributes(estimator)
        hand_over(estimator, fitted_attributes(saved) | {"n_iter_": saved.n_epochs_})
        if _has_ended(estimator):
            return estimator
        try:
            return _go_on(estimator, X, y, fit_arguments)
        except Exception:
            hand_over(estimator, before)
            raise


if not hasattr(CallbackSupportMixin, "set_callbacks"):  # where the example cannot run, doctest is not to find it
    Checkpoint.__doc__ = Checkpoint.__doc__.partition("    Examples\n")[0]


def _has_ended(estimator):
    """Whether a training of which this is the last file is over."""
    is_cut_off = estimator.stop_reason_ in (None, "interrupted", "max_iter")
    return not is_cut_off or estimator.n_epochs_ >= _n_wanted(estimator)


def _n_wanted(estimator):
    """Epochs of the whole training."""
    return getattr(estimator, "best_n_epochs_", estimator.max_iter)


def _go_on(estimator, X, y, fit_arguments):
    """Train a network for the epochs that it lacks, as if they followed in the same call."""
    arguments = {name: value for name, value in fit_arguments.items() if name not in _STARTING_VALUES}
    asked = {name: getattr(estimator, name) for name in ("max_iter", "warm_start")}
    try:
        n_epochs = _n_wanted(estimator) - estimator.n_epochs_
        with_parameters(estimator, warm_start=True, max_iter=n_epochs).fit(X, y, **arguments)
    finally:
        with_parameters(estimator, **asked)
        estimator.n_iter_ = estimator.n_epochs_
    return estimator


def _check_same(estimator, saved, path):
    """Raise a ValueError if the parameters are not those of the training that saved a file."""
    if type(estimator) is not type(saved):
        raise ValueError(f"{str(path)!r} holds a {type(saved).__name__}, not a {type(estimator).__name__}.")
    theirs = saved.get_params(deep=False)
    for name, mine in estimator.get_params(deep=False).items():
        is_free = name in _FREE_PARAMETERS or isinstance(mine, np.random.RandomState)  # which a training advances
        if not is_free and joblib.hash(mine) != joblib.hash(theirs[name]):
            raise ValueError(
                f"{name}={mine!r}, but the training saved in {str(path)!r} has {theirs[name]!r}: remove its files, or take "
                "another path, for a new training."
            )


def _check_parameters(checkpoint):
    """Raise a ValueError or TypeError for parameters that make no sense."""
    check_path(checkpoint.path, _EXAMPLE)
    for name in ("every", "keep"):
        value = getattr(checkpoint, name)
        if not is_int(value):
            raise ValueError(f"{name}={value!r} is not valid: it must be an int, 1 or more.")
    seconds = checkpoint.seconds
    if seconds is not None and not (isinstance(seconds, (int, float, np.number)) and seconds >= 0):
        raise ValueError(f"seconds={seconds!r} is not valid: it must be None or a number, 0 or more.")


class _Files:
    """The files of one training, or of one of its restarts."""

    def __init__(self, path, restart):
        check_path(path, _EXAMPLE)
        path = Path(path)
        self._folder, self._suffix = path.parent, path.suffix
        self._stem = path.stem + ("" if restart is None else f"-restart{restart}")
        self._pattern = re.compile(rf"{re.escape(self._stem)}-epoch(\d+){re.escape(self._suffix)}")

    def name(self, n_epochs):
        return self._folder / f"{self._stem}-epoch{n_epochs:06d}{self._suffix}"

    def newest_first(self):
        """Paths in the order in which they were written, the last one first.

        The number alone would not tell, for the files of a longer training may have been there before. Files of the same
        moment, as coarse clocks see it, are told apart by it.

        Returns
        -------
        files : list of Path
            Without those that were begun and never finished.
        """
        found = [(file, self._pattern.fullmatch(file.name)) for file in self._folder.glob("*")]
        files = []
        for file, match in found:
            if match:
                with suppress(FileNotFoundError):  # another process may remove older ones
                    files.append((file.stat().st_mtime_ns, int(match[1]), file))
        return [file for *_, file in sorted(files, reverse=True)]

    def remove_all_but(self, written, keep):
        """Remove what is older than the newest files, and what was begun and never finished.

        Parameters
        ----------
        written : Path
            The newest, whatever a clock that was set back makes of it.
        keep : int
            How many files remain.
        """
        others = [file for file in self.newest_first() if file != written]
        unfinished = [
            file
            for file in self._folder.glob("*.tmp")
            if self._pattern.fullmatch(file.stem)  # pathlib's stem is the name without .tmp
        ]
        for file in others[keep - 1 :] + unfinished:
            with suppress(FileNotFoundError):
                file.unlink()


def _write(network, path):
    """Write a file that is there as a whole or not at all, whenever the machine stops."""
    unfinished = path.with_name(path.name + ".tmp")
    try:
        with open(unfinished, "wb") as file:
            joblib.dump(network, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Bring the names in a folder to the disk, where the system lets a folder be opened."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
