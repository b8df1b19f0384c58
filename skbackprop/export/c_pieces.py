"""The functions of a C header, and how numbers and text are written in C.

Conventions: the pieces are those of a network of the name ``net`` that computes in double; `adapted` makes them another's.
"""

import re
import textwrap

import numpy as np

from .._network.units import LEAST_PART_TOLD, LEAST_SUM

_COLUMNS = 118

LAYER = """\
/* Adds to the net inputs of n units what one input brings: I_j += w_ij O_i. */
static inline void net_add(int n, net_real input, const net_real *weights, net_real *sums)
{
    for (int j = 0; j < n; j++) sums[j] += input * weights[j];
}
"""

# By names of activations; the units that put out their net inputs need no function.
ACTIVATIONS = {
    "exp": """\
static inline net_real net_exp(net_real sum)
{
    return exp(sum);
}
""",
    "identity": "",
    "logistic": """\
static inline net_real net_logistic(net_real sum)
{
    return 1 / (1 + exp(-sum));
}
""",
    "relu": """\
static inline net_real net_relu(net_real sum)
{
    return sum < 0 ? 0 : sum; /* a NaN stays one */
}
""",
    "tanh": """\
static inline net_real net_tanh(net_real sum)
{
    return tanh(sum);
}
""",
}

SHIFTED = """\
/* The number that the first layer takes in the place of an input: its scale is in the weights. */
static inline net_real net_scaled(const net_real *inputs, int i)
{{
    return inputs[i] - net_shift[i]{rest};
}}
"""

LIMITED = """\
/* The number that the first layer takes in the place of an input: its scale is in the weights. */
static inline net_real net_scaled(const net_real *inputs, int i)
{{
    net_real input = inputs[i];
    if (input < net_limits[0][i]) input = net_limits[0][i];
    if (input > net_limits[1][i]) input = net_limits[1][i];
    return input - net_shift[i]{rest};
}}
"""

INSIDE = """\
/* A probability moved off 0 and 1, so that it has a logarithm. */
static inline net_real net_inside(net_real probability)
{
    if (probability < DBL_MIN) return DBL_MIN;
    return probability > 1 - DBL_EPSILON / 2 ? 1 - DBL_EPSILON / 2 : probability;
}
"""

PAIR = """\
/* The probabilities of two classes, which one unit tells apart. */
static inline void net_pair(net_real sum, net_real *probabilities)
{
    probabilities[0] = net_inside(net_logistic(-sum));
    probabilities[1] = net_inside(net_logistic(sum));
}
"""

SOFTMAX = """\
/* The outputs of n units: e^I_j over their sum. The largest is taken off, which changes nothing but the overflow. */
static inline void net_units(int n, const net_real *sums, net_real *outputs)
{
    net_real largest = sums[0], total = 0;
    for (int j = 1; j < n; j++)
        if (sums[j] > largest) largest = sums[j];
    for (int j = 0; j < n; j++) {
        outputs[j] = exp(sums[j] - largest);
        total += outputs[j];
    }
    for (int j = 0; j < n; j++) outputs[j] /= total;
}
"""

SIGMOIDS = """\
/* The outputs of n units. */
static inline void net_units(int n, const net_real *sums, net_real *outputs)
{
    for (int j = 0; j < n; j++) outputs[j] = net_logistic(sums[j]);
}
"""

SHARES = """\
/* The probabilities of n classes, each of which has a unit: the outputs over their sum, and closer to each other where
   that is below LEAST_SUM, as hardly any class is told then. */
static inline void net_shares(int n, const net_real *sums, net_real *probabilities)
{
    net_real total = 0, told;
    net_units(n, sums, probabilities);
    for (int j = 0; j < n; j++) {
        if (probabilities[j] < DBL_MIN) probabilities[j] = DBL_MIN;
        total += probabilities[j];
    }
    told = total / (net_real)LEAST_SUM;
    if (told > 1) told = 1;
    if (told < (net_real)LEAST_PART_TOLD) told = (net_real)LEAST_PART_TOLD;
    for (int j = 0; j < n; j++) {
        net_real share = probabilities[j] / total;
        probabilities[j] = net_inside(share + (1 - told) * (1 / (net_real)n - share));
    }
}
""".replace("LEAST_SUM", str(LEAST_SUM)).replace("LEAST_PART_TOLD", str(LEAST_PART_TOLD))

LARGEST = """\
/* The number of the largest output of n units, of equal ones the first. The net inputs are used up. */
static inline int net_largest(int n, net_real *sums)
{
    int best = 0;
    net_units(n, sums, sums);
    for (int j = 1; j < n; j++)
        if (sums[j] > sums[best]) best = j;
    return best;
}
"""


def adapted(piece, name, dtype):
    """A piece for a network of another name, in float or double."""
    if dtype == np.float32:
        piece = re.sub(r"\b(exp|tanh)\(", r"\1f(", piece).replace("DBL_", "FLT_")
    return re.sub(r"\b(net|NET)_", lambda found: f"{name.upper() if found[1] == 'NET' else name}_", piece)


def array_of(name, values, real):
    """The definition of an array of one or two dimensions; `real` is the type of C."""
    sizes = "".join(f"[{size}]" for size in values.shape)
    head = f"static const {real} {name}{sizes} ="
    if values.ndim == 1:
        return f"{head}\n{_in_braces(_numbers(values))};\n"
    rows = ",\n".join(_in_braces(_numbers(row)) for row in values)
    return f"{head} {{\n{rows}\n}};\n"


def _numbers(values):
    """Numbers of an array with as many digits as tell them from their neighbours."""
    suffix = "f" if values.dtype == np.float32 else ""
    return [f"{np.format_float_scientific(value, trim='0', exp_digits=1)}{suffix}" for value in values]


def _in_braces(words):
    """Words as a list of C, over as many lines as they need."""
    text = "{" + ", ".join(words) + "}"
    return textwrap.fill(text, _COLUMNS, initial_indent="    ", subsequent_indent="     ", break_on_hyphens=False)


def table_of_classes(name, classes):
    """The definition of an array of classes: of numbers where all are whole ones, else of text."""
    labels = classes.tolist()
    if all(_is_whole(label) for label in labels):
        return f"static const long {name}[{len(labels)}] =\n{_in_braces([str(int(label)) for label in labels])};\n"
    lines = ",\n    ".join(_quoted(label) for label in labels)
    return f"static const char *const {name}[{len(labels)}] = {{\n    {lines}\n}};\n"


def _is_whole(label):
    """Whether a label is a number that a long of every compiler holds."""
    return isinstance(label, int | float) and label == int(label) and abs(label) < 2**31


def _quoted(label):
    """A label as a string of C, with the numbers of bytes that are not plain ASCII, or mean something to C."""
    encoded = label if isinstance(label, bytes) else str(label).encode("utf-8", "surrogatepass")
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in encoded) + '"'
