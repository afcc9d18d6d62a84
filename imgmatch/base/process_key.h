/* Telling a process from the one that it was forked from. */
#ifndef IMX_BASE_PROCESS_KEY_H
#define IMX_BASE_PROCESS_KEY_H

#include <stdint.h>

/* The same in all of a process, and another one in a child that it forks after the first call: the
 * process's number alone is not, where the child begins a new space of numbers or gets that of a
 * parent that is gone. Not noticed: clone(2) with a new space of numbers. */
uint32_t imx_process_key(void);

#endif
