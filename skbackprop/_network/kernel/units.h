/* What units put out, from their net inputs, and how steep that is.
 *
 *   logistic      O_j = 1 / (1 + e^-I_j)             slope O_j (1 - O_j)
 *   tanh          O_j = (e^2I_j - 1) / (e^2I_j + 1)  slope 1 - O_j²
 *   relu          O_j = max(0, I_j)                  slope 1 where O_j > 0
 *   exponential   O_j = e^I_j                        of output units only
 *   softmax       O_j = e^I_j / Σ_k e^I_k            of output units only, over each group of them
 */
#ifndef SKBACKPROP_UNITS_H
#define SKBACKPROP_UNITS_H

#include "vectors.h"

#if KERNEL_BITS == 32
#define EXP_LIMIT 87.33f /* e^±87.33 are normal numbers, and beyond it e^-x is none */
#define ROUNDER 12582912.0f /* 1.5 · 2^23: adding it rounds to an integer, which stands in the lowest bits */
#define EXPONENT_BIAS 127
#define EXPONENT_SHIFT 23
#define LN2_HIGH 0.693359375f /* few bits, so that n · LN2_HIGH is exact */
#define LN2_LOW -2.12194440e-4f
#else
#define EXP_LIMIT 708.39
#define ROUNDER 6755399441055744.0 /* 1.5 · 2^52 */
#define EXPONENT_BIAS 1023
#define EXPONENT_SHIFT 52
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#endif

/* e^x, or e^x - 1 without loss near 0, for |x| <= EXP_LIMIT: 2^n e^r with |r| <= ln 2 / 2, where few terms of the series of
 * e^r suffice. The even and the odd terms are summed apart, which halves the wait. NaN gives NaN. */
INLINE vector exponential_less(const int is_less_1, vector x)
{
    const real first = is_less_1 ? 0 : 1; /* term of the series */
    const vector shifted = x * (real)1.44269504088896340736 + ROUNDER;
    const vector n = shifted - ROUNDER;
    const vector r = x - n * LN2_HIGH - n * LN2_LOW, r2 = r * r;
#if KERNEL_BITS == 32
    const vector even = first + r2 * (1.f / 2 + r2 * (1.f / 24 + r2 * (1.f / 720)));
    const vector odd = 1 + r2 * (1.f / 6 + r2 * (1.f / 120 + r2 * (1.f / 5040)));
#else
    const vector r4 = r2 * r2, r8 = r4 * r4;
    const vector even = ((first + r2 * (1. / 2)) + r4 * (1. / 24 + r2 * (1. / 720))) +
                        r8 * ((1. / 40320 + r2 * (1. / 3628800)) + r4 * (1. / 479001600));
    const vector odd = ((1 + r2 * (1. / 6)) + r4 * (1. / 120 + r2 * (1. / 5040))) +
                       r8 * ((1. / 362880 + r2 * (1. / 39916800)) + r4 * (1. / 6227020800));
#endif
    const vector power = (vector)(((naturals)shifted + EXPONENT_BIAS) << EXPONENT_SHIFT); /* 2^n */
    const vector series = even + r * odd;
    return is_less_1 ? series * power + (power - 1) : series * power;
}

INLINE vector exponential(vector x)
{
    return exponential_less(0, x);
}

/* Clamped, for 1 / (1 + e^-x) shall not meet an infinity; a NaN passes. */
INLINE vector clamp(vector x)
{
    const vector limit = (vector){0} + EXP_LIMIT;
    return at_least(-limit, at_most(limit, x));
}

/* 0 where e^x would be too small for a normal number, so that rules that ask for signs see none; a NaN passes. */
INLINE vector without_underflow(vector x, vector result)
{
    return (vector)(~(x < -EXP_LIMIT) & (integers)result);
}

INLINE vector sigmoid(vector net)
{
    return without_underflow(net, 1 / (1 + exponential(clamp(-net)))); /* O_j = 1 / (1 + e^-I_j) */
}

/* e^I_j up to the largest number, and infinity beyond: its root is always within bounds. */
INLINE vector unbounded_exponential(vector net)
{
    const vector root = exponential(clamp((real)0.5 * net));
    return without_underflow(net, root * root);
}

INLINE vector hyperbolic_tangent(vector net)
{
    const vector grown = exponential_less(1, clamp(2 * net)); /* e^2I_j - 1 */
    return grown / (grown + 2);
}

INLINE vector activate(Activation activation, vector net)
{
    switch (activation) {
    case EXPONENTIAL: return unbounded_exponential(net);
    case LOGISTIC: return sigmoid(net);
    case TANH: return hyperbolic_tangent(net);
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

INLINE void activate_units(Activation activation, const Layer *layer, real *outputs, ptrdiff_t n_rows, ptrdiff_t from, ptrdiff_t to)
{
    const ptrdiff_t stride = layer->stride, n_units = layer->n_units;
    for (ptrdiff_t r = 0; r < n_rows; r++, outputs += stride) {
        for (ptrdiff_t j = from; j < to; j += WIDTH) {
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
        const vector below = *units - largest;
        const vector powers = without_padding(without_underflow(below, exponential(clamp(below))), n - j);
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

static void softmax_groups(const Network *network, const Layer *layer, real *outputs, ptrdiff_t n_rows)
{
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

static int has_softmax(const Network *network, const Layer *layer)
{
    return network->output_unit == SOFTMAX_LOG && layer == network->layers + network->n_layers - 1;
}

/* The outputs of some units of a layer from their net inputs, in place, for some instances; a softmax waits for the others. */
static void activate_columns(const Network *network, const Layer *layer, real *outputs, ptrdiff_t n_rows, ptrdiff_t from, ptrdiff_t to)
{
    const int is_last = layer == network->layers + network->n_layers - 1;
    if (has_softmax(network, layer)) return;
    switch (is_last ? output_activation(network->output_unit) : network->activation) {
    case LOGISTIC: activate_units(LOGISTIC, layer, outputs, n_rows, from, to); break;
    case TANH: activate_units(TANH, layer, outputs, n_rows, from, to); break;
    case RELU: activate_units(RELU, layer, outputs, n_rows, from, to); break;
    case EXPONENTIAL: activate_units(EXPONENTIAL, layer, outputs, n_rows, from, to); break;
    default: activate_units(IDENTITY, layer, outputs, n_rows, from, to);
    }
}

/* The outputs of a layer but a softmax. */
static void activate_rows(const Network *network, const Layer *layer, ptrdiff_t n_rows)
{
    activate_columns(network, layer, layer->outputs, n_rows, 0, layer->stride);
}

#endif
