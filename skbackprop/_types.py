"""Names for the annotations of public functions. Type checkers read them; nothing of ours imports them when it runs."""

import sys
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import sparray, spmatrix

if sys.version_info >= (3, 11):
    from typing import Self
else:
    Self = Any

__all__ = [
    "Arrays",
    "Augment",
    "ClassWeight",
    "Grid",
    "LayerSizes",
    "Matrix",
    "Numbers",
    "Path",
    "Probabilities",
    "Seed",
    "Self",
]

Numbers: TypeAlias = NDArray[Any]
Matrix: TypeAlias = ArrayLike | sparray | spmatrix
Arrays: TypeAlias = Sequence[ArrayLike]
# Of several columns of labels there is a list of arrays. Who knows that there is one array need not say so to the checker.
Probabilities: TypeAlias = NDArray[Any] | Any

LayerSizes: TypeAlias = int | Sequence[int] | str
Seed: TypeAlias = int | np.random.RandomState | None
Augment: TypeAlias = Callable[[NDArray[Any], np.random.RandomState], NDArray[Any]]
ClassWeight: TypeAlias = Mapping[Any, float] | Sequence[Mapping[Any, float]] | str
Grid: TypeAlias = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]] | str
Path: TypeAlias = str | PathLike[str]
