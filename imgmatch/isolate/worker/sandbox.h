/* What a worker gives up before it sees the first photo. */
#ifndef IMX_ISOLATE_WORKER_SANDBOX_H
#define IMX_ISOLATE_WORKER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Processor time of a worker's whole life, all threads together. It should go long before. */
#define IMX_SANDBOX_LIFE_SECONDS (6 * 3600)

/* Give up root's rights, and bound memory, processor time, core files and new files; to be called
 * before there are threads. `shared_bytes` are mapped by then and do not count. Under
 * AddressSanitizer memory is not bounded: its shadow alone is over any bound. */
bool imx_sandbox_bound(uint64_t max_bytes, uint64_t shared_bytes);

/* Seconds of processor time that are left for the whole life, by what bound is in force. */
uint64_t imx_sandbox_life_seconds(void);

/* From here on any system call but those that decoding needs ends the process, and it may map
 * `max_bytes` more than it has mapped by now. */
bool imx_sandbox_enter(uint64_t max_bytes);

#endif
