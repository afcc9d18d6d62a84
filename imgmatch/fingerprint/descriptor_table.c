/*
 * Differences of two numbers side by side are multiplied by themselves and added in one instruction
 * where there is AVX2, and the eight sums of a vector are those of eight features: nothing is added
 * across a vector.
 */
#include "fingerprint/descriptor_table.h"

#include "base/memory.h"
#include "base/processors.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

#define PAIRS (IMX_DESCRIPTOR_BYTES / 2)
#define BLOCK_NUMBERS ((size_t)IMX_DESCRIPTOR_BYTES * IMX_TABLE_BLOCK)

_Static_assert(IMX_TABLE_MAX <= 1 << IMX_KEY_INDEX_BITS, "an index has its room in a key");
_Static_assert(255 * 255 * IMX_DESCRIPTOR_BYTES < 1 << (31 - IMX_KEY_INDEX_BITS),
               "a distance has its room in a key");

/* Where a number of a feature is. */
static size_t place_of(uint32_t feature, size_t number) {
    return feature / IMX_TABLE_BLOCK * BLOCK_NUMBERS + number / 2 * (2 * (size_t)IMX_TABLE_BLOCK) +
           2 * (size_t)(feature % IMX_TABLE_BLOCK) + number % 2;
}

imx_descriptor_table *imx_descriptor_table_new(const imx_feature *features, uint32_t count) {
    imx_descriptor_table *table = imx_new_array(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->room = (count + IMX_TABLE_BLOCK - 1) / IMX_TABLE_BLOCK * IMX_TABLE_BLOCK;
    table->x = imx_new_array(table->room, sizeof *table->x);
    table->y = imx_new_array(table->room, sizeof *table->y);
    table->numbers = imx_new_array(table->room, IMX_DESCRIPTOR_BYTES * sizeof *table->numbers);
    if (table->x == NULL || table->y == NULL || table->numbers == NULL) {
        imx_descriptor_table_free(table);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        table->x[i] = features[i].x;
        table->y[i] = features[i].y;
        for (size_t k = 0; k < IMX_DESCRIPTOR_BYTES; k++) {
            /* NOLINTNEXTLINE(bugprone-signed-char-misuse,cert-str34-c): numbers with a sign. */
            table->numbers[place_of(i, k)] = features[i].descriptor[k];
        }
    }
    return table;
}

void imx_descriptor_table_free(imx_descriptor_table *table) {
    if (table != NULL) {
        free(table->x);
        free(table->y);
        free(table->numbers);
        free(table);
    }
}

static void measure_plain(int32_t *keys, const imx_descriptor_table *table,
                          const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    for (uint32_t first = 0; first < table->room; first += IMX_TABLE_BLOCK) {
        const int16_t *numbers = table->numbers + first * (size_t)IMX_DESCRIPTOR_BYTES;
        int32_t sums[IMX_TABLE_BLOCK] = {0};
        for (size_t pair = 0; pair < PAIRS; pair++, numbers += 2 * (size_t)IMX_TABLE_BLOCK) {
            for (uint32_t i = 0; i < IMX_TABLE_BLOCK; i++) {
                int32_t a = numbers[2 * i] - descriptor[2 * pair];
                int32_t b = numbers[2 * i + 1] - descriptor[2 * pair + 1];
                sums[i] += a * a + b * b;
            }
        }
        for (uint32_t i = 0; i < IMX_TABLE_BLOCK; i++) {
            keys[first + i] = sums[i] << IMX_KEY_INDEX_BITS | (int32_t)(first + i);
        }
    }
}

#if HAVE_X86

__attribute__((target("avx2"))) static void
measure_avx2(int32_t *keys, const imx_descriptor_table *table,
             const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    __m256i wanted[PAIRS];
    for (size_t pair = 0; pair < PAIRS; pair++) {
        const int16_t both[2] = {descriptor[2 * pair], descriptor[2 * pair + 1]};
        int32_t bits;
        memcpy(&bits, both, sizeof bits);
        wanted[pair] = _mm256_set1_epi32(bits);
    }
    __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i eight = _mm256_set1_epi32(8);
    for (uint32_t first = 0; first < table->room; first += IMX_TABLE_BLOCK) {
        const __m256i *numbers =
            (const void *)(table->numbers + first * (size_t)IMX_DESCRIPTOR_BYTES);
        __m256i sums = _mm256_setzero_si256(), others = _mm256_setzero_si256();
#pragma GCC unroll 4 /* All of it at once does not fit into the registers. */
        for (size_t pair = 0; pair < PAIRS; pair++) {
            __m256i a = _mm256_sub_epi16(_mm256_loadu_si256(numbers + 2 * pair), wanted[pair]);
            __m256i b = _mm256_sub_epi16(_mm256_loadu_si256(numbers + 2 * pair + 1), wanted[pair]);
            sums = _mm256_add_epi32(sums, _mm256_madd_epi16(a, a));
            others = _mm256_add_epi32(others, _mm256_madd_epi16(b, b));
        }
        __m256i *out = (void *)(keys + first);
        sums = _mm256_or_si256(_mm256_slli_epi32(sums, IMX_KEY_INDEX_BITS), index);
        index = _mm256_add_epi32(index, eight);
        others = _mm256_or_si256(_mm256_slli_epi32(others, IMX_KEY_INDEX_BITS), index);
        index = _mm256_add_epi32(index, eight);
        _mm256_storeu_si256(out, sums);
        _mm256_storeu_si256(out + 1, others);
    }
}

#endif

imx_descriptor_measure_fn imx_descriptor_measure_variant(size_t which, const char **name) {
#if HAVE_X86
    size_t vectors = __builtin_cpu_supports("avx2") ? 1 : 0;
    if (which < vectors) {
        *name = "avx2";
        return measure_avx2;
    }
    which -= vectors;
#endif
    *name = "plain";
    return which == 0 ? measure_plain : NULL;
}

IMX_FOR_EACH_PROCESSOR
static int32_t lowest(const int32_t *keys, uint32_t count) {
    int32_t least = IMX_KEY_NONE;
    for (uint32_t i = 0; i < count; i++) {
        least = keys[i] < least ? keys[i] : least;
    }
    return least;
}

int32_t imx_descriptor_table_measure(int32_t *keys, const imx_descriptor_table *table,
                                     uint32_t count,
                                     const int8_t descriptor[IMX_DESCRIPTOR_BYTES]) {
    const char *name = NULL;
    imx_descriptor_measure_variant(0, &name)(keys, table, descriptor);
    for (uint32_t i = count; i < table->room; i++) {
        keys[i] = IMX_KEY_NONE;
    }
    return lowest(keys, table->room);
}
