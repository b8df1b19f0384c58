/* What the binding and the kernels share: a network, the instances, a rule, and the table of compiled kernels.
 *
 * Conventions: sizes are numbers of elements; arrays of real numbers are of the kernel's own type (float or double), so
 * they are void * here. A row of weights, outputs or errors is padded with zeros to `stride`, a multiple of the vector
 * width, and aligned to it; a layer's array of weights has zero rows up to a multiple of the width as well, so that
 * vectors of units never need a remainder. The arrays that came from the user are as he has them: not padded, const.
 *
 * He may write to them while the kernel reads. So none of them serves as an index as it stands: columns and starts of CSR are
 * copies, and codes and the order are kept within bounds where they are used. A number may come out wrong, but no walk leaves
 * its array.
 */
#ifndef SKBACKPROP_KERNEL_H
#define SKBACKPROP_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "threads.h"

enum { ALIGNMENT = 64 };

/* Multiplications of a layer and a chunk that are worth going in blocks, and being shared out among threads that are awake; those
 * of a batch that are worth a second thread, some fifty microseconds of work: 784-100-10 in batches of 32, 2.5e6, was slower by
 * 14 % on two cores of a shared machine; and those of a batch that takes one thread some ten milliseconds. */
#define WORK_OF_REGION 1.0e6
#define WORK_OF_THREADS 3.0e6
#define WORK_OF_LONG_BATCH 2.5e8

typedef enum { LOGISTIC, TANH, RELU, IDENTITY, EXPONENTIAL } Activation; /* the last of output units only */
typedef enum {
    LOGISTIC_SQUARED,
    IDENTITY_SQUARED,
    LOGISTIC_LOG,
    SOFTMAX_LOG,
    EXP_POISSON,
    IDENTITY_ABSOLUTE,
    IDENTITY_HUBER,
    IDENTITY_QUANTILE
} OutputUnit; /* output unit and loss */
/* What moves the weights. PLAIN is DESCENT by nothing but Err_j O_i; GRADIENT moves none and leaves theirs in the sums. */
typedef enum { PLAIN, DESCENT, ADAM, RPROP, GRADIENT } Rule;

/* An array for the weights of a layer and one for its biases: w_ij of shape (n_rows, row_stride), θ_j of shape (stride,),
 * or what belongs to each of them. */
typedef struct {
    void *weights, *biases;
} Arrays;

typedef struct {
    ptrdiff_t n_inputs, n_units;
    ptrdiff_t stride;                   /* of a row of outputs or errors: n_units rounded up to the vector width */
    int is_by_unit;                     /* a row of weights belongs to a unit, not to an input */
    ptrdiff_t n_rows, row_stride;       /* of the weights */
    Arrays parameters;
    Arrays first, second;               /* what the rule remembers, or NULL: the last move | both moments | gradient, step size */
    Arrays sums;                        /* Σ Err_j O_i over the part of a batch seen so far; 0 between batches */
    void *outputs, *errors;             /* O_j, Err_j of a chunk's instances, of shape (chunk, stride) */
    const void **output_rows, **error_rows; /* where each instance's begin */
} Layer;

typedef struct {
    ptrdiff_t n_layers;
    Layer *layers; /* those with units, the input layer left out */
    Activation activation;
    OutputUnit output_unit;
    double parameter;            /* of the loss: δ of Huber's, q of the quantile's */
    ptrdiff_t n_groups;
    const ptrdiff_t *groups;     /* sizes of the groups of output units that decide, each group by itself */
    int counts_decisions;        /* an instance's error is whether a group decides wrongly, not its squared residual */
} Network;

typedef struct {
    ptrdiff_t n_instances;
    const void *inputs;  /* rows of n_inputs numbers; of CSR the numbers that are stored */
    const int32_t *columns;  /* CSR: theirs; else NULL */
    const ptrdiff_t *starts; /* CSR: where each instance begins, and the end; else NULL */
    const void *targets; /* rows of n_outputs numbers */
    ptrdiff_t n_targets; /* how many rows */
    const int32_t *codes;   /* each instance's row of targets; NULL: its own number */
    const void *weights; /* sample weights over their mean; NULL: all 1 */
} Instances;

typedef struct {
    const ptrdiff_t *order; /* numbers of the instances to present; NULL: all, as they stand */
    ptrdiff_t n_presented, batch_size;
    double alpha; /* strength of the penalty over the mean weight */
    Rule rule;
    double learning_rate, momentum; /* of DESCENT; ADAM has the rate too */
    double hidden_factor;           /* what the rate of hidden layers is over that of the last; 1 of a rule that has no rate */
    int nesterov;
    double beta_1, beta_2, epsilon; /* of ADAM */
    ptrdiff_t n_updates;            /* done before this epoch */
    int has_equal_shares; /* of ADAM: whether each instance counts as in a whole batch in the smaller one of those left over */
    double increase, decrease, smallest, largest_step; /* of RPROP */
    int n_threads;                  /* that a batch may be shared out among */
    int (*pause)(void *); /* called every few milliseconds; where it does not return 0, the epoch ends unfinished */
    void *pause_data;
} Presentation;

typedef struct {
    const int32_t *columns; /* NULL: all, from 0 */
    const void *values;
    ptrdiff_t n;
} List; /* the non-zero inputs of one instance */

typedef struct {
    double loss, error, largest_update;
} Sums;

/* Whether sharing out is faster just now, which other processes of the machine may change. */
typedef struct {
    double seconds[2];  /* of a batch that is shared out, and of one that is not, of late */
    int is_alone, is_trial;
    ptrdiff_t n_left;   /* batches until the other way is tried, or until the trial ends */
} Pace;

typedef struct {
    ptrdiff_t chunk;           /* instances that go through the network at once */
    int32_t *columns;          /* the lists, one behind the other */
    void *values;
    List *lists;               /* of each instance of the chunk */
    const void **input_rows;   /* where each instance's dense inputs begin */
    const void **one_rows;     /* the constant 1, as often: a bias is the weight of an input that is always 1 */
    void *one;                 /* what they point to */
    void *targets;             /* T_j of the chunk's instances, of shape (chunk, stride of the last layer) */
    uint8_t *is_touched;       /* inputs that were non-zero in the batch */
    int32_t *touched;          /* their list */
    ptrdiff_t longest_list;    /* room of an instance in `columns` and `values` */
    ptrdiff_t bench_length;
    void *benches;             /* room of bench_length numbers for each thread */
    Pace *pace;                /* kept from epoch to epoch */
    Sums *parts;               /* what each task of a region adds to the sums */
} Scratch;

typedef struct {
    const Network *network; /* whose weights have rows of n_units numbers, not padded, and need not be aligned to vectors */
    const Instances *instances;
    void *outputs; /* rows of n_outputs net inputs of the last layer */
    int n_threads;
} Prediction;

typedef Sums Epoch(const Network *, const Instances *, const Presentation *, const Scratch *);
typedef int Predict(const Prediction *); /* whether there was memory for it */

typedef struct {
    Epoch *epoch;
    Predict *predict;
} Functions;

typedef struct {
    const char *name; /* of the instruction set */
    size_t vector_bytes;
    const Functions *functions[2]; /* for float and for double */
    int (*is_supported)(void);
} Kernel;

extern const Kernel KERNELS[]; /* the best first; the one without a name ends them */

#endif
