/* A Context is made from a network's description, and what the kernel has stands here by name. */
#ifndef SKBACKPROP_CONTEXT_H
#define SKBACKPROP_CONTEXT_H

#include "memory.h"

/* Number of a name among names that NULL ends, or -1 with an exception. */
static int find_name(PyObject *name, const char *const *names, const char *what)
{
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    if (!text) return -1;
    for (int i = 0; names[i]; i++)
        if (!strcmp(text, names[i])) return i;
    PyErr_Format(PyExc_ValueError, "%s: unknown name %R", what, name);
    return -1;
}

/* What the kernel has, under the names that Python knows; units of output only, and rules that need no name, have none. */
static const char *const ACTIVATIONS[] = {[LOGISTIC] = "logistic", [TANH] = "tanh", [RELU] = "relu", [IDENTITY] = "identity", NULL};
static const char *const OUTPUT_UNITS[] = {
    [LOGISTIC_SQUARED] = "logistic_squared",
    [IDENTITY_SQUARED] = "identity_squared",
    [LOGISTIC_LOG] = "logistic_log",
    [SOFTMAX_LOG] = "softmax_log",
    [EXP_POISSON] = "exp_poisson",
    [IDENTITY_ABSOLUTE] = "identity_absolute",
    [IDENTITY_HUBER] = "identity_huber",
    [IDENTITY_QUANTILE] = "identity_quantile",
    NULL,
};
static const char *const RULES[] = {"descent", "adam", "rprop", NULL}; /* of `epoch`, `epoch_adam`, `epoch_rprop` */

/* The best kernel that this machine runs, or the one that the environment names. */
static const Kernel *choose_kernel(void)
{
    const char *forced = getenv("SKBACKPROP_KERNEL");
    for (const Kernel *kernel = KERNELS; kernel->name; kernel++)
        if (kernel->is_supported() && (!forced || !*forced || !strcmp(forced, kernel->name))) return kernel;
    PyErr_Format(PyExc_RuntimeError, "SKBACKPROP_KERNEL=%s: this machine has no such kernel", forced);
    return NULL;
}

static int set_layers(Context *self, PyObject *sizes)
{
    const Py_ssize_t n_layers = PyTuple_Size(sizes) - 1;
    if (n_layers < 1) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a network needs inputs and a layer of units");
        return -1;
    }
    self->network.n_layers = n_layers;
    self->network.layers = calloc((size_t)n_layers, sizeof(Layer));
    if (!self->network.layers) return PyErr_NoMemory(), -1;
    for (Py_ssize_t i = 0; i < n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        layer->n_inputs = PyLong_AsSsize_t(PyTuple_GetItem(sizes, i));
        layer->n_units = PyLong_AsSsize_t(PyTuple_GetItem(sizes, i + 1));
        if (PyErr_Occurred()) return -1;
        if (layer->n_inputs < 1 || layer->n_units < 1 || layer->n_inputs >= INT32_MAX || layer->n_units >= INT32_MAX / 2) {
            PyErr_SetString(PyExc_ValueError, "layer sizes must be from 1 to 2^30");
            return -1;
        }
        layer->stride = padded(self, layer->n_units);
        layer->is_by_unit = i > 0 && 2 * layer->n_units <= layer->n_inputs; /* so the rows are fewer and fuller */
        layer->n_rows = layer->is_by_unit ? layer->n_units : layer->n_inputs;
        layer->row_stride = layer->is_by_unit ? padded(self, layer->n_inputs) : layer->stride;
        const ptrdiff_t n_parameters = (layer->n_inputs + 1) * layer->n_units;
        if (n_parameters > PTRDIFF_MAX - self->n_parameters) return PyErr_NoMemory(), -1;
        self->n_parameters += n_parameters;
    }
    return 0;
}

static ptrdiff_t n_outputs_of(const Network *network)
{
    return network->layers[network->n_layers - 1].n_units;
}

/* The sizes of the groups, which must fill the output units. */
static int read_groups(ptrdiff_t *sizes, PyObject *groups, ptrdiff_t n_outputs)
{
    ptrdiff_t n_left = n_outputs;
    for (Py_ssize_t g = 0; g < PyTuple_Size(groups); g++) {
        sizes[g] = PyLong_AsSsize_t(PyTuple_GetItem(groups, g));
        if (PyErr_Occurred()) return -1;
        if (sizes[g] < 1 || sizes[g] > n_left) n_left = -1;
        if (n_left < 0) break;
        n_left -= sizes[g];
    }
    if (n_left) PyErr_Format(PyExc_ValueError, "groups: not sizes from 1 that sum to %zd output units", n_outputs);
    return n_left ? -1 : 0;
}

/* Without groups nothing is decided, and a softmax is over all output units. */
static int set_groups(Context *self, PyObject *groups)
{
    Network *network = &self->network;
    const ptrdiff_t n_outputs = n_outputs_of(network);
    network->counts_decisions = groups != Py_None;
    if (network->counts_decisions && !PyTuple_Check(groups)) return PyErr_SetString(PyExc_TypeError, "groups: not a tuple"), -1;
    network->n_groups = network->counts_decisions ? PyTuple_Size(groups) : 1;
    ptrdiff_t *sizes = calloc((size_t)network->n_groups + 1, sizeof(ptrdiff_t));
    if (!sizes) return PyErr_NoMemory(), -1;
    network->groups = sizes;
    sizes[0] = n_outputs;
    return network->counts_decisions ? read_groups(sizes, groups, n_outputs) : 0;
}

/* The kernel for a type of numbers, and the network's layers, whose parameters are to come. */
static int describe(Context *self, PyObject *sizes, PyObject *dtype, PyObject *activation)
{
    static const char *const DTYPES[] = {"float32", "float64", NULL};
    const int is_double = find_name(dtype, DTYPES, "dtype");
    const int number = find_name(activation, ACTIVATIONS, "activation");
    self->kernel = choose_kernel();
    if (PyErr_Occurred()) return -1;
    self->n_threads = 1;
    self->item_size = is_double ? 8 : 4;
    self->width = (ptrdiff_t)(self->kernel->vector_bytes / self->item_size);
    self->network.activation = (Activation)number;
    return set_layers(self, sizes);
}

static int set_up(Context *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *sizes, *dtype, *activation, *output_unit, *groups;
    static char *names[] = {"layer_sizes", "dtype", "activation", "output_unit", "groups", "parameter", NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!OOOO|d", names, &PyTuple_Type, &sizes, &dtype, &activation,
                                     &output_unit, &groups, &self->network.parameter))
        return -1;
    const int number = find_name(output_unit, OUTPUT_UNITS, "output_unit");
    if (number < 0 || describe(self, sizes, dtype, activation) < 0 || set_groups(self, groups) < 0) return -1;
    self->network.output_unit = (OutputUnit)number;
    return allocate_parameters(self, &self->parameter_block, offsetof(Layer, parameters));
}

static void release_buffers(Context *self)
{
    for (int i = 0; i < N_BUFFERS; i++)
        if (self->buffers[i].obj) PyBuffer_Release(&self->buffers[i]);
    release_memory(self->index_block);
    self->index_block = NULL;
    memset(&self->instances, 0, sizeof self->instances);
}

static void context_dealloc(Context *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    release_buffers(self);
    free(self->network.layers);
    free((void *)self->network.groups);
    release_memory(self->parameter_block);
    release_memory(self->first_block);
    release_memory(self->second_block);
    release_memory(self->sum_block);
    release_memory(self->scratch_block);
    freefunc free_object = (freefunc)PyType_GetSlot(type, Py_tp_free);
    free_object(self);
    Py_DECREF(type);
}

static PyObject *context_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    Context *self = (Context *)PyType_GenericAlloc(type, 0);
    if (self && set_up(self, arguments, keywords) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

#endif
