/* One call of many that fails: what all tests of faults share. A test numbers its kinds of calls,
 * puts functions of its own in the place of the real ones, and has these ask whether to fail. */
#ifndef TESTS_FAULTS_TRIGGER_H
#define TESTS_FAULTS_TRIGGER_H

#include <stdbool.h>

/* Of this kind, call `n` from now on fails, the first one being 0; with `lasts` all after it, too.
 */
void fault_arm(int kind, long n, bool lasts);
/* From here on nothing fails. Returns whether something did since it was armed. */
bool fault_disarm(void);

/* Is any call to fail? For functions that are called often. */
bool fault_is_armed(void);
/* Does this call fail? On any thread. */
bool fault_now(int kind);

#endif
