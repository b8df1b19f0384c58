/* Prediction: a network without a Context, from weights that are read where Python has them. */
#ifndef SKBACKPROP_PREDICTION_H
#define SKBACKPROP_PREDICTION_H

#include "instances.h"

/* Take the arrays of each layer's weights, or of its biases, from a sequence, and see to their sizes. */
static int take_arrays(Context *self, PyObject *arrays, const char *name, int is_biases, Py_buffer *buffers, ptrdiff_t *n_taken)
{
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        PyObject *array = PySequence_GetItem(arrays, i);
        if (!array) return -1;
        const ptrdiff_t n = is_biases ? layer->n_units : layer->n_inputs * layer->n_units;
        const ptrdiff_t got = get_array_of(array, &buffers[*n_taken], name, REAL_FORMATS, self->item_size, 0, n);
        Py_DECREF(array);
        if (got != n) return -1;
        *(is_biases ? &layer->parameters.biases : &layer->parameters.weights) = buffers[(*n_taken)++].buf;
    }
    return 0;
}

/* Bind the instances alone; there are no targets. */
static int bind_inputs(Context *self, PyObject *const *arguments)
{
    return (arguments[INDICES] == Py_None ? bind_dense : bind_csr)(self, arguments);
}

static int run_prediction(Context *self, PyObject *into, int n_threads)
{
    Py_buffer outputs;
    if (get_array_of(into, &outputs, "into", REAL_FORMATS, self->item_size, PyBUF_WRITABLE,
                     self->instances.n_instances * n_outputs_of(&self->network)) < 0)
        return -1;
    const Prediction prediction = {&self->network, &self->instances, outputs.buf, n_threads};
    int is_done;
    Py_BEGIN_ALLOW_THREADS
    is_done = self->kernel->functions[self->item_size == 8]->predict(&prediction);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&outputs);
    if (!is_done) PyErr_NoMemory();
    return is_done ? 0 : -1;
}

enum { P_SIZES, P_DTYPE, P_ACTIVATION, P_INPUTS, P_WEIGHTS = P_INPUTS + 3, P_BIASES, P_THREADS, P_INTO, N_PREDICT };

static int predict_with(Context *self, PyObject *const *arguments, Py_buffer *buffers, ptrdiff_t *n_taken)
{
    const int n_threads = read_n_threads(arguments[P_THREADS]);
    if (n_threads < 1 || bind_inputs(self, arguments + P_INPUTS) < 0 ||
        take_arrays(self, arguments[P_WEIGHTS], "weights", 0, buffers, n_taken) < 0 ||
        take_arrays(self, arguments[P_BIASES], "biases", 1, buffers, n_taken) < 0)
        return -1;
    return run_prediction(self, arguments[P_INTO], n_threads);
}

static PyObject *predict(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t n)
{
    Context self = {.kernel = NULL}; /* not an object of Python's, but what it holds */
    ptrdiff_t n_taken = 0;
    int failed = 1;
    if (check_n_arguments("predict", n, N_PREDICT) < 0) return NULL;
    if (!PyTuple_Check(arguments[P_SIZES])) return PyErr_SetString(PyExc_TypeError, "layer_sizes: not a tuple"), NULL;
    if (describe(&self, arguments[P_SIZES], arguments[P_DTYPE], arguments[P_ACTIVATION]) == 0) {
        Py_buffer *buffers = calloc((size_t)(2 * self.network.n_layers), sizeof(Py_buffer));
        failed = buffers ? predict_with(&self, arguments, buffers, &n_taken) < 0 : (PyErr_NoMemory(), 1);
        for (ptrdiff_t i = 0; i < n_taken; i++) PyBuffer_Release(&buffers[i]);
        free(buffers);
    }
    release_buffers(&self);
    free(self.network.layers);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

#endif
