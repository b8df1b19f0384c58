/* An instance's inputs as a list of those that are not zero, and layers that add whole rows of weights by such a list.
 *
 *   I_j = Σ_i w_ij O_i + θ_j           add_rows, forward_list
 *   Δw_ij = l Err_j O_i                add_errors, add_list
 *
 * A list without columns is a whole row of inputs. Its walk is compiled apart, since rows then follow each other.
 */
#ifndef SKBACKPROP_LISTS_H
#define SKBACKPROP_LISTS_H

#include "job.h"

/* Vectors of sums of one instance that fit the registers. */
enum { MAX_VECTORS = 8 };

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

static List csr_row(const Instances *instances, ptrdiff_t instance)
{
    const ptrdiff_t start = instances->starts[instance];
    return (List){instances->columns + start, (const real *)instances->inputs + start, instances->starts[instance + 1] - start};
}

/* An instance's inputs as a list; of a dense one, where zeros are few, the list is the row itself. */
static List read_inputs(const Job *job, ptrdiff_t instance, ptrdiff_t room)
{
    const Instances *instances = job->instances;
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    if (instances->columns) return csr_row(instances, instance);
    const real *inputs = (const real *)instances->inputs + instance * n_inputs;
    if (!job->has_lists) return (List){NULL, inputs, n_inputs};
    return list_inputs(inputs, n_inputs, job->scratch->columns + room, (real *)job->scratch->values + room);
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

/* The same for some of a row's numbers. */
static void add_list_to(List list, const real *errors, ptrdiff_t n, real *weights, ptrdiff_t stride)
{
    for (ptrdiff_t from = 0; from < n; from += MAX_VECTORS * WIDTH) {
#define CALL(n_vectors) add_errors(n_vectors, list, list.columns, errors + from, weights + from, stride)
#define CALL_DENSE(n_vectors) add_errors(n_vectors, list, NULL, errors + from, weights + from, stride)
        if (list.columns) {
            WITH_CONSTANT((n - from) / WIDTH, CALL)
        } else {
            WITH_CONSTANT((n - from) / WIDTH, CALL_DENSE)
        }
#undef CALL
#undef CALL_DENSE
    }
}

static void add_list(List list, const real *errors, real *weights, ptrdiff_t stride)
{
    add_list_to(list, errors, stride, weights, stride);
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
    const ptrdiff_t instance = instance_at(job, position);
    ptrdiff_t n = job->network->layers[0].n_inputs, start = instance * n;
    if (instances->columns) {
        start = instances->starts[instance];
        n = instances->starts[instance + 1] - start;
        prefetch_bytes(instances->columns + start, n * (ptrdiff_t)sizeof(int32_t));
    }
    prefetch_bytes((const real *)instances->inputs + start, n * (ptrdiff_t)sizeof(real));
}

#endif
