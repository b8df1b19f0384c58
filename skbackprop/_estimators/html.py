"""What scikit-learn's box in a notebook says of a network: a line about the training, and a link to our documentation."""

import math
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from .._training.table import count


class HTMLMixin:
    """Adds to the box that scikit-learn draws of an estimator; to be inherited before `BaseEstimator`.

    Design: scikit-learn asks `_sk_visual_block_` what to show, alone and within a pipeline, and the attributes
    `_doc_link_*` where the documentation is. Both are its protocol for other packages' estimators.
    """

    _doc_link_module = "skbackprop"

    @property
    def _doc_link_template(self):
        """Where the page of an estimator is; empty as long as the package names no documentation."""
        home = _documentation()
        return home and home.rstrip("/") + "/generated/{estimator_module}.{estimator_name}.html"

    def _sk_visual_block_(self):
        return _Block(self)


class _Block:
    """An estimator as one box, with a line below its name.

    Attributes are those of scikit-learn's own blocks, whose class is private; one that a later version adds is None.
    """

    kind = "single"
    dash_wrapped = True

    def __init__(self, estimator):
        self.estimators = estimator
        self.names = type(estimator).__name__
        self.name_details = str(estimator)
        self.name_caption = summary(estimator)

    def __getattr__(self, name):
        """None for what is not set above."""
        if name.startswith("__"):
            raise AttributeError(name)

    def _sk_visual_block_(self):
        return self


def summary(estimator):
    """A fitted network in one line, such as ``64-30-10, 2260 weights and biases; 41 epochs, error_tol; loss 0.012``.

    Returns
    -------
    line : str or None
        None for an estimator that is not fitted, or whose fitted attributes somebody has changed.
    """
    try:
        weights, biases = estimator.coefs_, estimator.intercepts_
        layers = "-".join(str(size) for size in [len(weights[0]), *map(len, biases)])
        n_parameters = sum(each.size for each in [*weights, *biases])
        line = f"{layers}, {n_parameters} weights and biases"
        n_epochs, reason, loss = int(estimator.n_epochs_), estimator.stop_reason_, float(estimator.loss_)
    except Exception:  # the box is shown in any case
        return None
    line += f"; {count(n_epochs, 'epoch')}" + (f", {reason}" if reason else "")
    return line if math.isnan(loss) else f"{line}; loss {loss:.3g}"


@cache
def _documentation():
    """The address of the documentation in the metadata of the installed package, or an empty string."""
    try:
        addresses = metadata("skbackprop").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = dict(address.split(", ", 1) for address in addresses if ", " in address)
    return next((address for name, address in named.items() if name.lower() == "documentation"), "")
