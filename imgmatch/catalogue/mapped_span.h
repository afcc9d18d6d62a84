/*
 * Numbers in a mapped file that lead to other places of it. They are looked over when it is opened,
 * but stay in the file: who may write to it can change them in place later, also between a look and
 * a use. That may cost right answers, and must not lead out of our memory: so each is read once,
 * and bounded where it is used.
 */
#ifndef IMX_CATALOGUE_MAPPED_SPAN_H
#define IMX_CATALOGUE_MAPPED_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read once, whatever the compiler thinks of memory that it sees nobody write to. */
static inline uint32_t imx_mapped_number(const uint32_t *at) {
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}

/* Part of an array: from `start` up to `end` - 1. */
typedef struct imx_span {
    uint32_t start;
    uint32_t end;
} imx_span;

/* Part i of those that begin at starts[0], starts[1], ... */
static inline imx_span imx_mapped_span(const uint32_t *starts, size_t i) {
    return (imx_span){imx_mapped_number(starts + i), imx_mapped_number(starts + i + 1)};
}

static inline bool imx_span_is_within(imx_span span, size_t count) {
    return span.start <= span.end && span.end <= count;
}

#endif
