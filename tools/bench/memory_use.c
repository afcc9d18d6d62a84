#include "memory_use.h"

#include <stdio.h>
#include <sys/resource.h>

bench_memory bench_memory_use(void) {
    bench_memory use = {.own_bytes = 0};
    FILE *file = fopen("/proc/self/status", "re");
    char line[256];
    long kib = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kib) == 1) {
            use.own_bytes = 1024.0 * (double)kib;
        } else if (sscanf(line, "RssFile: %ld", &kib) == 1) {
            use.mapped_bytes = 1024.0 * (double)kib;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return use;
}

double bench_peak_memory_bytes(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0;
}
