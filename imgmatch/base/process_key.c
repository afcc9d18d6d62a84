#include "base/process_key.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* Linux has numbers of 22 bits at most. */
#define FORK_BITS 10

static atomic_uint forks; /* That led here. */

static void count_fork(void) { (void)atomic_fetch_add(&forks, 1); }

static void watch_forks(void) { (void)pthread_atfork(NULL, NULL, count_fork); }

uint32_t imx_process_key(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch_forks);
    return (uint32_t)getpid() << FORK_BITS | (atomic_load(&forks) & ((1u << FORK_BITS) - 1));
}
