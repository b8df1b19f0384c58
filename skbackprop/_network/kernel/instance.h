/* One instance: the book's case updating.
 *
 *   I_j = Σ_i w_ij O_i + θ_j                forward_list, forward_units
 *   Err_j = O_j (1 - O_j) Σ_k Err_k w_jk    pass_back_inputs; pass_back_units, which makes the update too
 *   Δw_ij = l Err_j O_i, Δθ_j = l Err_j     add_rows (when the next instance goes forward), add_list, add_row
 */
#ifndef SKBACKPROP_INSTANCE_H
#define SKBACKPROP_INSTANCE_H

#include "lists.h"
#include "losses.h"

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
static void pass_back_inputs(Activation activation, const Layer *layer, const Layer *below, real gain)
{
    const ptrdiff_t n_rows = layer->n_rows, stride = layer->row_stride;
    const real *outputs = below->outputs;
    for (ptrdiff_t j = 0; j < n_rows; j += WIDTH) {
        const vector products = row_products((const real *)layer->parameters.weights + j * stride, n_rows - j, stride, layer->errors);
        *(vector *)((real *)below->errors + j) = gain * slope(activation, *(const vector *)(outputs + j)) * products;
    }
}

/* Where those of a unit make a row, they move at once, in the same pass; for some vectors of inputs: */
INLINE void pass_back_columns(const int n_vectors, Activation activation, const Layer *layer, const Layer *below, real gain, ptrdiff_t from)
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
    for (int j = 0; j < n_vectors; j++) ((vector *)((real *)below->errors + from))[j] = gain * slope(activation, outputs[j]) * sums[j];
}

static void pass_back_units(Activation activation, const Layer *layer, const Layer *below, real gain)
{
    for (ptrdiff_t from = 0; from < layer->row_stride; from += 4 * WIDTH) {
        switch ((layer->row_stride - from) / WIDTH) {
        case 1: pass_back_columns(1, activation, layer, below, gain, from); break;
        case 2: pass_back_columns(2, activation, layer, below, gain, from); break;
        case 3: pass_back_columns(3, activation, layer, below, gain, from); break;
        default: pass_back_columns(4, activation, layer, below, gain, from);
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
    if (has_softmax(job->network, layer)) softmax_groups(job->network, layer, layer->outputs, 1);
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
        (layer->is_by_unit ? pass_back_units : pass_back_inputs)(network->activation, layer, layer - 1, gain_below(job, layer));
        add_row(layer->parameters.biases, layer->errors, layer->stride);
        note_largest(job, layer->errors, layer->stride, is_bounded ? 1 : largest_in(layer[-1].outputs, layer[-1].stride));
    }
    if (!is_waiting(job, layers)) add_list(inputs, layers->errors, layers->parameters.weights, layers->stride);
    add_row(layers->parameters.biases, layers->errors, layers->stride);
    note_largest(job, layers->errors, layers->stride, largest_in(inputs.values, inputs.n));
    begin_waiting(job, inputs.values);
}

#endif
