/* Prints the defaults of imgmatch_limits, a field a line, for check_limits.py. */
#include "base/limits.h"

#include <stdio.h>

int main(void) {
    const imgmatch_limits defaults = IMGMATCH_LIMITS_INIT;
#define PRINT(field) (void)printf("%s %llu\n", #field, (unsigned long long)defaults.field);
    IMX_LIMITS_FIELDS(PRINT)
#undef PRINT
    return 0;
}
