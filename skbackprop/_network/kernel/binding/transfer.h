/* Vectors of Python are loaded into the network and stored from it: all weights, layer by layer, then all biases. */
#ifndef SKBACKPROP_TRANSFER_H
#define SKBACKPROP_TRANSFER_H

#include "arrays.h"

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

/* Clear the padding of an array of rows: the ends of the rows, and the rows from n_rows on. */
static void clear_padding(char *mine, ptrdiff_t n_rows, size_t used, size_t stride, size_t n_bytes)
{
    for (ptrdiff_t i = 0; i < n_rows; i++) memset(mine + (size_t)i * stride + used, 0, stride - used);
    memset(mine + (size_t)n_rows * stride, 0, n_bytes - (size_t)n_rows * stride);
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
        const size_t n_bytes = (size_t)(is_biases ? (double)layer->stride : n_weights(self, layer)) * self->item_size;
        const ptrdiff_t n_used = layer->is_by_unit && !is_biases ? layer->n_inputs : layer->n_units;
        const ptrdiff_t stride = is_biases ? layer->stride : layer->row_stride;
        clear_padding(mine, is_biases ? 1 : layer->n_rows, (size_t)(n_used * item), (size_t)(stride * item), n_bytes);
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

#endif
