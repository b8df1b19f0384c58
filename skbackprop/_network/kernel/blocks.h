/* A batch, in blocks: the tasks that threads share, and the way through matrices that no cache of a core holds.
 *
 *   forward    a group of the units of a layer, for some instances
 *   back       a block of a layer's weights: the errors below them first, from the weights as they were, then their move
 *
 * Each task writes what no other task of its region writes, and sums in an order of its own, so the threads' number does not
 * show. A task copies what it will read often, and what lies far apart, to a bench of its thread: a panel of weights, or the
 * factors and mostly the vectors of an update. That changes no sum.
 */
#ifndef SKBACKPROP_BLOCKS_H
#define SKBACKPROP_BLOCKS_H

#include "updates.h"

enum {
    PANEL = TILE_VECTORS * WIDTH,  /* columns of a tile */
    GROUP = 2 * PANEL,             /* columns of a task */
    BLOCK = 8 * TILE_ROWS,         /* rows of weights of a task */
    NEAR = 256,                    /* instances of a task that has some of the columns, at most */
    ROWS = 64,                     /* instances of a task that has all columns, and of a part of the epoch's sums */
    DEPTH = 32768 / (PANEL * (int)sizeof(real)), /* rows of a panel that stay in the first cache */
    PACK_AHEAD = 16,               /* rows that are asked for before they are copied */
    FEW_TO_TRANSPOSE = 24,         /* instances for which it does not pay to transpose a panel */
    FEW_BLOCKS = 4,                /* that threads do not end at about the same time */
    BRIEF = 64,                    /* instances whose update is over before the weights have come */
    FEW = 16,                      /* instances for which a copy does not pay, */
    MANY = 128,                    /* and for which tasks pay sooner */
    WORK_OF_LISTS = 32768          /* weights of a task that moves them by the sums of lists */
};

typedef struct {
    Job *job;
    Layer *layer;
    const Chunk *chunk;
    const real *const *inputs;
    ptrdiff_t start;       /* of the chunk, in the order of the epoch */
    ptrdiff_t n_instances, n_per_task;
    ptrdiff_t n_shares;    /* of the units or weights; task = part of the instances times n_shares + share */
} Region;

/* Whether so many rows, of weights or of what instances have, do not stay in the second cache. */
INLINE int is_far(ptrdiff_t n_rows, ptrdiff_t stride) { return n_rows * stride * (ptrdiff_t)sizeof(real) > FAR_BYTES; }
INLINE ptrdiff_t least(ptrdiff_t x, ptrdiff_t y) { return x < y ? x : y; }
INLINE ptrdiff_t parts_of(ptrdiff_t n, ptrdiff_t length) { return (n + length - 1) / length; }

static real *bench_of(const Job *job, int thread)
{
    return (real *)job->scratch->benches + thread * job->scratch->bench_length;
}

/* ---- forward ---------------------------------------------------------------------------------------------------- */

/* Copy some columns of rows of numbers, so that they lie one behind the other. */
static void pack(const real *row, ptrdiff_t stride, ptrdiff_t n_rows, ptrdiff_t n_columns, real *panel)
{
    for (ptrdiff_t i = 0; i < n_rows; i++, row += stride, panel += n_columns) {
        for (ptrdiff_t j = 0; j < n_columns; j += WIDTH) {
            __builtin_prefetch(row + PACK_AHEAD * stride + j);
            *(vector *)(panel + j) = *(const vector *)(row + j);
        }
    }
}

/* Copy some columns, a few numbers of each, so that they lie as rows one behind the other. */
static void pack_transposed(const real *column, ptrdiff_t stride, ptrdiff_t n_rows, ptrdiff_t n_columns, real *panel)
{
    for (ptrdiff_t i = 0; i < n_rows; i += WIDTH, panel += WIDTH * n_columns) {
        for (ptrdiff_t j = 0; j < n_columns; j += WIDTH) {
            vector block[WIDTH];
            UNROLL
            for (int m = 0; m < WIDTH; m++) block[m] = *(const vector *)(column + (j + m) * stride + i);
            transpose(block);
            UNROLL
            for (int m = 0; m < WIDTH; m++) *(vector *)(panel + m * n_columns + j) = block[m];
        }
    }
}

/* Combine the rows of a packed panel. Meanwhile what is packed next comes into the second cache: n_rows rows from `ahead` on,
 * unless that is NULL. */
static void combine_packed(ptrdiff_t n_instances, const real *const *x, const Product *panel, const real *ahead, ptrdiff_t stride, ptrdiff_t n_rows)
{
    const ptrdiff_t n_ahead = parts_of(n_rows, parts_of(n_instances, TILE_ROWS));
    Product tile = *panel;
    for (ptrdiff_t first = 0, n_asked = 0; first < n_instances; first += TILE_ROWS, n_asked += n_ahead) {
        if (ahead && n_asked < n_rows) fetch(ahead + n_asked * stride, stride, least(n_ahead, n_rows - n_asked));
        if (tile.stride == PANEL && first + 2 * TILE_ROWS <= n_instances) combine_packed_tile(x + first, x + first + TILE_ROWS, &tile);
        else combine_columns((int)least(TILE_ROWS, n_instances - first), x + first, &tile);
        tile.results += TILE_ROWS * tile.result_stride;
    }
}

/* Combine some columns, for some instances, panel by panel, of as many rows as stay in the first cache; between two of them the
 * sums wait in the results, which rounds nothing. */
static void combine_group(ptrdiff_t n_instances, const real *const *x, const Product *product, ptrdiff_t from, ptrdiff_t to, real *bench)
{
    const ptrdiff_t stride = product->stride;
    const int is_ahead = !product->is_transposed && is_far(product->n_rows, stride);
    for (ptrdiff_t row = 0; row < product->n_rows; row += DEPTH) {
        const real *weights = product->weights + row * stride;
        for (ptrdiff_t j = from, next; j < to; j = next) {
            const ptrdiff_t n_columns = to - j >= PANEL ? PANEL : WIDTH;
            const Product panel = {bench, least(DEPTH, product->n_rows - row), n_columns, product->base ? product->base + j : NULL,
                                   product->results + j, product->result_stride, .goes_on = row > 0, .x_offset = row};
            next = j + n_columns;
            if (product->is_transposed) pack_transposed(product->weights + j * stride + row, stride, panel.n_rows, n_columns, bench);
            else pack(weights + j, stride, panel.n_rows, n_columns, bench);
            const real *ahead = next < to ? weights + next : weights + DEPTH * stride + from;
            const ptrdiff_t n_ahead = next < to ? panel.n_rows : least(DEPTH, product->n_rows - row - DEPTH);
            combine_packed(n_instances, x, &panel, is_ahead ? ahead : NULL, stride, n_ahead);
        }
    }
}

enum { DOT_ROWS = WIDTH < 4 ? WIDTH : 4, DOT_INSTANCES = TILE_ROWS < 8 ? 2 : 4 };

/* The products of a few rows of weights with the vectors of a few instances. */
INLINE void multiply_tile(const int n_instances, const real *rows, ptrdiff_t stride, const real *x, ptrdiff_t x_stride, vector products[DOT_INSTANCES])
{
    vector sums[DOT_INSTANCES][DOT_ROWS] = {{{0}}};
    for (ptrdiff_t k = 0; k < stride; k += WIDTH) {
        UNROLL
        for (int r = 0; r < n_instances; r++) {
            UNROLL
            for (int m = 0; m < DOT_ROWS; m++) sums[r][m] += *(const vector *)(x + r * x_stride + k) * *(const vector *)(rows + m * stride + k);
        }
    }
    UNROLL
    for (int r = 0; r < n_instances; r++) products[r] = sum_each(DOT_ROWS, sums[r]);
}

/* Results of a few rows of weights, for some instances. */
INLINE void multiply_few(ptrdiff_t n_instances, const real *x, const Product *product, ptrdiff_t i)
{
    const ptrdiff_t stride = product->stride;
    const real *rows = product->weights + i * stride;
    vector base = {0};
    if (product->base) memcpy(&base, product->base + i, DOT_ROWS * sizeof(real));
    for (ptrdiff_t r = 0; r < n_instances; r += DOT_INSTANCES) {
        vector products[DOT_INSTANCES];
        const int n = (int)least(n_instances - r, DOT_INSTANCES);
        if (n == DOT_INSTANCES) multiply_tile(DOT_INSTANCES, rows, stride, x + r * stride, stride, products);
        else for (int s = 0; s < n; s++) multiply_tile(1, rows, stride, x + (r + s) * stride, stride, products + s);
        for (int s = 0; s < n; s++) {
            const vector result = base + products[s];
            memcpy(product->results + (r + s) * product->result_stride + i, &result, DOT_ROWS * sizeof(real));
        }
    }
}

/* Results of some rows of weights, for all instances; of these as many at a time as stay in the second cache. `multiply` sums
 * alike: it is quicker where all weights stay in the first, and of floats with AVX2 everywhere (256 rows of 256: 60 us for 111),
 * where it keeps as many sums as a tile of 2 x 4 does, and adds up eight of them at one go instead of four. */
static void multiply_rows(ptrdiff_t n_instances, const real *x, const Product *shared, ptrdiff_t from, ptrdiff_t to)
{
    enum { N = 32 };
    Product product = *shared;
    for (ptrdiff_t first = 0; first < n_instances; first += N, x += N * product.stride, product.results += N * product.result_stride) {
        const ptrdiff_t n = least(N, n_instances - first);
#if KERNEL_BYTES == 32 && KERNEL_BITS == 32
        const Product part = {product.weights + from * product.stride, to - from, product.stride,
                              product.base ? product.base + from : NULL, product.results + from, product.result_stride};
        multiply(n, x, &part);
#else
        for (ptrdiff_t i = from; i < to; i += DOT_ROWS) multiply_few(n, x, &product, i);
#endif
    }
}

/* Do the tasks of a region, of so many multiplications, or what takes as long. */
static void run_tasks(Region *region, Task *task, ptrdiff_t n_tasks, double work)
{
    share_out(work >= WORK_OF_REGION ? region->job->sharing : NULL, task, region, n_tasks);
}

/* Multiplications of a layer. Few units have short rows of weights, which take longer than that, though few instances do not. */
static double work_of(const Layer *layer, ptrdiff_t n_instances)
{
    const int is_slow = layer->n_units < PANEL && n_instances >= MANY;
    return (double)layer->n_inputs * (double)layer->n_units * (double)n_instances * (is_slow ? 4 : 1);
}

/* Whether a layer's arithmetic for so many instances is worth several tasks. */
static int is_shared(const Layer *layer, ptrdiff_t n_instances)
{
    return work_of(layer, n_instances) >= WORK_OF_REGION;
}

/* O_j of a group of a layer's units for some of the chunk's instances. */
static void forward_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    const Network *network = region->job->network;
    const Layer *layer = region->layer;
    const ptrdiff_t first = task / region->n_shares * region->n_per_task, share = task % region->n_shares;
    const ptrdiff_t n = least(region->n_per_task, region->n_instances - first), n_results = layer->is_by_unit ? layer->n_rows : layer->row_stride;
    const ptrdiff_t from = region->n_shares == 1 ? 0 : share * GROUP, to = region->n_shares == 1 ? n_results : least(from + GROUP, n_results);
    const unsigned int mode = flush_small_numbers();
    Product net = {layer->parameters.weights, layer->n_rows, layer->row_stride, layer->parameters.biases, layer->outputs, layer->stride};
    net.results += first * net.result_stride;
    if (layer->is_by_unit)
        multiply_rows(n, (const real *)layer[-1].outputs + first * layer->row_stride, &net, from, to);
    else if (region->n_shares == 1)
        combine(n, region->inputs + first, &net);
    else
        combine_group(n, region->inputs + first, &net, from, to, bench_of(region->job, thread));
    activate_columns(network, layer, net.results, n, from, to);
    restore_mode(mode);
}

static void forward_shared(Job *job, Layer *layer, ptrdiff_t n_instances, const real *const *inputs)
{
    const ptrdiff_t n_results = layer->is_by_unit ? layer->n_rows : layer->row_stride;
    Region region = {.job = job, .layer = layer, .inputs = inputs, .n_instances = n_instances, .n_shares = 1};
    if (n_results > 2 * GROUP && n_instances >= FEW) region.n_shares = parts_of(n_results, GROUP);
    const ptrdiff_t n_parts = parts_of(16, region.n_shares), n_near = region.n_shares == 1 ? 1 : parts_of(n_instances, NEAR);
    const ptrdiff_t n_wanted = n_parts > n_near ? n_parts : n_near;
    region.n_per_task = parts_of(parts_of(n_instances, n_wanted), TILE_ROWS) * TILE_ROWS;
    if (region.n_per_task < FEW) region.n_per_task = FEW;
    run_tasks(&region, forward_task, parts_of(n_instances, region.n_per_task) * region.n_shares, work_of(layer, n_instances));
}

/* ---- back ------------------------------------------------------------------------------------------------------- */

/* Σ_k Err_k w_jk were written for some of the units below, for all instances of the chunk; times the slope they are Err_j. */
static void multiply_by_slopes(const Job *job, const Layer *below, ptrdiff_t n_instances, ptrdiff_t from, ptrdiff_t to)
{
    const Activation activation = job->network->activation;
    const real gain = gain_below(job, below + 1);
    for (ptrdiff_t r = 0; r < n_instances; r++) {
        const real *outputs = (const real *)below->outputs + r * below->stride;
        real *errors = (real *)below->errors + r * below->stride;
        for (ptrdiff_t j = from; j < to; j += WIDTH) *(vector *)(errors + j) *= gain * slope(activation, *(const vector *)(outputs + j));
    }
}

/* Copy what some rows of weights are multiplied by, in tiles, one behind the other. */
static void pack_factors(const Chunk *chunk, ptrdiff_t from, ptrdiff_t to, real *tiles)
{
    const ptrdiff_t n = chunk->n_instances;
    for (ptrdiff_t r = 0; r < n; r++) {
        const real *factors = chunk->factors[r];
        real *tile = tiles + r * TILE_ROWS;
        ptrdiff_t i = from;
        for (; i + TILE_ROWS <= to; i += TILE_ROWS, tile += n * TILE_ROWS) memcpy(tile, factors + i, TILE_ROWS * sizeof(real));
        for (; i < to; i++) tile[(i - from) % TILE_ROWS] = factors[i];
    }
}

/* The rows of weights of a task. Errors that do not stay in the second cache are read anew for each, so there are half as many
 * tasks, unless these would be few for a machine of many cores. */
static ptrdiff_t length_of_block(const Layer *layer, ptrdiff_t n_instances)
{
    return is_far(n_instances, layer->row_stride) && layer->n_rows > 16 * BLOCK ? 2 * BLOCK : BLOCK;
}

/* The update of some columns of a block. Its tiles all read the vectors, so these come as many at a time as stay in the first
 * cache. Those that come next are asked for meanwhile. */
INLINE void update_panel(const int n_vectors, const Rule rule, Chunk *chunk, Move *move, ptrdiff_t from, const ptrdiff_t rows[2], const ptrdiff_t columns[2])
{
    const int has_memory = rule == DESCENT || rule == ADAM || rule == RPROP;
    const ptrdiff_t n_instances = chunk->n_instances, stride = move->stride;
    const int is_ahead = n_vectors == TILE_VECTORS && is_far(n_instances, columns[1] - columns[0]);
    for (chunk->begin = 0; chunk->begin < n_instances; chunk->begin = chunk->end) {
        chunk->end = least(chunk->begin + DEPTH, n_instances);
        pack(chunk->vectors + chunk->begin * stride + from, stride, chunk->end - chunk->begin, n_vectors * WIDTH, chunk->panel);
        const ptrdiff_t next = chunk->end < n_instances ? chunk->end : 0, next_from = next ? from : from + PANEL;
        chunk->ahead = chunk->vectors + next * stride + next_from;
        chunk->n_ahead = is_ahead && next_from + PANEL <= columns[1] ? least(DEPTH, n_instances - next) : 0;
        if (has_memory && n_vectors == TILE_VECTORS && chunk->is_far) update_columns(n_vectors, LOOKING_AHEAD, rule, chunk, move, from, rows);
        else update_columns(n_vectors, COPIES, rule, chunk, move, from, rows);
    }
}

/* The update of a block for few instances, whose vectors stay in the second cache: weights that lie side by side come sooner
 * than those of a few columns. */
INLINE void update_by_rows(const Rule rule, const Chunk *chunk, Move *move, const ptrdiff_t rows[2], const ptrdiff_t columns[2])
{
    for (ptrdiff_t i = rows[0]; i < rows[1]; i += TILE_ROWS) {
        const ptrdiff_t tile[2] = {i, least(i + TILE_ROWS, rows[1])};
        ptrdiff_t from = columns[0];
        for (; from + PANEL <= columns[1]; from += PANEL) update_columns(TILE_VECTORS, FACTORS, rule, chunk, move, from, tile);
        for (; from < columns[1]; from += WIDTH) update_columns(1, FACTORS, rule, chunk, move, from, tile);
    }
}

/* The update of a block of weights, of at most two times BLOCK rows. Works on copies, as `update_all`. */
INLINE void update_block(const Rule rule, const Chunk *shared_chunk, Move *shared_move, const ptrdiff_t rows[2], const ptrdiff_t columns[2], real *bench)
{
    Chunk chunk = *shared_chunk;
    Move move = *shared_move;
    real *waiting = bench, *panel = waiting + 2 * BLOCK * PANEL, *tiles = panel + DEPTH * PANEL;
    pack_factors(&chunk, rows[0], rows[1], tiles);
    chunk.tiles = tiles;
    chunk.panel = panel;
    chunk.waiting = waiting;
    chunk.first_row = rows[0];
    chunk.is_far = chunk.is_last && is_far(move.n_rows, move.stride);
    if (chunk.is_far && chunk.n_instances <= BRIEF && !is_far(chunk.n_instances, move.stride)) {
        update_by_rows(rule, &chunk, &move, rows, columns);
    } else {
        ptrdiff_t from = columns[0];
        for (; from + PANEL <= columns[1]; from += PANEL) update_panel(TILE_VECTORS, rule, &chunk, &move, from, rows, columns);
        for (; from < columns[1]; from += WIDTH) update_panel(1, rule, &chunk, &move, from, rows, columns);
    }
    shared_move->largest = move.largest;
    shared_move->squares = move.squares;
}

static void update_by_rule(Rule rule, const Chunk *chunk, Move *move, const ptrdiff_t rows[2], const ptrdiff_t columns[2], real *bench)
{
    switch (rule) {
    case PLAIN: update_block(PLAIN, chunk, move, rows, columns, bench); break;
    case DESCENT: update_block(DESCENT, chunk, move, rows, columns, bench); break;
    case ADAM: update_block(ADAM, chunk, move, rows, columns, bench); break;
    case RPROP: update_block(RPROP, chunk, move, rows, columns, bench); break;
    default: update_block(GRADIENT, chunk, move, rows, columns, bench);
    }
}

/* Err_j of some units below a layer, from the weights as they are. */
static void errors_below(const Job *job, const Layer *layer, ptrdiff_t n_instances, ptrdiff_t from, ptrdiff_t to, real *bench)
{
    const Layer *below = layer - 1;
    const real *const *errors = (const real *const *)layer->error_rows;
    Product sums = {layer->parameters.weights, layer->n_rows, layer->row_stride, NULL, below->errors, below->stride};
    if (!layer->is_by_unit && n_instances < FEW_TO_TRANSPOSE) {
        multiply_rows(n_instances, layer->errors, &sums, from, to);
    } else {
        if (!layer->is_by_unit) {
            sums.n_rows = parts_of(layer->n_units, WIDTH) * WIDTH;
            sums.is_transposed = 1;
        }
        combine_group(n_instances, errors, &sums, from, to, bench);
    }
    multiply_by_slopes(job, below, n_instances, from, to);
}

/* What a task's move adds to the sums: Σ w² and max |Δ|. */
static Sums part_of_move(const Move *move)
{
    return (Sums){.loss = (double)sum(move->squares), .largest_update = (double)largest_of(move->largest)};
}

static void end_parts(Job *job, ptrdiff_t n_tasks)
{
    for (ptrdiff_t i = 0; i < n_tasks; i++) {
        job->squares += job->scratch->parts[i].loss;
        job->largest = larger((vector){0} + (real)job->scratch->parts[i].largest_update, job->largest);
    }
}

/* Columns of a block of weights that a task moves. */
static ptrdiff_t columns_of_share(const Layer *layer, ptrdiff_t n_shares)
{
    return parts_of(parts_of(layer->row_stride, n_shares), PANEL) * PANEL;
}

/* A share of a layer's weights: rows of inputs, or columns of inputs where the weights of a unit make a row. Either way the
 * errors of these inputs' units are formed from it, and from it alone, and then it moves. */
static void backward_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    const Job *job = region->job;
    const Layer *layer = region->layer;
    const ptrdiff_t length = layer->is_by_unit ? GROUP : length_of_block(layer, region->chunk->n_instances), n_inputs = layer->is_by_unit ? layer->row_stride : layer->n_rows;
    const ptrdiff_t from = task / region->n_shares * length, to = least(from + length, n_inputs), share = task % region->n_shares;
    real *bench = bench_of(job, thread);
    const unsigned int mode = flush_small_numbers();
    if (layer > job->network->layers)
        errors_below(job, layer, region->chunk->n_instances, from, layer->is_by_unit ? to : parts_of(to, WIDTH) * WIDTH, bench);
    Move move = begin_move(job, layer);
    const Chunk chunk = chunk_of_layer(job, layer, region->chunk);
    if (layer->is_by_unit) {
        for (ptrdiff_t row = 0; row < layer->n_rows; row += BLOCK)
            update_by_rule(job->rule, &chunk, &move, (const ptrdiff_t[]){row, least(row + BLOCK, layer->n_rows)}, (const ptrdiff_t[]){from, to}, bench);
    } else {
        const ptrdiff_t n_columns = columns_of_share(layer, region->n_shares), column = share * n_columns;
        update_by_rule(job->rule, &chunk, &move, (const ptrdiff_t[]){from, to}, (const ptrdiff_t[]){column, least(column + n_columns, layer->row_stride)}, bench);
    }
    job->scratch->parts[task] = part_of_move(&move);
    restore_mode(mode);
}

static void backward_shared(Job *job, Layer *layer, const Chunk *chunk)
{
    Region region = {.job = job, .layer = layer, .chunk = chunk, .n_shares = 1};
    ptrdiff_t n_tasks = layer->is_by_unit ? parts_of(layer->row_stride, GROUP)
                                          : parts_of(layer->n_rows, length_of_block(layer, chunk->n_instances));
    if (layer == job->network->layers && !layer->is_by_unit && n_tasks < FEW_BLOCKS) /* below it no errors wait for all columns */
        region.n_shares = parts_of(layer->row_stride, columns_of_share(layer, FEW_BLOCKS));
    n_tasks *= region.n_shares;
    run_tasks(&region, backward_task, n_tasks, work_of(layer, chunk->n_instances));
    end_parts(job, n_tasks);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* Σ Err_j O_i over the chunk's lists, for a share of the units. */
static void add_lists_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    const Layer *layer = region->layer;
    const ptrdiff_t from = task * MAX_VECTORS * WIDTH, n = least(MAX_VECTORS * WIDTH, layer->stride - from);
    const unsigned int mode = flush_small_numbers();
    (void)thread;
    for (ptrdiff_t r = 0; r < region->chunk->n_instances; r++)
        add_list_to(region->job->scratch->lists[r], (const real *)layer->errors + r * layer->stride + from, n, (real *)layer->sums.weights + from, layer->stride);
    restore_mode(mode);
}

static ptrdiff_t add_lists(Job *job, Layer *layer, const Chunk *chunk, ptrdiff_t n_touched)
{
    Region region = {.job = job, .layer = layer, .chunk = chunk};
    run_tasks(&region, add_lists_task, parts_of(layer->stride, MAX_VECTORS * WIDTH), job->work_of_lists * (double)chunk->n_instances);
    for (ptrdiff_t r = 0; r < chunk->n_instances; r++) n_touched = touch(job->scratch, job->scratch->lists[r], n_touched);
    return n_touched;
}

/* A share of the weights moves by the sums of the lists. */
static void move_lists_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    const Job *job = region->job;
    const ptrdiff_t from = task * region->n_per_task, to = least(from + region->n_per_task, region->layer->n_rows);
    const unsigned int mode = flush_small_numbers();
    Move move = begin_move(job, region->layer);
    (void)thread;
    switch (job->rule) {
    case DESCENT: move_rows(DESCENT, &move, from, to); break;
    case ADAM: move_rows(ADAM, &move, from, to); break;
    case RPROP: move_rows(RPROP, &move, from, to); break;
    default: move_rows(GRADIENT, &move, from, to);
    }
    job->scratch->parts[task] = part_of_move(&move);
    restore_mode(mode);
}

/* Move the weights by their sums; by the plain rule only those whose input was not zero. */
static void move_lists(Job *job, Layer *layer, ptrdiff_t n_touched)
{
    const Scratch *scratch = job->scratch;
    if (job->rule == PLAIN) {
        Move move = begin_move(job, layer);
        for (ptrdiff_t i = 0; i < n_touched; i++) move_row(PLAIN, &move, scratch->touched[i]);
        end_move(job, &move);
    } else {
        Region region = {.job = job, .layer = layer, .n_per_task = parts_of(WORK_OF_LISTS, layer->row_stride)};
        const ptrdiff_t n_tasks = parts_of(layer->n_rows, region.n_per_task);
        run_tasks(&region, move_lists_task, n_tasks, 8 * work_of(layer, 1));
        end_parts(job, n_tasks);
    }
    for (ptrdiff_t i = 0; i < n_touched; i++) scratch->is_touched[scratch->touched[i]] = 0;
}

#endif
