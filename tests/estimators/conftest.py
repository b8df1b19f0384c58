"""Both engines, for the tests that each must pass."""

import pytest

from skbackprop._network import engines


@pytest.fixture(
    params=[
        pytest.param(
            "kernel", marks=pytest.mark.skipif(engines._kernel is None, reason="installed without the compiled kernel")
        ),
        "numpy",
    ]
)
def engine(request, monkeypatch):
    """Force one engine after the other."""
    activation = request.node.callspec.params.get("activation", "logistic")
    if request.param == "kernel" and activation not in engines._kernel.ACTIVATIONS:
        pytest.skip(f"{activation} is not written in C")
    monkeypatch.setenv("SKBACKPROP_ENGINE", request.param)
