/* One instance of a narrow network: instance.h once more for the textbooks' networks, whose hidden layer is a vector or two.
 *
 * What is called for each layer of a larger network costs more than the arithmetic of these. So their shapes are constants
 * here, and what passes between the two layers stays in registers.
 */
#ifndef SKBACKPROP_NARROW_H
#define SKBACKPROP_NARROW_H

#include "instance.h"

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
        softmax_groups(network, top, top->outputs, 1);
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
    for (int k = 0; k < n_vectors; k++) errors[k] *= job->hidden_factor * slope(network->activation, outputs[k]);
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

#endif
