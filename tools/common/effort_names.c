#include "effort_names.h"

#include <stddef.h>

const char *const cli_effort_names[] = {"fast", "standard", "thorough", NULL};
