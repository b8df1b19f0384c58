"""
Learning from a stream
======================

Data that come chunk by chunk, that change while they come, or that bring new classes. ``partial_fit`` presents a chunk
once and keeps what the network knows.
"""

# %%
# When the world changes
# ----------------------
#
# Each chunk is first used as a test and then learned. After 30 chunks the meaning of the inputs changes, as if somebody had
# swapped the wires of the sensors: *concept drift*. One network goes on learning, the other stopped before.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = make_classification(
    n_samples=12_000, n_features=20, n_informative=10, n_classes=3, class_sep=1.5, flip_y=0.01, random_state=0
)
X[6000:] = X[6000:, ::-1]
chunks = [(X[start : start + 200], y[start : start + 200]) for start in range(0, len(X), 200)]

# A stream has no mean yet, so the first chunk has to stand for the others.
scaler = StandardScaler().fit(chunks[0][0])
chunks = [(scaler.transform(X_chunk), y_chunk) for X_chunk, y_chunk in chunks]

# The first call must be told all classes, because a chunk need not hold each of them.
networks = [BackpropClassifier(20, batch_size=8, random_state=0) for _ in range(2)]
for network in networks:
    network.partial_fit(*chunks[0], classes=[0, 1, 2])
learns_on, stops = networks

accuracies = []
for number, (X_chunk, y_chunk) in enumerate(chunks[1:], start=1):
    accuracies.append([network.score(X_chunk, y_chunk) for network in networks])
    learns_on.partial_fit(X_chunk, y_chunk)
    if number < 25:
        stops.partial_fit(X_chunk, y_chunk)
    if number in (1, 10, 29, 30, 35, 59):
        print(f"Chunk {number + 1:2d}, accuracy before it was learned: {accuracies[-1][0]:.3f}")

figure, ax = plt.subplots(figsize=(7.5, 3.4), layout="constrained")
before_learning = np.array(accuracies)
numbers = np.arange(2, len(chunks) + 1)
ax.plot(numbers, before_learning[:, 0], color="#0072B2", linewidth=2, label="learns every chunk")
ax.plot(numbers, before_learning[:, 1], color="#D55E00", linewidth=2, linestyle="--", label="learned 25 chunks")
ax.axvline(30.5, color="black", linestyle=":", label="the inputs change")
ax.set(xlabel="chunk", ylabel="accuracy before it was learned", ylim=(0, 1.02))
ax.legend(frameon=False, loc="lower left")
plt.show()

# %%
# A new class arrives
# -------------------
#
# Digits again: the first chunks hold 0 to 8 only, then the nines come. With ``on_new_class="grow"`` the network adds an
# output unit for a label that it has not seen, draws its weights, and leaves all others as they are.

from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
images = images / 16
X_test, y_test = images[1400:], labels[1400:]
old, late = np.flatnonzero(labels[:1400] < 9), np.arange(1400)

network = BackpropClassifier(40, on_new_class="grow", batch_size=8, random_state=0)
random_state = np.random.RandomState(0)
shares = []
for number in range(40):
    rows = random_state.choice(old if number < 20 else late, 300)
    network.partial_fit(images[rows], labels[rows])
    right = network.predict(X_test) == y_test
    shares.append([right[y_test < 9].mean(), right[y_test == 9].mean()])
print(f"Classes: {network.classes_}, weights of the output units: {network.coefs_[-1].shape}")

figure, ax = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
known, nines = np.transpose(shares)
ax.plot(np.arange(40) + 1, known, color="#0072B2", linewidth=2, label="digits 0 to 8")
ax.plot(np.arange(40) + 1, nines, color="#D55E00", linewidth=2, linestyle="--", label="digit 9")
ax.axvline(20.5, color="black", linestyle=":", label="the first nines")
ax.set(xlabel="chunk", ylabel="share that is right", ylim=(-0.02, 1.02))
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(0.14, 0.42))
plt.show()

# %%
# Stop and go on
# --------------
#
# A program that reads a stream is restarted some day. The network that was saved and loaded half-way ends with the same
# weights as the one that was never stopped, bit for bit, because momentum and the state of the random numbers are saved
# too.

import tempfile
from pathlib import Path

import joblib

network = BackpropClassifier(20, batch_size=8, random_state=0).partial_fit(*chunks[0], classes=[0, 1, 2])
with tempfile.TemporaryDirectory() as folder:
    joblib.dump(network, Path(folder) / "network.joblib")
    restarted = joblib.load(Path(folder) / "network.joblib")
for X_chunk, y_chunk in chunks[1:]:
    network.partial_fit(X_chunk, y_chunk)
    restarted.partial_fit(X_chunk, y_chunk)
for mine, its in zip(network.coefs_ + network.intercepts_, restarted.coefs_ + restarted.intercepts_, strict=True):
    np.testing.assert_array_equal(mine, its)
print("The network that was loaded has the same weights, bit for bit")

# %%
# And on one and the same data, n calls make what ``fit`` makes in n epochs:

fitted = BackpropClassifier(20, max_iter=5, update_tol=0, random_state=0).fit(*chunks[0])
stepped = BackpropClassifier(20, random_state=0)
for _ in range(5):
    stepped.partial_fit(*chunks[0], classes=[0, 1, 2])
np.testing.assert_array_equal(stepped.coefs_[0], fitted.coefs_[0])
print("Five calls of partial_fit made the same weights as fit with five epochs")
