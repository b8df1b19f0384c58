/* The job: what one call of the kernel works on, and how it pauses, so that a long epoch can be stopped. */
#ifndef SKBACKPROP_JOB_H
#define SKBACKPROP_JOB_H

#include "rules.h"

typedef struct {
    const Network *network;
    const Instances *instances;
    const Presentation *presentation;
    const Scratch *scratch;
    Team *team, *sharing; /* who could share the work of a batch, and who does; or NULL */
    int has_lists;     /* instances are lists of their non-zero inputs */
    Rule rule;
    Move move;         /* what is the same for all layers */
    real rate;         /* what errors are multiplied by: l / |batch|, or 1 / |batch| where the rule has the rate */
    real hidden_factor; /* and where they pass from the output units to the layer below: it goes the same way as the rate */
    double squares;    /* Σ w² of the batch's weights */
    double loss, error;
    vector losses;     /* Σ weight E_j of the last few instances, lane by lane */
    vector residuals;  /* Σ weight (T_j - O_j)² of them */
    vector largest;    /* max |Δ|, lane by lane */
    int has_waiting;   /* updates of the instance before */
    double work, work_per_instance; /* multiplications since the last pause, and of one instance going forward */
    double work_of_lists; /* those of the first layer, where instances are lists */
    int is_stopped;
    unsigned int mode; /* of the machine's arithmetic, outside of the kernel */
    ptrdiff_t n_updates; /* of ADAM */
} Job;

/* What the errors of a layer are multiplied by where they pass to the layer below. */
INLINE real gain_below(const Job *job, const Layer *layer)
{
    return layer == job->network->layers + job->network->n_layers - 1 ? job->hidden_factor : 1;
}

/* One of n numbers from 0 on, which was checked before but may have been written to since. */
INLINE ptrdiff_t within(ptrdiff_t number, ptrdiff_t n)
{
    return __builtin_expect((size_t)number < (size_t)n, 1) ? number : 0; /* a branch foreseen, that nothing waits for */
}

#define READ_ONCE(place) __atomic_load_n(place, __ATOMIC_RELAXED)

INLINE ptrdiff_t instance_at(const Job *job, ptrdiff_t position)
{
    const ptrdiff_t *order = job->presentation->order;
    return order ? within(READ_ONCE(order + position), job->instances->n_instances) : position;
}

/* Numbers too small to be normal count as 0 from here on; with them the machine is many times slower. */
INLINE unsigned int flush_small_numbers(void)
{
#if defined(__SSE2__)
    const unsigned int mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040);
    return mode;
#else
    return 0;
#endif
}

INLINE void restore_mode(unsigned int mode)
{
#if defined(__SSE2__)
    _mm_setcsr(mode);
#else
    (void)mode;
#endif
}

/* Multiplications that take a millisecond or a few. */
#define WORK_BETWEEN_PAUSES 4e6

/* Every few milliseconds of work, let the caller say whether to go on. His code runs in his own mode of arithmetic. */
INLINE void pause_after(Job *job, ptrdiff_t n_instances)
{
    job->work += (double)n_instances * job->work_per_instance;
    if (job->work < WORK_BETWEEN_PAUSES) return;
    job->work = 0;
    restore_mode(job->mode);
    job->is_stopped = job->presentation->pause(job->presentation->pause_data);
    flush_small_numbers();
}

#endif
