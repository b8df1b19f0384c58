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
    void *parameter_block, *velocity_block, *sum_block, *scratch_block;
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

/* Weights and biases of all layers, or arrays of their shapes, found in each layer at the given members. */
static void cut_parameters(Context *self, Block *block, size_t weights_member, size_t biases_member)
{
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        *(void **)((char *)layer + weights_member) = take(block, n_weights(self, layer), self->item_size);
        *(void **)((char *)layer + biases_member) = take(block, (double)layer->stride, self->item_size);
    }
}

static int allocate_parameters(Context *self, void **block, size_t weights_member, size_t biases_member)
{
    Block measured = {NULL, 0}, aligned;
    if (*block) return 0;
    cut_parameters(self, &measured, weights_member, biases_member);
    if (allocate(&measured, block, &aligned) < 0) return -1;
    cut_parameters(self, &aligned, weights_member, biases_member);
    return 0;
}

static void cut_scratch(Context *self, Block *block)
{
    Scratch *scratch = &self->scratch;
    const Layer *layers = self->network.layers, *top = &layers[self->network.n_layers - 1];
    const double chunk = (double)scratch->chunk, n_inputs = (double)layers[0].n_inputs;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        layer->outputs = take(block, chunk * (double)layer->stride, self->item_size);
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

static int allocate_scratch(Context *self, ptrdiff_t chunk)
{
    Block measured = {NULL, 0}, aligned;
    if (self->scratch_block && self->scratch.chunk == chunk) return 0;
    free(self->scratch_block);
    self->scratch_block = NULL;
    self->scratch.chunk = chunk;
    cut_scratch(self, &measured);
    if (allocate(&measured, &self->scratch_block, &aligned) < 0) return -1;
    cut_scratch(self, &aligned);
    fill_scratch(self);
    return 0;
}

static ptrdiff_t chunk_of(const Context *self, ptrdiff_t batch_size)
{
    const ptrdiff_t fitting = LIST_NUMBERS / (self->longest_list + 1) + 1;
    const ptrdiff_t chunk = batch_size < CHUNK ? batch_size : CHUNK;
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

static const char *const ACTIVATIONS[] = {"logistic", "tanh", "relu", "identity", NULL};
static const char *const OUTPUT_UNITS[] = {"logistic_squared", "identity_squared", "logistic_log", "softmax_log", NULL};
static const char *const ERROR_KINDS[] = {"residuals", "one_class", "any_label", NULL};

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
    return allocate_parameters(self, &self->parameter_block, offsetof(Layer, weights), offsetof(Layer, biases));
}

static int set_up(Context *self, PyObject *arguments)
{
    PyObject *sizes, *dtype, *activation, *output_unit, *error_kind;
    static const char *const DTYPES[] = {"float32", "float64", NULL};
    if (!PyArg_ParseTuple(arguments, "O!OOOO", &PyTuple_Type, &sizes, &dtype, &activation, &output_unit, &error_kind)) return -1;
    const int is_double = find_name(dtype, DTYPES, "dtype");
    const int activation_number = find_name(activation, ACTIVATIONS, "activation");
    const int output_number = find_name(output_unit, OUTPUT_UNITS, "output_unit");
    const int error_number = find_name(error_kind, ERROR_KINDS, "error_kind");
    self->kernel = choose_kernel();
    if (PyErr_Occurred()) return -1;
    self->item_size = is_double ? 8 : 4;
    self->width = (ptrdiff_t)(self->kernel->vector_bytes / self->item_size);
    self->network.activation = (Activation)activation_number;
    self->network.output_unit = (OutputUnit)output_number;
    self->network.error_kind = (ErrorKind)error_number;
    return set_layers(self, sizes);
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
    free(self->parameter_block);
    free(self->velocity_block);
    free(self->sum_block);
    free(self->scratch_block);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *context_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords))
{
    Context *self = (Context *)PyType_GenericAlloc(type, 0);
    if (self && set_up(self, arguments) < 0) {
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
static void copy_parameters(const Context *self, char *vector, size_t weights_member, size_t biases_member, int direction)
{
    for (int part = 0; part < 2; part++) {
        for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
            const Layer *layer = &self->network.layers[i];
            char *mine = *(char **)((char *)layer + (part ? biases_member : weights_member));
            vector = copy_array(self, layer, mine, part, vector, direction);
        }
    }
}

static int copy_vector(Context *self, PyObject *object, const char *name, int is_velocity, int direction)
{
    Py_buffer buffer;
    const int flags = direction == OUT_OF_NETWORK ? PyBUF_WRITABLE : 0;
    if (get_array_of(object, &buffer, name, REAL_FORMATS, self->item_size, flags, self->n_parameters) < 0) return -1;
    if (is_velocity)
        copy_parameters(self, buffer.buf, offsetof(Layer, weight_velocity), offsetof(Layer, bias_velocity), direction);
    else
        copy_parameters(self, buffer.buf, offsetof(Layer, weights), offsetof(Layer, biases), direction);
    PyBuffer_Release(&buffer);
    return 0;
}

static void forget_velocity(Context *self)
{
    free(self->velocity_block);
    self->velocity_block = NULL;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++)
        self->network.layers[i].weight_velocity = self->network.layers[i].bias_velocity = NULL;
}

static PyObject *context_load(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (check_n_arguments("load", n, 2) < 0 || check_not_busy(self) < 0) return NULL;
    if (copy_vector(self, arguments[0], "vector", 0, INTO_NETWORK) < 0) return NULL;
    if (arguments[1] == Py_None) {
        forget_velocity(self);
    } else {
        if (allocate_parameters(self, &self->velocity_block, offsetof(Layer, weight_velocity), offsetof(Layer, bias_velocity)) < 0)
            return NULL;
        if (copy_vector(self, arguments[1], "velocity", 1, INTO_NETWORK) < 0) return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *context_store(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    if (check_n_arguments("store", n, 2) < 0 || check_not_busy(self) < 0) return NULL;
    if (copy_vector(self, arguments[0], "vector", 0, OUT_OF_NETWORK) < 0) return NULL;
    if (arguments[1] != Py_None) {
        if (!self->velocity_block) {
            PyErr_SetString(PyExc_ValueError, "this context has no velocity");
            return NULL;
        }
        if (copy_vector(self, arguments[1], "velocity", 1, OUT_OF_NETWORK) < 0) return NULL;
    }
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
    const ptrdiff_t n_outputs = self->network.layers[self->network.n_layers - 1].n_units, n_instances = instances->n_instances;
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
    free(self->scratch_block);
    self->scratch_block = NULL;
    if ((arguments[INDICES] == Py_None ? bind_dense : bind_csr)(self, arguments) < 0 || bind_targets(self, arguments) < 0 ||
        bind_weights(self, arguments) < 0) {
        release_buffers(self);
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- epoch ------------------------------------------------------------------------------------------------------ */

static int read_presentation(Presentation *presentation, PyObject *const *arguments)
{
    presentation->batch_size = PyLong_AsSsize_t(arguments[1]);
    presentation->learning_rate = PyFloat_AsDouble(arguments[2]);
    presentation->momentum = PyFloat_AsDouble(arguments[3]);
    presentation->nesterov = PyObject_IsTrue(arguments[4]);
    presentation->alpha = PyFloat_AsDouble(arguments[5]);
    if (PyErr_Occurred()) return -1;
    if (presentation->batch_size < 1) return PyErr_SetString(PyExc_ValueError, "batch_size must be 1 or more"), -1;
    return 0;
}

static int prepare(Context *self, Presentation *presentation)
{
    const ptrdiff_t n = presentation->n_presented;
    if (!self->buffers[TARGETS].obj) return PyErr_SetString(PyExc_ValueError, "no instances are bound"), -1;
    if (presentation->order && check_numbers(presentation->order, n, self->instances.n_instances, "order") < 0) return -1;
    if (presentation->batch_size > n) presentation->batch_size = n > 0 ? n : 1;
    if (presentation->momentum != 0 && !self->velocity_block)
        return PyErr_SetString(PyExc_ValueError, "momentum needs a velocity"), -1;
    if (allocate_scratch(self, chunk_of(self, presentation->batch_size)) < 0) return -1;
    return allocate_parameters(self, &self->sum_block, offsetof(Layer, weight_sums), offsetof(Layer, bias_sums));
}

static PyObject *run(Context *self, Presentation *presentation)
{
    Sums sums;
    if (prepare(self, presentation) < 0) return NULL;
    Epoch *epoch = *self->kernel->epoch[self->item_size == 8];
    self->is_busy = 1;
    Py_BEGIN_ALLOW_THREADS
    sums = epoch(&self->network, &self->instances, presentation, &self->scratch);
    Py_END_ALLOW_THREADS
    self->is_busy = 0;
    return Py_BuildValue("ddd", sums.loss, sums.error, sums.largest_update);
}

static PyObject *context_epoch(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.n_presented = self->instances.n_instances};
    Py_buffer order = {.obj = NULL};
    if (check_n_arguments("epoch", n, 6) < 0 || check_not_busy(self) < 0 || read_presentation(&presentation, arguments) < 0)
        return NULL;
    if (arguments[0] != Py_None) {
        presentation.n_presented = get_array(arguments[0], &order, "order", INTEGER_FORMATS, sizeof(ptrdiff_t), 0);
        if (presentation.n_presented < 0) return NULL;
        presentation.order = order.buf;
    }
    PyObject *result = run(self, &presentation);
    if (order.obj) PyBuffer_Release(&order);
    return result;
}

/* ---- the module ------------------------------------------------------------------------------------------------- */

PyDoc_STRVAR(context_doc,
"Context(layer_sizes, dtype, activation, output_unit, error_kind)\n--\n\n"
"A network in the kernel's layout, and the instances it learns.\n\n"
"layer_sizes : tuple of int, the inputs first\n"
"dtype : {'float32', 'float64'}, of the network and of all arrays of real numbers\n"
"activation : {'logistic', 'tanh', 'relu', 'identity'}, of the hidden units\n"
"output_unit : {'logistic_squared', 'identity_squared', 'logistic_log', 'softmax_log'}, output units and loss\n"
"error_kind : {'residuals', 'one_class', 'any_label'}, what is summed as an instance's error");
PyDoc_STRVAR(load_doc, "load(vector, velocity)\n--\n\nCopy the parameters, and the velocity or None, into the network.");
PyDoc_STRVAR(store_doc, "store(vector, velocity)\n--\n\nCopy the parameters, and the velocity unless None, out of the network.");
PyDoc_STRVAR(bind_doc,
"bind(inputs, indices, starts, targets, codes, weights)\n--\n\n"
"Take the instances: dense rows, or the data, indices and indptr of CSR; codes and weights may be None.");
PyDoc_STRVAR(epoch_doc,
"epoch(order, batch_size, learning_rate, momentum, nesterov, alpha)\n--\n\n"
"Present the instances in the given order (None: as they stand), with an update after each batch.\n\n"
"alpha is the strength of the penalty over the mean weight. Returns the sums (loss, error, largest_update).");

static PyMethodDef CONTEXT_METHODS[] = {
    {"load", (PyCFunction)(void (*)(void))context_load, METH_FASTCALL, load_doc},
    {"store", (PyCFunction)(void (*)(void))context_store, METH_FASTCALL, store_doc},
    {"bind", (PyCFunction)(void (*)(void))context_bind, METH_FASTCALL, bind_doc},
    {"epoch", (PyCFunction)(void (*)(void))context_epoch, METH_FASTCALL, epoch_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot CONTEXT_SLOTS[] = {
    {Py_tp_doc, (void *)context_doc},
    {Py_tp_new, (void *)context_new},
    {Py_tp_dealloc, (void *)context_dealloc},
    {Py_tp_methods, CONTEXT_METHODS},
    {0, NULL},
};

static PyType_Spec CONTEXT_SPEC = {"skbackprop._kernel.Context", sizeof(Context), 0, Py_TPFLAGS_DEFAULT, CONTEXT_SLOTS};

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

static int execute(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&CONTEXT_SPEC);
    if (!type) return -1;
    if (PyModule_AddObject(module, "Context", type) == 0) return 0;
    Py_DECREF(type);
    return -1;
}

static PyModuleDef_Slot MODULE_SLOTS[] = {{Py_mod_exec, (void *)execute}, {0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_kernel", "Epochs of back-propagation in compiled code.", 0, MODULE_METHODS, MODULE_SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&MODULE);
}
