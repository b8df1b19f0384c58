/* Whole epochs are handed to the kernel, without the GIL, and signals are looked for on the way. */
#ifndef SKBACKPROP_PRESENTATION_H
#define SKBACKPROP_PRESENTATION_H

#include <time.h>

#include "arrays.h"
#include "transfer.h"

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
    if (presentation->order && check_order(presentation->order, n, self->instances.n_instances) < 0) return -1;
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
    Epoch *epoch = self->kernel->functions[self->item_size == 8]->epoch;
    clock_gettime(CLOCK_MONOTONIC, &watch.last);
    presentation->n_threads = self->n_threads;
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
    Presentation presentation = {.rule = DESCENT, .hidden_factor = 1};
    double *const numbers[] = {&presentation.learning_rate, &presentation.momentum};
    if (check_n_arguments("epoch", n == 7 ? 6 : n, 6) < 0 || check_not_busy(self) < 0 || read_batch_size(&presentation, arguments[1]) < 0 ||
        read_numbers(numbers, arguments + 2, 2) < 0)
        return NULL;
    presentation.nesterov = PyObject_IsTrue(arguments[4]);
    presentation.alpha = PyFloat_AsDouble(arguments[5]);
    if (n == 7) presentation.hidden_factor = PyFloat_AsDouble(arguments[6]);
    return PyErr_Occurred() ? NULL : present(self, arguments[0], &presentation);
}

static PyObject *context_epoch_adam(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = ADAM, .hidden_factor = 1};
    double *const numbers[] = {&presentation.learning_rate, &presentation.beta_1, &presentation.beta_2, &presentation.epsilon};
    if (check_n_arguments("epoch_adam", n == 9 || n == 10 ? 8 : n, 8) < 0 || check_not_busy(self) < 0 || read_batch_size(&presentation, arguments[1]) < 0 ||
        read_numbers(numbers, arguments + 2, 4) < 0)
        return NULL;
    presentation.n_updates = PyLong_AsSsize_t(arguments[6]);
    presentation.alpha = PyFloat_AsDouble(arguments[7]);
    if (n >= 9) presentation.hidden_factor = PyFloat_AsDouble(arguments[8]);
    if (n == 10) presentation.has_equal_shares = PyObject_IsTrue(arguments[9]);
    return PyErr_Occurred() ? NULL : present(self, arguments[0], &presentation);
}

static PyObject *context_epoch_rprop(Context *self, PyObject *const *arguments, Py_ssize_t n)
{
    Presentation presentation = {.rule = RPROP, .hidden_factor = 1};
    double *const numbers[] = {&presentation.increase, &presentation.decrease, &presentation.smallest, &presentation.largest_step,
                               &presentation.alpha};
    if (check_n_arguments("epoch_rprop", n, 6) < 0 || check_not_busy(self) < 0 || read_numbers(numbers, arguments + 1, 5) < 0)
        return NULL;
    return present(self, arguments[0], &presentation);
}

static PyObject *context_use_threads(Context *self, PyObject *number)
{
    const int n_threads = read_n_threads(number);
    if (n_threads < 1 || check_not_busy(self) < 0) return NULL;
    self->n_threads = n_threads;
    Py_RETURN_NONE;
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
    Presentation presentation = {.rule = GRADIENT, .hidden_factor = 1};
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

#endif
