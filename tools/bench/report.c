#include "report.h"

#include <stdio.h>

void bench_report_begin(bench_format format) {
    if (format == BENCH_CSV) {
        puts("references,subject,measure,threads,value,unit");
    }
}

void bench_report(bench_format format, size_t references, const char *subject, const char *measure,
                  int threads, double value, const char *unit) {
    switch (format) {
    case BENCH_CSV:
        printf("%zu,%s,%s,%d,%.6g,%s\n", references, subject, measure, threads, value, unit);
        break;
    case BENCH_JSON:
        printf("{\"references\":%zu,\"subject\":\"%s\",\"measure\":\"%s\",\"threads\":%d,"
               "\"value\":%.6g,\"unit\":\"%s\"}\n",
               references, subject, measure, threads, value, unit);
        break;
    case BENCH_TABLE:
    default:
        printf("%10zu  %-28s %-22s ", references, subject, measure);
        if (threads > 0) {
            printf("%d thread%s ", threads, threads == 1 ? " " : "s");
        } else {
            printf("%-10s", "");
        }
        printf("%12.4g %s\n", value, unit);
    }
    (void)fflush(stdout); /* A run takes long. */
}
