/* The binding: a Context owns a network in the kernel's layout and hands whole epochs to the kernel.
 *
 * All checks of what Python hands over are made here, once per call of fit where they look at every number (`bind`), so
 * that no walk of the kernel can leave its arrays. The arrays are taken through the buffer protocol; NumPy's headers are
 * not needed.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

enum {
    CHUNK = 64,          /* instances that go through the network at once: their outputs stay in the cache */
    LIST_NUMBERS = 1 << 19, /* room for the lists of a chunk's non-zero inputs */
    N_BUFFERS = 6
};

enum { INPUTS, INDICES, STARTS, TARGETS, CODES, WEIGHTS };

typedef struct {
    PyObject_HEAD
    const Kernel *kernel;
    size_t item_size;       /* 4 or 8 bytes of a real number */
    ptrdiff_t width;        /* of a vector */
    ptrdiff_t n_parameters;
    ptrdiff_t longest_list; /* the most numbers that an instance stores */
    Network network;
    Instances instances;
    Scratch scratch;
    void *parameter_block, *first_block, *second_block, *sum_block, *scratch_block;
    Py_buffer buffers[N_BUFFERS]; /* the arrays of `instances` */
    int is_busy;                  /* an epoch runs, without the GIL */
} Context;

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* Arrays are cut from one zeroed, aligned block. The first pass, without a base, measures it. */
typedef struct {
    char *base;
    double used; /* a double cannot overflow */
} Block;

static void *take(Block *block, double n, size_t size)
{
    const double at = block->used;
    block->used += ceil(n * (double)size / ALIGNMENT) * ALIGNMENT;
    return block->base ? block->base + (size_t)at : NULL;
}

static int allocate(const Block *measured, void **block, Block *aligned)
{
    const double n_bytes = measured->used + ALIGNMENT;
    *block = n_bytes < (double)(PTRDIFF_MAX / 2) ? calloc((size_t)n_bytes, 1) : NULL;
    if (!*block) {
        PyErr_NoMemory();
        return -1;
    }
    aligned->base = (char *)(((uintptr_t)*block + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    aligned->used = 0;
    return 0;
}

static ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t width)
{
    return (n + width - 1) / width * width;
}

/* Numbers in a padded row of n. Rows that were a multiple of 2 KiB apart would crowd into a few sets of the caches. */
static ptrdiff_t padded(const Context *self, ptrdiff_t n)
{
    const ptrdiff_t stride = round_up(n, self->width);
    return stride * (ptrdiff_t)self->item_size % 2048 ? stride : stride + self->width;
}

static double n_weights(const Context *self, const Layer *layer)
{
    return (double)round_up(layer->n_rows, self->width) * (double)layer->row_stride;
}

static Arrays *arrays_of(Layer *layer, size_t member)
{
    return (Arrays *)((char *)layer + member);
}

/* The parameters of all layers, or arrays of their shapes, found in each layer at the given member. */
static void cut_parameters(Context *self, Block *block, size_t member)
{
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        arrays_of(layer, member)->weights = take(block, n_weights(self, layer), self->item_size);
        arrays_of(layer, member)->biases = take(block, (double)layer->stride, self->item_size);
    }
}

static int allocate_parameters(Context *self, void **block, size_t member)
{
    Block measured = {NULL, 0}, aligned;
    if (*block) return 0;
    cut_parameters(self, &measured, member);
    if (allocate(&measured, block, &aligned) < 0) return -1;
    cut_parameters(self, &aligned, member);
    return 0;
}

static void release_parameters(Context *self, void **block, size_t member)
{
    free(*block);
    *block = NULL;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) *arrays_of(&self->network.layers[i], member) = (Arrays){NULL, NULL};
}

static void cut_scratch(Context *self, Block *block)
{
    Scratch *scratch = &self->scratch;
    const Layer *layers = self->network.layers, *top = &layers[self->network.n_layers - 1];
    const double chunk = (double)scratch->chunk, n_inputs = (double)layers[0].n_inputs;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        layer->outputs = take(block, chunk * (double)layer->stride + (double)self->width, self->item_size); /* see `softmax` */
        layer->errors = take(block, chunk * (double)layer->stride, self->item_size);
        layer->output_rows = take(block, chunk, sizeof(void *));
        layer->error_rows = take(block, chunk, sizeof(void *));
    }
    scratch->columns = take(block, chunk * (double)self->longest_list + ALIGNMENT, sizeof(int32_t));
    scratch->values = take(block, chunk * (double)self->longest_list + ALIGNMENT, self->item_size);
    scratch->lists = take(block, chunk, sizeof(List));
    scratch->input_rows = take(block, chunk, sizeof(void *));
    scratch->one_rows = take(block, chunk, sizeof(void *));
    scratch->targets = take(block, chunk * (double)top->stride, self->item_size);
    scratch->is_touched = take(block, n_inputs, 1);
    scratch->touched = take(block, n_inputs + 1, sizeof(int32_t));
    scratch->one = take(block, 1, self->item_size);
}

static void fill_scratch(Context *self)
{
    Scratch *scratch = &self->scratch;
    if (self->item_size == 4) *(float *)scratch->one = 1;
    else *(double *)scratch->one = 1;
    for (ptrdiff_t r = 0; r < scratch->chunk; r++) {
        scratch->one_rows[r] = scratch->one;
        for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
            Layer *layer = &self->network.layers[i];
            layer->output_rows[r] = (char *)layer->outputs + (size_t)(r * layer->stride) * self->item_size;
            layer->error_rows[r] = (char *)layer->errors + (size_t)(r * layer->stride) * self->item_size;
        }
    }
}

static void release_scratch(Context *self)
{
    free(self->scratch_block);
    self->scratch_block = NULL;
}

static int allocate_scratch(Context *self, ptrdiff_t chunk)
{
    Block measured = {NULL, 0}, aligned;
    if (self->scratch_block && self->scratch.chunk == chunk) return 0;
    release_scratch(self);
    self->scratch.chunk = chunk;
    cut_scratch(self, &measured);
    if (allocate(&measured, &self->scratch_block, &aligned) < 0) return -1;
    cut_scratch(self, &aligned);
    fill_scratch(self);
    return 0;
}

static ptrdiff_t chunk_of(const Context *self, ptrdiff_t batch_size)
{
    /* At least two rows: an instance alone, in case updating, meets what waits of the one before it. */
    const ptrdiff_t fitting = LIST_NUMBERS / (self->longest_list + 1) + 2;
    const ptrdiff_t chunk = batch_size < 2 ? 2 : batch_size < CHUNK ? batch_size : CHUNK;
    return chunk < fitting ? chunk : fitting;
}

/* ---- arrays of Python ------------------------------------------------------------------------------------------- */

static const char *REAL_FORMATS = "fd", *INTEGER_FORMATS = "ilqn";

/* Take an array: C-contiguous, aligned, of one of the formats and of the given size of an item; -1 takes any number of
 * items. Returns the number of items, or -1 with an exception. */
static ptrdiff_t get_array(PyObject *object, Py_buffer *buffer, const char *name, const char *formats, size_t item_size, int flags)
{
    if (PyObject_GetBuffer(object, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | flags) < 0) return -1;
    const char *format = buffer->format ? buffer->format : "B";
    if ((size_t)buffer->itemsize == item_size && strlen(format) == 1 && strchr(formats, format[0]) &&
        (uintptr_t)buffer->buf % item_size == 0)
        return buffer->len / buffer->itemsize;
    PyErr_Format(PyExc_ValueError, "%s: an array of another type, or not aligned (format %s, %zd bytes each)", name, format,
                 buffer->itemsize);
    PyBuffer_Release(buffer);
    return -1;
}

static ptrdiff_t get_array_of(PyObject *object, Py_buffer *buffer, const char *name, const char *formats, size_t item_size,
                              int flags, ptrdiff_t n_items)
{
    const ptrdiff_t n = get_array(object, buffer, name, formats, item_size, flags);
    if (n < 0 || n == n_items) return n;
    PyErr_Format(PyExc_ValueError, "%s has %zd items instead of %zd", name, n, n_items);
    PyBuffer_Release(buffer);
    return -1;
}

static int check_numbers(const ptrdiff_t *numbers, ptrdiff_t n, ptrdiff_t bound, const char *name)
{
    ptrdiff_t out_of_bounds = 0;
    for (ptrdiff_t i = 0; i < n; i++) out_of_bounds |= numbers[i] < 0 || numbers[i] >= bound;
    if (out_of_bounds) PyErr_Format(PyExc_IndexError, "%s: a number is not from 0 to %zd", name, bound - 1);
    return out_of_bounds ? -1 : 0;
}

static int check_not_busy(const Context *self)
{
    if (self->is_busy) PyErr_SetString(PyExc_RuntimeError, "another thread runs an epoch of this context");
    return self->is_busy ? -1 : 0;
}

static int check_has(const void *block, const char *what)
{
    if (!block) PyErr_Format(PyExc_ValueError, "this context has no %s", what);
    return block ? 0 : -1;
}

static int check_n_arguments(const char *name, Py_ssize_t n, Py_ssize_t expected)
{
    if (n != expected) PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, not %zd", name, expected, n);
    return n == expected ? 0 : -1;
}

/* ---- a context -------------------------------------------------------------------------------------------------- */

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
        self->n_parameters += (layer->n_inputs + 1) * layer->n_units;
    }
    return allocate_parameters(self, &self->parameter_block, offsetof(Layer, parameters));
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

static int set_up(Context *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *sizes, *dtype, *activation, *output_unit, *groups;
    static const char *const DTYPES[] = {"float32", "float64", NULL};
    static char *names[] = {"layer_sizes", "dtype", "activation", "output_unit", "groups", "parameter", NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!OOOO|d", names, &PyTuple_Type, &sizes, &dtype, &activation,
                                     &output_unit, &groups, &self->network.parameter))
        return -1;
    const int is_double = find_name(dtype, DTYPES, "dtype");
    const int activation_number = find_name(activation, ACTIVATIONS, "activation");
    const int output_number = find_name(output_unit, OUTPUT_UNITS, "output_unit");
    self->kernel = choose_kernel();
    if (PyErr_Occurred()) return -1;
    self->item_size = is_double ? 8 : 4;
    self->width = (ptrdiff_t)(self->kernel->vector_bytes / self->item_size);
    self->network.activation = (Activation)activation_number;
    self->network.output_unit = (OutputUnit)output_number;
    return set_layers(self, sizes) < 0 || set_groups(self, groups) < 0 ? -1 : 0;
}

static void release_buffers(Context *self)
{
    for (int i = 0; i < N_BUFFERS; i++)
        if (self->buffers[i].obj) PyBuffer_Release(&self->buffers[i]);
    memset(&self->instances, 0, sizeof self->instances);
}

static void context_dealloc(Context *self)
{
    PyTypeObject *type = Py_TYPE((PyObject *)self);
    release_buffers(self);
    free(self->network.layers);
    free((void *)self->network.groups);
    free(self->parameter_block);
    free(self->first_block);
    free(self->second_block);
    free(self->sum_block);
    free(self->scratch_block);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
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

/* ---- load and store --------------------------------------------------------------------------------------------- */

enum { INTO_NETWORK, OUT_OF_NETWORK };

/* Copy a matrix between two places, of given distances in bytes between its rows and between its columns. */
static void copy_matrix(char *to, const ptrdiff_t to_steps[2], const char *from, const ptrdiff_t from_steps[2], ptrdiff_t n_rows,
                        ptrdiff_t n_columns, size_t item_size)
{
    for (ptrdiff_t i = 0; i < n_rows; i++) {
        char *target = to + i * to_steps[0];
        const char *source = from + i * from_steps[0];
        if (to_steps[1] == from_steps[1]) {
            memcpy(target, source, (size_t)n_columns * item_size);
            continue;
        }
        for (ptrdiff_t j = 0; j < n_columns; j++) memcpy(target + j * to_steps[1], source + j * from_steps[1], item_size);
    }
}

/* Copy one layer's weights, or its biases, and return where the next begin in the vector. On the way in, the padding is
 * cleared too: a diverged network may have brought NaN into it. */
static char *copy_array(const Context *self, const Layer *layer, char *mine, int is_biases, char *vector, int direction)
{
    const ptrdiff_t item = (ptrdiff_t)self->item_size, n_rows = is_biases ? 1 : layer->n_inputs;
    const ptrdiff_t theirs[2] = {layer->n_units * item, item};
    ptrdiff_t ours[2] = {layer->row_stride * item, item};
    if (layer->is_by_unit && !is_biases) ours[0] = item, ours[1] = layer->row_stride * item;
    if (direction == INTO_NETWORK) {
        memset(mine, 0, (size_t)(is_biases ? (double)layer->stride : n_weights(self, layer)) * self->item_size);
        copy_matrix(mine, ours, vector, theirs, n_rows, layer->n_units, self->item_size);
    } else {
        copy_matrix(vector, theirs, mine, ours, n_rows, layer->n_units, self->item_size);
    }
    return vector + n_rows * theirs[0];
}

/* Copy all parameters: the vector holds the weights layer by layer, then the biases. */
static void copy_parameters(const Context *self, char *vector, size_t member, int direction)
{
    for (int is_biases = 0; is_biases < 2; is_biases++) {
        for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
            Layer *layer = &self->network.layers[i];
            const Arrays *arrays = arrays_of(layer, member);
            vector = copy_array(self, layer, is_biases ? arrays->biases : arrays->weights, is_biases, vector, direction);
        }
    }
}

static int copy_vector(Context *self, PyObject *object, const char *name, size_t member, int direction)
{
    Py_buffer buffer;
    const int flags = direction == OUT_OF_NETWORK ? PyBUF_WRITABLE : 0;
    if (get_array_of(object, &buffer, name, REAL_FORMATS, self->item_size, flags, self->n_parameters) < 0) return -1;
    copy_parameters(self, buffer.buf, member, direction);
    PyBuffer_Release(&buffer);
    return 0;
}

/* Load what a rule remembers, or forget it. */
static int load_state(Context *self, PyObject *object, const char *name, void **block, size_t member)
{
    if (object == Py_None) return release_parameters(self, block, member), 0;
    if (allocate_parameters(self, block, member) < 0) return -1;
    return copy_vector(self, object, name, member, INTO_NETWORK);
}

static int store_state(Context *self, PyObject *object, const char *name, const void *block, size_t member)
{
    if (object == Py_None) return 0;
    return check_has(block, name) < 0 ? -1 : copy_vector(self, object, name, member, OUT_OF_NETWORK);
}

enum { PARAMETERS, FIRST, SECOND };

/* The parameters, and what the rule remembers or None, from the arguments of `load` and `store`. */
static int read_vectors(PyObject **vectors, PyObject *arguments, PyObject *keywords, const char *format)
{
    static char *names[] = {"vector", "first", "second", NULL};
    vectors[FIRST] = vectors[SECOND] = Py_None;
    return PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &vectors[PARAMETERS], &vectors[FIRST], &vectors[SECOND]) ? 0 : -1;
}

static PyObject *context_load(Context *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *vectors[3];
    if (read_vectors(vectors, arguments, keywords, "O|OO:load") < 0 || check_not_busy(self) < 0 ||
        copy_vector(self, vectors[PARAMETERS], "vector", offsetof(Layer, parameters), INTO_NETWORK) < 0 ||
        load_state(self, vectors[FIRST], "first", &self->first_block, offsetof(Layer, first)) < 0 ||
        load_state(self, vectors[SECOND], "second", &self->second_block, offsetof(Layer, second)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *context_store(Context *self, PyObject *arguments, PyObject *keywords)
{
    PyObject *vectors[3];
    if (read_vectors(vectors, arguments, keywords, "O|OO:store") < 0 || check_not_busy(self) < 0 ||
        copy_vector(self, vectors[PARAMETERS], "vector", offsetof(Layer, parameters), OUT_OF_NETWORK) < 0 ||
        store_state(self, vectors[FIRST], "first", self->first_block, offsetof(Layer, first)) < 0 ||
        store_state(self, vectors[SECOND], "second", self->second_block, offsetof(Layer, second)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- bind ------------------------------------------------------------------------------------------------------- */

static int64_t index_at(const void *indices, int index_bytes, ptrdiff_t i)
{
    return index_bytes == 4 ? ((const int32_t *)indices)[i] : ((const int64_t *)indices)[i];
}

/* Check that CSR rows lie in their arrays and columns in the network's inputs; note the longest row. */
static int check_csr(Context *self, ptrdiff_t n_stored)
{
    const Instances *instances = &self->instances;
    const int64_t n_inputs = self->network.layers[0].n_inputs;
    int64_t longest = 0, end = 0;
    int is_good = index_at(instances->starts, instances->index_bytes, 0) >= 0;
    for (ptrdiff_t i = 0; i < instances->n_instances; i++) {
        const int64_t start = index_at(instances->starts, instances->index_bytes, i);
        end = index_at(instances->starts, instances->index_bytes, i + 1);
        is_good &= end >= start;
        longest = end - start > longest ? end - start : longest;
    }
    is_good &= end <= n_stored;
    for (ptrdiff_t i = 0; is_good && i < (ptrdiff_t)end; i++) {
        const int64_t column = index_at(instances->indices, instances->index_bytes, i);
        is_good = column >= 0 && column < n_inputs;
    }
    if (!is_good) return PyErr_SetString(PyExc_ValueError, "inputs: not a CSR array of so many columns"), -1;
    self->longest_list = (ptrdiff_t)longest;
    return 0;
}

static int bind_csr(Context *self, PyObject *const *arguments)
{
    Instances *instances = &self->instances;
    Py_buffer *buffers = self->buffers;
    ptrdiff_t n_columns = -1, n_starts;
    for (instances->index_bytes = 4; n_columns < 0 && instances->index_bytes <= 8; instances->index_bytes += 4) {
        PyErr_Clear();
        n_columns = get_array(arguments[INDICES], &buffers[INDICES], "indices", INTEGER_FORMATS, (size_t)instances->index_bytes, 0);
    }
    instances->index_bytes -= 4;
    if (n_columns < 0) return -1;
    n_starts = get_array(arguments[STARTS], &buffers[STARTS], "starts", INTEGER_FORMATS, (size_t)instances->index_bytes, 0);
    if (n_starts < 1) return -1;
    if (get_array_of(arguments[INPUTS], &buffers[INPUTS], "inputs", REAL_FORMATS, self->item_size, 0, n_columns) < 0) return -1;
    instances->inputs = buffers[INPUTS].buf;
    instances->indices = buffers[INDICES].buf;
    instances->starts = buffers[STARTS].buf;
    instances->n_instances = n_starts - 1;
    return check_csr(self, n_columns);
}

static int bind_dense(Context *self, PyObject *const *arguments)
{
    const ptrdiff_t n_inputs = self->network.layers[0].n_inputs;
    const ptrdiff_t n = get_array(arguments[INPUTS], &self->buffers[INPUTS], "inputs", REAL_FORMATS, self->item_size, 0);
    if (n < 0) return -1;
    if (n % n_inputs) return PyErr_SetString(PyExc_ValueError, "inputs: not so many columns"), -1;
    self->instances.inputs = self->buffers[INPUTS].buf;
    self->instances.n_instances = n / n_inputs;
    self->longest_list = n_inputs;
    return 0;
}

/* Targets are a row for each instance, or a table that the codes point into. */
static int bind_targets(Context *self, PyObject *const *arguments)
{
    Instances *instances = &self->instances;
    Py_buffer *buffers = self->buffers;
    const ptrdiff_t n_outputs = n_outputs_of(&self->network), n_instances = instances->n_instances;
    const ptrdiff_t n = get_array(arguments[TARGETS], &buffers[TARGETS], "targets", REAL_FORMATS, self->item_size, 0);
    if (n < 0) return -1;
    instances->targets = buffers[TARGETS].buf;
    if (arguments[CODES] == Py_None) {
        if (n == n_instances * n_outputs) return 0;
        return PyErr_SetString(PyExc_ValueError, "targets: not one row for each instance"), -1;
    }
    if (get_array_of(arguments[CODES], &buffers[CODES], "codes", INTEGER_FORMATS, sizeof(ptrdiff_t), 0, n_instances) < 0) return -1;
    instances->codes = buffers[CODES].buf;
    return check_numbers(instances->codes, n_instances, n / n_outputs, "codes");
}

static int bind_weights(Context *self, PyObject *const *arguments)
{
    if (arguments[WEIGHTS] == Py_None) return 0;
    if (get_array_of(arguments[WEIGHTS], &self->buffers[WEIGHTS], "weights", REAL_FORMATS, self->item_size, 0,
                     self->instances.n_instances) < 0)
        return -1;
    self->instances.weights = self->buffers[WEIGHTS].buf;
    return 0;
}

static PyObject *context_bind(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (check_n_arguments("bind", n, N_BUFFERS) < 0 || check_not_busy(self) < 0) return NULL;
    release_buffers(self);
    release_scratch(self);
    if ((arguments[INDICES] == Py_None ? bind_dense : bind_csr)(self, arguments) < 0 || bind_targets(self, arguments) < 0 ||
        bind_weights(self, arguments) < 0) {
        release_buffers(self);
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- epoch ------------------------------------------------------------------------------------------------------ */

/* How the calling thread gets to know of signals while it works without the GIL. */
typedef struct {
    PyThreadState *thread;
    struct timespec last; /* when it last looked */
    int has_raised;
} Watch;

static double seconds_between(struct timespec from, struct timespec to)
{
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

/* Let Python handle signals, Ctrl-C above all, some twenty times a second; each time costs a wait for the GIL. */
static int handle_signals(void *data)
{
    Watch *watch = data;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds_between(watch->last, now) < 0.04) return 0;
    PyEval_RestoreThread(watch->thread);
    watch->has_raised = PyErr_CheckSignals() < 0;
    watch->thread = PyEval_SaveThread();
    clock_gettime(CLOCK_MONOTONIC, &watch->last);
    return watch->has_raised;
}

static int prepare(Context *self, Presentation *presentation)
{
    const ptrdiff_t n = presentation->n_presented;
    if (!self->buffers[TARGETS].obj) return PyErr_SetString(PyExc_ValueError, "no instances are bound"), -1;
    if (presentation->order && check_numbers(presentation->order, n, self->instances.n_instances, "order") < 0) return -1;
    const int has_two = presentation->rule == ADAM || presentation->rule == RPROP;
    if (presentation->batch_size > n || presentation->batch_size < 1) presentation->batch_size = n > 0 ? n : 1;
    if ((has_two || presentation->momentum != 0) && check_has(self->first_block, "first") < 0) return -1;
    if (has_two && check_has(self->second_block, "second") < 0) return -1;
    if (allocate_scratch(self, chunk_of(self, presentation->batch_size)) < 0) return -1;
    return allocate_parameters(self, &self->sum_block, offsetof(Layer, sums));
}

static PyObject *run(Context *self, Presentation *presentation)
{
    Watch watch = {.has_raised = 0};
    if (prepare(self, presentation) < 0) return NULL;
    Epoch *epoch = *self->kernel->epoch[self->item_size == 8];
    clock_gettime(CLOCK_MONOTONIC, &watch.last);
    presentation->pause = handle_signals;
    presentation->pause_data = &watch;
    self->is_busy = 1;
    watch.thread = PyEval_SaveThread();
    const Sums sums = epoch(&self->network, &self->instances, presentation, &self->scratch);
    PyEval_RestoreThread(watch.thread);
    self->is_busy = 0;
    if (!watch.has_raised) return Py_BuildValue("ddd", sums.loss, sums.error, sums.largest_update);
    release_scratch(self); /* these hold parts of a batch */
    release_parameters(self, &self->sum_block, offsetof(Layer, sums));
    return NULL;
}

static PyObject *present(Context *self, PyObject *numbers, Presentation *presentation)
{
    Py_buffer order = {.obj = NULL};
    presentation->n_presented = self->instances.n_instances;
    if (numbers != Py_None) {
        presentation->n_presented = get_array(numbers, &order, "order", INTEGER_FORMATS, sizeof(ptrdiff_t), 0);
        if (presentation->n_presented < 0) return NULL;
        presentation->order = order.buf;
    }
    PyObject *result = run(self, presentation);
    if (order.obj) PyBuffer_Release(&order);
    return result;
}

static int read_batch_size(Presentation *presentation, PyObject *number)
{
    presentation->batch_size = PyLong_AsSsize_t(number);
    if (PyErr_Occurred()) return -1;
    if (presentation->batch_size < 1) return PyErr_SetString(PyExc_ValueError, "batch_size must be 1 or more"), -1;
    return 0;
}

/* Read Python numbers into where they belong. */
static int read_numbers(double *const *targets, PyObject *const *arguments, int n)
{
    for (int i = 0; i < n; i++) *targets[i] = PyFloat_AsDouble(arguments[i]);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *context_epoch(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = DESCENT};
    double *const numbers[] = {&presentation.learning_rate, &presentation.momentum};
    if (check_n_arguments("epoch", n, 6) < 0 || check_not_busy(self) < 0 || read_batch_size(&presentation, arguments[1]) < 0 ||
        read_numbers(numbers, arguments + 2, 2) < 0)
        return NULL;
    presentation.nesterov = PyObject_IsTrue(arguments[4]);
    presentation.alpha = PyFloat_AsDouble(arguments[5]);
    return PyErr_Occurred() ? NULL : present(self, arguments[0], &presentation);
}

static PyObject *context_epoch_adam(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = ADAM};
    double *const numbers[] = {&presentation.learning_rate, &presentation.beta_1, &presentation.beta_2, &presentation.epsilon};
    if (check_n_arguments("epoch_adam", n, 8) < 0 || check_not_busy(self) < 0 || read_batch_size(&presentation, arguments[1]) < 0 ||
        read_numbers(numbers, arguments + 2, 4) < 0)
        return NULL;
    presentation.n_updates = PyLong_AsSsize_t(arguments[6]);
    presentation.alpha = PyFloat_AsDouble(arguments[7]);
    return PyErr_Occurred() ? NULL : present(self, arguments[0], &presentation);
}

static PyObject *context_epoch_rprop(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = RPROP};
    double *const numbers[] = {&presentation.increase, &presentation.decrease, &presentation.smallest, &presentation.largest_step,
                               &presentation.alpha};
    if (check_n_arguments("epoch_rprop", n, 6) < 0 || check_not_busy(self) < 0 || read_numbers(numbers, arguments + 1, 5) < 0)
        return NULL;
    return present(self, arguments[0], &presentation);
}

/* Hand over the gradient that an epoch has left in the sums. */
static void take_gradient(Context *self, void *into)
{
    copy_parameters(self, into, offsetof(Layer, sums), OUT_OF_NETWORK);
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        const Layer *layer = &self->network.layers[i];
        memset(layer->sums.weights, 0, (size_t)n_weights(self, layer) * self->item_size);
        memset(layer->sums.biases, 0, (size_t)layer->stride * self->item_size);
    }
}

static PyObject *context_gradient(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = GRADIENT};
    Py_buffer into;
    if (check_n_arguments("gradient", n, 2) < 0 || check_not_busy(self) < 0) return NULL;
    presentation.alpha = PyFloat_AsDouble(arguments[0]);
    if (PyErr_Occurred() ||
        get_array_of(arguments[1], &into, "into", REAL_FORMATS, self->item_size, PyBUF_WRITABLE, self->n_parameters) < 0)
        return NULL;
    PyObject *sums = present(self, Py_None, &presentation), *two = NULL;
    if (sums) {
        take_gradient(self, into.buf);
        two = PyTuple_GetSlice(sums, 0, 2); /* no update has a size */
        Py_DECREF(sums);
    }
    PyBuffer_Release(&into);
    return two;
}

/* ---- the module ------------------------------------------------------------------------------------------------- */

PyDoc_STRVAR(context_doc,
"Context(layer_sizes, dtype, activation, output_unit, groups, parameter=0.0)\n--\n\n"
"A network in the kernel's layout, and the instances it learns.\n\n"
"layer_sizes : tuple of int, the inputs first\n"
"dtype : {'float32', 'float64'}, of the network and of all arrays of real numbers\n"
"activation : str, one of ACTIVATIONS, of the hidden units\n"
"output_unit : str, one of OUTPUT_UNITS: output units and loss. 'softmax_log' is within each group, and a group of one is a\n"
"    logistic unit\n"
"groups : tuple of int, sizes of the groups of output units; an instance is an error where one group decides wrongly, a\n"
"    unit alone at 0.5, of several the largest. Or None: squared residuals are summed\n"
"parameter : float, the delta of Huber's loss or the quantile");
PyDoc_STRVAR(load_doc,
"load(vector, first=None, second=None)\n--\n\n"
"Copy the parameters, and what the rule remembers, into the network.\n\n"
"first : the last move (epoch, with momentum), the first moments (epoch_adam), or the last gradient (epoch_rprop)\n"
"second : the second moments (epoch_adam), or the step sizes (epoch_rprop)");
PyDoc_STRVAR(store_doc, "store(vector, first=None, second=None)\n--\n\nCopy what is not None out of the network; see load.");
PyDoc_STRVAR(bind_doc,
"bind(inputs, indices, starts, targets, codes, weights)\n--\n\n"
"Take the instances: dense rows, or the data, indices and indptr of CSR; codes and weights may be None.");
PyDoc_STRVAR(epoch_doc,
"epoch(order, batch_size, learning_rate, momentum, nesterov, penalty)\n--\n\n"
"Present the instances in the given order (None: as they stand), with an update after each batch.\n\n"
"penalty is its strength, alpha, over the mean weight. Returns the sums (loss, error, largest_update). Where a signal's\n"
"handler raises, the epoch ends unfinished, and the parameters are those of some batch.");
PyDoc_STRVAR(epoch_adam_doc,
"epoch_adam(order, batch_size, learning_rate, beta_1, beta_2, epsilon, n_updates, penalty)\n--\n\n"
"As epoch, by Adam; n_updates were done before.");
PyDoc_STRVAR(epoch_rprop_doc,
"epoch_rprop(order, increase, decrease, smallest, largest_step, penalty)\n--\n\n"
"As epoch, with one update by iRprop- at its end.");
PyDoc_STRVAR(gradient_doc,
"gradient(penalty, into)\n--\n\n"
"Write the gradient of the mean loss of all instances into an array like the vector of `load`; no weight moves.\n\n"
"Returns the sums (loss, error), as epoch does. Where a signal's handler raises, the array stays as it is.");

#define METHOD(name, flags) {#name, (PyCFunction)(void (*)(void))context_##name, flags, name##_doc}

static PyMethodDef CONTEXT_METHODS[] = {
    METHOD(load, METH_VARARGS | METH_KEYWORDS),
    METHOD(store, METH_VARARGS | METH_KEYWORDS),
    METHOD(bind, METH_FASTCALL),
    METHOD(epoch, METH_FASTCALL),
    METHOD(epoch_adam, METH_FASTCALL),
    METHOD(epoch_rprop, METH_FASTCALL),
    METHOD(gradient, METH_FASTCALL),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot CONTEXT_SLOTS[] = {
    {Py_tp_doc, (void *)context_doc},
    {Py_tp_new, (void *)context_new},
    {Py_tp_dealloc, (void *)context_dealloc},
    {Py_tp_methods, CONTEXT_METHODS},
    {0, NULL},
};

static PyType_Spec CONTEXT_SPEC = {"skbackprop._network._kernel.Context", sizeof(Context), 0, Py_TPFLAGS_DEFAULT, CONTEXT_SLOTS};

static PyObject *instruction_sets(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    PyObject *names = PyList_New(0);
    for (const Kernel *kernel = KERNELS; names && kernel->name; kernel++) {
        PyObject *name = kernel->is_supported() ? PyUnicode_FromString(kernel->name) : NULL;
        if (name && PyList_Append(names, name) < 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    return names;
}

static PyMethodDef MODULE_METHODS[] = {
    {"instruction_sets", instruction_sets, METH_NOARGS, "instruction_sets()\n--\n\nThose this machine can run, the best first."},
    {NULL, NULL, 0, NULL},
};

/* Let the module have this object, which is given away, under a name. */
static int add_object(PyObject *module, const char *name, PyObject *object)
{
    const int result = object ? PyModule_AddObjectRef(module, name, object) : -1;
    Py_XDECREF(object);
    return result;
}

/* A tuple of the names that NULL ends. */
static PyObject *tuple_of(const char *const *names)
{
    Py_ssize_t n = 0;
    while (names[n]) n++;
    PyObject *tuple = PyTuple_New(n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        PyObject *name = PyUnicode_FromString(names[i]);
        if (!name || PyTuple_SetItem(tuple, i, name) < 0) Py_CLEAR(tuple);
    }
    return tuple;
}

static int execute(PyObject *module)
{
    const int failed = add_object(module, "Context", PyType_FromSpec(&CONTEXT_SPEC)) < 0 ||
                       add_object(module, "ACTIVATIONS", tuple_of(ACTIVATIONS)) < 0 ||
                       add_object(module, "OUTPUT_UNITS", tuple_of(OUTPUT_UNITS)) < 0 ||
                       add_object(module, "RULES", tuple_of(RULES)) < 0;
    return failed ? -1 : 0;
}

static PyModuleDef_Slot MODULE_SLOTS[] = {{Py_mod_exec, (void *)execute}, {0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_kernel", "Epochs of back-propagation in compiled code.", 0, MODULE_METHODS, MODULE_SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&MODULE);
}
