/* Prediction: the net inputs of the last layer for any number of instances, from weights that lie as Python has them.
 *
 *   I_j = θ_j + Σ_i w_ij O_i, added in the order of the inputs, so that an instance's outputs do not depend on the others
 *
 * A task takes a few instances through all layers. Of many, each serves a tile, against panels of weights that are copied to
 * the bench; of few, rows of weights are read where they lie.
 */
#ifndef SKBACKPROP_PREDICT_H
#define SKBACKPROP_PREDICT_H

#include "blocks.h"

enum { PREDICTED = 64 /* instances of a task */, SINGLES = 4 /* that do not pay for a copy */ };

typedef struct {
    const Prediction *prediction;
    ptrdiff_t widest; /* of the padded layers */
    ptrdiff_t bench_length;
    void *benches;
} Forward;

/* Up to n_left numbers of a vector that begins within a layer's weights, and zeros; it may read, but not beyond their end. */
INLINE vector read_weights(const Layer *layer, ptrdiff_t at, ptrdiff_t n_left)
{
    const real *weights = (const real *)layer->parameters.weights + at;
    if (at + WIDTH <= layer->n_inputs * layer->n_units) return without_padding(*(const loose_vector *)weights, n_left);
    vector part = {0};
    for (ptrdiff_t j = 0; j < least(n_left, WIDTH); j++) part[j] = weights[j];
    return part;
}

/* Copy some columns of a layer's weights, whose rows are not padded, with zeros up to a whole vector. */
static void pack_columns(const Layer *layer, ptrdiff_t from, ptrdiff_t n_columns, ptrdiff_t panel_stride, real *panel)
{
    const real *weights = (const real *)layer->parameters.weights + from;
    for (ptrdiff_t i = 0; i < layer->n_inputs; i++, weights += layer->n_units, panel += panel_stride) {
        if (n_columns == PANEL) {
            UNROLL
            for (int k = 0; k < TILE_VECTORS; k++) ((vector *)panel)[k] = ((const loose_vector *)weights)[k];
        } else {
            for (ptrdiff_t j = 0; j < panel_stride; j += WIDTH) *(vector *)(panel + j) = read_weights(layer, i * layer->n_units + from + j, n_columns - j);
        }
    }
}

/* A panel's results for a task's instances, which have room for whole vectors. */
static void combine_panel(ptrdiff_t n, const real *const *x, const Layer *layer, ptrdiff_t from, real *results, real *bench)
{
    const ptrdiff_t n_columns = least(PANEL, layer->n_units - from), stride = parts_of(n_columns, WIDTH) * WIDTH;
    real *base = bench, *panel = bench + PANEL;
    for (ptrdiff_t j = 0; j < stride; j++) base[j] = j < n_columns ? ((const real *)layer->parameters.biases)[from + j] : 0;
    pack_columns(layer, from, n_columns, stride, panel);
    const Product product = {panel, layer->n_inputs, stride, base, results + from, layer->stride};
    combine(n, x, &product);
}

/* One instance against the rows of weights of a list of its inputs. */
INLINE void combine_single(const int n_vectors, List list, const Layer *layer, ptrdiff_t from, real *results)
{
    const real *weights = (const real *)layer->parameters.weights + from;
    vector sums[MAX_VECTORS];
    UNROLL
    for (int k = 0; k < n_vectors; k++) sums[k] = ((const loose_vector *)((const real *)layer->parameters.biases + from))[k];
    for (ptrdiff_t i = 0; i < list.n; i++) {
        const real *row = weights + (list.columns ? list.columns[i] : i) * layer->n_units;
        UNROLL
        for (int k = 0; k < n_vectors; k++) sums[k] += ((const real *)list.values)[i] * ((const loose_vector *)row)[k];
    }
    UNROLL
    for (int k = 0; k < n_vectors; k++) ((vector *)(results + from))[k] = sums[k];
}

/* The last columns, which do not fill a vector. */
static void combine_rest(List list, const Layer *layer, ptrdiff_t from, real *results)
{
    const ptrdiff_t n = layer->n_units - from;
    vector sums = {0};
    memcpy(&sums, (const real *)layer->parameters.biases + from, (size_t)n * sizeof(real));
    for (ptrdiff_t i = 0; i < list.n; i++)
        sums += ((const real *)list.values)[i] * read_weights(layer, (list.columns ? list.columns[i] : i) * layer->n_units + from, n);
    *(vector *)(results + from) = sums;
}

static void combine_list(List list, const Layer *layer, real *results)
{
    const ptrdiff_t n_whole = layer->n_units / WIDTH * WIDTH;
    for (ptrdiff_t from = 0; from < n_whole; from += MAX_VECTORS * WIDTH) {
#define CALL(n) combine_single(n, list, layer, from, results)
        WITH_CONSTANT((n_whole - from) / WIDTH, CALL)
#undef CALL
    }
    if (n_whole < layer->n_units) combine_rest(list, layer, n_whole, results);
}

static void forward_predicted(const Network *network, const Layer *layer, ptrdiff_t n, const real *const *x, real *results, real *bench)
{
    if (n < SINGLES)
        for (ptrdiff_t r = 0; r < n; r++) combine_list((List){NULL, x[r], layer->n_inputs}, layer, results + r * layer->stride);
    else
        for (ptrdiff_t from = 0; from < layer->n_units; from += PANEL) combine_panel(n, x, layer, from, results, bench);
    if (layer < network->layers + network->n_layers - 1) activate_columns(network, layer, results, n, 0, parts_of(layer->n_units, WIDTH) * WIDTH);
}

static void predict_task(void *shared, ptrdiff_t task, int thread)
{
    const Forward *forward = shared;
    const Prediction *prediction = forward->prediction;
    const Network *network = prediction->network;
    const Instances *instances = prediction->instances;
    const ptrdiff_t first = task * PREDICTED, n = least(PREDICTED, instances->n_instances - first), n_inputs = network->layers[0].n_inputs;
    const ptrdiff_t n_outputs = network->layers[network->n_layers - 1].n_units;
    real *rooms[2], *bench = (real *)forward->benches + thread * forward->bench_length;
    const real *x[PREDICTED];
    const unsigned int mode = flush_small_numbers();
    for (int i = 0; i < 2; i++, bench += PREDICTED * forward->widest) rooms[i] = bench;
    for (ptrdiff_t r = 0; r < n && !instances->columns; r++) x[r] = (const real *)instances->inputs + (first + r) * n_inputs;
    real *results = rooms[0];
    for (ptrdiff_t i = 0; i < network->n_layers; i++) {
        const Layer *layer = network->layers + i;
        results = rooms[i % 2];
        if (i == 0 && instances->columns) {
            for (ptrdiff_t r = 0; r < n; r++) combine_list(csr_row(instances, first + r), layer, results + r * layer->stride);
            if (network->n_layers > 1) activate_columns(network, layer, results, n, 0, parts_of(layer->n_units, WIDTH) * WIDTH);
        } else {
            forward_predicted(network, layer, n, x, results, bench);
        }
        for (ptrdiff_t r = 0; r < n; r++) x[r] = results + r * layer->stride;
    }
    for (ptrdiff_t r = 0; r < n; r++) memcpy((real *)prediction->outputs + (first + r) * n_outputs, x[r], (size_t)n_outputs * sizeof(real));
    restore_mode(mode);
}

/* Numbers on a thread's bench: two layers' outputs, and a panel with what it starts from. */
static ptrdiff_t predicting_bench(const Network *network, ptrdiff_t *widest)
{
    ptrdiff_t longest = 0;
    *widest = 0;
    for (ptrdiff_t i = 0; i < network->n_layers; i++) {
        if (network->layers[i].stride > *widest) *widest = network->layers[i].stride;
        if (network->layers[i].n_inputs > longest) longest = network->layers[i].n_inputs;
    }
    return 2 * PREDICTED * *widest + (longest + 1) * PANEL;
}

/* Returns whether there was memory for it. */
static int predict(const Prediction *prediction)
{
    Forward forward = {.prediction = prediction};
    const ptrdiff_t n_tasks = parts_of(prediction->instances->n_instances, PREDICTED);
    const int n_threads = (int)least(prediction->n_threads, n_tasks > 1 ? n_tasks : 1);
    forward.bench_length = parts_of(predicting_bench(prediction->network, &forward.widest), ALIGNMENT) * ALIGNMENT;
    const double n_bytes = (double)forward.bench_length * n_threads * sizeof(real) + ALIGNMENT;
    void *room = n_bytes < (double)(PTRDIFF_MAX / 2) ? malloc((size_t)n_bytes) : NULL;
    if (!room) return 0;
    forward.benches = (char *)room + (ALIGNMENT - (uintptr_t)room % ALIGNMENT) % ALIGNMENT;
    Team *team = begin_team(n_threads);
    share_out(team, predict_task, &forward, n_tasks);
    end_team(team);
    free(room);
    return 1;
}

#endif
