/* A batch, forward and back: the instances of a chunk go through a layer in tiles, several of them against a few vectors.
 *
 *   I_j = Σ_i w_ij O_i + θ_j                forward_layer
 *   Err_j = O_j (1 - O_j) Σ_k Err_k w_jk    hidden_errors
 *
 * Both are one of two products with the rows of weights: `combine` adds rows, times a number each; `multiply` takes the
 * product of each row with a vector. Which of them goes forward depends on whose weights make a row.
 */
#ifndef SKBACKPROP_TILES_H
#define SKBACKPROP_TILES_H

#include "units.h"

/* Instances (or rows of weights) of a tile, and its vectors: as many sums as fit the registers. */
enum { TILE_VECTORS = 2 };
#if KERNEL_BYTES == 64
enum { TILE_ROWS = 8 };
#elif KERNEL_BYTES == 32
enum { TILE_ROWS = 6 };
#else
enum { TILE_ROWS = 4 };
#endif

/* A layer's weights as rows that are multiplied, and what comes out: results for each instance. */
typedef struct {
    const real *weights;
    ptrdiff_t n_rows, stride;
    const real *base;  /* what each result starts from, or NULL */
    real *results;
    ptrdiff_t result_stride;
    int goes_on;           /* the results so far are what each starts from, and these are the rows from x_offset on */
    ptrdiff_t x_offset;
    int is_transposed;     /* the rows that are multiplied lie as columns of the weights */
} Product;

/* What the sums of a tile start from. */
INLINE void begin_sums(const int n_instances, const int n_vectors, vector sums[TILE_ROWS][TILE_VECTORS], const Product *product, ptrdiff_t from)
{
    UNROLL
    for (int r = 0; r < n_instances; r++) {
        const real *start = product->goes_on ? product->results + r * product->result_stride : product->base;
        UNROLL
        for (int k = 0; k < n_vectors; k++) sums[r][k] = start ? ((const vector *)(start + from))[k] : (vector){0};
    }
}

INLINE void add_products(const int n_instances, const int n_vectors, vector sums[TILE_ROWS][TILE_VECTORS], const real *const *x, ptrdiff_t i, const real *weights)
{
    UNROLL
    for (int r = 0; r < n_instances; r++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) sums[r][k] += x[r][i] * ((const vector *)weights)[k];
    }
}

INLINE void end_sums(const int n_instances, const int n_vectors, vector sums[TILE_ROWS][TILE_VECTORS], const Product *product, ptrdiff_t from)
{
    real *results = product->results + from;
    UNROLL
    for (int r = 0; r < n_instances; r++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) ((vector *)(results + r * product->result_stride))[k] = sums[r][k];
    }
}

/* base + Σ_i x_i · row i of the weights, for some instances and some vectors of columns. */
INLINE void combine_tile(const int n_instances, const int n_vectors, const real *const *x, const Product *product, ptrdiff_t from)
{
    const ptrdiff_t stride = product->stride, n_rows = product->n_rows;
    const real *weights = product->weights + from;
    vector sums[TILE_ROWS][TILE_VECTORS];
    begin_sums(n_instances, n_vectors, sums, product, from);
    for (ptrdiff_t i = 0; i < n_rows; i++, weights += stride) add_products(n_instances, n_vectors, sums, x, product->x_offset + i, weights);
    end_sums(n_instances, n_vectors, sums, product, from);
}

/* The same for a full tile, whose columns lie one behind the other. Meanwhile the inputs that come next are asked for, line by
 * line. */
INLINE void combine_packed_tile(const real *const *x, const real *const *next, const Product *panel)
{
    enum { LINE = ALIGNMENT / sizeof(real), STEPS = LINE / TILE_ROWS };
    const ptrdiff_t n_rows = panel->n_rows, n_lines = n_rows / LINE, offset = panel->x_offset;
    const real *weights = panel->weights;
    vector sums[TILE_ROWS][TILE_VECTORS];
    ptrdiff_t i = 0;
    begin_sums(TILE_ROWS, TILE_VECTORS, sums, panel, 0);
    for (int r = 0; r < TILE_ROWS; r++) {
        const real *ahead = next[r] + offset;
        for (ptrdiff_t line = 0; line < n_lines; line++, ahead += LINE) {
            __builtin_prefetch(ahead);
            UNROLL
            for (int step = 0; step < STEPS; step++, i++, weights += TILE_VECTORS * WIDTH) add_products(TILE_ROWS, TILE_VECTORS, sums, x, offset + i, weights);
        }
    }
    for (; i < n_rows; i++, weights += TILE_VECTORS * WIDTH) add_products(TILE_ROWS, TILE_VECTORS, sums, x, offset + i, weights);
    end_sums(TILE_ROWS, TILE_VECTORS, sums, panel, 0);
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
    Product product = *shared;
    for (ptrdiff_t left = n_instances, n_tiles = (n_instances + TILE_ROWS - 1) / TILE_ROWS; n_tiles > 0; n_tiles--) {
        const ptrdiff_t n = left / n_tiles;
        combine_columns((int)n, x, &product);
        product.results += n * product.result_stride;
        x += n;
        left -= n;
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

/* Err_j = O_j (1 - O_j) Σ_k Err_k w_jk of the chunk's instances, times a gain. */
static void hidden_errors(Activation activation, const Layer *layer, ptrdiff_t n_instances, real gain)
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
        *(vector *)(errors + j) *= gain * slope(activation, *(const vector *)(outputs + j));
}

#endif
