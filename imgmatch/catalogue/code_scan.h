/*
 * Inner products of a few queries, as integers, with many codes of one byte a dimension.
 */
#ifndef IMX_CATALOGUE_CODE_SCAN_H
#define IMX_CATALOGUE_CODE_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * sums[q * count + e] becomes the inner product of queries[q] with code e, which is at codes + e *
 * dimension. Queries are as imx_ivf_quantise_query makes them, so that no sum overflows. Several at
 * once take less time than one by one where AVX2 is the best there is. Integer arithmetic: every
 * processor gives the same sums.
 */
void imx_code_scan(int32_t *sums, const int16_t *const *queries, size_t query_count,
                   const int8_t *codes, size_t count, size_t dimension);

/* The scans that this processor can run, for tests; as imx_hash_scan_variant. */
typedef void (*imx_code_scan_fn)(int32_t *sums, const int16_t *const *queries, size_t query_count,
                                 const int8_t *codes, size_t count, size_t dimension);
imx_code_scan_fn imx_code_scan_variant(size_t which, const char **name);

#endif
