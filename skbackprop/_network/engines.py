"""The one place that picks the engine.

An engine is begun with what stays the same over a call, and presents the instances once per `epoch`. Randomness, stopping
and printing are the training loop's, so nothing per instance crosses this border.
"""

import itertools
import os
import warnings
import weakref
from pathlib import Path

import numpy as np
from scipy.sparse import issparse

from . import backprop
from .parameters import EpochSums, Layers, n_rows_of_chunk
from .threads import n_threads
from .units import ACTIVATIONS, apply_output_units
from .updates import Adam, GradientDescent, Memory, Rprop, rule_of_batch

try:
    from . import _kernel
except ImportError:  # installed without a compiler
    _kernel = None

# Multiplications of an epoch, or of a prediction, that are worth asking how many threads there are.
_WORK_OF_THREADS = 1e6
# Numbers of inputs that are converted at a time where they are of another dtype or layout: 16 MiB of float64.
_CONVERTED_NUMBERS = 2**21
# Numbers of outputs that are made at a time where they are looked at and forgotten: 4 MiB of float64.
_FORGOTTEN_NUMBERS = 2**19

_slow_trainings = itertools.count()  # threads may begin theirs at once, but one of them draws 0


def begin(parameters, memory, training_set, batch_size, rule=None):
    """An engine for one call.

    Parameters
    ----------
    parameters : Parameters
    memory : Memory
        Prepared for the rule of the call. Where the engine works on them in place, an epoch changes both.
    training_set : TrainingSet
    batch_size : int
    rule : object or None
        Of the kind that the epochs will have; None where none will be made.

    Returns
    -------
    engine : object
        Its method ``epoch(order, rule)`` does what `backprop.epoch` does, and returns the three sums of `EpochSums`.
        Its method ``copy_to(vector, *vectors)`` copies what the epochs have made to arrays like the vector of the
        parameters and those of the memory. ``present(inputs)`` puts other inputs in the place of the training set's.
        ``rest(vector)`` ends the work; as long as somebody holds this array, another call of a network like it may go on in
        the engine's memory. ``gradient(parameters, alpha, into)`` does, and returns, what `backprop.batch_gradient` does
        for all instances in one batch; the `Parameters` given are those of the engine from then on. ``works_in_blas`` says
        whether its products are made by the BLAS.
    """
    _warn_without_kernel()
    missing = _missing_in_kernel(training_set.units, training_set.loss, rule)
    make = _KernelEngine if name_of_engine(missing) == "kernel" else _NumPyEngine
    return make(parameters, memory, training_set, batch_size)


def _missing_units(units):
    """What a network needs and the kernel was not written for, in words; None if it has all."""
    if _kernel is None or units.activation in _kernel.ACTIVATIONS:
        return None
    return f"no activation {units.activation!r}"


def _missing_in_kernel(units, loss, rule):
    """The same of a training."""
    if _kernel is None:
        return None  # which is said elsewhere
    if (missing := _missing_units(units)) is not None:
        return missing
    if loss.kernel_name not in _kernel.OUTPUT_UNITS:
        return "no such loss"
    if rule is not None and getattr(rule, "kernel_name", None) not in _kernel.RULES:
        return f"no rule {type(rule).__name__}"
    return None


def name_of_engine(missing=None):
    """The engine that serves: the compiled kernel, where it was built and has what is needed.

    For tests, the environment variable SKBACKPROP_ENGINE forces one of the two.

    Parameters
    ----------
    missing : str or None
        What is needed that the kernel lacks.

    Returns
    -------
    name : {'kernel', 'numpy'}

    Raises
    ------
    ImportError
        If the kernel is forced and was not built, or lacks what is needed.
    ValueError
        If it is the name of no engine.
    """
    forced = os.environ.get("SKBACKPROP_ENGINE")
    if forced not in (None, "", "kernel", "numpy"):
        raise ValueError(f"SKBACKPROP_ENGINE={forced} is not valid: it must be kernel or numpy, or not set.")
    if forced == "kernel" and _kernel is None:
        raise ImportError("SKBACKPROP_ENGINE=kernel, but skbackprop was installed without its compiled kernel.")
    if forced == "kernel" and missing is not None:
        raise ImportError(f"SKBACKPROP_ENGINE=kernel, but the compiled kernel has {missing}.")
    if forced in ("kernel", "numpy"):
        return forced
    return "numpy" if _kernel is None or missing is not None else "kernel"


def instruction_set():
    """The instruction set that the kernel uses on this machine, or None without the kernel.

    For tests, the environment variable SKBACKPROP_KERNEL forces one of those that the machine has; a ValueError says if it
    is none of them.
    """
    if _kernel is None:
        return None
    forced, known = os.environ.get("SKBACKPROP_KERNEL"), _kernel.instruction_sets()
    if forced and forced not in known:
        raise ValueError(f"SKBACKPROP_KERNEL={forced} is not valid: this machine has {', '.join(known)}.")
    return forced or known[0]


def has_threads():
    """Whether the kernel was built with threads."""
    return _kernel is not None and bool(_kernel.HAS_THREADS)


def why_no_kernel():
    """One sentence that says why there is no kernel, and another that says what to do; None where there is one."""
    if _kernel is not None:
        return None
    lack = "skbackprop trains without its compiled kernel, up to a hundred times slower: "
    folder = Path(__file__).resolve().parent
    if any(folder.glob("kernel/*.c")):
        clone = folder.parents[1]
        return (
            f'{lack}none was built for the sources in {clone}. With a C compiler, `pip install -e "{clone}"` builds it.'
        )
    return (
        f"{lack}it was installed where no C compiler could build it. Install a C compiler and skbackprop again, with `pip "
        "install --force-reinstall --no-binary skbackprop skbackprop`, or set SKBACKPROP_ENGINE=numpy to stay with NumPy."
    )


def _warn_without_kernel():
    """Say at the first training of a process, unless an engine was asked for, that it could be faster."""
    reason = why_no_kernel()
    if reason and os.environ.get("SKBACKPROP_ENGINE") not in ("kernel", "numpy") and next(_slow_trainings) == 0:
        warnings.warn(reason, RuntimeWarning, stacklevel=1)


class _NumPyEngine:
    """The book's own code, on copies of its own."""

    works_in_blas = True

    def __init__(self, parameters, memory, training_set, batch_size):
        self._parameters = parameters.copy()
        self._memory = memory
        self._vectors = {name: vector.copy() for name, vector in memory.vectors.items()}
        self._training_set = training_set
        self._batch_size = batch_size
        self.present(training_set.inputs)

    def present(self, inputs):
        self._training_set = self._training_set._replace(inputs=rows_of(inputs, 0, inputs.shape[0]))

    def epoch(self, order, rule):
        memory = Memory(self._vectors, self._memory.n_updates)
        sums = backprop.epoch(self._parameters, memory, self._training_set, order, self._batch_size, rule)
        self._memory.n_updates = memory.n_updates
        return sums

    def gradient(self, parameters, alpha, into):
        self._parameters = parameters
        rows = slice(0, self._training_set.inputs.shape[0])
        with np.errstate(all="ignore"):
            return backprop.batch_gradient(parameters, self._training_set, None, rows, alpha, into)

    def rest(self, vector):
        pass

    def copy_to(self, *vectors):
        for mine, vector in zip((self._parameters.vector, *self._vectors.values()), vectors, strict=True):
            np.copyto(vector, mine)


class _Resting:
    """Contexts of calls that are over, whose memory the next call of a network like theirs takes up.

    Design: to get memory for two million weights from the system, and to give it back, takes longer than to learn from a
    hundred instances. Whoever takes a context takes it away, so no two calls share one, and all that it holds of a network
    is loaded anew. It rests as long as the array beside it lives, which is in the hands of the estimator.
    """

    def __init__(self):
        self._contexts = {}

    def take(self, key):
        """A context of a network so described, or None."""
        resting = self._contexts.get(key)
        try:
            context = resting.popitem()[1][1] if resting else None
        except KeyError:  # another thread took it
            return None
        self._drop_if_empty(key, resting)
        return context

    def keep(self, key, context, vector):
        """Let a context rest while an array lives."""
        resting, number = self._contexts.setdefault(key, {}), id(vector)

        def forget(_):
            resting.pop(number, None)
            self._drop_if_empty(key, resting)

        resting[number] = weakref.ref(vector, forget), context

    def _drop_if_empty(self, key, resting):
        if not resting:
            self._contexts.pop(key, None)


_resting = _Resting()


class _KernelEngine:
    """The compiled kernel, which keeps the parameters in a layout of its own."""

    works_in_blas = False

    def __init__(self, parameters, memory, training_set, batch_size):
        units, loss = training_set.units, training_set.loss
        self._memory = memory
        self._training_set = training_set
        self._batch_size = batch_size
        self._rule = None
        described = (
            parameters.layer_sizes,
            _name_of(parameters.vector.dtype),
            units.activation,
            loss.kernel_name,
            units.groups,
            loss.parameter,
        )
        self._key = os.environ.get("SKBACKPROP_KERNEL"), *described
        self._context = _resting.take(self._key) or _kernel.Context(*described)
        is_worth = training_set.inputs.shape[0] * parameters.vector.size >= _WORK_OF_THREADS
        self._context.use_threads(n_threads() if is_worth else 1)
        self.present(training_set.inputs)
        self._context.load(parameters.vector, *memory.vectors.values())
        self.copy_to = self._context.store

    def present(self, inputs):
        _, targets, codes, weights, *_ = self._training_set
        self._context.bind(*_input_arrays(inputs), targets, codes, weights)

    def epoch(self, order, rule):
        if rule is not self._rule:
            penalty = rule.alpha / self._training_set.mean_weight
            self._rule, self._learn = rule, _LEARNERS[type(rule)](self, rule, penalty)
        return self._learn(order)

    def gradient(self, parameters, alpha, into):
        self._context.load(parameters.vector)
        return self._context.gradient(alpha / self._training_set.mean_weight, into.vector)

    def rest(self, vector):
        self._context.release()
        _resting.keep(self._key, self._context, vector)

    def _descend(self, rule, penalty):
        learn, batch_size, n_instances = self._context.epoch, self._batch_size, self._training_set.inputs.shape[0]
        learning_rate, settings = rule.learning_rate, (rule.momentum, rule.is_nesterov, penalty, rule.hidden_factor)
        n_left = n_instances % batch_size
        if not (rule.has_equal_shares and n_left):
            return lambda order: learn(order, batch_size, learning_rate, *settings)
        rate_of_these = rule_of_batch(rule, n_left, batch_size).learning_rate

        def learn_those_left_over_apart(order):
            """In a given order the first, else the last, as in `backprop.epoch`."""
            if order is None:
                order = np.arange(n_instances)
                sums = learn(order[:-n_left], batch_size, learning_rate, *settings)
                return _added(sums, learn(order[-n_left:], n_left, rate_of_these, *settings))
            sums = learn(order[:n_left], n_left, rate_of_these, *settings)
            return _added(sums, learn(order[n_left:], batch_size, learning_rate, *settings))

        return learn_those_left_over_apart

    def _adam(self, rule, penalty):
        epoch, memory, batch_size = self._context.epoch_adam, self._memory, self._batch_size
        n_updates = -(-self._training_set.inputs.shape[0] // batch_size)
        moments = rule.beta_1, rule.beta_2, rule.epsilon

        def learn(order):
            of_updates = memory.n_updates, penalty, rule.hidden_factor, rule.has_equal_shares
            sums = epoch(order, batch_size, rule.learning_rate, *moments, *of_updates)
            memory.n_updates += n_updates
            return sums

        return learn

    def _rprop(self, rule, penalty):
        epoch, memory, settings = self._context.epoch_rprop, self._memory, (rule.increase, rule.decrease)

        def learn(order):
            memory.n_updates += 1
            return epoch(order, *settings, rule.smallest, rule.largest, penalty)

        return learn


def _added(sums, others):
    """Those of an epoch from those of its parts; a largest update that is no number stays so."""
    return EpochSums(sums[0] + others[0], sums[1] + others[1], float(np.maximum(sums[2], others[2])))


# The kernel's rules. Each makes a function of the order, so that an epoch does not unpack its rule anew. Engines hold it,
# so it must not hold the engine: the instances would stay in memory until somebody looks for such circles.
_LEARNERS = {GradientDescent: _KernelEngine._descend, Adam: _KernelEngine._adam, Rprop: _KernelEngine._rprop}


def _input_arrays(inputs):
    """The arrays of dense or CSR inputs as the kernel takes them: the numbers, and the indices and row starts or None."""
    if not issparse(inputs):
        return _aligned(inputs), None, None
    return _aligned(inputs.data), _aligned(inputs.indices), _aligned(inputs.indptr)


def rows_of(inputs, start, stop):
    """Some of the rows; of CSR with copies of their indices, which SciPy's products follow wherever they point.

    Whoever owns those of the inputs may have written to them since they were checked.
    """
    if not issparse(inputs):
        return inputs[start:stop]
    starts = inputs.indptr[start : stop + 1].copy()
    first, end = starts[0], starts[-1]
    _check_bounds(inputs, starts[:-1], starts[1:])
    columns = inputs.indices[first:end].copy()
    _check_columns(inputs, columns)
    return type(inputs)((inputs.data[first:end], columns, starts - first), shape=(len(starts) - 1, inputs.shape[1]))


def gather_rows(inputs, rows):
    """Copies of some of the rows, those of CSR as `rows_of` has them.

    Parameters
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    rows : ndarray of int
    """
    if not issparse(inputs):
        return inputs[rows]
    starts, ends = inputs.indptr[rows].astype(np.int64), inputs.indptr[rows + 1].astype(np.int64)
    _check_bounds(inputs, starts, ends)
    lengths = ends - starts
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    entries = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
    columns = inputs.indices[entries]
    _check_columns(inputs, columns)
    return type(inputs)((inputs.data[entries], columns, offsets), shape=(len(rows), inputs.shape[1]))


def _check_bounds(inputs, starts, ends):
    """Raise a ValueError where a row of CSR does not lie in it."""
    if len(starts) and not (starts.min() >= 0 and ends.max() <= len(inputs.indices) and (starts <= ends).all()):
        raise ValueError("The rows of the sparse matrix lie outside of it: it was changed while it was read.")


def _check_columns(inputs, columns):
    """Raise a ValueError where an entry of CSR has no column."""
    if len(columns) and not 0 <= columns.min() <= columns.max() < inputs.shape[1]:
        raise ValueError("The indices of the sparse matrix point outside of it: it was changed while it was read.")


def _aligned(array):
    """The array itself, but for the rare one that lies at an odd address."""
    return np.require(array, requirements="A")


def predict(layers, inputs, units):
    """Outputs of the last layer for any number of instances, in chunks, so that the scratch is bounded.

    Parameters
    ----------
    layers : Layers or Parameters
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
        Of any floating dtype and any memory layout.
    units : Units

    Returns
    -------
    outputs : ndarray of shape (n_instances, n_outputs)
        Of the dtype of the weights.
    """
    return join(predict_in_chunks(layers, inputs, units, inputs.shape[0]), inputs.shape[0])


def predict_in_chunks(layers, inputs, units, n_rows=None):
    """The same outputs for some instances after the other, for whoever does not need all of them at once.

    Parameters
    ----------
    n_rows : int, optional
        The most instances of a chunk; as many as make not too many outputs if not given.

    Returns
    -------
    chunks : iterator of ndarray of shape (n_instances_of_chunk, n_outputs)
    """
    has_kernel = _kernel is not None and name_of_engine(_missing_units(units)) == "kernel"
    outputs_of = _outputs_in_kernel if has_kernel else _outputs_in_numpy
    dtype = layers.weights[0].dtype
    n_instances = inputs.shape[0]
    if n_rows is None:
        n_rows = _FORGOTTEN_NUMBERS // len(layers.biases[-1])
    n_rows = max(1, min(n_rows, _n_predicted_at_once(layers, inputs, dtype, has_kernel)))

    def outputs_from(start):
        rows = rows_of(inputs, start, min(start + n_rows, n_instances))
        with np.errstate(all="ignore"):
            return outputs_of(layers, _converted(rows, dtype), units)

    # Of no instances one chunk, which has the right shape. Nothing of a chunk is held while the next one is made.
    return map(outputs_from, range(0, max(1, n_instances), n_rows))


def join(chunks, n_instances):
    """Arrays of some instances after the other as one; a single one is not copied."""
    chunk = next(chunks)
    if len(chunk) == n_instances:
        return chunk
    joined = np.empty((n_instances, *chunk.shape[1:]), dtype=chunk.dtype)
    start = 0
    while chunk is not None:
        end = start + len(chunk)
        joined[start:end] = chunk
        start, chunk = end, None  # which lets go of it before the next one is made
        chunk = next(chunks, None)
    return joined


def _n_predicted_at_once(layers, inputs, dtype, has_kernel):
    """How many instances to predict at a time: copies of inputs are scratch, and in NumPy what is between the layers."""
    n_instances, n_inputs = inputs.shape
    if issparse(inputs):
        n_copied = inputs.nnz // max(1, n_instances) + 1
    else:
        n_copied = 0 if inputs.dtype == dtype and inputs.flags.c_contiguous else n_inputs
    if has_kernel:
        return max(1, _CONVERTED_NUMBERS // n_copied if n_copied else n_instances)
    return n_rows_of_chunk(max([0 if issparse(inputs) else n_copied, *map(len, layers.biases)]))


def _converted(inputs, dtype):
    """Inputs in the dtype of the weights, without gaps."""
    inputs = inputs.astype(dtype, copy=False)
    return inputs if issparse(inputs) else np.ascontiguousarray(inputs)


def _outputs_in_numpy(layers, inputs, units):
    return backprop.forward(layers, inputs, units)[-1]


def _outputs_in_kernel(layers, inputs, units):
    return apply_output_units(_net_in_kernel(layers, inputs, units.activation), units)


def forward(layers, inputs, units):
    """What `backprop.forward` returns, of the dtype of the weights, with no more threads than `n_threads` says."""
    activation = ACTIVATIONS[units.activation].function
    outputs = []
    for layer in zip(layers.weights, layers.biases, strict=True):
        net = net_inputs(*layer, inputs)
        inputs = apply_output_units(net, units) if len(outputs) == len(layers.weights) - 1 else activation(net)
        outputs.append(inputs)
    return outputs


def net_inputs(weights, biases, inputs):
    """The net inputs of one layer, I_j = Σ_i w_ij O_i + θ_j, for some rows of inputs.

    Not NumPy's products, where the kernel can do it: a process that is split while the BLAS works in threads may hang.
    """
    inputs = _converted(inputs, weights.dtype)
    if name_of_engine() == "kernel":
        return _net_in_kernel(Layers([weights], [biases]), inputs, "identity")
    net = inputs @ weights
    net += biases
    return net


def _net_in_kernel(layers, inputs, activation):
    """The net inputs of the last layer."""
    dtype = inputs.dtype
    sizes = (inputs.shape[1], *map(len, layers.biases))
    weights = [_as_rows(each, dtype) for each in layers.weights]
    biases = [_as_rows(each, dtype) for each in layers.biases]
    net = np.empty((inputs.shape[0], sizes[-1]), dtype=dtype)
    work = inputs.shape[0] * sum(each.size for each in weights)
    n = n_threads() if work >= _WORK_OF_THREADS else 1
    _kernel.predict(sizes, _name_of(dtype), activation, *_input_arrays(inputs), weights, biases, n, net)
    return net


def _name_of(dtype):
    """The kernel's name of a floating type; to ask NumPy takes as long as to learn an instance."""
    return "float32" if dtype.itemsize == 4 else "float64"


def _as_rows(array, dtype):
    """The array as the kernel reads it: itself, but for one that a user has put in its place."""
    return array if array.flags.carray and array.dtype == dtype else np.require(array, dtype, "CA")
