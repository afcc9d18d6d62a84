/* Allocations of imgmatch's own code, and of the test's, that fail when they are told to; the
 * linker puts them in the place of the C library's. All are of one kind of faults/trigger.h, which
 * is 0. */
#ifndef TESTS_OOM_FAILING_MEMORY_H
#define TESTS_OOM_FAILING_MEMORY_H

#define FAILING_MEMORY 0

#endif
