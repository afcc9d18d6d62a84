/* What the system says of this process, its children, and what they take. */
#ifndef TESTS_ISOLATE_PROCESSES_H
#define TESTS_ISOLATE_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Children of this process, `most` at most: their number. They have to be the main thread's, as
 * they all are while there is no other one. */
size_t children_of_this(pid_t *out, size_t most);

/* The worker of a pool of one, where this process has no other child. -1 when it is not found. */
pid_t worker_of_one(void);

/* Returns when it has ended; it is not waited for. */
bool kill_and_see(pid_t child);

/* Of processor time so far, in milliseconds; negative when it is not known. */
double processor_ms(pid_t process);

#define STATUS_LINE_BYTES 256
/* A line of /proc/PID/status, as "CapEff:", behind its name; false when there is none. */
bool status_line(char out[STATUS_LINE_BYTES], pid_t process, const char *name);

/* One in KiB, as "VmHWM:"; negative when there is none. */
long memory_kib(pid_t process, const char *line);

/* From now on VmHWM is the most memory from now on; where that is forbidden, it stays higher. */
void forget_peak(pid_t process);

#endif
