/* Arrays of Python, taken through the buffer protocol and checked; and checks of what a call is given. */
#ifndef SKBACKPROP_ARRAYS_H
#define SKBACKPROP_ARRAYS_H

#include "memory.h"

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

static int check_bounds(int are_kept, ptrdiff_t bound, const char *name)
{
    if (!are_kept) PyErr_Format(PyExc_IndexError, "%s: a number is not from 0 to %zd", name, bound - 1);
    return are_kept ? 0 : -1;
}

static int check_order(const ptrdiff_t *order, ptrdiff_t n, ptrdiff_t bound)
{
    int are_kept = 1;
    for (ptrdiff_t i = 0; i < n; i++) are_kept &= order[i] >= 0 && order[i] < bound;
    return check_bounds(are_kept, bound, "order");
}

static int check_codes(const int32_t *codes, ptrdiff_t n, ptrdiff_t bound)
{
    int are_kept = 1;
    for (ptrdiff_t i = 0; i < n; i++) are_kept &= codes[i] >= 0 && codes[i] < bound;
    return check_bounds(are_kept, bound, "codes");
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

/* A number of threads, cut to what the kernel can have, or -1 with an exception. */
static int read_n_threads(PyObject *number)
{
    const long n = PyLong_AsLong(number);
    if (PyErr_Occurred()) return -1;
    if (n < 1) return PyErr_SetString(PyExc_ValueError, "n_threads must be 1 or more"), -1;
    return n < MAX_THREADS ? (int)n : MAX_THREADS;
}

static int check_n_arguments(const char *name, Py_ssize_t n, Py_ssize_t expected)
{
    if (n != expected) PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, not %zd", name, expected, n);
    return n == expected ? 0 : -1;
}

#endif
