/* Functions that are compiled for several processors; the fitting one is chosen at run time. */
#ifndef IMX_BASE_PROCESSORS_H
#define IMX_BASE_PROCESSORS_H

/* Vectors of 32 bytes where the processor has them; sanitizers start before such choices are made.
 * Products are never fused with sums, so every processor gives the same answer. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&   \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define IMX_FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define IMX_FOR_EACH_PROCESSOR
#endif

#endif
