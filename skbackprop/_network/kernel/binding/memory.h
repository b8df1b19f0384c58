/* A Context's memory: the network in the kernel's layout, what a rule remembers, and the scratch of a chunk. */
#ifndef SKBACKPROP_MEMORY_H
#define SKBACKPROP_MEMORY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "../kernel.h"

enum {
    CHUNK = 64,          /* instances that go through the network at once: their outputs stay in the cache */
    LONG_CHUNK = 1024,   /* where weights are so many that going through them costs, at most */
    WIDE = 16384,        /* how many that is */
    CHUNK_BYTES = 1 << 24, /* of outputs and errors, at most */
    NEAR_BYTES = 1 << 20,  /* of inputs, outputs and errors that stay in the second cache beside other things */
    NEAR_CHUNK = 256,      /* instances among which it costs little to go through weights that stay there */
    WEIGHT_BYTES = 1 << 13, /* of weights that are gone through in the time of an instance's outputs and errors */
    LIST_NUMBERS = 1 << 19, /* room for the lists of a chunk's non-zero inputs */
    N_BUFFERS = 6,
    MANY_BYTES = 1 << 22
};

enum { INPUTS, INDICES, STARTS, TARGETS, CODES, WEIGHTS };

typedef struct {
    PyObject_HEAD
    const Kernel *kernel;
    size_t item_size;       /* 4 or 8 bytes of a real number */
    ptrdiff_t width;        /* of a vector */
    ptrdiff_t n_parameters;
    ptrdiff_t longest_list; /* the most numbers that an instance stores */
    Network network;
    Instances instances;
    Scratch scratch;
    void *parameter_block, *first_block, *second_block, *sum_block, *scratch_block, *index_block;
    Py_buffer buffers[N_BUFFERS]; /* the arrays of `instances` */
    int is_busy;                  /* an epoch runs, without the GIL */
    int n_threads, scratch_threads; /* that an epoch may use, and that the scratch has room for */
} Context;

/* Arrays are cut from one zeroed, aligned block. The first pass, without a base, measures it. */
typedef struct {
    char *base;
    double used; /* a double cannot overflow */
} Block;

static void *take(Block *block, double n, size_t size)
{
    const double at = block->used;
    block->used += ceil(n * (double)size / ALIGNMENT) * ALIGNMENT;
    return block->base ? block->base + (size_t)at : NULL;
}

/* What stands before a block, in a line of its own. */
typedef struct {
    size_t n_mapped; /* bytes that the system gave, and takes back; 0 of what the C library did */
} Head;

/* Zeroed memory. A large block comes from the system itself, zeroed when it is first touched: so each thread makes what it is
 * the first to need, and what nobody needs is not made. The C library would clear it again, where it had it before. Large pages
 * are asked for, of which so many fewer are looked up; NumPy does so with its arrays. */
static Head *get_memory(size_t n_bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (n_bytes >= MANY_BYTES) {
        Head *head = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (head != MAP_FAILED) {
            (void)madvise(head, n_bytes, MADV_HUGEPAGE); /* where it is not known, nothing is lost */
            head->n_mapped = n_bytes;
            return head;
        }
    }
#endif
    return calloc(n_bytes, 1);
}

static void release_memory(void *block)
{
    Head *head = block;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (head && head->n_mapped) {
        munmap(head, head->n_mapped);
        return;
    }
#endif
    free(head);
}

static int allocate(const Block *measured, void **block, Block *aligned)
{
    const double n_bytes = measured->used + 2 * ALIGNMENT;
    *block = n_bytes < (double)(PTRDIFF_MAX / 2) ? get_memory((size_t)n_bytes) : NULL;
    if (!*block) {
        PyErr_NoMemory();
        return -1;
    }
    aligned->base = (char *)(((uintptr_t)*block + sizeof(Head) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    aligned->used = 0;
    return 0;
}

static ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t width)
{
    return (n + width - 1) / width * width;
}

/* Numbers in a padded row of n. Rows that were a multiple of 2 KiB apart would crowd into a few sets of the caches. */
static ptrdiff_t padded(const Context *self, ptrdiff_t n)
{
    const ptrdiff_t stride = round_up(n, self->width);
    return stride * (ptrdiff_t)self->item_size % 2048 ? stride : stride + self->width;
}

static double n_weights(const Context *self, const Layer *layer)
{
    return (double)round_up(layer->n_rows, self->width) * (double)layer->row_stride;
}

static Arrays *arrays_of(Layer *layer, size_t member)
{
    return (Arrays *)((char *)layer + member);
}

/* The parameters of all layers, or arrays of their shapes, found in each layer at the given member. */
static void cut_parameters(Context *self, Block *block, size_t member)
{
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        arrays_of(layer, member)->weights = take(block, n_weights(self, layer), self->item_size);
        arrays_of(layer, member)->biases = take(block, (double)layer->stride, self->item_size);
    }
}

static int allocate_parameters(Context *self, void **block, size_t member)
{
    Block measured = {NULL, 0}, aligned;
    if (*block) return 0;
    cut_parameters(self, &measured, member);
    if (allocate(&measured, block, &aligned) < 0) return -1;
    cut_parameters(self, &aligned, member);
    return 0;
}

static void release_parameters(Context *self, void **block, size_t member)
{
    release_memory(*block);
    *block = NULL;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) *arrays_of(&self->network.layers[i], member) = (Arrays){NULL, NULL};
}

/* What the tasks of the kernel's blocks.h put on a bench: a panel; or the factors of 128 rows of weights, a panel of vectors, and the
 * sums that wait for the others of a batch. Layers of few units go in blocks from a fourth of the multiplications on. */
static ptrdiff_t length_of_bench(const Context *self, ptrdiff_t chunk)
{
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        const Layer *layer = &self->network.layers[i];
        if (4 * (double)layer->n_inputs * (double)layer->n_units * (double)chunk >= WORK_OF_REGION) return round_up(128 * chunk + 12288, ALIGNMENT);
    }
    return 0; /* no layer goes in blocks */
}

/* The most tasks of a region: blocks of weights, of 16 or more rows or columns or a few parts of few rows, or parts of a chunk. */
static ptrdiff_t n_parts(const Context *self, ptrdiff_t chunk)
{
    ptrdiff_t longest = chunk;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++)
        if (self->network.layers[i].n_inputs > longest) longest = self->network.layers[i].n_inputs;
    return longest / 8 + self->n_parameters / 16384 + 16;
}

static void cut_scratch(Context *self, Block *block)
{
    Scratch *scratch = &self->scratch;
    const Layer *layers = self->network.layers, *top = &layers[self->network.n_layers - 1];
    const double chunk = (double)scratch->chunk, n_inputs = (double)layers[0].n_inputs;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
        Layer *layer = &self->network.layers[i];
        layer->outputs = take(block, chunk * (double)layer->stride + (double)self->width, self->item_size); /* see `softmax` */
        layer->errors = take(block, chunk * (double)layer->stride, self->item_size);
        layer->output_rows = take(block, chunk, sizeof(void *));
        layer->error_rows = take(block, chunk, sizeof(void *));
    }
    scratch->columns = take(block, chunk * (double)self->longest_list + ALIGNMENT, sizeof(int32_t));
    scratch->values = take(block, chunk * (double)self->longest_list + ALIGNMENT, self->item_size);
    scratch->lists = take(block, chunk, sizeof(List));
    scratch->input_rows = take(block, chunk, sizeof(void *));
    scratch->one_rows = take(block, chunk, sizeof(void *));
    scratch->targets = take(block, chunk * (double)top->stride, self->item_size);
    scratch->is_touched = take(block, n_inputs, 1);
    scratch->touched = take(block, n_inputs + 1, sizeof(int32_t));
    scratch->one = take(block, 1, self->item_size);
    scratch->longest_list = self->longest_list;
    scratch->pace = take(block, 1, sizeof(Pace));
    scratch->bench_length = length_of_bench(self, scratch->chunk);
    scratch->benches = take(block, (double)self->n_threads * (double)scratch->bench_length, self->item_size);
    scratch->parts = take(block, (double)n_parts(self, scratch->chunk), sizeof(Sums));
}

static void fill_scratch(Context *self)
{
    Scratch *scratch = &self->scratch;
    if (self->item_size == 4) *(float *)scratch->one = 1;
    else *(double *)scratch->one = 1;
    for (ptrdiff_t r = 0; r < scratch->chunk; r++) {
        scratch->one_rows[r] = scratch->one;
        for (ptrdiff_t i = 0; i < self->network.n_layers; i++) {
            Layer *layer = &self->network.layers[i];
            layer->output_rows[r] = (char *)layer->outputs + (size_t)(r * layer->stride) * self->item_size;
            layer->error_rows[r] = (char *)layer->errors + (size_t)(r * layer->stride) * self->item_size;
        }
    }
}

static void release_scratch(Context *self)
{
    release_memory(self->scratch_block);
    self->scratch_block = NULL;
}

static int allocate_scratch(Context *self, ptrdiff_t chunk)
{
    Block measured = {NULL, 0}, aligned;
    if (self->scratch_block && self->scratch.chunk == chunk && self->scratch_threads == self->n_threads &&
        self->scratch.longest_list == self->longest_list)
        return 0;
    release_scratch(self);
    self->scratch.chunk = chunk;
    self->scratch_threads = self->n_threads;
    cut_scratch(self, &measured);
    if (allocate(&measured, &self->scratch_block, &aligned) < 0) return -1;
    cut_scratch(self, &aligned);
    fill_scratch(self);
    return 0;
}

/* How many numbers an instance has as outputs and errors. */
static double n_outputs_and_errors(const Context *self)
{
    double n = 0;
    for (ptrdiff_t i = 0; i < self->network.n_layers; i++) n += 2 * (double)self->network.layers[i].stride;
    return n;
}

/* How many instances go through the network at once, where a batch has them. */
static ptrdiff_t largest_chunk(const Context *self)
{
    const double fitting = CHUNK_BYTES / (n_outputs_and_errors(self) * (double)self->item_size);
    if (self->n_parameters < WIDE || fitting < CHUNK) return CHUNK;
    return fitting < LONG_CHUNK ? (ptrdiff_t)fitting : LONG_CHUNK;
}

/* How many of a large batch go through at once: as many as stay in the second cache, or more where there are many weights, to
 * which each chunk adds its part. All chunks have nearly the same length. */
static ptrdiff_t good_chunk(const Context *self, ptrdiff_t batch_size)
{
    const double n_worth = (double)self->n_parameters * (double)self->item_size / WEIGHT_BYTES;
    double good = NEAR_BYTES / (((double)self->longest_list + n_outputs_and_errors(self)) * (double)self->item_size);
    if (good < n_worth) good = n_worth;
    if (good < NEAR_CHUNK) good = NEAR_CHUNK;
    const double n_chunks = floor((double)batch_size / good + 0.5);
    return n_chunks < 2 ? batch_size : round_up((ptrdiff_t)ceil((double)batch_size / n_chunks), CHUNK / 4);
}

static ptrdiff_t chunk_of(const Context *self, ptrdiff_t batch_size)
{
    /* At least two rows: an instance alone, in case updating, meets what waits of the one before it. */
    const ptrdiff_t fitting = LIST_NUMBERS / (self->longest_list + 1) + 2, largest = largest_chunk(self);
    const ptrdiff_t good = good_chunk(self, batch_size), wanted = good < 2 ? 2 : good;
    const ptrdiff_t chunk = wanted < largest ? wanted : largest;
    return chunk < fitting ? chunk : fitting;
}

#endif
