/* Threads: a team shares out the tasks of a region, each of which writes to places of its own.
 *
 * The number of threads never shows in a result: what is summed is summed within a task, or by the caller, in the order of
 * the tasks. Whoever is free takes the next task, and the caller takes part, so it waits only for tasks that others have
 * begun; a helper that sleeps, or whose core is taken by another process, holds up nothing.
 *
 * Helpers belong to the process. They wait for the next region for a moment, then sleep. After a fork the child has none and
 * makes its own. A build without POSIX threads has one thread.
 */
#ifndef SKBACKPROP_THREADS_H
#define SKBACKPROP_THREADS_H

#include <stddef.h>

#if !defined(_WIN32) && !defined(SKBACKPROP_NO_THREADS)
#define HAS_THREADS 1
#else
#define HAS_THREADS 0
#endif

enum { MAX_THREADS = 256 };

/* Does one task; `thread` is the number of the one that does it, from 0, the caller's. */
typedef void Task(void *shared, ptrdiff_t task, int thread);
typedef struct Team Team;

/* A team of at most so many threads, the caller among them; NULL where it would be alone. All teams of a process together
 * have no more threads than the largest number asked for, as far as each has its caller. */
Team *begin_team(int n_threads);
void end_team(Team *team);

double seconds_now(void); /* since some moment; 0 where there are no threads */

/* Does all tasks, and returns when they are done. */
void share_out(Team *team, Task *task, void *shared, ptrdiff_t n_tasks);

#endif
