"""
One network, two processes
==========================

Instances that do not fit into one machine are shared by several. Each makes the gradient of its own share, the gradients
are added, and every machine moves its network by the sum. No machine ever sees the instances of another.
"""

# %%
# ``gradient`` returns one array of sums, so whatever adds arrays can serve: here two processes of joblib's send theirs back
# and the sum is Python's. The network has to begin somewhere, and ``initialize`` takes the scale of the targets from the
# instances that it is given: all of them, to compare, or else a sample.

# sphinx_gallery_thumbnail_path = "_static/network.svg"
import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor, apply_gradient, gradient

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)
shares = [(X[:300], y[:300]), (X[300:], y[300:])]  # they need not be of one size

network = BackpropRegressor(20, batch_size="epoch", solver="adam", learning_rate_init=0.05, random_state=0).initialize(
    X, y
)
alone = BackpropRegressor(20, batch_size="epoch", solver="adam", learning_rate_init=0.05, random_state=0)

with Parallel(n_jobs=2) as parallel:
    for number in range(1, 31):
        gradients = parallel(delayed(gradient)(network, *share) for share in shares)
        apply_gradient(network, sum(gradients))
        alone.partial_fit(X, y)
        if number in (1, 10, 30):
            pairs = zip(network.coefs_ + network.intercepts_, alone.coefs_ + alone.intercepts_, strict=True)
            difference = max(np.abs(mine - theirs).max() for mine, theirs in pairs)
            print(f"After {number:2d} epochs: R2 {network.score(X, y):.3f}, largest difference {difference:.1e}")

# %%
# The differences to the network that one process trained alone are those of rounding. Its curves and its memory are the
# same too, so it may go on either way:

np.testing.assert_allclose(network.loss_curve_, alone.loss_curve_, rtol=1e-10)
print(f"Epochs: {network.n_epochs_}, instances presented: {network.t_}, as alone: {alone.n_epochs_}, {alone.t_}")

# %%
# With MPI each machine runs this program, and the sum is one call:
#
# .. code-block:: python
#
#     total = np.empty_like(mine := gradient(network, X_share, y_share))
#     MPI.COMM_WORLD.Allreduce(mine, total)
#     apply_gradient(network, total)
#
# and with PyTorch's processes ``torch.distributed.all_reduce(torch.from_numpy(mine))``, which adds in place. What is added
# must be the sum. The mean of the machines counts too few instances, and the penalty too often, which can be seen, and is
# refused, only where it makes no whole number of instances.
