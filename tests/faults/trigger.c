#include "faults/trigger.h"

#include <stdatomic.h>

static int armed;
static bool lasting;
static atomic_long to_go = -1; /* Calls until one fails; negative: none does. */
static atomic_bool hit;

void fault_arm(int kind, long n, bool lasts) {
    armed = kind;
    lasting = lasts;
    atomic_store(&hit, false);
    atomic_store(&to_go, n);
}

bool fault_disarm(void) {
    atomic_store(&to_go, -1);
    return atomic_load(&hit);
}

bool fault_is_armed(void) { return atomic_load(&to_go) >= 0; }

bool fault_now(int kind) {
    if (!fault_is_armed() || armed != kind) {
        return false;
    }
    if ((atomic_load(&to_go) > 0 || !lasting) && atomic_fetch_sub(&to_go, 1) != 0) {
        return false;
    }
    atomic_store(&hit, true);
    return true;
}
