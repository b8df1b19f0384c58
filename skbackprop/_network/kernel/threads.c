/* The team of threads.h, on POSIX threads.
 *
 * A region is announced by its ticket: the region's number in the upper half, the next task's in the lower. A task is taken by
 * raising the ticket, which fails where the region is over, so a helper that comes late finds nothing to do and does no harm.
 */
#include "threads.h"

#if HAS_THREADS

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ __volatile__("yield")
#else
#define RELAX() ((void)0)
#endif

enum {
    MAX_TEAMS = 64,
    SPINS = 4000,      /* rounds that a helper waits for the next region before it sleeps: some tens of microseconds */
    LONG_WAIT = 20000  /* rounds after which a caller lets others have his core */
};

struct Team {
    atomic_int is_taken;
    atomic_int n_helpers; /* that may take part */
    int n_made;           /* helpers that exist; under `making` */
    _Atomic uint64_t ticket;
    atomic_ptrdiff_t n_tasks, n_done;
    _Atomic(Task *) task;
    _Atomic(void *) shared;
    atomic_int n_sleeping;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

typedef struct {
    Team *team;
    int number;
} Helper;

static Team teams[MAX_TEAMS];
static Helper helpers[MAX_TEAMS][MAX_THREADS];
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* of teams and helpers */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int n_made;          /* helpers of all teams */
static atomic_int n_callers; /* that work just now, each with a thread of his own */

static uint32_t region_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }
static uint32_t task_of(uint64_t ticket) { return (uint32_t)ticket; }

static void begin_teams(void)
{
    for (int i = 0; i < MAX_TEAMS; i++) {
        pthread_mutex_init(&teams[i].mutex, NULL);
        pthread_cond_init(&teams[i].condition, NULL);
        atomic_store(&teams[i].is_taken, 0);
        atomic_store(&teams[i].n_sleeping, 0);
        teams[i].n_made = 0;
    }
    n_made = 0;
    atomic_store(&n_callers, 0);
}

static void before_fork(void) { pthread_mutex_lock(&making); }
static void after_fork_in_parent(void) { pthread_mutex_unlock(&making); }
static void after_fork_in_child(void)
{
    pthread_mutex_init(&making, NULL);
    begin_teams(); /* no helper has come along */
}

static void begin_once(void)
{
    begin_teams();
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* Take tasks of the region as long as there are any. */
static void take_tasks(Team *team, uint32_t region, int thread)
{
    uint64_t ticket = atomic_load_explicit(&team->ticket, memory_order_acquire);
    while (region_of(ticket) == region) {
        Task *task = atomic_load_explicit(&team->task, memory_order_acquire);
        void *shared = atomic_load_explicit(&team->shared, memory_order_acquire);
        if (task_of(ticket) >= (size_t)atomic_load_explicit(&team->n_tasks, memory_order_acquire)) return;
        if (!atomic_compare_exchange_weak_explicit(&team->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire)) continue;
        task(shared, task_of(ticket), thread);
        atomic_fetch_add_explicit(&team->n_done, 1, memory_order_release);
        ticket = atomic_load_explicit(&team->ticket, memory_order_acquire);
    }
}

static int has_news(Team *team, uint32_t last)
{
    return region_of(atomic_load(&team->ticket)) != last;
}

/* Wait for a region other than the last. */
static void wait_for_region(Team *team, uint32_t last)
{
    for (int i = 0; i < SPINS; i++) {
        if (has_news(team, last)) return;
        RELAX();
    }
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->n_sleeping, 1);
    while (!has_news(team, last)) pthread_cond_wait(&team->condition, &team->mutex);
    atomic_fetch_sub(&team->n_sleeping, 1);
    pthread_mutex_unlock(&team->mutex);
}

static void *help(void *data)
{
    const Helper *helper = data;
    Team *team = helper->team;
    uint32_t region = 0;
    for (;;) {
        wait_for_region(team, region);
        region = region_of(atomic_load(&team->ticket));
        if (helper->number < atomic_load(&team->n_helpers)) take_tasks(team, region, helper->number + 1);
    }
    return NULL;
}

/* Make helpers up to the given number, if the machine has so many threads to give. */
static void make_helpers(Team *team, int n_wanted, int n_of_all)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (team->n_made < n_wanted && n_made < n_of_all) {
        pthread_t thread;
        Helper *helper = &helpers[team - teams][team->n_made];
        *helper = (Helper){team, team->n_made};
        if (pthread_create(&thread, &attributes, help, helper)) break;
        team->n_made++;
        n_made++;
    }
    pthread_attr_destroy(&attributes);
}

static Team *take_team(void)
{
    for (int i = 0; i < MAX_TEAMS; i++) {
        int free = 0;
        if (atomic_compare_exchange_strong(&teams[i].is_taken, &free, 1)) return &teams[i];
    }
    return NULL;
}

Team *begin_team(int n_threads)
{
    pthread_once(&once, begin_once);
    const int n_sharing = atomic_fetch_add(&n_callers, 1) + 1;
    if (n_threads > MAX_THREADS) n_threads = MAX_THREADS;
    Team *team = take_team();
    if (!team) return NULL;
    const int n_wanted = n_threads / (n_sharing > 1 ? n_sharing : 1) - 1;
    if (n_wanted > team->n_made) {
        pthread_mutex_lock(&making);
        make_helpers(team, n_wanted, n_threads - 1);
        pthread_mutex_unlock(&making);
    }
    atomic_store(&team->n_helpers, n_wanted < team->n_made ? n_wanted : team->n_made);
    return team;
}

void end_team(Team *team)
{
    atomic_fetch_sub(&n_callers, 1);
    if (team) atomic_store(&team->is_taken, 0);
}

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void announce(Team *team, Task *task, void *shared, ptrdiff_t n_tasks)
{
    const uint32_t region = region_of(atomic_load(&team->ticket)) + 1;
    /* A helper that reads these for the region before has its ticket refused; so first that region ends. Each is a release,
     * and read by an acquire, since a store that follows a release may be seen before it: on ARM it is. */
    atomic_store(&team->ticket, ((uint64_t)region << 32) | UINT32_MAX);
    atomic_store_explicit(&team->task, task, memory_order_release);
    atomic_store_explicit(&team->shared, shared, memory_order_release);
    atomic_store_explicit(&team->n_tasks, n_tasks, memory_order_release);
    atomic_store_explicit(&team->n_done, 0, memory_order_relaxed);
    atomic_store(&team->ticket, (uint64_t)(region + 1) << 32);
    if (atomic_load(&team->n_sleeping) == 0) return;
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->condition);
    pthread_mutex_unlock(&team->mutex);
}

void share_out(Team *team, Task *task, void *shared, ptrdiff_t n_tasks)
{
    if (!team || atomic_load(&team->n_helpers) < 1 || n_tasks < 2) {
        for (ptrdiff_t i = 0; i < n_tasks; i++) task(shared, i, 0);
        return;
    }
    announce(team, task, shared, n_tasks);
    take_tasks(team, region_of(atomic_load(&team->ticket)), 0);
    for (long i = 0; atomic_load_explicit(&team->n_done, memory_order_acquire) < n_tasks; i++) {
        if (i < LONG_WAIT) RELAX();
        else sched_yield();
    }
}

#else

Team *begin_team(int n_threads) { (void)n_threads; return NULL; }
void end_team(Team *team) { (void)team; }
double seconds_now(void) { return 0; }
void share_out(Team *team, Task *task, void *shared, ptrdiff_t n_tasks)
{
    (void)team;
    for (ptrdiff_t i = 0; i < n_tasks; i++) task(shared, i, 0);
}

#endif
