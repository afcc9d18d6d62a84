/* Bits of each byte of a vector, by looking the bytes' halves up (hash_index.c). x86 only. */
#ifndef IMX_CATALOGUE_COUNT_BYTES_H
#define IMX_CATALOGUE_COUNT_BYTES_H

#include <immintrin.h>

__attribute__((target("avx2"))) static inline __m256i imx_count_bytes(__m256i bits) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_and_si256(bits, nibble);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble);
    return _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
}

#endif
