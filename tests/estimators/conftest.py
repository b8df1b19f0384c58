"""What several files of tests of the estimators share."""

import pytest

from skbackprop._training.stages import Stop


class StopAfter(Stop):
    """Asked for after so many epochs."""

    def __init__(self, n_epochs):
        self._n_left = n_epochs

    def end_epoch(self, snapshot):
        self._n_left -= 1
        return self._n_left <= 0


@pytest.fixture
def stop_after():
    """What makes a stop that is asked for after so many epochs."""
    return StopAfter
