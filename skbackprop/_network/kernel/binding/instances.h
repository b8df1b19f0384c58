/* Instances are bound to a Context: here every number that the kernel will use as an index is looked at. */
#ifndef SKBACKPROP_INSTANCES_H
#define SKBACKPROP_INSTANCES_H

#include "arrays.h"
#include "context.h"

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

#endif
