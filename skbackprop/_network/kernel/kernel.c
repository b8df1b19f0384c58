/* One epoch of back-propagation: the book's five formulas, for one floating type and one instruction set.
 *
 * This file is compiled once per pair of them, with KERNEL_BITS (32 or 64), KERNEL_BYTES (of a vector) and KERNEL_NAME
 * set on the command line. It mirrors ../backprop.py, which is the reference; the book's letters stand in the comments.
 * Its chapters are included, so that the compiler sees all at once, and knows every size that is constant:
 *
 *   vectors.h    what the machine does to several numbers at one go
 *   units.h      O_j = 1 / (1 + e^-I_j), and the other units
 *   losses.h     Err_j = O_j (1 - O_j) (T_j - O_j), and the other output units; losses and wrong decisions
 *   rules.h      Δw_ij = l Err_j O_i, and the other rules
 *   job.h        what one call works on
 *   lists.h      inputs that are not zero, and sums of the rows of weights that they name
 *   instance.h   one instance forward and back, and its update; narrow.h the same for narrow networks
 *   tiles.h      a batch forward, and Err_j = O_j (1 - O_j) Σ_k Err_k w_jk
 *   updates.h    the update of a batch
 *   blocks.h     the tasks of a batch that threads share
 *   predict.h    prediction
 *   (here)       an epoch
 *
 * Design: errors are multiplied by l, by the instance's weight and by 1 / |batch| where they are formed, at the output
 * units. All that follows is linear in them, so an update is just Err_j O_i, and its largest one max |Err_j| max |O_i|.
 *
 * A row of weights is what is read at one go. It belongs to an input of the layer, or, where units are few, to a unit: then
 * rows are fewer and fuller. Forward through the one kind is the same work as backward through the other.
 *
 * Two ways through the data. An instance alone (batches of one) adds whole rows of weights into sums that stay in
 * registers. A batch goes in tiles, several instances against one or two vectors of columns, so that each vector of
 * weights that is read serves several instances. Inputs that are zero cost nothing where there are many: then an
 * instance is a list of its other inputs, which serves its way forward and its update.
 */
#include <stdlib.h>

#include "instance.h"
#include "narrow.h"
#include "predict.h"

/* Outputs of the first layer, instance by instance, since each has another list. */
static void forward_lists(const Job *job, ptrdiff_t start, ptrdiff_t first, ptrdiff_t last)
{
    const Layer *layer = job->network->layers;
    for (ptrdiff_t r = first; r < last; r++) {
        real *outputs = (real *)layer->outputs + r * layer->stride;
        prefetch(job, start + r + 2);
        const List list = job->scratch->lists[r] = read_inputs(job, instance_at(job, start + r), r * job->scratch->longest_list);
        forward_list(layer, list, NOTHING, outputs);
    }
    activate_columns(job->network, layer, (real *)layer->outputs + first * layer->stride, last - first, 0, layer->stride);
}

static void forward_lists_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    (void)thread;
    const ptrdiff_t first = task * region->n_per_task, last = least(first + region->n_per_task, region->n_instances);
    const unsigned int mode = flush_small_numbers();
    forward_lists(region->job, region->start, first, last);
    restore_mode(mode);
}

static void find_rows(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    for (ptrdiff_t r = 0; r < n_rows; r++) {
        const ptrdiff_t instance = instance_at(job, start + r);
        job->scratch->input_rows[r] = (const real *)job->instances->inputs + instance * n_inputs;
    }
}

/* Outputs of the last layer, where only a softmax is left to do, and its errors; what they add to the sums is the job's. */
static void errors_of_rows(Job *job, ptrdiff_t start, ptrdiff_t first, ptrdiff_t last)
{
    const Network *network = job->network;
    const Layer *top = network->layers + network->n_layers - 1;
    if (has_softmax(network, top)) softmax_groups(network, top, (real *)top->outputs + first * top->stride, last - first);
    for (ptrdiff_t r = first; r < last; r++) copy_targets(job, instance_at(job, start + r), r);
    for (ptrdiff_t r = first; r < last; r++) output_errors(job, instance_at(job, start + r), r);
    add_residuals(job);
}

static void errors_task(void *shared, ptrdiff_t task, int thread)
{
    const Region *region = shared;
    (void)thread;
    Job job = *region->job;
    const ptrdiff_t first = task * ROWS, last = least(first + ROWS, region->n_instances);
    const unsigned int mode = flush_small_numbers();
    job.loss = job.error = 0;
    errors_of_rows(&job, region->start, first, last);
    job.scratch->parts[task] = (Sums){.loss = job.loss, .error = job.error};
    restore_mode(mode);
}

static void find_errors(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    if (n_rows <= ROWS) {
        errors_of_rows(job, start, 0, n_rows);
        return;
    }
    Region region = {.job = job, .start = start, .n_instances = n_rows};
    run_tasks(&region, errors_task, parts_of(n_rows, ROWS), 500 * (double)n_rows * (double)job->network->layers[job->network->n_layers - 1].n_units);
    for (ptrdiff_t i = 0; i < parts_of(n_rows, ROWS); i++) {
        job->loss += job->scratch->parts[i].loss;
        job->error += job->scratch->parts[i].error;
    }
}

static void forward_first(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    Layer *layer = job->network->layers;
    const real *const *rows = (const real *const *)job->scratch->input_rows;
    if (!job->has_lists) {
        find_rows(job, start, n_rows);
        if (is_shared(layer, n_rows)) forward_shared(job, layer, n_rows, rows);
        else forward_layer(job->network, layer, n_rows, rows);
    } else if (n_rows > FEW) {
        Region region = {.job = job, .start = start, .n_instances = n_rows, .n_per_task = FEW};
        run_tasks(&region, forward_lists_task, parts_of(n_rows, FEW), job->work_of_lists * (double)n_rows);
    } else {
        forward_lists(job, start, 0, n_rows);
    }
}

/* Forward through all layers, and the errors of the output units. */
static void forward_chunk(Job *job, ptrdiff_t start, ptrdiff_t n_rows)
{
    const Network *network = job->network;
    Layer *layers = network->layers, *top = layers + network->n_layers - 1;
    forward_first(job, start, n_rows);
    for (Layer *layer = layers + 1; layer <= top; layer++) {
        const real *const *inputs = (const real *const *)layer[-1].output_rows;
        if (is_shared(layer, n_rows)) forward_shared(job, layer, n_rows, inputs);
        else forward_layer(network, layer, n_rows, inputs);
    }
    find_errors(job, start, n_rows);
}

/* Backward through all layers; a layer's weights move once the errors below them are formed. */
static ptrdiff_t backward_chunk(Job *job, const Chunk *chunk, ptrdiff_t n_touched)
{
    const Network *network = job->network;
    for (Layer *layer = network->layers + network->n_layers - 1; layer >= network->layers; layer--) {
        const int is_lowest = layer == network->layers;
        if (is_lowest && job->has_lists) {
            n_touched = add_lists(job, layer, chunk, n_touched);
            if (chunk->is_last) move_lists(job, layer, n_touched);
        } else if (is_shared(layer, chunk->n_instances)) {
            backward_shared(job, layer, chunk);
        } else {
            if (!is_lowest) hidden_errors(network->activation, layer, chunk->n_instances, gain_below(job, layer));
            update_weights(job, layer, chunk);
        }
        update_biases(job, layer, chunk);
    }
    return n_touched;
}

/* What an update of so many instances is to do with their errors. Adam's rate has the correction for its moments' start
 * from zero in it. */
static void begin_batch(Job *job, ptrdiff_t n_instances)
{
    const Presentation *presentation = job->presentation;
    const ptrdiff_t n = presentation->has_equal_shares ? presentation->batch_size : n_instances;
    const double rate = (job->rule <= DESCENT ? presentation->learning_rate : 1) / (double)n;
    job->rate = (real)rate;
    job->move.decay = (real)(rate * presentation->alpha);
    job->squares = 0;
    if (job->rule == ADAM) {
        const double t = (double)++job->n_updates;
        job->move.rate = (real)(presentation->learning_rate * sqrt(1 - pow(presentation->beta_2, t)) / (1 - pow(presentation->beta_1, t)));
    }
}

/* Learn a batch, in chunks that the scratch holds. */
static void learn_batch(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    const double alpha = job->presentation->alpha;
    ptrdiff_t n_touched = 0;
    begin_batch(job, stop - start);
    for (ptrdiff_t from = start; from < stop && !job->is_stopped; from += job->scratch->chunk) {
        const ptrdiff_t left = stop - from;
        Chunk chunk = {.n_instances = left < job->scratch->chunk ? left : job->scratch->chunk,
                       .is_first = from == start, .is_last = left <= job->scratch->chunk};
        forward_chunk(job, from, chunk.n_instances);
        n_touched = backward_chunk(job, &chunk, n_touched);
        pause_after(job, chunk.n_instances);
    }
    if (alpha != 0) job->loss += 0.5 * alpha * job->squares;
}

/* Batches that go one way before the other is tried, and batches of a trial. A trial alone costs most where threads are many. */
static ptrdiff_t length_of_stretch(const Pace *pace, int n_threads)
{
    if (pace->is_trial) return pace->is_alone ? 1 : 4;
    return pace->is_alone ? 64 : 32 * n_threads;
}

/* At the end of a stretch, try the other way, or after a trial take the faster one. Sharing comes first, but not for long, unless
 * a batch takes so long that threads lose little by waiting for each other, and that a trial costs. */
static void choose_way(Pace *pace, int n_threads, int is_long)
{
    if (pace->n_left-- > 0) return;
    if (pace->seconds[0] == 0 && pace->seconds[1] == 0) {
        pace->n_left = (is_long ? 64 : 8) - 1;
        return;
    }
    if (!pace->is_trial) {
        pace->is_alone = !pace->is_alone;
        pace->seconds[pace->is_alone] = 0;
    } else if (pace->seconds[pace->is_alone] >= pace->seconds[!pace->is_alone]) {
        pace->is_alone = !pace->is_alone;
    }
    pace->is_trial = !pace->is_trial;
    pace->n_left = length_of_stretch(pace, n_threads) - 1;
}

static void note_seconds(Pace *pace, double seconds)
{
    double *mean = &pace->seconds[pace->is_alone];
    *mean = *mean == 0 ? seconds : *mean + (seconds - *mean) / 8;
}

/* Learn a batch that may be shared out, as long as that is faster: beside busy processes it may not be. */
static void learn_paced_batch(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    Pace *pace = job->scratch->pace;
    const int is_long = job->work_per_instance * (double)job->presentation->batch_size >= WORK_OF_LONG_BATCH;
    choose_way(pace, job->presentation->n_threads, is_long); /* the first batch may be what is left over by the others */
    job->sharing = pace->is_alone ? NULL : job->team;
    const double from = seconds_now();
    learn_batch(job, start, stop);
    if (stop - start == job->presentation->batch_size) note_seconds(pace, seconds_now() - from);
}

/* Whether zeros are so many that lists pay, judged by a few rows from all over the data, so that every epoch judges alike.
 * For an instance alone a list saves reading and writing rows of weights; a tile gets more out of each row it reads. */
static int prefers_lists(const Job *job)
{
    const Instances *instances = job->instances;
    const ptrdiff_t n_inputs = job->network->layers[0].n_inputs;
    const ptrdiff_t n_rows = instances->n_instances < 16 ? instances->n_instances : 16;
    ptrdiff_t n_used = 0;
    if (instances->columns) return 1;
    if (n_inputs < 16) return 0;
    for (ptrdiff_t s = 0; s < n_rows; s++) {
        const real *inputs = (const real *)instances->inputs + s * instances->n_instances / n_rows * n_inputs;
        for (ptrdiff_t i = 0; i < n_inputs; i++) n_used += inputs[i] != 0;
    }
    return (double)n_used < (job->presentation->batch_size == 1 ? 0.8 : 0.35) * (double)(n_rows * n_inputs);
}

/* Case updating by the plain rule, in which an instance is not shared out. */
static int is_by_case(const Job *job)
{
    return job->presentation->batch_size == 1 && job->rule == PLAIN;
}

static int has_work_for_threads(const Job *job)
{
    return !is_by_case(job) && job->work_per_instance * (double)job->presentation->batch_size >= WORK_OF_THREADS;
}

static void learn_wide_cases(Job *job, ptrdiff_t start, ptrdiff_t stop)
{
    for (ptrdiff_t p = start; p < stop; p++) {
        prefetch(job, p + 1);
        learn_case(job, instance_at(job, p));
    }
}

/* Case updating by the plain rule, and the sums added up every few instances. */
static void learn_cases(Job *job)
{
    const ptrdiff_t n = job->presentation->n_presented;
    ptrdiff_t n_between = (ptrdiff_t)(WORK_BETWEEN_PAUSES / job->work_per_instance) + 1;
    n_between = n_between < 32 ? n_between : 32;
    job->rate = (real)job->presentation->learning_rate;
    for (ptrdiff_t start = 0; start < n && !job->is_stopped; start += n_between) {
        const ptrdiff_t stop = n - start < n_between ? n : start + n_between;
        if (is_narrow(job->network))
            learn_narrow_cases(job, start, stop);
        else
            learn_wide_cases(job, start, stop);
        add_residuals(job);
        pause_after(job, stop - start);
    }
    end_waiting(job);
}

/* The instances left over make a smaller batch: the last one, or in a given order the first, as in `backprop.epoch`. */
static ptrdiff_t end_of_first_batch(const Presentation *presentation)
{
    const ptrdiff_t n_left = presentation->order ? presentation->n_presented % presentation->batch_size : 0;
    return n_left > 0 ? n_left : presentation->batch_size;
}

static void learn_batches(Job *job)
{
    const ptrdiff_t n = job->presentation->n_presented, batch_size = job->presentation->batch_size;
    const int is_shared_out = job->team && has_work_for_threads(job);
    ptrdiff_t stop = end_of_first_batch(job->presentation);
    for (ptrdiff_t start = 0; start < n && !job->is_stopped; start = stop, stop += batch_size)
        (is_shared_out ? learn_paced_batch : learn_batch)(job, start, n < stop ? n : stop);
}

/* Multiplications of an instance that is a list, going forward through the first layer. */
static double work_of_list(const Job *job)
{
    const Instances *instances = job->instances;
    const Layer *layer = job->network->layers;
    double n = (double)layer->n_inputs / 2;
    if (instances->columns && instances->n_instances > 0)
        n = (double)(instances->starts[instances->n_instances] - instances->starts[0]) / (double)instances->n_instances;
    return n * (double)layer->n_units;
}

static Job begin_job(const Network *network, const Instances *instances, const Presentation *presentation, const Scratch *scratch)
{
    Job job = {.network = network, .instances = instances, .presentation = presentation, .scratch = scratch};
    const int is_plain = presentation->rule == DESCENT && presentation->alpha == 0 && !network->layers[0].first.weights;
    job.rule = is_plain ? PLAIN : presentation->rule;
    job.move = common_move(presentation);
    job.n_updates = presentation->n_updates;
    job.hidden_factor = job.rule <= DESCENT ? (real)presentation->hidden_factor : 1;
    job.has_lists = prefers_lists(&job);
    job.work_of_lists = work_of_list(&job);
    for (ptrdiff_t i = 0; i < network->n_layers; i++)
        job.work_per_instance += (double)network->layers[i].n_inputs * (double)network->layers[i].n_units;
    return job;
}

static Sums epoch(const Network *network, const Instances *instances, const Presentation *presentation, const Scratch *scratch)
{
    Job job = begin_job(network, instances, presentation, scratch);
    job.mode = flush_small_numbers();
    job.team = begin_team(has_work_for_threads(&job) ? presentation->n_threads : 1); /* helpers are made where there is work */
    if (is_by_case(&job))
        learn_cases(&job);
    else
        learn_batches(&job);
    end_team(job.team);
    restore_mode(job.mode);
    return (Sums){job.loss, job.error, (double)largest_of(job.largest)};
}

extern const Functions KERNEL_NAME;
const Functions KERNEL_NAME = {epoch, predict};
