"""Stop a training by each of the book's three rules, on XOR.

The same network learns the same four instances three times, from the same weights. All that differs is which rule it
meets first: small updates (update_tol), a small error rate (error_tol), or the number of epochs (max_iter).
"""

import numpy as np

from skbackprop import BackpropClassifier

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([0, 1, 1, 0])

rules = {
    # The updates shrink as the outputs come near their targets. 0 switches a rule off.
    "small updates": {"update_tol": 0.005, "error_tol": 0.0, "max_iter": 20_000},
    # The first epoch in which every instance is classified as it should be, when it is presented.
    "small error rate": {"update_tol": 0.005, "error_tol": 0.01, "max_iter": 20_000},
    # Enough to learn XOR, but not to come near the targets.
    "number of epochs": {"update_tol": 0.005, "error_tol": 0.0, "max_iter": 600},
}

for name, thresholds in rules.items():
    network = BackpropClassifier(4, batch_size=1, learning_rate_init=2.0, random_state=0, **thresholds)
    network.fit(X, y)

    print(f"Rule: {name} {thresholds}")
    print(f"  stop_reason_ = {network.stop_reason_!r} after {network.n_iter_} epochs")
    for curve in ("update_curve_", "error_curve_", "loss_curve_"):
        last = "  ".join(f"{number:.5f}" for number in getattr(network, curve)[-3:])
        print(f"  {curve:13} ends with {last}")
    print(f"  outputs for the four instances: {network.predict_proba(X)[:, 1].round(3)}")
