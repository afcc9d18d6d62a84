/* What memory this process takes, as the kernel counts it. */
#ifndef BENCH_MEMORY_USE_H
#define BENCH_MEMORY_USE_H

typedef struct bench_memory {
    double own_bytes;    /* That no file stands behind. */
    double mapped_bytes; /* Of files; the kernel takes them back when it needs room. */
} bench_memory;

/* Zeros where /proc does not say. */
bench_memory bench_memory_use(void);

/* The most that it has taken at once, both kinds together. */
double bench_peak_memory_bytes(void);

#endif
