/* A batch, its update: Δw_ij = l Σ Err_j O_i over the instances, and Δθ_j = l Σ Err_j.
 *
 * A batch may come in several chunks; all but the last leave their part in the sums, and the last moves the weights by a
 * rule. Tiles hold several rows of weights against a few vectors of columns. Lists add row by row, and the plain rule then
 * moves only the weights of inputs that were not zero in the batch.
 */
#ifndef SKBACKPROP_UPDATES_H
#define SKBACKPROP_UPDATES_H

#include "lists.h"
#include "tiles.h"

/* What a chunk adds to the rows of weights: Σ_r factors[r][i] · vectors[r] to row i. Where an input's weights make a row,
 * those are its inputs and errors; where a unit's do, its errors and inputs. */
typedef struct {
    ptrdiff_t n_instances;
    const real *const *factors;
    const real *vectors;
    int is_first, is_last; /* of the chunks of a batch */
    ptrdiff_t begin, end;      /* the instances that are added now */
    const real *tiles;         /* copies of all factors, from the first row on, that lie one behind the other, */
    real *panel;               /* and of the vectors that are added now */
    const real *ahead;         /* the vectors that come next, */
    ptrdiff_t n_ahead;         /* and how many are to be asked for */
    ptrdiff_t first_row;
    real *waiting;                   /* where the sums wait for the others */
    int is_far; /* what moves does not stay in the second cache */
} Chunk;

/* Which are copies: none; the factors; the vectors as well; and, with them, what will move is asked for while the sums are made. */
typedef enum { NO_COPIES, FACTORS, COPIES, LOOKING_AHEAD } Copies;

enum {
    PART = 64,         /* instances between two looks ahead */
    FAR_BYTES = 1 << 20 /* of an array that does not stay in the second cache */
};

/* Ask for a few columns of some rows before they are read. */
INLINE void fetch(const real *row, ptrdiff_t stride, ptrdiff_t n_rows)
{
    for (; n_rows > 0; n_rows--, row += stride)
        for (int k = 0; k < TILE_VECTORS * WIDTH; k += ALIGNMENT / (int)sizeof(real)) __builtin_prefetch(row + k, 0, 2);
}

/* Of what a tile will move, the share that a part of the instances leaves time for. It pays with rules that remember numbers of
 * each weight. */
INLINE void fetch_moved(const Move *move, ptrdiff_t at, ptrdiff_t first, ptrdiff_t last)
{
    const ptrdiff_t stride = move->stride, from = at + first * stride;
    fetch(move->weights + from, stride, last - first);
    if (move->first) fetch(move->first + from, stride, last - first);
    if (move->second) fetch(move->second + from, stride, last - first);
}

/* Δw_ij = l Σ Err_j O_i over a chunk, for some rows of weights and some vectors of columns. The sums stay in registers; the
 * last chunk of a batch moves the weights. */
INLINE void update_tile(const int n_rows, const int n_vectors, const Copies copies, const Rule rule, const Chunk *chunk, Move *move, ptrdiff_t i, ptrdiff_t from)
{
    const ptrdiff_t stride = move->stride, at = i * stride + from, n_instances = chunk->n_instances, row = i - chunk->first_row;
    const ptrdiff_t step = copies >= COPIES ? n_vectors * WIDTH : stride;
    const real *vectors = copies >= COPIES ? chunk->panel : chunk->vectors + from;
    const real *tile = copies ? chunk->tiles + (row - row % TILE_ROWS) * n_instances + row % TILE_ROWS : NULL;
    const ptrdiff_t begin = copies >= COPIES ? chunk->begin : 0, stop = copies >= COPIES ? chunk->end : n_instances;
    real *waiting = copies >= COPIES ? chunk->waiting + row * step : NULL;
    vector sums[TILE_ROWS][TILE_VECTORS];
    UNROLL
    for (int m = 0; m < n_rows; m++) {
        UNROLL
        for (int k = 0; k < n_vectors; k++) {
            if (begin > 0) sums[m][k] = ((const vector *)(waiting + m * step))[k];
            else sums[m][k] = (vector){0};
        }
    }
    for (ptrdiff_t r = begin; r < stop;) {
        const ptrdiff_t end = copies == LOOKING_AHEAD && stop - r > PART ? r + PART : stop;
        if (copies == LOOKING_AHEAD) fetch_moved(move, at, n_rows * r / n_instances, n_rows * end / n_instances);
        for (; r < end; r++, vectors += step) {
            const real *factors = copies ? tile + r * TILE_ROWS : chunk->factors[r] + i;
            UNROLL
            for (int m = 0; m < n_rows; m++) {
                UNROLL
                for (int k = 0; k < n_vectors; k++) sums[m][k] += factors[m] * ((const vector *)vectors)[k];
            }
        }
    }
    if (stop < n_instances) {
        UNROLL
        for (int m = 0; m < n_rows; m++) {
            UNROLL
            for (int k = 0; k < n_vectors; k++) ((vector *)(waiting + m * step))[k] = sums[m][k];
        }
        return;
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

INLINE void update_columns(const int n_vectors, const Copies copies, const Rule rule, const Chunk *chunk, Move *move, ptrdiff_t from, const ptrdiff_t rows[2])
{
    const ptrdiff_t n_tiles = (rows[1] - rows[0]) / TILE_ROWS, n_ahead = copies >= COPIES && n_tiles ? chunk->n_ahead : 0;
    const ptrdiff_t share = n_ahead ? (n_ahead + n_tiles - 1) / n_tiles : 0;
    ptrdiff_t i = rows[0];
    for (ptrdiff_t asked = 0; i + TILE_ROWS <= rows[1]; i += TILE_ROWS, asked += share) {
        if (asked < n_ahead) fetch(chunk->ahead + asked * move->stride, move->stride, asked + share < n_ahead ? share : n_ahead - asked);
        update_tile(TILE_ROWS, n_vectors, copies, rule, chunk, move, i, from);
    }
    for (; i + 2 <= rows[1]; i += 2) update_tile(2, n_vectors, copies, rule, chunk, move, i, from);
    for (; i < rows[1]; i++) update_tile(1, n_vectors, copies, rule, chunk, move, i, from);
}

/* Works on copies: a compiler would fear that the weights it writes lie in them. */
INLINE void update_all(const Rule rule, const Chunk *shared_chunk, Move *shared_move)
{
    const Chunk chunk = *shared_chunk;
    Move move = *shared_move;
    const ptrdiff_t rows[2] = {0, move.n_rows};
    ptrdiff_t from = 0;
    for (; from + TILE_VECTORS * WIDTH <= move.stride; from += TILE_VECTORS * WIDTH)
        update_columns(TILE_VECTORS, NO_COPIES, rule, &chunk, &move, from, rows);
    for (; from < move.stride; from += WIDTH) update_columns(1, NO_COPIES, rule, &chunk, &move, from, rows);
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

/* Hidden layers may have a rate of their own. What their errors make has it already, but for Adam's rule. */
static void set_rate(const Job *job, const Layer *layer, Move *move)
{
    if (layer == job->network->layers + job->network->n_layers - 1) return;
    if (job->rule == ADAM) move->rate *= (real)job->presentation->hidden_factor;
    else move->decay *= job->hidden_factor;
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
    set_rate(job, layer, &move);
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
    set_rate(job, layer, &move);
    move.decay = 0;
    return move;
}

static void end_move(Job *job, const Move *move)
{
    job->squares += sum(move->squares);
    job->largest = larger(move->largest, job->largest);
}

/* The chunk with what moves a layer's weights. */
static Chunk chunk_of_layer(const Job *job, const Layer *layer, const Chunk *shared)
{
    const int is_lowest = layer == job->network->layers;
    Chunk chunk = *shared;
    chunk.factors = (const real *const *)(layer->is_by_unit ? layer->error_rows : is_lowest ? job->scratch->input_rows : layer[-1].output_rows);
    chunk.vectors = layer->is_by_unit ? layer[-1].outputs : layer->errors;
    return chunk;
}

static void update_weights(Job *job, const Layer *layer, const Chunk *shared)
{
    const Chunk chunk = chunk_of_layer(job, layer, shared);
    Move move = begin_move(job, layer);
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

/* ---- lists ------------------------------------------------------------------------------------------------------ */

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

/* Some rows of weights; works on a copy, as `update_all`. */
INLINE void move_rows(const Rule rule, Move *shared_move, ptrdiff_t from, ptrdiff_t to)
{
    Move move = *shared_move;
    for (ptrdiff_t i = from; i < to; i++) move_row(rule, &move, i);
    shared_move->largest = move.largest;
    shared_move->squares = move.squares;
}

#endif
