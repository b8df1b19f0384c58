"""Search for parameters: a grid over the layers, the learning rate, the batch size and the range of the first weights.

The scaler is part of the pipeline, so that every fold is scaled by its own training part. Two processes share the work;
the result is the same with one.
"""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)

pipeline = Pipeline(
    [
        ("scale", StandardScaler()),
        ("network", BackpropClassifier(max_iter=20, random_state=0)),
    ]
)
grid = {
    "network__hidden_layer_sizes": [(30,), (60,)],
    "network__learning_rate_init": [0.5, 2.0],
    "network__batch_size": [16, 64],
    "network__init_range": [0.5, 1.0],
}
search = GridSearchCV(pipeline, grid, cv=StratifiedKFold(3, shuffle=True, random_state=0), n_jobs=2)
search.fit(X_train, y_train)

names = list(grid)
results = search.cv_results_
print("rank  accuracy  " + "  ".join(name.removeprefix("network__") for name in names))
for row in results["rank_test_score"].argsort(kind="stable")[:8]:
    values = "  ".join(f"{results['params'][row][name]!s:>{len(name.removeprefix('network__'))}}" for name in names)
    print(f"{results['rank_test_score'][row]:4d}  {results['mean_test_score'][row]:8.4f}  {values}")

print(f"Mean accuracy of the best in the folds: {search.best_score_:.4f}")
print(f"Test accuracy of the best: {100 * search.score(X_test, y_test):.1f} %")
