/* Vectors of Python are loaded into the network and stored from it: all weights, layer by layer, then all biases. */
#ifndef SKBACKPROP_TRANSFER_H
#define SKBACKPROP_TRANSFER_H

#include "../threads.h"
#include "arrays.h"

enum { INTO_NETWORK, OUT_OF_NETWORK };
enum {
    BYTES_OF_TASK = 1 << 21, /* a large page, which two threads would both clear otherwise */
    BYTES_TO_SHARE = 1 << 22 /* of a vector that threads copy together, which takes one of them some tenths of a millisecond */
};

/* Where a matrix lies, with the distances in bytes between its rows and between its columns. */
typedef struct {
    char *start;
    ptrdiff_t row_step, column_step;
} Place;

typedef struct {
    Place to, from;
    ptrdiff_t n_rows, n_columns, n_per_task;
    size_t item_size;
} Copying;

/* The ends of rows. */
typedef struct {
    char *start;
    ptrdiff_t n_rows, n_per_task;
    size_t used, stride;
} Ends;

static ptrdiff_t rows_of_task(size_t row_bytes)
{
    const size_t n = BYTES_OF_TASK / row_bytes;
    return n ? (ptrdiff_t)n : 1;
}

static ptrdiff_t end_of_task(ptrdiff_t first, ptrdiff_t n_per_task, ptrdiff_t n_rows)
{
    return n_rows - first < n_per_task ? n_rows : first + n_per_task;
}

static void copy_row(const Copying *matrix, ptrdiff_t i)
{
    const Place *to = &matrix->to, *from = &matrix->from;
    char *target = to->start + i * to->row_step;
    const char *source = from->start + i * from->row_step;
    if (to->column_step == from->column_step) {
        memcpy(target, source, (size_t)matrix->n_columns * matrix->item_size);
        return;
    }
    for (ptrdiff_t j = 0; j < matrix->n_columns; j++) memcpy(target + j * to->column_step, source + j * from->column_step, matrix->item_size);
}

static void copy_task(void *shared, ptrdiff_t task, int thread)
{
    const Copying *matrix = shared;
    const ptrdiff_t first = task * matrix->n_per_task, end = end_of_task(first, matrix->n_per_task, matrix->n_rows);
    (void)thread;
    for (ptrdiff_t i = first; i < end; i++) copy_row(matrix, i);
}

static void clear_task(void *shared, ptrdiff_t task, int thread)
{
    const Ends *ends = shared;
    const ptrdiff_t first = task * ends->n_per_task, end = end_of_task(first, ends->n_per_task, ends->n_rows);
    (void)thread;
    for (ptrdiff_t i = first; i < end; i++) memset(ends->start + (size_t)i * ends->stride + ends->used, 0, ends->stride - ends->used);
}

static ptrdiff_t n_tasks(ptrdiff_t n_rows, ptrdiff_t n_per_task) { return (n_rows + n_per_task - 1) / n_per_task; }

/* Clear the padding of an array of rows: the ends of the rows, and the rows from n_rows on. */
static void clear_padding(Team *team, char *mine, ptrdiff_t n_rows, size_t used, size_t stride, size_t n_bytes)
{
    Ends ends = {mine, n_rows, rows_of_task(stride), used, stride};
    if (used < stride) share_out(team, clear_task, &ends, n_tasks(n_rows, ends.n_per_task));
    memset(mine + (size_t)n_rows * stride, 0, n_bytes - (size_t)n_rows * stride);
}

/* Copy one layer's weights, or its biases, and return where the next begin in the vector. On the way in, the padding is
 * cleared too: a diverged network may have brought NaN into it. */
static char *copy_array(const Context *self, Team *team, const Layer *layer, char *mine, int is_biases, char *vector, int direction)
{
    const ptrdiff_t item = (ptrdiff_t)self->item_size, n_rows = is_biases ? 1 : layer->n_inputs, row = layer->row_stride * item;
    const int is_by_unit = layer->is_by_unit && !is_biases;
    const Place theirs = {vector, layer->n_units * item, item}, ours = {mine, is_by_unit ? item : row, is_by_unit ? row : item};
    Copying copying = {theirs, ours, n_rows, layer->n_units, rows_of_task((size_t)theirs.row_step), self->item_size};
    if (direction == INTO_NETWORK) {
        const size_t n_bytes = (size_t)(is_biases ? (double)layer->stride : n_weights(self, layer)) * self->item_size;
        const ptrdiff_t n_used = is_by_unit ? layer->n_inputs : layer->n_units;
        const ptrdiff_t stride = is_biases ? layer->stride : layer->row_stride;
        clear_padding(team, mine, is_biases ? 1 : layer->n_rows, (size_t)(n_used * item), (size_t)(stride * item), n_bytes);
        copying.to = ours;
        copying.from = theirs;
    }
    share_out(team, copy_task, &copying, n_tasks(n_rows, copying.n_per_task));
    return vector + n_rows * theirs.row_step;
}

/* Copy all parameters: the vector holds the weights layer by layer, then the biases. */
static void copy_parameters(const Context *self, char *vector, size_t member, int direction)
{
    const int is_shared = self->n_parameters >= BYTES_TO_SHARE / (ptrdiff_t)self->item_size;
    Team *team = is_shared ? begin_team(self->n_threads) : NULL;
    for (int is_biases = 0; is_biases < 2; is_biases++) {
        for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
            Layer *layer = &self->network.layers[i];
            const Arrays *arrays = arrays_of(layer, member);
            vector = copy_array(self, team, layer, is_biases ? arrays->biases : arrays->weights, is_biases, vector, direction);
        }
    }
    if (is_shared) end_team(team);
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

static int is_zero(const Py_buffer *buffer)
{
    const char *bytes = buffer->buf;
    return buffer->len == 0 || (!bytes[0] && !memcmp(bytes, bytes + 1, (size_t)buffer->len - 1));
}

/* Load what a rule remembers, or forget it. Where it begins from zero, new memory is left untouched. */
static int load_state(Context *self, PyObject *object, const char *name, void **block, size_t member)
{
    Py_buffer buffer;
    const int is_new = !*block;
    if (object == Py_None) return release_parameters(self, block, member), 0;
    if (allocate_parameters(self, block, member) < 0 ||
        get_array_of(object, &buffer, name, REAL_FORMATS, self->item_size, 0, self->n_parameters) < 0)
        return -1;
    if (!is_new || !is_zero(&buffer)) copy_parameters(self, buffer.buf, member, INTO_NETWORK);
    PyBuffer_Release(&buffer);
    return 0;
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

#endif
