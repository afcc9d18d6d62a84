/*
 * Limited by memory for one query, by arithmetic for many. The processor's own prefetching stops at
 * the end of each page, so codes are asked for a page ahead; and with AVX2 widening a code to 16
 * bits is done once for four queries, whose sums are added up together.
 */
#include "catalogue/code_scan.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

static int32_t code_sum(const int16_t *query, const int8_t *code, size_t from, size_t dimension) {
    int32_t sum = 0;
    for (size_t i = from; i < dimension; i++) {
        sum += query[i] * code[i];
    }
    return sum;
}

static void scan_plain(int32_t *sums, const int16_t *const *queries, size_t query_count,
                       const int8_t *codes, size_t count, size_t dimension) {
    for (size_t q = 0; q < query_count; q++) {
        for (size_t entry = 0; entry < count; entry++) {
            sums[q * count + entry] = code_sum(queries[q], codes + entry * dimension, 0, dimension);
        }
    }
}

#if HAVE_X86

#define LINE_BYTES 64u
#define AHEAD_BYTES 4096u
#define TOGETHER 4u

/* Ask for the code that lies AHEAD_BYTES behind `entry`, if it is one of these. */
static inline void fetch_ahead(const int8_t *codes, size_t entry, size_t count, size_t dimension) {
    size_t later = entry + (AHEAD_BYTES + dimension - 1) / dimension;
    for (size_t i = 0; later < count && i < dimension; i += LINE_BYTES) {
        _mm_prefetch((const char *)(codes + later * dimension + i), _MM_HINT_T0);
    }
}

__attribute__((target("avx2"))) static int32_t add_up(__m256i sum) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return _mm_cvtsi128_si32(four);
}

__attribute__((target("avx2"))) static void scan_one_avx2(int32_t *sums, const int16_t *query,
                                                          const int8_t *codes, size_t count,
                                                          size_t dimension) {
    for (size_t entry = 0; entry < count; entry++) {
        const int8_t *code = codes + entry * dimension;
        __m256i even = _mm256_setzero_si256(), odd = even;
        size_t i = 0;
        fetch_ahead(codes, entry, count, dimension);
        for (; i + 32 <= dimension; i += 32) {
            __m256i low = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(code + i)));
            __m256i high = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(code + i + 16)));
            __m256i left = _mm256_loadu_si256((const void *)(query + i));
            __m256i right = _mm256_loadu_si256((const void *)(query + i + 16));
            even = _mm256_add_epi32(even, _mm256_madd_epi16(low, left));
            odd = _mm256_add_epi32(odd, _mm256_madd_epi16(high, right));
        }
        sums[entry] = add_up(_mm256_add_epi32(even, odd)) + code_sum(query, code, i, dimension);
    }
}

__attribute__((target("avx2"))) static inline __m256i add_products(__m256i sum, __m256i code,
                                                                   const int16_t *query) {
    __m256i some = _mm256_loadu_si256((const void *)query);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(code, some));
}

/* TOGETHER queries. */
__attribute__((target("avx2"))) static void scan_four_avx2(int32_t *sums,
                                                           const int16_t *const *queries,
                                                           const int8_t *codes, size_t count,
                                                           size_t dimension) {
    const int16_t *a = queries[0], *b = queries[1], *c = queries[2], *d = queries[3];
    for (size_t entry = 0; entry < count; entry++) {
        const int8_t *code = codes + entry * dimension;
        __m256i sum_a = _mm256_setzero_si256(), sum_b = sum_a, sum_c = sum_a, sum_d = sum_a;
        size_t i = 0;
        fetch_ahead(codes, entry, count, dimension);
        for (; i + 16 <= dimension; i += 16) {
            __m256i wide = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(code + i)));
            sum_a = add_products(sum_a, wide, a + i);
            sum_b = add_products(sum_b, wide, b + i);
            sum_c = add_products(sum_c, wide, c + i);
            sum_d = add_products(sum_d, wide, d + i);
        }
        __m256i pairs =
            _mm256_hadd_epi32(_mm256_hadd_epi32(sum_a, sum_b), _mm256_hadd_epi32(sum_c, sum_d));
        int32_t four[TOGETHER];
        _mm_storeu_si128((void *)four, _mm_add_epi32(_mm256_castsi256_si128(pairs),
                                                     _mm256_extracti128_si256(pairs, 1)));
        for (size_t q = 0; q < TOGETHER; q++) {
            sums[q * count + entry] = four[q] + code_sum(queries[q], code, i, dimension);
        }
    }
}

static void scan_avx2(int32_t *sums, const int16_t *const *queries, size_t query_count,
                      const int8_t *codes, size_t count, size_t dimension) {
    size_t q = 0;
    for (; q + TOGETHER <= query_count; q += TOGETHER) {
        scan_four_avx2(sums + q * count, queries + q, codes, count, dimension);
    }
    for (; q < query_count; q++) {
        scan_one_avx2(sums + q * count, queries[q], codes, count, dimension);
    }
}

__attribute__((target("avx512f,avx512bw"))) static void
scan_one_avx512(int32_t *sums, const int16_t *query, const int8_t *codes, size_t count,
                size_t dimension) {
    for (size_t entry = 0; entry < count; entry++) {
        const int8_t *code = codes + entry * dimension;
        __m512i even = _mm512_setzero_si512(), odd = even;
        size_t i = 0;
        fetch_ahead(codes, entry, count, dimension);
        for (; i + 64 <= dimension; i += 64) {
            __m512i low = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *)(code + i)));
            __m512i high = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *)(code + i + 32)));
            __m512i left = _mm512_loadu_si512(query + i);
            __m512i right = _mm512_loadu_si512(query + i + 32);
            even = _mm512_add_epi32(even, _mm512_madd_epi16(low, left));
            odd = _mm512_add_epi32(odd, _mm512_madd_epi16(high, right));
        }
        sums[entry] = _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd)) +
                      code_sum(query, code, i, dimension);
    }
}

static void scan_avx512(int32_t *sums, const int16_t *const *queries, size_t query_count,
                        const int8_t *codes, size_t count, size_t dimension) {
    for (size_t q = 0; q < query_count; q++) {
        scan_one_avx512(sums + q * count, queries[q], codes, count, dimension);
    }
}

#endif

imx_code_scan_fn imx_code_scan_variant(size_t which, const char **name) {
    struct variant {
        const char *name;
        imx_code_scan_fn scan;
    } usable[3];
    size_t count = 0;
#if HAVE_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        usable[count++] = (struct variant){"avx512", scan_avx512};
    }
    if (__builtin_cpu_supports("avx2")) {
        usable[count++] = (struct variant){"avx2", scan_avx2};
    }
#endif
    usable[count++] = (struct variant){"plain", scan_plain};
    if (which >= count) {
        return NULL;
    }
    *name = usable[which].name;
    return usable[which].scan;
}

void imx_code_scan(int32_t *sums, const int16_t *const *queries, size_t query_count,
                   const int8_t *codes, size_t count, size_t dimension) {
    const char *name = NULL;
    imx_code_scan_variant(0, &name)(sums, queries, query_count, codes, count, dimension);
}
