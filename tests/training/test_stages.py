"""The stages of a search: threads that work ahead, which changes nothing of what is seen, and let go at a stage's end."""

import threading
from typing import NamedTuple

import joblib
import pytest

from skbackprop._training.stages import FoldTraining, Stop, make_crew

_SECONDS = 30  # that a test waits for another thread before it fails


class FakePath(NamedTuple):
    """As much of a path as stages look at."""

    n_epochs: int
    end: str | None = None


class FakeTrain:
    """Notes its calls; `hook` is called in each."""

    def __init__(self, hook=lambda fold, n_epochs, stop: None, end=None):
        self.calls, self._hook, self._end = [], hook, end

    def __call__(self, inputs, fold, path, n_epochs, stop=None):
        self.calls.append((fold, path, n_epochs, stop is not None))
        self._hook(fold, n_epochs, stop)
        return FakePath(n_epochs, self._end)


@pytest.fixture
def crew():
    crew = make_crew(n_jobs=2)
    yield crew
    crew.close()


def test_a_thread_begins_the_next_stage_where_it_would_wait_for_this_one(crew):
    """The last fold ends only when another fold is ahead."""
    is_ahead = threading.Event()

    def hook(fold, n_epochs, stop):
        if stop is not None:
            is_ahead.set()
        elif fold == 2:
            assert is_ahead.wait(_SECONDS)

    train = FakeTrain(hook)
    trainings = [FoldTraining(train, fold) for fold in range(3)]
    crew.run(trainings, None, 40, 56)
    assert [each.path for each in trainings] == [FakePath(40)] * 3
    assert {n_epochs for *_, n_epochs, is_early in train.calls if is_early} == {56}


def test_one_thread_does_all_where_it_is_asked_to(crew):
    crew.use_one_thread()
    names = set()
    train = FakeTrain(lambda fold, n_epochs, stop: names.add(threading.current_thread().name))
    trainings = [FoldTraining(train, fold) for fold in range(8)]
    crew.run(trainings, None, 40, 56)
    assert len(names) == 1
    assert len(train.calls) == 8


def test_there_are_no_more_threads_than_trainings():
    crew = make_crew(n_jobs=10**6)
    n_threads = []
    train = FakeTrain(lambda fold, n_epochs, stop: n_threads.append(threading.active_count()))
    before = threading.active_count()
    try:
        crew.run([FoldTraining(train, fold) for fold in range(3)], None, 40, 56)
    finally:
        crew.close()
    assert max(n_threads) <= before + 3


def test_what_was_done_ahead_is_not_done_again_and_not_seen_before_its_stage():
    train = FakeTrain()
    training = FoldTraining(train, 0)
    training.run(None, 40)
    training.run_ahead(None, 56, Stop())
    assert training.path == FakePath(40)
    training.run(None, 56)
    assert training.path == FakePath(56)
    assert train.calls == [(0, None, 40, False), (0, FakePath(40), 56, True)]


def test_who_is_ahead_is_asked_to_stop_when_the_stage_is_over(crew):
    """As real trainings, the one ahead asks again and again; it has begun before the last fold ends."""
    is_ahead, was_asked = threading.Event(), threading.Event()

    def hook(fold, n_epochs, stop):
        if stop is None:
            assert fold < 2 or is_ahead.wait(_SECONDS)
            return
        is_ahead.set()
        for _ in range(_SECONDS * 100):
            if stop.end_epoch(None):
                was_asked.set()
                return
            threading.Event().wait(0.01)

    crew.run([FoldTraining(FakeTrain(hook), fold) for fold in range(3)], None, 40, 56)
    assert was_asked.is_set()


class FakeAhead:
    """Waits, once it has begun, until it is asked to stop."""

    def __init__(self):
        self.was_asked, self.has_begun = False, threading.Event()

    def run(self, stop):
        self.has_begun.set()
        for _ in range(_SECONDS * 100):
            if stop.end_epoch(None):
                self.was_asked = True
                return
            threading.Event().wait(0.01)


def test_what_is_trained_before_the_choice_begins_first_and_ends_with_the_stage(crew):
    ahead = FakeAhead()
    train = FakeTrain(lambda fold, n_epochs, stop: ahead.has_begun.wait(_SECONDS))
    trainings = [FoldTraining(train, fold) for fold in range(4)]
    crew.run(trainings, None, 40, 56, ahead)
    assert ahead.was_asked
    assert [each.path for each in trainings] == [FakePath(40)] * 4


def test_one_thread_trains_nothing_before_the_choice(crew):
    crew.use_one_thread()
    ahead = FakeAhead()
    crew.run([FoldTraining(FakeTrain(), fold) for fold in range(4)], None, 40, 56, ahead)
    assert not ahead.has_begun.is_set()


def test_an_error_ahead_comes_with_its_stage_or_not_at_all():
    """What is left of a training that raised may be anything, so it begins anew."""

    def fail_late(fold, n_epochs, stop):
        if n_epochs == 56:
            raise ValueError("in epoch 50")

    train = FakeTrain(fail_late)
    training = FoldTraining(train, 0)
    training.run(None, 40)
    training.run_ahead(None, 56, Stop())
    assert training.path == FakePath(40)
    assert not training.is_to_go_on
    with pytest.raises(ValueError, match="in epoch 50"):
        training.run(None, 56)
    assert train.calls[-1] == (0, None, 56, False)


@pytest.mark.parametrize(("end", "is_to_go_on"), [("update_tol", True), (None, False)])
def test_nobody_goes_ahead_who_has_ended_or_is_probably_done(crew, end, is_to_go_on):
    train = FakeTrain(end=end)
    trainings = [FoldTraining(train, fold) for fold in range(5)]
    for each in trainings:
        each.is_to_go_on = is_to_go_on
    crew.run(trainings, None, 40, 56)
    assert sorted(fold for fold, *_ in train.calls) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_in_a_thread_is_raised_and_what_waits_does_not_begin(crew, error):
    """The one that fails is the second to begin, and the first ends later."""
    is_closed = threading.Event()

    def hook(fold, n_epochs, stop):
        if fold == 1:
            raise error("enough")
        assert is_closed.wait(_SECONDS)

    train = FakeTrain(hook)
    with pytest.raises(error, match="enough"):
        crew.run([FoldTraining(train, fold) for fold in range(9)], None, 40, 56)
    is_closed.set()
    assert {fold for fold, *_ in train.calls} == {0, 1}


@pytest.mark.parametrize(("settings", "n_jobs"), [({"backend": "loky"}, 2), ({"backend": "threading"}, 1), ({}, None)])
def test_joblib_shares_out_what_is_not_for_threads(settings, n_jobs):
    """Processes would have to send what was done ahead, and one thread never waits."""
    with joblib.parallel_config(**settings):
        crew = make_crew(n_jobs)
    assert not hasattr(crew, "_pool")
