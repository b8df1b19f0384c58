/* The output units against their targets: errors that go back, the loss, and whether an instance is decided wrongly.
 *
 *   Err_j = O_j (1 - O_j) (T_j - O_j)       sigmoid units with the squared error, E_j = (T_j - O_j)² / 2
 *   Err_j = T_j - O_j                       linear ones with it, and all with the log loss that is theirs
 *   Err_j = sign(T_j - O_j)                 absolute error
 *   Err_j = T_j - O_j within [-δ, δ]        Huber's
 *   Err_j = q or q - 1                      the quantile's
 */
#ifndef SKBACKPROP_LOSSES_H
#define SKBACKPROP_LOSSES_H

#include "job.h"
#include "units.h"

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

/* Σ T_j ln (T_j / O_j) - T_j + O_j; the logarithms apart, since the quotient may overflow, and kept from ln 0. */
static double poisson_loss(const real *outputs, const real *targets, ptrdiff_t n)
{
    double loss = 0;
    for (ptrdiff_t j = 0; j < n; j++) {
        const real output = outputs[j] < SMALLEST ? SMALLEST : outputs[j];
        if (targets[j] != 0) loss += targets[j] * (LOG(targets[j]) - LOG(output));
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

/* Copy an instance's targets to the scratch, where they have padding; long before they are read, since a vector read
 * right after its numbers were written one by one has to wait. */
INLINE void copy_targets(const Job *job, ptrdiff_t instance, ptrdiff_t r)
{
    const Instances *instances = job->instances;
    const Layer *top = job->network->layers + job->network->n_layers - 1;
    const ptrdiff_t n = top->n_units;
    const int32_t *codes = instances->codes;
    const ptrdiff_t row = codes ? within(READ_ONCE(codes + instance), instances->n_targets) : instance;
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

#endif
