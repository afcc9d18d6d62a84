/* What a worker gives up before it sees the first photo. */
#ifndef IMX_ISOLATE_WORKER_SANDBOX_H
#define IMX_ISOLATE_WORKER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* Bound memory, core files and new files. Under AddressSanitizer memory is not bounded: its shadow
 * alone is over any bound. */
bool imx_sandbox_bound(uint64_t max_bytes);

/* From here on any system call but those that decoding needs ends the process. */
bool imx_sandbox_enter(void);

#endif
