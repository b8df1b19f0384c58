"""
Handwritten digits
==================

Train, test, save and load again: the whole way once, without a picture and without matplotlib.

The 1797 images of scikit-learn's digits have 8 x 8 pixels. A quarter of them is kept for the test.
"""

# %%
# The inputs are standardised, because a sigmoid unit (the kind of unit that this network is made of) hardly learns from
# large ones. An *epoch* presents each training image once. The training ends when fewer than 2 of 1000 images are
# misclassified in an epoch, or else after ``max_iter`` epochs. ``verbose=10`` prints a line for the first, every tenth and
# the last one.

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)

network = BackpropClassifier(hidden_layer_sizes=100, error_tol=0.002, random_state=2, verbose=10)
model = make_pipeline(StandardScaler(), network)
model.fit(X_train, y_train)

# %%
# The fitted network says which rule ended the training.

print(f"Stop reason: {network.stop_reason_}, after {network.n_iter_} epochs")
print(f"Training accuracy: {100 * model.score(X_train, y_train):.1f} %")
accuracy = model.score(X_test, y_test)
print(f"Test accuracy: {100 * accuracy:.1f} %")

# %%
# joblib saves the pipeline, as any of scikit-learn's. What is loaded predicts the same.

import tempfile
from pathlib import Path

import joblib
import numpy as np

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.joblib"
    joblib.dump(model, path)
    loaded = joblib.load(path)
    print(f"Saved {path.stat().st_size / 1024:.0f} KiB and loaded them again")

np.testing.assert_array_equal(loaded.predict_proba(X_test), model.predict_proba(X_test))
print("The loaded model predicts the same")
