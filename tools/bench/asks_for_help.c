#include "asks_for_help.h"

#include <stddef.h>
#include <string.h>

bool bench_asks_for_help(char **arguments) {
    while (*++arguments != NULL && strcmp(*arguments, "--help") != 0 &&
           strcmp(*arguments, "-h") != 0) {
    }
    return *arguments != NULL;
}
