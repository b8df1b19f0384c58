/* Instances are bound to a Context: here every number that the kernel will use as an index is looked at. */
#ifndef SKBACKPROP_INSTANCES_H
#define SKBACKPROP_INSTANCES_H

#include "arrays.h"
#include "context.h"

/* Take an array of integers of 4 or of 8 bytes; as `get_array`. */
static ptrdiff_t get_integers(PyObject *object, Py_buffer *buffer, const char *name)
{
    const ptrdiff_t n = get_array(object, buffer, name, INTEGER_FORMATS, sizeof(int32_t), 0);
    if (n >= 0 || !PyErr_ExceptionMatches(PyExc_ValueError)) return n;
    PyErr_Clear();
    return get_array(object, buffer, name, INTEGER_FORMATS, sizeof(int64_t), 0);
}

static int64_t integer_at(const Py_buffer *integers, ptrdiff_t i)
{
    return integers->itemsize == 4 ? ((const int32_t *)integers->buf)[i] : ((const int64_t *)integers->buf)[i];
}

/* Copy where the rows begin, note the longest, and say whether all lie within the numbers that are stored. */
static int copy_starts(Context *self, const Py_buffer *given, ptrdiff_t n_stored, ptrdiff_t *starts)
{
    int64_t end = integer_at(given, 0);
    int is_good = end >= 0;
    self->longest_list = 0;
    for (ptrdiff_t i = 0; is_good && i < self->instances.n_instances; i++) {
        const int64_t start = end;
        end = integer_at(given, i + 1);
        is_good = start <= end && end <= n_stored;
        starts[i] = (ptrdiff_t)start;
        if (is_good && end - start > self->longest_list) self->longest_list = (ptrdiff_t)(end - start);
    }
    starts[self->instances.n_instances] = (ptrdiff_t)end;
    return is_good;
}

/* Copy columns, and say whether all are inputs of the network. */
static int copy_columns(const Context *self, const Py_buffer *given, ptrdiff_t n, int32_t *columns)
{
    const uint64_t n_inputs = (uint64_t)self->network.layers[0].n_inputs;
    int is_bad = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint64_t column = (uint64_t)integer_at(given, i);
        columns[i] = (int32_t)column;
        is_bad |= column >= n_inputs;
    }
    return !is_bad;
}

static void cut_indices(Block *block, ptrdiff_t n_instances, ptrdiff_t n_stored, ptrdiff_t **starts, int32_t **columns)
{
    *starts = take(block, (double)n_instances + 1, sizeof(ptrdiff_t));
    *columns = take(block, (double)n_stored + 1, sizeof(int32_t));
}

/* What serves as an index is checked as it is copied, since its owner may write to his own at any time. */
static int copy_csr(Context *self, const Py_buffer *given_columns, const Py_buffer *given_starts, ptrdiff_t n_stored)
{
    Instances *instances = &self->instances;
    Block measured = {NULL, 0}, aligned;
    ptrdiff_t *starts;
    int32_t *columns;
    cut_indices(&measured, instances->n_instances, n_stored, &starts, &columns);
    if (allocate(&measured, &self->index_block, &aligned) < 0) return -1;
    cut_indices(&aligned, instances->n_instances, n_stored, &starts, &columns);
    instances->starts = starts;
    instances->columns = columns;
    if (copy_starts(self, given_starts, n_stored, starts) &&
        copy_columns(self, given_columns, starts[instances->n_instances], columns))
        return 0;
    return PyErr_SetString(PyExc_ValueError, "inputs: not a CSR array of so many columns"), -1;
}

static int bind_csr(Context *self, PyObject *const *arguments)
{
    Py_buffer *columns = &self->buffers[INDICES], *starts = &self->buffers[STARTS], *inputs = &self->buffers[INPUTS];
    const ptrdiff_t n_stored = get_integers(arguments[INDICES], columns, "indices");
    const ptrdiff_t n_starts = n_stored < 0 ? -1 : get_integers(arguments[STARTS], starts, "starts");
    if (n_starts < 0) return -1;
    if (n_starts == 0) return PyErr_SetString(PyExc_ValueError, "starts: not even the first"), -1;
    if (get_array_of(arguments[INPUTS], inputs, "inputs", REAL_FORMATS, self->item_size, 0, n_stored) < 0) return -1;
    self->instances.inputs = inputs->buf;
    self->instances.n_instances = n_starts - 1;
    const int result = copy_csr(self, columns, starts, n_stored);
    PyBuffer_Release(columns);
    PyBuffer_Release(starts);
    return result;
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
    if (get_array_of(arguments[CODES], &buffers[CODES], "codes", INTEGER_FORMATS, sizeof(int32_t), 0, n_instances) < 0) return -1;
    instances->codes = buffers[CODES].buf;
    instances->n_targets = n / n_outputs;
    return check_codes(instances->codes, n_instances, instances->n_targets);
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
    if ((arguments[INDICES] == Py_None ? bind_dense : bind_csr)(self, arguments) < 0 || bind_targets(self, arguments) < 0 ||
        bind_weights(self, arguments) < 0) {
        release_buffers(self);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *context_release(Context *self, PyObject *Py_UNUSED(none))
{
    if (check_not_busy(self) < 0) return NULL;
    release_buffers(self);
    Py_RETURN_NONE;
}

#endif
