/* Vectors: the numbers that the machine works on at one go, and what it does to them. No network is known here.
 *
 * A vector holds WIDTH numbers of type `real`, each in a lane of its own. `integers` of the same shape hold a condition:
 * all bits of a lane are set where it is true.
 *
 *   choose            c ? x : y, lane by lane
 *   larger            max(|x|, |y|), which keeps a NaN
 *   sum, sum_each     Σ over the lanes of one vector, or of each of several
 */
#ifndef SKBACKPROP_VECTORS_H
#define SKBACKPROP_VECTORS_H

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

/* a b + c d, rounded as one sum where the machine can: compilers differ in which product they would round first. */
INLINE vector sum_of_products(real a, vector b, real c, vector d)
{
#if defined(__FMA__)
    return (vector)INTRINSIC(fmadd)((vector){0} + a, b, c * d);
#else
    return a * b + c * d;
#endif
}

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

/* The given lanes of two vectors, where those of the second are numbered on. gcc knows clang's name since version 12 only. */
#if defined(__clang__)
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (integers){__VA_ARGS__})
#endif

INLINE vector add_neighbours(vector x, vector y)
{
    return SHUFFLE(x, y, EVENS) + SHUFFLE(x, y, ODDS);
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

/* As many vectors as one has lanes: lane j of the i-th becomes lane i of the j-th. Each round takes the even lanes of all, and
 * then the odd ones. */
INLINE void transpose(vector x[WIDTH])
{
    UNROLL
    for (int round = 1; round < WIDTH; round *= 2) {
        vector odds[WIDTH / 2];
        UNROLL
        for (int i = 0; i < WIDTH / 2; i++) {
            odds[i] = SHUFFLE(x[2 * i], x[2 * i + 1], ODDS);
            x[i] = SHUFFLE(x[2 * i], x[2 * i + 1], EVENS);
        }
        UNROLL
        for (int i = 0; i < WIDTH / 2; i++) x[WIDTH / 2 + i] = odds[i];
    }
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
    for (int n = WIDTH; n > 1; n /= 2) x = larger(SHUFFLE(x, x, EVENS), SHUFFLE(x, x, ODDS));
    return x[0];
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

#endif
