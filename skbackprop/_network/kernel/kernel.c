/* One epoch of back-propagation: the book's five formulas, for one floating type and one instruction set.
 *
 * This file is compiled once per pair of them, with KERNEL_BITS (32 or 64), KERNEL_BYTES (of a vector) and KERNEL_NAME
 * set on the command line. It mirrors _backprop.py, which is the reference; the book's letters stand in the comments.
 *
 *   I_j = Σ_i w_ij O_i + θ_j                add_rows, forward_units (one instance), forward_layer (several)
 *   O_j = 1 / (1 + e^-I_j)                  sigmoid
 *   Err_j = O_j (1 - O_j) (T_j - O_j)       unit_errors
 *   Err_j = O_j (1 - O_j) Σ_k Err_k w_jk    pass_back_inputs, pass_back_units (and update), hidden_errors
 *   Δw_ij = l Err_j O_i, Δθ_j = l Err_j     add_rows, add_errors, add_row, update_tile
 *
 * Design: errors are multiplied by l, by the instance's weight and by 1 / |batch| where they are formed, at the output
 * units. All that follows is linear in them, so an update is just Err_j O_i, and its largest one max |Err_j| max |O_i|.
 *
 * A row of weights is what is read at one go. It belongs to an input of the layer, or, where units are few, to a unit: then
 * rows are fewer and fuller. Forward through the one kind is the same work as backward through the other.
 *
 * Two ways through the data. An instance alone (batches of one) adds whole rows of weights into sums that stay in
 * registers. A batch goes in tiles, several instances against one or two vectors of columns, so that each vector of
 * weights that is read serves several instances. Inputs that are zero cost nothing where there are many: then an
 * instance is a list of its other inputs, which serves its way forward and its update.
 */
#include "kernel.h"

#include <float.h>
#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if KERNEL_BITS == 32
typedef float real;
typedef int32_t integer;
typedef uint32_t natural;
#define LOG logf
#define EPSILON FLT_EPSILON
#define SMALLEST FLT_MIN
#else
typedef double real;
typedef int64_t integer;
typedef uint64_t natural;
#define LOG log
#define EPSILON DBL_EPSILON
#define SMALLEST DBL_MIN
#endif

#define WIDTH (KERNEL_BYTES * 8 / KERNEL_BITS)
typedef real vector __attribute__((vector_size(KERNEL_BYTES), may_alias));
typedef real loose_vector __attribute__((vector_size(KERNEL_BYTES), may_alias, aligned(KERNEL_BITS / 8)));
typedef integer integers __attribute__((vector_size(KERNEL_BYTES)));
typedef natural naturals __attribute__((vector_size(KERNEL_BYTES)));

#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* Vectors of sums that fit the registers: of one instance, and the instances (or rows) and vectors of a tile. */
enum { MAX_VECTORS = 8, TILE_VECTORS = 2 };
#if KERNEL_BYTES == 64
enum { TILE_ROWS = 8 };
#elif KERNEL_BYTES == 32
enum { TILE_ROWS = 6 };
#else
enum { TILE_ROWS = 4 };
#endif

/* Calls an always-inlined function with a constant in place of `n`, so that its sums become registers. */
#define WITH_CONSTANT(n, call) \
    switch (n) {               \
    case 1: call(1); break;    \
    case 2: call(2); break;    \
    case 3: call(3); break;    \
    case 4: call(4); break;    \
    case 5: call(5); break;    \
    case 6: call(6); break;    \
    case 7: call(7); break;    \
    default: call(8); break;   \
    }

/* The weights of one layer, or its biases, and what moves them. */
typedef struct {
    ptrdiff_t n_rows, stride;
    real *weights, *first, *second, *sums;
    real decay; /* the penalty's part of a weight's gradient (of DESCENT: step) over the weight */
    union {     /* by rule; small, since it is copied for every array of weights */
        struct {
            real momentum;
            int is_nesterov;
        };
        struct {
            real keep_1, take_1, keep_2, take_2, rate, epsilon; /* β1, 1 - β1, β2, 1 - β2, this update's rate, ε */
        };
        struct {
            real increase, decrease, smallest, largest_step;
        };
    };
    vector largest, squares; /* max |Δ|, Σ w² */
} Move;

typedef struct {
    const Network *network;
    const Instances *instances;
    const Presentation *presentation;
    const Scratch *scratch;
    int has_lists;     /* instances are lists of their non-zero inputs */
    Rule rule;
    Move move;         /* what is the same for all layers */
    real rate;         /* what errors are multiplied by: l / |batch|, or 1 / |batch| where the rule has the rate */
    double squares;    /* Σ w² of the batch's weights */
    double loss, error;
    vector losses;     /* Σ weight E_j of the last few instances, lane by lane */
    vector residuals;  /* Σ weight (T_j - O_j)² of them */
    vector largest;    /* max |Δ|, lane by lane */
    int has_waiting;   /* updates of the instance before */
    double work, work_per_instance; /* multiplications since the last pause, and of one instance going forward */
    int is_stopped;
    unsigned int mode; /* of the machine's arithmetic, outside of the kernel */
    ptrdiff_t n_updates; /* of ADAM */
} Job;

/* ---- vectors ---------------------------------------------------------------------------------------------------- */

INLINE vector choose(integers condition, vector yes, vector no)
{
    return (vector)((condition & (integers)yes) | (~condition & (integers)no));
}

INLINE vector absolute(vector x)
{
    return (vector)((naturals)x & ((natural)-1 >> 1));
}

/* The larger of two vectors of absolute values. As integers they are in the same order, with NaN above infinity, so a
 * NaN stays once it is there. */
INLINE vector larger(vector x, vector y)
{
    return choose((integers)x > (integers)y, x, y);
}

/* The machine's own min and max give their second operand where one is NaN, so a NaN in `x` passes. */
#if defined(__SSE2__)
#define JOIN(a, b, c) a##b##c
#define INTRINSIC_(prefix, name, suffix) JOIN(prefix, name, suffix)
#define INTRINSIC(name) INTRINSIC_(VECTOR_PREFIX, name, VECTOR_SUFFIX)
#if KERNEL_BYTES == 64
#define VECTOR_PREFIX _mm512_
#elif KERNEL_BYTES == 32
#define VECTOR_PREFIX _mm256_
#else
#define VECTOR_PREFIX _mm_
#endif
#if KERNEL_BITS == 32
#define VECTOR_SUFFIX _ps
#else
#define VECTOR_SUFFIX _pd
#endif
INLINE vector at_most(vector limit, vector x) { return (vector)INTRINSIC(min)(limit, x); }
INLINE vector at_least(vector limit, vector x) { return (vector)INTRINSIC(max)(limit, x); }
#else
INLINE vector at_most(vector limit, vector x) { return choose(x > limit, limit, x); }
INLINE vector at_least(vector limit, vector x) { return choose(x < limit, limit, x); }
#endif

#if defined(__SSE2__)
INLINE vector square_root(vector x) { return (vector)INTRINSIC(sqrt)(x); }
#else
INLINE vector square_root(vector x)
{
    UNROLL
    for (int i = 0; i < WIDTH; i++) x[i] = KERNEL_BITS == 32 ? (real)sqrtf((float)x[i]) : (real)sqrt((double)x[i]);
    return x;
}
#endif

/* 1, -1 or 0; a NaN passes. */
INLINE vector sign(vector x)
{
    const vector one = (vector){0} + 1;
    return choose(x > 0, one, choose(x < 0, -one, x));
}

INLINE real absolute_number(real x)
{
    return KERNEL_BITS == 32 ? (real)fabsf((float)x) : (real)fabs((double)x);
}

/* The same for two numbers, by their bits. */
INLINE real larger_number(real x, real y)
{
    natural x_bits, y_bits;
    memcpy(&x_bits, &x, sizeof x);
    memcpy(&y_bits, &y, sizeof y);
    x_bits = x_bits > y_bits ? x_bits : y_bits;
    memcpy(&x, &x_bits, sizeof x);
    return x;
}

#if WIDTH == 16
#define EVENS 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODDS 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif WIDTH == 8
#define EVENS 0, 2, 4, 6, 8, 10, 12, 14
#define ODDS 1, 3, 5, 7, 9, 11, 13, 15
#elif WIDTH == 4
#define EVENS 0, 2, 4, 6
#define ODDS 1, 3, 5, 7
#else
#define EVENS 0, 2
#define ODDS 1, 3
#endif

INLINE vector add_neighbours(vector x, vector y)
{
    return __builtin_shufflevector(x, y, EVENS) + __builtin_shufflevector(x, y, ODDS);
}

/* A vector of the sums of n vectors, which are used up: each round adds neighbours and halves their number, a power of 2.
 * Where n is less than WIDTH, the sums begin anew after the last. */
INLINE vector sum_each(const int n, vector *x)
{
    UNROLL
    for (int round = 1; round < WIDTH; round *= 2) {
        x[0] = add_neighbours(x[0], x[n > round]);
        UNROLL
        for (int i = 1; i < n / round / 2; i++) x[i] = add_neighbours(x[2 * i], x[2 * i + 1]);
    }
    return x[0];
}

INLINE real sum(vector x)
{
    UNROLL
    for (int n = WIDTH; n > 1; n /= 2) x = add_neighbours(x, x);
    return x[0];
}

INLINE real largest_of(vector x)
{
    UNROLL
    for (int n = WIDTH; n > 1; n /= 2) x = larger(__builtin_shufflevector(x, x, EVENS), __builtin_shufflevector(x, x, ODDS));
    return x[0];
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

#if KERNEL_BITS == 32
#define EXP_LIMIT 87 /* e^±87 are normal numbers */
#define ROUNDER 12582912.0f /* 1.5 · 2^23: adding it rounds to an integer, which stands in the lowest bits */
#define EXPONENT_BIAS 127
#define EXPONENT_SHIFT 23
#define LN2_HIGH 0.693359375f /* few bits, so that n · LN2_HIGH is exact */
#define LN2_LOW -2.12194440e-4f
#else
#define EXP_LIMIT 708
#define ROUNDER 6755399441055744.0 /* 1.5 · 2^52 */
#define EXPONENT_BIAS 1023
#define EXPONENT_SHIFT 52
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#endif

/* e^x for |x| <= EXP_LIMIT: 2^n e^r with |r| <= ln 2 / 2, where few terms of the series of e^r suffice. The even and the
 * odd terms are summed apart, which halves the wait. NaN gives NaN. */
INLINE vector exponential(vector x)
{
    const vector shifted = x * (real)1.44269504088896340736 + ROUNDER;
    const vector n = shifted - ROUNDER;
    const vector r = x - n * LN2_HIGH - n * LN2_LOW, r2 = r * r;
#if KERNEL_BITS == 32
    const vector even = 1 + r2 * (1.f / 2 + r2 * (1.f / 24 + r2 * (1.f / 720)));
    const vector odd = 1 + r2 * (1.f / 6 + r2 * (1.f / 120 + r2 * (1.f / 5040)));
#else
    const vector r4 = r2 * r2, r8 = r4 * r4;
    const vector even = ((1 + r2 * (1. / 2)) + r4 * (1. / 24 + r2 * (1. / 720))) +
                        r8 * ((1. / 40320 + r2 * (1. / 3628800)) + r4 * (1. / 479001600));
    const vector odd = ((1 + r2 * (1. / 6)) + r4 * (1. / 120 + r2 * (1. / 5040))) +
                       r8 * ((1. / 362880 + r2 * (1. / 39916800)) + r4 * (1. / 6227020800));
#endif
    const vector power = (vector)(((naturals)shifted + EXPONENT_BIAS) << EXPONENT_SHIFT); /* 2^n */
    return (even + r * odd) * power;
}

/* Clamped, for 1 / (1 + e^-x) shall not meet an infinity; a NaN passes. */
INLINE vector clamp(vector x)
{
    const vector limit = (vector){0} + EXP_LIMIT;
    return at_least(-limit, at_most(limit, x));
}

INLINE vector sigmoid(vector net)
{
    return 1 / (1 + exponential(clamp(-net))); /* O_j = 1 / (1 + e^-I_j) */
}

/* e^I_j, which is infinite a little below the largest number. */
INLINE vector unbounded_exponential(vector net)
{
    return choose(net > EXP_LIMIT, (vector){0} + (real)INFINITY, exponential(clamp(net)));
}

INLINE vector activate(Activation activation, vector net)
{
    switch (activation) {
    case EXPONENTIAL: return unbounded_exponential(net);
    case LOGISTIC: return sigmoid(net);
    case TANH: return 1 - 2 / (1 + exponential(clamp(2 * net)));
    case RELU: return at_least((vector){0}, net);
    default: return net;
    }
}

/* dO_j / dI_j, from O_j. */
INLINE vector slope(Activation activation, vector outputs)
{
    switch (activation) {
    case LOGISTIC: return outputs * (1 - outputs);
    case TANH: return 1 - outputs * outputs;
    case RELU: return (vector)((integers)((vector){0} + 1) & (outputs != 0));
    default: return (vector){0} + 1;
    }
}

static const integer LANES[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Which lanes hold one of the n_left units that follow. */
INLINE integers is_unit(ptrdiff_t n_left)
{
    integers lanes;
    memcpy(&lanes, LANES, sizeof lanes);
    return lanes < (integer)n_left;
}

/* The units that are there; those of the padding become 0, so they have output 0 and no error. */
INLINE vector without_padding(vector units, ptrdiff_t n_left)
{
    return (vector)((integers)units & is_unit(n_left));
}

INLINE void activate_units(Activation activation, const Layer *layer, ptrdiff_t n_rows)
{
    const ptrdiff_t stride = layer->stride, n_units = layer->n_units;
    real *outputs = layer->outputs;
    for (ptrdiff_t r = 0; r < n_rows; r++, outputs += stride) {
        for (ptrdiff_t j = 0; j < stride; j += WIDTH) {
            vector *units = (vector *)(outputs + j);
            *units = without_padding(activate(activation, *units), n_units - j);
        }
    }
}

/* O_j = e^I_j / Σ_k e^I_k over a group of units; the largest is taken off each net input, which changes nothing but the
 * overflow. A unit alone has a second one beside it whose net input is 0: that makes it logistic. What else is in the
 * vectors stays as it is, if it is other groups; if the group is the only one, it is padding. */
INLINE void softmax(const int is_only_group, real *outputs, ptrdiff_t n)
{
    real largest = n > 1 ? outputs[0] : 0;
    vector total = {0};
    for (ptrdiff_t j = 1; j < n; j++) largest = outputs[j] > largest ? outputs[j] : largest;
    for (ptrdiff_t j = 0; j < n; j += WIDTH) {
        loose_vector *units = (loose_vector *)(outputs + j);
        const vector powers = without_padding(exponential(clamp(*units - largest)), n - j);
        total += powers;
        *units = is_only_group ? powers : choose(is_unit(n - j), powers, *units);
    }
    const real share = 1 / (sum(total) + (n == 1));
    for (ptrdiff_t j = 0; j < n; j += WIDTH) {
        loose_vector *units = (loose_vector *)(outputs + j);
        const vector shares = *units * share;
        *units = is_only_group ? shares : choose(is_unit(n - j), shares, *units);
    }
}

static void softmax_groups(const Network *network, const Layer *layer, ptrdiff_t n_rows)
{
    real *outputs = layer->outputs;
    for (ptrdiff_t r = 0; r < n_rows; r++, outputs += layer->stride) {
        real *group = outputs;
        if (network->n_groups == 1) {
            softmax(1, outputs, layer->n_units);
            continue;
        }
        for (ptrdiff_t g = 0; g < network->n_groups; group += network->groups[g++]) softmax(0, group, network->groups[g]);
    }
}

static Activation output_activation(OutputUnit output_unit)
{
    switch (output_unit) {
    case LOGISTIC_SQUARED:
    case LOGISTIC_LOG: return LOGISTIC;
    case EXP_POISSON: return EXPONENTIAL;
    default: return IDENTITY;
    }
}

/* The outputs of a layer from its net inputs, in place, for some instances. */
static void activate_rows(const Network *network, const Layer *layer, ptrdiff_t n_rows)
{
    const int is_last = layer == network->layers + network->n_layers - 1;
    if (is_last && network->output_unit == SOFTMAX_LOG) {
        softmax_groups(network, layer, n_rows);
        return;
    }
    switch (is_last ? output_activation(network->output_unit) : network->activation) {
    case LOGISTIC: activate_units(LOGISTIC, layer, n_rows); break;
    case TANH: activate_units(TANH, layer, n_rows); break;
    case RELU: activate_units(RELU, layer, n_rows); break;
    case EXPONENTIAL: activate_units(EXPONENTIAL, layer, n_rows); break;
    default: activate_units(IDENTITY, layer, n_rows);
    }
}

/* ---- output units ----------------------------------------------------------------------------------------------- */

INLINE ptrdiff_t first_largest(const real *values, ptrdiff_t n)
{
    ptrdiff_t at = 0;
    real best = values[0];
    for (ptrdiff_t j = 1; j < n; j++) {
        at = values[j] > best ? j : at;
        best = values[j] > best ? values[j] : best;
    }
    return at;
}

/* Whether a group of units decides otherwise than its targets: another unit is the largest, or the only one is on the
 * wrong side of 1/2. */
INLINE int is_group_wrong(const real *outputs, const real *targets, ptrdiff_t n)
{
    if (n == 1) return (outputs[0] > (real)0.5) != (targets[0] > (real)0.5);
    return first_largest(outputs, n) != first_largest(targets, n);
}

INLINE int is_wrong(const Network *network, const real *outputs, const real *targets)
{
    int wrong = 0;
    for (ptrdiff_t g = 0; g < network->n_groups; g++) {
        const ptrdiff_t n = network->groups[g];
        wrong |= is_group_wrong(outputs, targets, n);
        outputs += n;
        targets += n;
    }
    return wrong;
}

/* -Σ T_j ln O_j, and of single sigmoids -Σ (1 - T_j) ln (1 - O_j); kept from ln 0 as scikit-learn does. */
static double log_loss(int is_single, const real *outputs, const real *targets, ptrdiff_t n)
{
    double loss = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        real output = outputs[j] < EPSILON ? EPSILON : outputs[j];
        output = output > 1 - EPSILON ? 1 - EPSILON : output;
        if (targets[j] != 0) loss -= targets[j] * LOG(output);
        if (targets[j] != 1 && is_single) loss -= (1 - targets[j]) * LOG(1 - output);
    }
    return loss;
}

static double log_loss_of_groups(const Network *network, const real *outputs, const real *targets)
{
    double loss = 0;
    for (ptrdiff_t g = 0; g < network->n_groups; g++) {
        const ptrdiff_t n = network->groups[g];
        loss += log_loss(n == 1, outputs, targets, n);
        outputs += n;
        targets += n;
    }
    return loss;
}

/* Σ T_j ln (T_j / O_j) - T_j + O_j; the logarithms apart, since the quotient may overflow. */
static double poisson_loss(const real *outputs, const real *targets, ptrdiff_t n)
{
    double loss = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        if (targets[j] != 0) loss += targets[j] * (LOG(targets[j]) - LOG(outputs[j]));
        loss += outputs[j] - targets[j];
    }
    return loss;
}

/* An instance's loss where it takes logarithms; the losses that do not are summed in vectors. */
INLINE double loss_of_logs(const OutputUnit output_unit, const Network *network, const real *outputs, const real *targets, ptrdiff_t n)
{
    switch (output_unit) {
    case LOGISTIC_LOG: return log_loss(1, outputs, targets, n);
    case SOFTMAX_LOG: return log_loss_of_groups(network, outputs, targets);
    case EXP_POISSON: return poisson_loss(outputs, targets, n);
    default: return 0;
    }
}

/* Err_j of output units: how fast the loss falls as the net input grows. Most often that is T_j - O_j, the residual. */
INLINE vector unit_errors(const OutputUnit output_unit, vector outputs, vector residuals, vector parameter)
{
    switch (output_unit) {
    case LOGISTIC_SQUARED: return slope(LOGISTIC, outputs) * residuals;
    case IDENTITY_ABSOLUTE: return sign(residuals);
    case IDENTITY_HUBER: return at_least(-parameter, at_most(parameter, residuals));
    case IDENTITY_QUANTILE: return choose(residuals > 0, parameter, choose(residuals < 0, parameter - 1, residuals));
    default: return residuals;
    }
}

/* E_j of output units whose loss takes no logarithm. Where it is made of straight pieces it is Err_j (T_j - O_j). */
INLINE vector unit_losses(const OutputUnit output_unit, vector errors, vector residuals)
{
    switch (output_unit) {
    case LOGISTIC_SQUARED:
    case IDENTITY_SQUARED: return (real)0.5 * residuals * residuals;
    case IDENTITY_ABSOLUTE:
    case IDENTITY_QUANTILE: return errors * residuals;
    case IDENTITY_HUBER: return errors * (residuals - (real)0.5 * errors);
    default: return (vector){0};
    }
}

INLINE ptrdiff_t instance_at(const Job *job, ptrdiff_t position)
{
    return job->presentation->order ? job->presentation->order[position] : position;
}

/* Copy an instance's targets to the scratch, where they have padding; long before they are read, since a vector read
 * right after its numbers were written one by one has to wait. */
INLINE void copy_targets(const Job *job, ptrdiff_t instance, ptrdiff_t r)
{
    const Instances *instances = job->instances;
    const Layer *top = job->network->layers + job->network->n_layers - 1;
    const ptrdiff_t n = top->n_units, row = instances->codes ? instances->codes[instance] : instance;
    const real *targets = (const real *)instances->targets + row * n;
    real *padded = (real *)job->scratch->targets + r * top->stride;
    for (ptrdiff_t j = 0; j < n; j++) padded[j] = targets[j];
}

/* Err_j of the output units times the rate. Adds the instance's loss and error to the sums. */
INLINE void errors_of_units(const OutputUnit output_unit, Job *job, ptrdiff_t instance, ptrdiff_t r)
{
    const Network *network = job->network;
    const Layer *top = network->layers + network->n_layers - 1;
    const ptrdiff_t stride = top->stride;
    const real *outputs = (const real *)top->outputs + r * stride, *targets = (const real *)job->scratch->targets + r * stride;
    real *errors = (real *)top->errors + r * stride;
    const real weight = job->instances->weights ? ((const real *)job->instances->weights)[instance] : 1;
    const vector rate = (vector){0} + job->rate * weight, parameter = (vector){0} + (real)network->parameter;
    vector losses = job->losses, squares = {0};
    for (ptrdiff_t j = 0; j < stride; j += WIDTH) {
        const vector output = *(const vector *)(outputs + j);
        const vector residual = *(const vector *)(targets + j) - output;
        const vector error = unit_errors(output_unit, output, residual, parameter);
        losses += weight * unit_losses(output_unit, error, residual);
        squares += residual * residual;
        *(vector *)(errors + j) = rate * error;
    }
    job->losses = losses;
    job->loss += weight * loss_of_logs(output_unit, network, outputs, targets, top->n_units);
    if (!network->counts_decisions)
        job->residuals += weight * squares;
    else if (is_wrong(network, outputs, targets))
        job->error += weight;
}

/* The same, with the kind of unit a constant. */
static void output_errors(Job *job, ptrdiff_t instance, ptrdiff_t r)
{
#define CASE(output_unit) \
    case output_unit: errors_of_units(output_unit, job, instance, r); break
    switch (job->network->output_unit) {
        CASE(LOGISTIC_SQUARED);
        CASE(IDENTITY_SQUARED);
        CASE(LOGISTIC_LOG);
        CASE(SOFTMAX_LOG);
        CASE(EXP_POISSON);
        CASE(IDENTITY_ABSOLUTE);
        CASE(IDENTITY_HUBER);
        CASE(IDENTITY_QUANTILE);
    }
#undef CASE
}

/* Add what `output_errors` has gathered to the sums; every few instances, before their sum gets too large to take in the
 * next instance's without loss. */
static void add_residuals(Job *job)
{
    job->loss += sum(job->losses);
    job->error += sum(job->residuals);
    job->losses = job->residuals = (vector){0};
}

/* ---- one instance ----------------------------------------------------------------------------------------------- */

#if defined(__AVX512F__)
/* Write the non-zero ones of WIDTH inputs, and their columns, and return how many they are. */
INLINE ptrdiff_t list_block(const real *inputs, ptrdiff_t i, int32_t *columns, real *values)
{
#if KERNEL_BITS == 32
    const __m512i numbers = _mm512_add_epi32(_mm512_set1_epi32((int)i), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512 block = _mm512_loadu_ps(inputs + i);
    const __mmask16 is_used = _mm512_cmp_ps_mask(block, _mm512_setzero_ps(), _CMP_NEQ_UQ);
    _mm512_storeu_ps(values, _mm512_maskz_compress_ps(is_used, block));
    _mm512_storeu_si512(columns, _mm512_maskz_compress_epi32(is_used, numbers));
#else
    const __m256i numbers = _mm256_add_epi32(_mm256_set1_epi32((int)i), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    const __m512d block = _mm512_loadu_pd(inputs + i);
    const __mmask8 is_used = _mm512_cmp_pd_mask(block, _mm512_setzero_pd(), _CMP_NEQ_UQ);
    _mm512_storeu_pd(values, _mm512_maskz_compress_pd(is_used, block));
    _mm256_storeu_si256((__m256i *)columns, _mm256_maskz_compress_epi32(is_used, numbers));
#endif
    return __builtin_popcount(is_used);
}
#endif

/* The list of the inputs that are not zero, in the given room, which is a vector longer than the inputs. */
static List list_inputs(const real *inputs, ptrdiff_t n_inputs, int32_t *columns, real *values)
{
    ptrdiff_t n = 0, i = 0;
#if defined(__AVX512F__)
    for (; i + WIDTH <= n_inputs; i += WIDTH) n += list_block(inputs, i, columns + n, values + n);
#endif
    for (; i < n_inputs; i++) {
        columns[n] = (int32_t)i;
        values[n] = inputs[i];
        n += inputs[i] != 0;
    }
    return (List){columns, values, n};
}

static ptrdiff_t csr_start(const Instances *instances, ptrdiff_t instance)
{
    if (instances->index_bytes == 4) return ((const int32_t *)instances->starts)[instance];
    return (ptrdiff_t)((const int64_t *)instances->starts)[instance];
}

/* A row of CSR as a list; 64-bit columns are written to the given room as 32-bit ones. */
static List csr_row(const Instances *instances, ptrdiff_t instance, int32_t *columns)
{
    const ptrdiff_t start = csr_start(instances, instance), n = csr_start(instances, instance + 1) - start;
    const real *values = (const real *)instances->inputs + start;
    if (instances->index_bytes == 4) return (List){(const int32_t *)instances->indices + start, values, n};
    for (ptrdiff_t i = 0; i < n; i++) columns[i] = (int32_t)((const int64_t *)instances->indices)[start + i];
    return (List){columns, values, n};
}

/* An instance's inputs as a list; of a dense one, where zeros are few, the list is the row itself. */
static List read_inputs(const Job *job, ptrdiff_t instance, ptrdiff_t room)
{
    const Instances *instances = job->instances;
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    int32_t *columns = job->scratch->columns + room;
    if (instances->indices) return csr_row(instances, instance, columns);
    const real *inputs = (const real *)instances->inputs + instance * n_inputs;
    if (!job->has_lists) return (List){NULL, inputs, n_inputs};
    return list_inputs(inputs, n_inputs, columns, (real *)job->scratch->values + room);
}

/* Numbers of a row of weights, outputs or errors that hold units, in whole vectors; the row may be one longer. */
INLINE ptrdiff_t used_stride(const Layer *layer)
{
    return (layer->n_units + WIDTH - 1) / WIDTH * WIDTH;
}

INLINE vector *row_of(real *weights, ptrdiff_t stride, const int32_t *columns, ptrdiff_t i)
{
    return (vector *)(weights + (columns ? columns[i] : i) * stride);
}

/* An update of a layer that has not been made yet: row i of the weights is to move by factors[i] · errors. */
typedef struct {
    const real *factors, *errors;
} Waiting;

/* I_j = Σ_i w_ij O_i + θ_j for some vectors of units: row i of the weights is added x_i times, after the move that waits,
 * if one does. Few vectors are added in several sums each, since a sum waits for the one before. */
INLINE void add_rows(const int n_vectors, const int is_moving, List list, const int32_t *columns, Waiting waiting, const Layer *layer, ptrdiff_t from, vector *net)
{
    const int n_sums = n_vectors == 1 ? 4 : n_vectors <= 4 ? 2 : 1;
    const ptrdiff_t stride = layer->stride;
    const real *values = list.values, *factors = waiting.factors;
    real *weights = (real *)layer->parameters.weights + from;
    const vector *biases = (const vector *)((const real *)layer->parameters.biases + from);
    vector sums[4][MAX_VECTORS], errors[MAX_VECTORS];
    UNROLL
    for (int k = 0; k < n_vectors; k++) {
        sums[0][k] = biases[k];
        sums[1][k] = sums[2][k] = sums[3][k] = (vector){0};
        if (is_moving) errors[k] = ((const vector *)(waiting.errors + from))[k];
    }
    ptrdiff_t i = 0;
    for (; i + n_sums <= list.n; i += n_sums) {
        UNROLL
        for (int s = 0; s < n_sums; s++) {
            vector *row = row_of(weights, stride, columns, i + s);
            UNROLL
            for (int k = 0; k < n_vectors; k++) {
                vector moved = row[k];
                if (is_moving) row[k] = moved += factors[i + s] * errors[k];
                sums[s][k] += values[i + s] * moved;
            }
        }
    }
    for (; i < list.n; i++) {
        vector *row = row_of(weights, stride, columns, i);
        UNROLL
        for (int k = 0; k < n_vectors; k++) {
            vector moved = row[k];
            if (is_moving) row[k] = moved += factors[i] * errors[k];
            sums[0][k] += values[i] * moved;
        }
    }
    UNROLL
    for (int k = 0; k < n_vectors; k++) net[k] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
}

static const Waiting NOTHING = {NULL, NULL};

/* The net inputs of a layer from a list of its inputs; where that is all of them, an update may wait. */
static void forward_list(const Layer *layer, List list, Waiting waiting, real *net)
{
    const ptrdiff_t n_used = used_stride(layer);
    for (ptrdiff_t from = 0; from < n_used; from += MAX_VECTORS * WIDTH) {
        const ptrdiff_t n_vectors = (n_used - from) / WIDTH;
#define CALL(n) add_rows(n, 0, list, list.columns, NOTHING, layer, from, (vector *)(net + from))
#define CALL_DENSE(n) add_rows(n, 0, list, NULL, NOTHING, layer, from, (vector *)(net + from))
#define CALL_MOVING(n) add_rows(n, 1, list, NULL, waiting, layer, from, (vector *)(net + from))
        if (list.columns) {
            WITH_CONSTANT(n_vectors, CALL)
        } else if (waiting.factors) {
            WITH_CONSTANT(n_vectors, CALL_MOVING)
        } else {
            WITH_CONSTANT(n_vectors, CALL_DENSE)
        }
#undef CALL
#undef CALL_DENSE
#undef CALL_MOVING
    }
}

/* Δw_ij = l Err_j O_i for some vectors of units, added to the weights, or to their sums over a batch. */
INLINE void add_errors(const int n_vectors, List list, const int32_t *columns, const real *errors, real *weights, ptrdiff_t stride)
{
    vector error[MAX_VECTORS];
    UNROLL
    for (int k = 0; k < n_vectors; k++) error[k] = ((const vector *)errors)[k];
    for (ptrdiff_t i = 0; i < list.n; i++) {
        vector *row = row_of(weights, stride, columns, i);
        UNROLL
        for (int k = 0; k < n_vectors; k++) row[k] += ((const real *)list.values)[i] * error[k];
    }
}

static void add_list(List list, const real *errors, real *weights, ptrdiff_t stride)
{
    for (ptrdiff_t from = 0; from < stride; from += MAX_VECTORS * WIDTH) {
#define CALL(n) add_errors(n, list, list.columns, errors + from, weights + from, stride)
#define CALL_DENSE(n) add_errors(n, list, NULL, errors + from, weights + from, stride)
        if (list.columns) {
            WITH_CONSTANT((stride - from) / WIDTH, CALL)
        } else {
            WITH_CONSTANT((stride - from) / WIDTH, CALL_DENSE)
        }
#undef CALL
#undef CALL_DENSE
    }
}

/* The products of up to WIDTH rows of weights with a vector; several rows at a time, so that each part of the vector that
 * is read serves them all. */
INLINE vector row_products(const real *rows, ptrdiff_t n_rows, ptrdiff_t stride, const real *x)
{
    enum { ROWS = WIDTH < 4 ? WIDTH : 4 };
    vector sums[WIDTH];
    UNROLL
    for (int i = 0; i < WIDTH; i++) sums[i] = (vector){0};
    for (int block = 0; block < WIDTH && block < n_rows; block += ROWS, rows += ROWS * stride) {
        vector products[ROWS] = {{0}};
        for (ptrdiff_t k = 0; k < stride; k += WIDTH) {
            const vector part = *(const vector *)(x + k);
            UNROLL
            for (int r = 0; r < ROWS; r++) products[r] += *(const vector *)(rows + r * stride + k) * part;
        }
        UNROLL
        for (int r = 0; r < ROWS; r++) sums[block + r] = products[r];
    }
    return sum_each(WIDTH, sums);
}

/* I_j = Σ_i w_ij O_i + θ_j where the weights of a unit make a row. */
static void forward_units(const Layer *layer, const real *inputs)
{
    const ptrdiff_t n_rows = layer->n_rows, stride = layer->row_stride;
    for (ptrdiff_t j = 0; j < n_rows; j += WIDTH)
        *(vector *)((real *)layer->outputs + j) = *(const vector *)((const real *)layer->parameters.biases + j) +
            row_products((const real *)layer->parameters.weights + j * stride, n_rows - j, stride, inputs);
}

/* Err_j = O_j (1 - O_j) Σ_k Err_k w_jk, with the weights from before the update. Where those of an input make a row, they
 * move when the next instance goes forward. */
static void pass_back_inputs(Activation activation, const Layer *layer, const Layer *below)
{
    const ptrdiff_t n_rows = layer->n_rows, stride = layer->row_stride;
    const real *outputs = below->outputs;
    for (ptrdiff_t j = 0; j < n_rows; j += WIDTH) {
        const vector products = row_products((const real *)layer->parameters.weights + j * stride, n_rows - j, stride, layer->errors);
        *(vector *)((real *)below->errors + j) = slope(activation, *(const vector *)(outputs + j)) * products;
    }
}

/* Where those of a unit make a row, they move at once, in the same pass; for some vectors of inputs: */
INLINE void pass_back_columns(const int n_vectors, Activation activation, const Layer *layer, const Layer *below, ptrdiff_t from)
{
    const ptrdiff_t n_rows = layer->n_rows, stride = layer->row_stride;
    const real *errors = layer->errors;
    real *row = (real *)layer->parameters.weights + from;
    vector outputs[4], sums[4];
    UNROLL
    for (int j = 0; j < n_vectors; j++) {
        outputs[j] = ((const vector *)((const real *)below->outputs + from))[j];
        sums[j] = (vector){0};
    }
    for (ptrdiff_t k = 0; k < n_rows; k++, row += stride) {
        UNROLL
        for (int j = 0; j < n_vectors; j++) {
            const vector old = ((vector *)row)[j];
            sums[j] += errors[k] * old;
            ((vector *)row)[j] = old + errors[k] * outputs[j];
        }
    }
    UNROLL
    for (int j = 0; j < n_vectors; j++) ((vector *)((real *)below->errors + from))[j] = slope(activation, outputs[j]) * sums[j];
}

static void pass_back_units(Activation activation, const Layer *layer, const Layer *below)
{
    for (ptrdiff_t from = 0; from < layer->row_stride; from += 4 * WIDTH) {
        switch ((layer->row_stride - from) / WIDTH) {
        case 1: pass_back_columns(1, activation, layer, below, from); break;
        case 2: pass_back_columns(2, activation, layer, below, from); break;
        case 3: pass_back_columns(3, activation, layer, below, from); break;
        default: pass_back_columns(4, activation, layer, below, from);
        }
    }
}

static real largest_in(const real *values, ptrdiff_t n)
{
    vector largest = {0};
    ptrdiff_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) largest = larger(absolute(*(const loose_vector *)(values + i)), largest);
    real all = i > 0 ? largest_of(largest) : 0;
    for (; i < n; i++) all = larger_number(absolute_number(values[i]), all);
    return all;
}

/* max |Δ| of a layer is max |Err_j| max |O_i|, the bias's input 1 among the O_i. */
INLINE void note_largest(Job *job, const real *errors, ptrdiff_t stride, real largest_input)
{
    const real factor = larger_number(largest_input, 1);
    vector largest = job->largest;
    for (ptrdiff_t j = 0; j < stride; j += WIDTH) largest = larger(absolute(*(const vector *)(errors + j)) * factor, largest);
    job->largest = largest;
}

INLINE void add_row(real *biases, const real *errors, ptrdiff_t stride)
{
    for (ptrdiff_t j = 0; j < stride; j += WIDTH) *(vector *)(biases + j) += *(const vector *)(errors + j);
}

/* Whether the update of a layer's weights waits until the next instance goes forward through them, which saves one of three
 * ways through the weights. */
static int is_waiting(const Job *job, const Layer *layer)
{
    return !layer->is_by_unit && !(layer == job->network->layers && job->has_lists);
}

/* The update of a layer that waits, if one does: the inputs and the errors of the instance before, which are in row 1. */
static Waiting waiting_update(const Job *job, const Layer *layer)
{
    if (!job->has_waiting || !is_waiting(job, layer)) return NOTHING;
    return (Waiting){layer == job->network->layers ? job->scratch->input_rows[1] : layer[-1].output_rows[1], layer->error_rows[1]};
}

static void swap_rows(const Network *network)
{
    for (Layer *layer = network->layers; layer < network->layers + network->n_layers; layer++) {
        void *outputs = layer->outputs, *errors = layer->errors;
        layer->outputs = (void *)layer->output_rows[1];
        layer->errors = (void *)layer->error_rows[1];
        layer->output_rows[1] = outputs;
        layer->error_rows[1] = errors;
    }
}

/* Let the updates of an instance wait, and the next one write to the other rows. */
static void begin_waiting(Job *job, const real *inputs)
{
    job->has_waiting = 1;
    job->scratch->input_rows[1] = inputs;
    swap_rows(job->network);
}

/* Make the updates that still wait, and put the rows in their order again. */
static void end_waiting(Job *job)
{
    const Network *network = job->network;
    for (Layer *layer = network->layers; layer < network->layers + network->n_layers; layer++) {
        const Waiting waiting = waiting_update(job, layer);
        if (waiting.factors)
            add_list((List){NULL, waiting.factors, layer->n_inputs}, waiting.errors, layer->parameters.weights, layer->stride);
    }
    job->has_waiting = 0;
    if (network->layers[0].outputs != network->layers[0].output_rows[0]) swap_rows(network);
}

static void forward_case(const Job *job, const Layer *layer, List inputs)
{
    if (layer->is_by_unit)
        forward_units(layer, inputs.values);
    else
        forward_list(layer, inputs, waiting_update(job, layer), layer->outputs);
    activate_rows(job->network, layer, 1);
}

/* Learn one instance: the book's case updating. */
static void learn_case(Job *job, ptrdiff_t instance)
{
    const Network *network = job->network;
    Layer *layers = network->layers, *top = layers + network->n_layers - 1;
    const List inputs = read_inputs(job, instance, 0);
    copy_targets(job, instance, 0);
    forward_case(job, layers, inputs);
    for (Layer *layer = layers + 1; layer <= top; layer++) forward_case(job, layer, (List){NULL, layer[-1].outputs, layer->n_inputs});
    output_errors(job, instance, 0);
    for (Layer *layer = top; layer > layers; layer--) {
        const int is_bounded = network->activation == LOGISTIC || network->activation == TANH;
        (layer->is_by_unit ? pass_back_units : pass_back_inputs)(network->activation, layer, layer - 1);
        add_row(layer->parameters.biases, layer->errors, layer->stride);
        note_largest(job, layer->errors, layer->stride, is_bounded ? 1 : largest_in(layer[-1].outputs, layer[-1].stride));
    }
    if (!is_waiting(job, layers)) add_list(inputs, layers->errors, layers->parameters.weights, layers->stride);
    add_row(layers->parameters.biases, layers->errors, layers->stride);
    note_largest(job, layers->errors, layers->stride, largest_in(inputs.values, inputs.n));
    begin_waiting(job, inputs.values);
}

/* ---- one instance of a narrow network --------------------------------------------------------------------------- */

enum { NARROW_VECTORS = 2, NARROW_OUTPUTS = WIDTH < 4 ? WIDTH : 4 };

/* Whether there is one hidden layer, of a vector or two, and very few output units: the textbooks' networks. */
static int is_narrow(const Network *network)
{
    const Layer *hidden = network->layers, *top = hidden + 1;
    return network->n_layers == 2 && hidden->stride <= NARROW_VECTORS * WIDTH && top->is_by_unit && top->n_units <= NARROW_OUTPUTS;
}

INLINE void forward_narrow(const int n_vectors, const Network *network, List inputs, vector *outputs)
{
    const Layer *hidden = network->layers;
    if (inputs.columns)
        add_rows(n_vectors, 0, inputs, inputs.columns, NOTHING, hidden, 0, outputs);
    else
        add_rows(n_vectors, 0, inputs, NULL, NOTHING, hidden, 0, outputs);
    UNROLL
    for (int k = 0; k < n_vectors; k++)
        outputs[k] = without_padding(activate(network->activation, outputs[k]), hidden->n_units - k * WIDTH);
}

INLINE vector net_of_narrow(const int n_vectors, const int n_outputs, const Layer *top, const vector *inputs)
{
    vector products[NARROW_OUTPUTS];
    const real *row = top->parameters.weights;
    UNROLL
    for (int j = 0; j < n_outputs; j++, row += n_vectors * WIDTH) {
        products[j] = inputs[0] * *(const vector *)row;
        if (n_vectors > 1) products[j] += inputs[1] * *(const vector *)(row + WIDTH);
    }
    return *(const vector *)top->parameters.biases + sum_each(n_outputs, products);
}

/* The outputs of the last layer, from its net inputs. */
INLINE void activate_narrow(const Network *network, const Layer *top, vector net)
{
    vector *outputs = top->outputs;
    if (network->output_unit == SOFTMAX_LOG) {
        *outputs = net;
        softmax_groups(network, top, 1);
    } else {
        *outputs = without_padding(activate(output_activation(network->output_unit), net), top->n_units);
    }
}

/* Σ_k Err_k w_jk for vectors of hidden units, and the update of the w_jk. */
INLINE void pass_back_narrow(const int n_vectors, const int n_outputs, const Layer *top, const vector *outputs, vector *sums)
{
    const real *errors = top->errors;
    real *row = top->parameters.weights;
    UNROLL
    for (int k = 0; k < n_vectors; k++) sums[k] = (vector){0};
    UNROLL
    for (int j = 0; j < n_outputs; j++, row += n_vectors * WIDTH) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) {
            const vector old = ((vector *)row)[k];
            sums[k] += errors[j] * old;
            ((vector *)row)[k] = old + errors[j] * outputs[k];
        }
    }
}

/* As `learn_case`; what passes between the layers stays in registers. */
INLINE void learn_narrow_case(const int n_vectors, const int n_outputs, Job *job, ptrdiff_t instance)
{
    const Network *network = job->network;
    const Layer *hidden = network->layers, *top = hidden + 1;
    const List inputs = read_inputs(job, instance, 0);
    vector outputs[NARROW_VECTORS], errors[NARROW_VECTORS];
    real *hidden_errors = (real *)errors;
    copy_targets(job, instance, 0);
    forward_narrow(n_vectors, network, inputs, outputs);
    activate_narrow(network, top, net_of_narrow(n_vectors, n_outputs, top, outputs));
    output_errors(job, instance, 0);
    pass_back_narrow(n_vectors, n_outputs, top, outputs, errors);
    UNROLL
    for (int k = 0; k < n_vectors; k++) errors[k] *= slope(network->activation, outputs[k]);
    if (inputs.columns)
        add_errors(n_vectors, inputs, inputs.columns, hidden_errors, hidden->parameters.weights, n_vectors * WIDTH);
    else
        add_errors(n_vectors, inputs, NULL, hidden_errors, hidden->parameters.weights, n_vectors * WIDTH);
    add_row(hidden->parameters.biases, hidden_errors, n_vectors * WIDTH);
    add_row(top->parameters.biases, top->errors, WIDTH);
    note_largest(job, hidden_errors, n_vectors * WIDTH, largest_in(inputs.values, inputs.n));
    note_largest(job, top->errors, WIDTH, largest_in((const real *)outputs, n_vectors * WIDTH));
}

static void learn_narrow_cases(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    const int n_vectors = (int)(job->network->layers[0].stride / WIDTH), has_one_output = job->network->layers[1].n_units == 1;
#define LEARN(n_vectors, n_outputs) \
    for (ptrdiff_t p = start; p < stop; p++) learn_narrow_case(n_vectors, n_outputs, job, instance_at(job, p))
    if (n_vectors == 1 && has_one_output)
        LEARN(1, 1);
    else if (n_vectors == 1)
        LEARN(1, NARROW_OUTPUTS);
    else if (has_one_output)
        LEARN(2, 1);
    else
        LEARN(2, NARROW_OUTPUTS);
#undef LEARN
}

/* ---- a batch ---------------------------------------------------------------------------------------------------- */

/* A layer's weights as rows that are multiplied, and what comes out: results for each instance. */
typedef struct {
    const real *weights;
    ptrdiff_t n_rows, stride;
    const real *base;  /* what each result starts from, or NULL */
    real *results;
    ptrdiff_t result_stride;
} Product;

/* base + Σ_i x_i · row i of the weights, for some instances and some vectors of columns. */
INLINE void combine_tile(const int n_instances, const int n_vectors, const real *const *x, const Product *product, ptrdiff_t from)
{
    const ptrdiff_t stride = product->stride, n_rows = product->n_rows, result_stride = product->result_stride;
    const real *weights = product->weights + from;
    real *results = product->results + from;
    vector sums[TILE_ROWS][TILE_VECTORS];
    UNROLL
    for (int r = 0; r < n_instances; r++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) sums[r][k] = product->base ? ((const vector *)(product->base + from))[k] : (vector){0};
    }
    for (ptrdiff_t i = 0; i < n_rows; i++, weights += stride) {
        UNROLL
        for (int r = 0; r < n_instances; r++) {
            UNROLL
            for (int k = 0; k < n_vectors; k++) sums[r][k] += x[r][i] * ((const vector *)weights)[k];
        }
    }
    UNROLL
    for (int r = 0; r < n_instances; r++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) ((vector *)(results + r * result_stride))[k] = sums[r][k];
    }
}

static void combine_columns(int n_instances, const real *const *x, const Product *product)
{
    ptrdiff_t from = 0;
    for (; from + TILE_VECTORS * WIDTH <= product->stride; from += TILE_VECTORS * WIDTH) {
#define CALL(n) combine_tile(n < TILE_ROWS ? n : TILE_ROWS, TILE_VECTORS, x, product, from)
        WITH_CONSTANT(n_instances, CALL)
#undef CALL
    }
    for (; from < product->stride; from += WIDTH) {
#define CALL(n) combine_tile(n < TILE_ROWS ? n : TILE_ROWS, 1, x, product, from)
        WITH_CONSTANT(n_instances, CALL)
#undef CALL
    }
}

/* Combine for all instances of a chunk, in tiles of nearly equal numbers of instances. */
static void combine(ptrdiff_t n_instances, const real *const *x, const Product *shared)
{
    const ptrdiff_t n_tiles = (n_instances + TILE_ROWS - 1) / TILE_ROWS;
    for (ptrdiff_t tile = 0; tile < n_tiles; tile++) {
        const ptrdiff_t first = tile * n_instances / n_tiles, last = (tile + 1) * n_instances / n_tiles;
        Product product = *shared;
        product.results += first * product.result_stride;
        combine_columns((int)(last - first), x + first, &product);
    }
}

/* The products of each row of the weights with x, for all instances of a chunk; WIDTH rows serve them all. */
static void multiply(ptrdiff_t n_instances, const real *x, const Product *product)
{
    const ptrdiff_t stride = product->stride, result_stride = product->result_stride;
    for (ptrdiff_t i = 0; i < product->n_rows; i += WIDTH) {
        const real *weights = product->weights + i * stride, *vectors = x;
        real *results = product->results + i;
        for (ptrdiff_t r = 0; r < n_instances; r++, vectors += stride, results += result_stride) {
            vector sums[WIDTH] = {{0}};
            for (ptrdiff_t k = 0; k < stride; k += WIDTH) {
                const vector part = *(const vector *)(vectors + k);
                UNROLL
                for (int m = 0; m < WIDTH; m++) sums[m] += part * *(const vector *)(weights + m * stride + k);
            }
            const vector base = product->base ? *(const vector *)(product->base + i) : (vector){0};
            *(vector *)results = base + sum_each(WIDTH, sums);
        }
    }
}

/* I_j = Σ_i w_ij O_i + θ_j and O_j of the chunk's instances. */
static void forward_layer(const Network *network, const Layer *layer, ptrdiff_t n_instances, const real *const *inputs)
{
    const Product net = {layer->parameters.weights, layer->n_rows, layer->row_stride, layer->parameters.biases, layer->outputs, layer->stride};
    if (layer->is_by_unit)
        multiply(n_instances, layer[-1].outputs, &net);
    else
        combine(n_instances, inputs, &net);
    activate_rows(network, layer, n_instances);
}

/* Err_j = O_j (1 - O_j) Σ_k Err_k w_jk of the chunk's instances. */
static void hidden_errors(Activation activation, const Layer *layer, ptrdiff_t n_instances)
{
    const Layer *below = layer - 1;
    const Product sums = {layer->parameters.weights, layer->n_rows, layer->row_stride, NULL, below->errors, below->stride};
    if (layer->is_by_unit)
        combine(n_instances, (const real *const *)layer->error_rows, &sums);
    else
        multiply(n_instances, layer->errors, &sums);
    const real *outputs = below->outputs;
    real *errors = below->errors;
    for (ptrdiff_t j = 0; j < n_instances * below->stride; j += WIDTH)
        *(vector *)(errors + j) *= slope(activation, *(const vector *)(outputs + j));
}

/* Δw = l Err_j O_i, less the penalty, plus momentum times the last move; as scikit-learn's SGDOptimizer. */
INLINE vector descend(const Move *move, vector weights, vector step, ptrdiff_t at)
{
    step -= move->decay * weights;
    if (!move->first) return step;
    vector *velocity = (vector *)(move->first + at), moved = step + move->momentum * *velocity;
    *velocity = moved;
    if (move->is_nesterov) moved = step + move->momentum * moved;
    return moved;
}

/* Kingma and Ba (2015), as scikit-learn's AdamOptimizer, which has the correction of the moments in the rate. */
INLINE vector adam(const Move *move, vector weights, vector sum, ptrdiff_t at)
{
    const vector gradient = move->decay * weights - sum;
    vector *mean = (vector *)(move->first + at), *square = (vector *)(move->second + at);
    *mean = move->keep_1 * *mean + move->take_1 * gradient;
    *square = move->keep_2 * *square + move->take_2 * (gradient * gradient);
    return -move->rate * *mean / (square_root(*square) + move->epsilon);
}

/* iRprop- of Igel and Hüsken (2003): steps grow while the gradient keeps its sign, and where it has just changed the
 * weight waits. */
INLINE vector rprop(const Move *move, vector weights, vector sum, ptrdiff_t at)
{
    vector gradient = move->decay * weights - sum;
    vector *last = (vector *)(move->first + at), *size = (vector *)(move->second + at);
    const vector agreement = sign(gradient) * sign(*last); /* their product might underflow */
    const vector larger_size = at_most((vector){0} + move->largest_step, *size * move->increase);
    const vector smaller_size = at_least((vector){0} + move->smallest, *size * move->decrease);
    *size = choose(agreement > 0, larger_size, choose(agreement < 0, smaller_size, *size));
    gradient = choose(agreement < 0, (vector){0}, gradient);
    *last = gradient;
    return -sign(gradient) * *size;
}

/* Move a vector of weights, given their Σ l Err_j O_i (of all but DESCENT without l). */
INLINE void move_vector(const Rule rule, Move *move, vector sum, ptrdiff_t at)
{
    vector *place = (vector *)(move->weights + at), weights = *place, step = sum;
    if (rule != PLAIN) move->squares += weights * weights;
    if (rule == GRADIENT) {
        *(vector *)(move->sums + at) = move->decay * weights - sum;
        return;
    }
    if (rule == DESCENT) step = descend(move, weights, sum, at);
    if (rule == ADAM) step = adam(move, weights, sum, at);
    if (rule == RPROP) step = rprop(move, weights, sum, at);
    move->largest = larger(absolute(step), move->largest);
    *place = weights + step;
}

/* What a chunk adds to the rows of weights: Σ_r factors[r][i] · vectors[r] to row i. Where an input's weights make a row,
 * those are its inputs and errors; where a unit's do, its errors and inputs. */
typedef struct {
    ptrdiff_t n_instances;
    const real *const *factors;
    const real *vectors;
    int is_first, is_last; /* of the chunks of a batch */
} Chunk;

/* Δw_ij = l Σ Err_j O_i over a chunk, for some rows of weights and some vectors of columns. The sums stay in registers; the
 * last chunk of a batch moves the weights. */
INLINE void update_tile(const int n_rows, const int n_vectors, const Rule rule, const Chunk *chunk, Move *move, ptrdiff_t i, ptrdiff_t from)
{
    const ptrdiff_t stride = move->stride, at = i * stride + from;
    const real *vectors = chunk->vectors + from;
    vector sums[TILE_ROWS][TILE_VECTORS] = {{{0}}};
    for (ptrdiff_t r = 0; r < chunk->n_instances; r++, vectors += stride) {
        const real *factors = chunk->factors[r] + i;
        UNROLL
        for (int m = 0; m < n_rows; m++) {
            UNROLL
            for (int k = 0; k < n_vectors; k++) sums[m][k] += factors[m] * ((const vector *)vectors)[k];
        }
    }
    UNROLL
    for (int m = 0; m < n_rows; m++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) {
            const ptrdiff_t here = at + m * stride + k * WIDTH;
            vector *place = (vector *)(move->sums + here);
            if (!chunk->is_first) sums[m][k] += *place;
            if (!chunk->is_first || !chunk->is_last) *place = chunk->is_last ? (vector){0} : sums[m][k];
            if (chunk->is_last) move_vector(rule, move, sums[m][k], here);
        }
    }
}

INLINE void update_columns(const int n_vectors, const Rule rule, const Chunk *chunk, Move *move, ptrdiff_t from)
{
    ptrdiff_t i = 0;
    for (; i + TILE_ROWS <= move->n_rows; i += TILE_ROWS) update_tile(TILE_ROWS, n_vectors, rule, chunk, move, i, from);
    for (; i + 2 <= move->n_rows; i += 2) update_tile(2, n_vectors, rule, chunk, move, i, from);
    for (; i < move->n_rows; i++) update_tile(1, n_vectors, rule, chunk, move, i, from);
}

/* Works on copies: a compiler would fear that the weights it writes lie in them. */
INLINE void update_all(const Rule rule, const Chunk *shared_chunk, Move *shared_move)
{
    const Chunk chunk = *shared_chunk;
    Move move = *shared_move;
    ptrdiff_t from = 0;
    for (; from + TILE_VECTORS * WIDTH <= move.stride; from += TILE_VECTORS * WIDTH)
        update_columns(TILE_VECTORS, rule, &chunk, &move, from);
    for (; from < move.stride; from += WIDTH) update_columns(1, rule, &chunk, &move, from);
    shared_move->largest = move.largest;
    shared_move->squares = move.squares;
}

static void update(Rule rule, const Chunk *chunk, Move *move)
{
    switch (rule) {
    case PLAIN: update_all(PLAIN, chunk, move); break;
    case DESCENT: update_all(DESCENT, chunk, move); break;
    case ADAM: update_all(ADAM, chunk, move); break;
    case RPROP: update_all(RPROP, chunk, move); break;
    default: update_all(GRADIENT, chunk, move);
    }
}

static Move begin_move(const Job *job, const Layer *layer)
{
    Move move = job->move;
    move.n_rows = layer->n_rows;
    move.stride = layer->row_stride;
    move.weights = layer->parameters.weights;
    move.first = layer->first.weights;
    move.second = layer->second.weights;
    move.sums = layer->sums.weights;
    return move;
}

/* A bias is the weight of an input that is always 1; the penalty spares it. */
static Move begin_move_of_biases(const Job *job, const Layer *layer)
{
    Move move = job->move;
    move.n_rows = 1;
    move.stride = layer->stride;
    move.weights = layer->parameters.biases;
    move.first = layer->first.biases;
    move.second = layer->second.biases;
    move.sums = layer->sums.biases;
    move.decay = 0;
    return move;
}

static void end_move(Job *job, const Move *move)
{
    job->squares += sum(move->squares);
    job->largest = larger(move->largest, job->largest);
}

static void update_weights(Job *job, const Layer *layer, const Chunk *shared_chunk)
{
    const int is_lowest = layer == job->network->layers;
    Chunk chunk = *shared_chunk;
    Move move = begin_move(job, layer);
    chunk.factors = (const real *const *)(layer->is_by_unit ? layer->error_rows : is_lowest ? job->scratch->input_rows : layer[-1].output_rows);
    chunk.vectors = layer->is_by_unit ? layer[-1].outputs : layer->errors;
    update(job->rule, &chunk, &move);
    end_move(job, &move);
}

static void update_biases(Job *job, const Layer *layer, const Chunk *chunk)
{
    Move move = begin_move_of_biases(job, layer);
    Chunk of_ones = *chunk;
    of_ones.factors = (const real *const *)job->scratch->one_rows;
    of_ones.vectors = layer->errors;
    update(job->rule, &of_ones, &move);
    move.squares = (vector){0};
    end_move(job, &move);
}

/* ---- a batch of lists ------------------------------------------------------------------------------------------- */

/* Remember which inputs were not zero; the sums of the others stay zero. */
static ptrdiff_t touch(const Scratch *scratch, List list, ptrdiff_t n_touched)
{
    for (ptrdiff_t i = 0; i < list.n; i++) {
        const int32_t column = list.columns[i];
        scratch->touched[n_touched] = column;
        n_touched += !scratch->is_touched[column];
        scratch->is_touched[column] = 1;
    }
    return n_touched;
}

INLINE void move_row(const Rule rule, Move *move, ptrdiff_t i)
{
    for (ptrdiff_t at = i * move->stride; at < (i + 1) * move->stride; at += WIDTH) {
        vector *sum = (vector *)(move->sums + at);
        move_vector(rule, move, *sum, at);
        if (rule != GRADIENT) *sum = (vector){0};
    }
}

/* Works on a copy, as `update_all`. */
INLINE void move_rows(const Rule rule, Move *shared_move)
{
    Move move = *shared_move;
    for (ptrdiff_t i = 0; i < move.n_rows; i++) move_row(rule, &move, i);
    shared_move->largest = move.largest;
    shared_move->squares = move.squares;
}

/* Move the weights by their sums; by the plain rule only those whose input was not zero. */
static void move_lists(Job *job, const Layer *layer, ptrdiff_t n_touched)
{
    const Scratch *scratch = job->scratch;
    Move move = begin_move(job, layer);
    switch (job->rule) {
    case PLAIN:
        for (ptrdiff_t i = 0; i < n_touched; i++) move_row(PLAIN, &move, scratch->touched[i]);
        break;
    case DESCENT: move_rows(DESCENT, &move); break;
    case ADAM: move_rows(ADAM, &move); break;
    case RPROP: move_rows(RPROP, &move); break;
    default: move_rows(GRADIENT, &move);
    }
    for (ptrdiff_t i = 0; i < n_touched; i++) scratch->is_touched[scratch->touched[i]] = 0;
    end_move(job, &move);
}

static ptrdiff_t add_lists(Job *job, const Layer *layer, const Chunk *chunk, ptrdiff_t n_touched)
{
    for (ptrdiff_t r = 0; r < chunk->n_instances; r++) {
        const List list = job->scratch->lists[r];
        add_list(list, (const real *)layer->errors + r * layer->stride, layer->sums.weights, layer->stride);
        n_touched = touch(job->scratch, list, n_touched);
    }
    return n_touched;
}

/* ---- an epoch --------------------------------------------------------------------------------------------------- */

/* Numbers too small to be normal count as 0 from here on; with them the machine is many times slower. */
INLINE unsigned int flush_small_numbers(void)
{
#if defined(__SSE2__)
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040);
    return mode;
#else
    return 0;
#endif
}

INLINE void restore_mode(unsigned int mode)
{
#if defined(__SSE2__)
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
}

/* Multiplications that take a millisecond or a few. */
#define WORK_BETWEEN_PAUSES 4e6

/* Every few milliseconds of work, let the caller say whether to go on. His code runs in his own mode of arithmetic. */
INLINE void pause_after(Job *job, ptrdiff_t n_instances)
{
    job->work += (double)n_instances * job->work_per_instance;
    if (job->work < WORK_BETWEEN_PAUSES) return;
    job->work = 0;
    restore_mode(job->mode);
    job->is_stopped = job->presentation->pause(job->presentation->pause_data);
    flush_small_numbers();
}

/* Ask for the first few KiB of an array, each line of the cache; the machine itself foresees the rest of a long one. */
INLINE void prefetch_bytes(const void *start, ptrdiff_t n_bytes)
{
    for (ptrdiff_t byte = 0; byte < n_bytes && byte < 8192; byte += 64) __builtin_prefetch((const char *)start + byte);
}

/* Ask for the inputs of an instance that will come soon; a shuffled order is beyond the machine's own foresight. */
INLINE void prefetch(const Job *job, ptrdiff_t position)
{
    if (position >= job->presentation->n_presented || !job->presentation->order) return;
    const Instances *instances = job->instances;
    const ptrdiff_t instance = job->presentation->order[position];
    ptrdiff_t n = job->network->layers[0].n_inputs, start = instance * n;
    if (instances->indices) {
        start = csr_start(instances, instance);
        n = csr_start(instances, instance + 1) - start;
        prefetch_bytes((const char *)instances->indices + start * instances->index_bytes, n * instances->index_bytes);
    }
    prefetch_bytes((const real *)instances->inputs + start, n * (ptrdiff_t)sizeof(real));
}

/* Outputs of the first layer, instance by instance, since each has another list. */
static void forward_lists(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    const Layer *layer = job->network->layers;
    ptrdiff_t room = 0;
    for (ptrdiff_t r = 0; r < n_rows; r++) {
        real *outputs = (real *)layer->outputs + r * layer->stride;
        prefetch(job, start + r + 2);
        const List list = job->scratch->lists[r] = read_inputs(job, instance_at(job, start + r), room);
        room += list.n;
        forward_list(layer, list, NOTHING, outputs);
    }
    activate_rows(job->network, layer, n_rows);
}

static void find_rows(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    for (ptrdiff_t r = 0; r < n_rows; r++) {
        const ptrdiff_t instance = instance_at(job, start + r);
        job->scratch->input_rows[r] = (const real *)job->instances->inputs + instance * n_inputs;
    }
}

/* Forward through all layers, and the errors of the output units. */
static void forward_chunk(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    const Network *network = job->network;
    Layer *layers = network->layers, *top = layers + network->n_layers - 1;
    for (ptrdiff_t r = 0; r < n_rows; r++) copy_targets(job, instance_at(job, start + r), r);
    if (job->has_lists) {
        forward_lists(job, start, n_rows);
    } else {
        find_rows(job, start, n_rows);
        forward_layer(network, layers, n_rows, (const real *const *)job->scratch->input_rows);
    }
    for (Layer *layer = layers + 1; layer <= top; layer++)
        forward_layer(network, layer, n_rows, (const real *const *)layer[-1].output_rows);
    for (ptrdiff_t r = 0; r < n_rows; r++) output_errors(job, instance_at(job, start + r), r);
    add_residuals(job);
}

/* Backward through all layers; a layer's weights move once the errors below them are formed. */
static ptrdiff_t backward_chunk(Job *job, const Chunk *chunk, ptrdiff_t n_touched)
{
    const Network *network = job->network;
    for (Layer *layer = network->layers + network->n_layers - 1; layer >= network->layers; layer--) {
        const int is_lowest = layer == network->layers;
        if (!is_lowest) hidden_errors(network->activation, layer, chunk->n_instances);
        update_biases(job, layer, chunk);
        if (!is_lowest || !job->has_lists) {
            update_weights(job, layer, chunk);
        } else {
            n_touched = add_lists(job, layer, chunk, n_touched);
            if (chunk->is_last) move_lists(job, layer, n_touched);
        }
    }
    return n_touched;
}

/* What an update of so many instances is to do with their errors. Adam's rate has the correction for its moments' start
 * from zero in it. */
static void begin_batch(Job *job, ptrdiff_t n_instances)
{
    const Presentation *presentation = job->presentation;
    const double rate = (job->rule <= DESCENT ? presentation->learning_rate : 1) / (double)n_instances;
    job->rate = (real)rate;
    job->move.decay = (real)(rate * presentation->alpha);
    job->squares = 0;
    if (job->rule == ADAM) {
        const double t = (double)++job->n_updates;
        job->move.rate = (real)(presentation->learning_rate * sqrt(1 - pow(presentation->beta_2, t)) / (1 - pow(presentation->beta_1, t)));
    }
}

/* Learn a batch, in chunks that the scratch holds. */
static void learn_batch(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    const double alpha = job->presentation->alpha;
    ptrdiff_t n_touched = 0;
    begin_batch(job, stop - start);
    for (ptrdiff_t from = start; from < stop && !job->is_stopped; from += job->scratch->chunk) {
        const ptrdiff_t left = stop - from;
        Chunk chunk = {.n_instances = left < job->scratch->chunk ? left : job->scratch->chunk,
                       .is_first = from == start, .is_last = left <= job->scratch->chunk};
        forward_chunk(job, from, chunk.n_instances);
        n_touched = backward_chunk(job, &chunk, n_touched);
        pause_after(job, chunk.n_instances);
    }
    if (alpha != 0) job->loss += 0.5 * alpha * job->squares;
}

/* Whether zeros are so many that lists pay, judged by a few rows from all over the data, so that every epoch judges alike.
 * For an instance alone a list saves reading and writing rows of weights; a tile gets more out of each row it reads. */
static int prefers_lists(const Job *job)
{
    const Instances *instances = job->instances;
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    const ptrdiff_t n_rows = instances->n_instances < 16 ? instances->n_instances : 16;
    ptrdiff_t n_used = 0;
    if (instances->indices) return 1;
    if (n_inputs < 16) return 0;
    for (ptrdiff_t s = 0; s < n_rows; s++) {
        const real *inputs = (const real *)instances->inputs + s * instances->n_instances / n_rows * n_inputs;
        for (ptrdiff_t i = 0; i < n_inputs; i++) n_used += inputs[i] != 0;
    }
    return (double)n_used < (job->presentation->batch_size == 1 ? 0.8 : 0.35) * (double)(n_rows * n_inputs);
}

static void learn_wide_cases(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    for (ptrdiff_t p = start; p < stop; p++) {
        prefetch(job, p + 1);
        learn_case(job, instance_at(job, p));
    }
}

/* Case updating by the plain rule, and the sums added up every few instances. */
static void learn_cases(Job *job)
{
    const ptrdiff_t n = job->presentation->n_presented;
    ptrdiff_t n_between = (ptrdiff_t)(WORK_BETWEEN_PAUSES / job->work_per_instance) + 1;
    n_between = n_between < 32 ? n_between : 32;
    job->rate = (real)job->presentation->learning_rate;
    for (ptrdiff_t start = 0; start < n && !job->is_stopped; start += n_between) {
        const ptrdiff_t stop = n - start < n_between ? n : start + n_between;
        if (is_narrow(job->network))
            learn_narrow_cases(job, start, stop);
        else
            learn_wide_cases(job, start, stop);
        add_residuals(job);
        pause_after(job, stop - start);
    }
    end_waiting(job);
}

static void learn_batches(Job *job)
{
    const ptrdiff_t n = job->presentation->n_presented, batch_size = job->presentation->batch_size;
    for (ptrdiff_t start = 0; start < n && !job->is_stopped; start += batch_size)
        learn_batch(job, start, n - start < batch_size ? n : start + batch_size);
}

/* What every batch asks of an update. An ε that is 0 in `real` would divide 0 by 0 where no gradient ever came. */
static Move common_move(const Presentation *presentation)
{
    const real epsilon = (real)presentation->epsilon;
    Move move = {0};
    if (presentation->rule == ADAM) {
        move.keep_1 = (real)presentation->beta_1;
        move.take_1 = (real)(1 - presentation->beta_1);
        move.keep_2 = (real)presentation->beta_2;
        move.take_2 = (real)(1 - presentation->beta_2);
        move.epsilon = epsilon > SMALLEST ? epsilon : SMALLEST;
    } else if (presentation->rule == RPROP) {
        move.increase = (real)presentation->increase;
        move.decrease = (real)presentation->decrease;
        move.smallest = (real)presentation->smallest;
        move.largest_step = (real)presentation->largest_step;
    } else {
        move.momentum = (real)presentation->momentum;
        move.is_nesterov = presentation->nesterov;
    }
    return move;
}

static Job begin_job(const Network *network, const Instances *instances, const Presentation *presentation, const Scratch *scratch)
{
    Job job = {.network = network, .instances = instances, .presentation = presentation, .scratch = scratch};
    const int is_plain = presentation->rule == DESCENT && presentation->alpha == 0 && !network->layers[0].first.weights;
    job.rule = is_plain ? PLAIN : presentation->rule;
    job.move = common_move(presentation);
    job.n_updates = presentation->n_updates;
    job.has_lists = prefers_lists(&job);
    for (ptrdiff_t i = 0; i < network->n_layers; i++)
        job.work_per_instance += (double)network->layers[i].n_inputs * (double)network->layers[i].n_units;
    return job;
}

static Sums epoch(const Network *network, const Instances *instances, const Presentation *presentation, const Scratch *scratch)
{
    Job job = begin_job(network, instances, presentation, scratch);
    job.mode = flush_small_numbers();
    if (presentation->batch_size == 1 && job.rule == PLAIN)
        learn_cases(&job);
    else
        learn_batches(&job);
    restore_mode(job.mode);
    return (Sums){job.loss, job.error, (double)largest_of(job.largest)};
}

extern Epoch *const KERNEL_NAME;
Epoch *const KERNEL_NAME = epoch;
