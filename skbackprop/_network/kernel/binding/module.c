/* The binding: a Context owns a network in the kernel's layout and hands whole epochs to the kernel.
 *
 * All checks of what Python hands over are made here, once per call of fit where they look at every number (`bind`), so
 * that no walk of the kernel can leave its arrays. The arrays are taken through the buffer protocol; NumPy's headers are
 * not needed. Chapters: memory.h and context.h (a network in its layout), arrays.h (what Python hands over), transfer.h
 * (`load`, `store`), instances.h (`bind`), presentation.h (`epoch` and its kin) and prediction.h.
 */
#include "instances.h"
#include "prediction.h"
#include "presentation.h"

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
PyDoc_STRVAR(release_doc, "release()\n--\n\nLet go of the instances; the network and its memory stay.");
PyDoc_STRVAR(epoch_doc,
"epoch(order, batch_size, learning_rate, momentum, nesterov, penalty, hidden_factor=1.0)\n--\n\n"
"Present the instances in the given order (None: as they stand), with an update after each batch.\n\n"
"penalty is its strength, alpha, over the mean weight; hidden_factor, what the rate of the hidden layers is over that of\n"
"the last. Returns the sums (loss, error, largest_update). Where a signal's\n"
"handler raises, the epoch ends unfinished, and the parameters are those of some batch.");
PyDoc_STRVAR(epoch_adam_doc,
"epoch_adam(order, batch_size, learning_rate, beta_1, beta_2, epsilon, n_updates, penalty, hidden_factor=1.0, has_equal_shares=False)\n--\n\n"
"As epoch, by Adam; n_updates were done before.");
PyDoc_STRVAR(epoch_rprop_doc,
"epoch_rprop(order, increase, decrease, smallest, largest_step, penalty)\n--\n\n"
"As epoch, with one update by iRprop- at its end.");
PyDoc_STRVAR(gradient_doc,
"gradient(penalty, into)\n--\n\n"
"Write the gradient of the mean loss of all instances into an array like the vector of `load`; no weight moves.\n\n"
"Returns the sums (loss, error), as epoch does. Where a signal's handler raises, the array stays as it is.");

PyDoc_STRVAR(use_threads_doc,
"use_threads(n_threads)\n--\n\n"
"Let epochs be shared out among at most so many threads, the calling one included. Results are the same for any number.");

#define METHOD(name, flags) {#name, (PyCFunction)(void (*)(void))context_##name, flags, name##_doc}

/* Without the GIL each method locks its Context, and lets go of it where it would let go of the GIL, while an epoch runs: so
 * others find it busy, as they do with the GIL. */
#if defined(Py_GIL_DISABLED)
#undef METHOD
#define METHOD(name, flags) {#name, (PyCFunction)(void (*)(void))locked_##name, flags, name##_doc}
#define LOCKED(name, parameters, arguments)          \
    static PyObject *locked_##name parameters        \
    {                                                \
        PyObject *result;                            \
        Py_BEGIN_CRITICAL_SECTION((PyObject *)self); \
        result = context_##name arguments;           \
        Py_END_CRITICAL_SECTION();                   \
        return result;                               \
    }
#define LOCKED_NAMED(name) LOCKED(name, (Context *self, PyObject *arguments, PyObject *keywords), (self, arguments, keywords))
#define LOCKED_FAST(name) LOCKED(name, (Context *self, PyObject *const *arguments, Py_ssize_t n), (self, arguments, n))
LOCKED_NAMED(load)
LOCKED_NAMED(store)
LOCKED_FAST(bind)
LOCKED_FAST(epoch)
LOCKED_FAST(epoch_adam)
LOCKED_FAST(epoch_rprop)
LOCKED_FAST(gradient)
LOCKED(use_threads, (Context *self, PyObject *number), (self, number))
LOCKED(release, (Context *self, PyObject *none), (self, none))
#endif

static PyMethodDef CONTEXT_METHODS[] = {
    METHOD(load, METH_VARARGS | METH_KEYWORDS),
    METHOD(store, METH_VARARGS | METH_KEYWORDS),
    METHOD(bind, METH_FASTCALL),
    METHOD(epoch, METH_FASTCALL),
    METHOD(epoch_adam, METH_FASTCALL),
    METHOD(epoch_rprop, METH_FASTCALL),
    METHOD(gradient, METH_FASTCALL),
    METHOD(use_threads, METH_O),
    METHOD(release, METH_NOARGS),
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

PyDoc_STRVAR(predict_doc,
"predict(layer_sizes, dtype, activation, inputs, indices, starts, weights, biases, n_threads, into)\n--\n\n"
"Write the net inputs of the last layer into an array, a row for each instance; inputs, indices and starts as `bind` takes them,\n"
"weights and biases a sequence of a layer's array each. A row does not depend on the others, nor on the number of threads.");

static PyMethodDef MODULE_METHODS[] = {
    {"instruction_sets", instruction_sets, METH_NOARGS, "instruction_sets()\n--\n\nThose this machine can run, the best first."},
    {"predict", (PyCFunction)(void (*)(void))predict, METH_FASTCALL, predict_doc},
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
                       add_object(module, "RULES", tuple_of(RULES)) < 0 ||
                       add_object(module, "HAS_THREADS", PyBool_FromLong(HAS_THREADS)) < 0;
    return failed ? -1 : 0;
}

/* Nothing of Python's is kept outside of the module and its Contexts, so every interpreter may have its own, and no GIL. */
static PyModuleDef_Slot MODULE_SLOTS[] = {
    {Py_mod_exec, (void *)execute},
#if defined(Py_mod_multiple_interpreters)
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#if defined(Py_mod_gil)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_kernel", "Epochs of back-propagation in compiled code.", 0, MODULE_METHODS, MODULE_SLOTS, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&MODULE);
}
