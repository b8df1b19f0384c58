"""Learn from a stream: partial_fit over chunks, stopped in the middle and continued exactly.

Each chunk is first used as a test and then learned, in one epoch. Half-way the network is saved and loaded, as if the
program had been restarted. The copy that was loaded and the network that was never stopped end with the same weights,
bit for bit: the order in which instances are presented is part of what is saved.
"""

import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = make_classification(
    n_samples=6000, n_features=20, n_informative=10, n_classes=3, class_sep=1.5, flip_y=0.01, random_state=0
)
chunks = [(X[start : start + 500], y[start : start + 500]) for start in range(0, len(X), 500)]

# A stream has no mean yet, so the first chunk has to stand for the others.
scaler = StandardScaler().fit(chunks[0][0])
network = BackpropClassifier(hidden_layer_sizes=20, batch_size=8, random_state=0)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "network.joblib"
    for number, (X_chunk, y_chunk) in enumerate(chunks):
        X_chunk = scaler.transform(X_chunk)
        tested = f"accuracy before it was learned: {network.score(X_chunk, y_chunk):.3f}" if number else "first"
        # The first call must be told all classes, because a chunk need not hold each of them.
        network.partial_fit(X_chunk, y_chunk, classes=[0, 1, 2])
        print(f"Chunk {number + 1:2d}, {tested}; {network.t_} instances learned so far")
        if number + 1 == len(chunks) // 2:
            joblib.dump(network, path)
    restarted = joblib.load(path)

for X_chunk, y_chunk in chunks[len(chunks) // 2 :]:
    restarted.partial_fit(scaler.transform(X_chunk), y_chunk)

for mine, its in zip(network.coefs_ + network.intercepts_, restarted.coefs_ + restarted.intercepts_, strict=True):
    np.testing.assert_array_equal(mine, its)
print("The network that was loaded half-way has the same weights, bit for bit")

# On one and the same data, n calls make what fit makes in n epochs.
X_first, y_first = scaler.transform(chunks[0][0]), chunks[0][1]
fitted = BackpropClassifier(20, max_iter=5, update_tol=0, random_state=0).fit(X_first, y_first)
stepped = BackpropClassifier(20, random_state=0)
for _ in range(5):
    stepped.partial_fit(X_first, y_first, classes=[0, 1, 2])
np.testing.assert_array_equal(stepped.coefs_[0], fitted.coefs_[0])
print("Five calls of partial_fit made the same weights as fit with five epochs")
