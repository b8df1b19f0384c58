"""
Grid search, with a picture
===========================

How many hidden units, and which learning rate? :class:`~sklearn.model_selection.GridSearchCV` tries all combinations, each
in three folds, and a heat map shows more of the answer than the best one alone.
"""

# %%
# The scaler is part of the pipeline, so that every fold is scaled by its own training part. The *learning rate* is the
# share of the gradient by which the weights move; its values should lie on a logarithmic scale. With ``n_jobs=2`` two
# processes share the work, and the result is the same.

import warnings

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)

pipeline = Pipeline([("scale", StandardScaler()), ("network", BackpropClassifier(max_iter=20, random_state=0))])
grid = {
    "network__hidden_layer_sizes": [5, 10, 20, 40, 80],
    "network__learning_rate_init": [0.1, 0.3, 1.0, 3.0, 10.0],
}
# A candidate that learns little says so; in a search its score says it too.
warnings.filterwarnings("ignore", module="skbackprop")

search = GridSearchCV(pipeline, grid, cv=StratifiedKFold(3, shuffle=True, random_state=0))
search.fit(X_train, y_train)

results = search.cv_results_
print("rank  accuracy  hidden units  learning rate")
for row in results["rank_test_score"].argsort(kind="stable")[:8]:
    n_units, rate = results["params"][row].values()
    print(f"{results['rank_test_score'][row]:4d}  {results['mean_test_score'][row]:8.4f}  {n_units:12d}  {rate:13g}")

# %%
# The picture
# -----------
#
# Where should the next search look? Not where a number is the best by a hair, but where its neighbours are good too.

import matplotlib.pyplot as plt

n_units, rates = grid.values()
accuracies = results["mean_test_score"].reshape(len(n_units), len(rates))

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
image = ax.imshow(accuracies, cmap="cividis", vmin=0.5, vmax=1, origin="lower", aspect="auto")
for row in range(len(n_units)):
    for column in range(len(rates)):
        accuracy = accuracies[row, column]
        ink = "black" if accuracy > 0.75 else "white"
        ax.text(column, row, f"{accuracy:.3f}", ha="center", va="center", color=ink)
ax.set(xlabel="learning_rate_init", ylabel="hidden units")
ax.set(xticks=range(len(rates)), xticklabels=rates, yticks=range(len(n_units)), yticklabels=n_units)
figure.colorbar(image, ax=ax, label="accuracy in the folds", extend="min")
plt.show()

# %%
# With small rates 20 epochs are too few to get far. The largest rate still serves the small networks and ruins the
# large ones: the more hidden units, the smaller the rate must be, and the default, ``learning_rate_init="auto"``,
# follows that. The best of the search has been fitted again on all training data:

print(search.best_params_)
print(f"Mean accuracy of the best in the folds: {search.best_score_:.4f}")
print(f"Test accuracy of the best: {100 * search.score(X_test, y_test):.1f} %")
