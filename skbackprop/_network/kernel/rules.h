/* The rules: how far a weight moves, from the sum s = Σ Err_j O_i of a batch and what the rule remembers.
 *
 *   PLAIN      Δw = s, in which l / |batch| is a factor of the errors already
 *   DESCENT    v = μ v + s - l λ w, Δw = v; with Nesterov's momentum Δw = s - l λ w + μ v
 *   ADAM       g = λ w - s, m = β1 m + (1 - β1) g, v = β2 v + (1 - β2) g², Δw = -l_t m / (√v + ε)
 *   RPROP      each weight has a step of its own, and only the sign of g counts
 *   GRADIENT   no weight moves, and g is left in the sums
 *
 * λ is the penalty's strength over the batch. Biases are spared it.
 */
#ifndef SKBACKPROP_RULES_H
#define SKBACKPROP_RULES_H

#include "vectors.h"

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

/* What every batch asks of an update. Below the root of the smallest number ε would not make up for squares that underflow. */
static Move common_move(const Presentation *presentation)
{
    const real epsilon = (real)presentation->epsilon, least = (real)sqrt((double)SMALLEST);
    Move move = {0};
    if (presentation->rule == ADAM) {
        move.keep_1 = (real)presentation->beta_1;
        move.take_1 = (real)(1 - presentation->beta_1);
        move.keep_2 = (real)presentation->beta_2;
        move.take_2 = (real)(1 - presentation->beta_2);
        move.epsilon = epsilon > least ? epsilon : least;
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
    *mean = sum_of_products(move->keep_1, *mean, move->take_1, gradient);
    *square = sum_of_products(move->keep_2, *square, move->take_2, gradient * gradient);
    return -move->rate * (*mean / (square_root(*square) + move->epsilon)); /* a small rate would make of small moments none */
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

#endif
