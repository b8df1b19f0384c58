"""The trainings of a cross-validation, stage by stage: shared out by joblib, or among threads that work ahead."""

from collections import deque
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend


class Stop:
    """A monitor that only ends trainings in other threads, each with its epoch, once it is asked to."""

    is_asked = False

    def begin_epoch(self, view):
        """Nothing is to be told, but the end is to be asked for."""
        return True

    def abandon_epoch(self):
        """Nothing is to be told."""

    def end_epoch(self, snapshot):
        """Whether to stop."""
        return self.is_asked


class FoldTraining:
    """The training of a candidate on a fold.

    Parameters
    ----------
    train : callable
        Takes the inputs, the number of the fold, a `Path` or None, a number of epochs, and a `Stop` or None; returns the
        path that is so long, or as long as it was when the stop was asked for.
    fold : int

    Attributes
    ----------
    path : Path or None
        As the stages that are over have left it.
    is_to_go_on : bool
        Whether the next stage will probably want it.
    """

    def __init__(self, train, fold):
        self.path = self._furthest = None
        self.is_to_go_on = True
        self.train, self.fold = train, fold

    def job(self, inputs, n_epochs):
        """What a call of `train` takes to make it so long."""
        return inputs, self.fold, self._furthest, n_epochs

    def keep(self, path):
        """The stage is over."""
        self.path = self._furthest = path

    def run(self, inputs, n_epochs):
        """Train for a stage, from where work ahead has left it."""
        furthest = self._furthest
        is_there = furthest is not None and (furthest.end is not None or furthest.n_epochs >= n_epochs)
        self.keep(furthest if is_there else self.train(*self.job(inputs, n_epochs)))

    def run_ahead(self, inputs, n_epochs, stop):
        """Train for the next stage. What is seen then is not seen before it, nor an error, which will come again."""
        furthest, self._furthest = self._furthest, None  # used up: after an error it begins anew
        try:
            self._furthest = self.train(inputs, self.fold, furthest, n_epochs, stop)
        except Exception:
            self.is_to_go_on = False


def make_crew(n_jobs):
    """Who trains: threads of this process, unless joblib was told to use something else, or there is one job only."""
    backend, n_configured = get_active_backend(prefer="threads")
    n_workers = backend.effective_n_jobs(n_configured if n_jobs is None else n_jobs)
    is_shared = getattr(backend, "supports_sharedmem", False)
    return _Threads(n_workers) if is_shared and n_workers > 1 else _Joblib(n_jobs)


class _Joblib:
    """Trains by joblib's backend, which may be of other processes or machines."""

    works_ahead = False

    def __init__(self, n_jobs):
        self._parallel = Parallel(n_jobs=n_jobs, prefer="threads")

    def run(self, trainings, inputs, n_epochs, n_next, ahead=None):
        """Make all trainings so long."""
        paths = self._parallel(delayed(each.train)(*each.job(inputs, n_epochs)) for each in trainings)
        for each, path in zip(trainings, paths, strict=True):
            each.keep(path)

    def use_one_thread(self):
        """What other processes do is not for us to say."""

    def close(self):
        """Nothing is left."""


class _Threads:
    """Trains in threads, which begin the next stage where they would wait for the end of this one."""

    def __init__(self, n_threads):
        self._pool, self._n_threads = ThreadPoolExecutor(n_threads), n_threads
        self._is_idle = True

    def run(self, trainings, inputs, n_epochs, n_next, ahead=None):
        """Make all trainings so long, and some of them up to `n_next` epochs ahead; meanwhile, let `ahead` run too."""
        ahead = ahead if self.works_ahead else None
        stage = _Stage(trainings, inputs, n_epochs, n_next, ahead)
        self._is_idle = False
        try:
            n_threads = min(self._n_threads, len(trainings) + (ahead is not None))
            done, _ = wait([self._pool.submit(stage.work) for _ in range(n_threads)], return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        finally:
            stage.close()
        self._is_idle = True

    def use_one_thread(self):
        """From the next stage on: for trainings that would wait for each other."""
        self._n_threads = 1

    @property
    def works_ahead(self):
        """Whether there are threads for what is trained before the choice."""
        return self._n_threads > 1

    def close(self):
        """Let the threads end; after an error nobody waits for the epochs that they are in."""
        self._pool.shutdown(wait=self._is_idle, cancel_futures=True)


class _Stage:
    """A stage that several threads work at.

    Design: a `deque` hands out each training to one thread, without a lock.
    """

    def __init__(self, trainings, inputs, n_epochs, n_next, ahead):
        self._waiting, self._ready = deque(trainings), deque()
        self._ahead = deque([] if ahead is None else [ahead])
        self._unfinished = deque(trainings)
        self._inputs, self._n_epochs, self._n_next = inputs, n_epochs, n_next
        self._stop = Stop()

    def work(self):
        """Train what is waiting, and then ahead until the stage is over; whoever comes first lets `ahead` run before."""
        if (ahead := _taken(self._ahead)) is not None:
            ahead.run(self._stop)
        while (training := _taken(self._waiting)) is not None:
            training.run(self._inputs, self._n_epochs)
            self._ready.append(training)
            self._unfinished.pop()
            if not self._unfinished:
                self.close()
        while not self._stop.is_asked and (training := _taken(self._ready)) is not None:
            if training.path.end is None and training.is_to_go_on:
                training.run_ahead(self._inputs, self._n_next, self._stop)

    def close(self):
        """The stage is over: what waits need not begin, and who is ahead stops."""
        self._waiting.clear()
        self._stop.is_asked = True


def _taken(trainings):
    """The first of a deque that others take from too, or None."""
    try:
        return trainings.popleft()
    except IndexError:
        return None
