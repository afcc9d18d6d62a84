/*
 * Bit (i, j) of a hash, i and j in 0..15, is bit j % 8 of byte 31 - 2 i - j / 8. Read as four words
 * of 64 bits, the lowest byte first, i is even in the odd quarters of a word, and j in its even
 * bits. Two rounds of exchanges between words sort the bits into the classes; in which order within
 * a class does not matter.
 *
 * Let n[c] be the number of bits of class c that differ. A turn that inverts some classes differs
 * in n[c] bits of the others, and in 64 - n[c] of those.
 *
 * AVX2 looks at four rows at once, a word of each; bits are counted as in hash_index.c.
 */
#include "catalogue/hash_turns.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include "catalogue/count_bytes.h"
#else
#define HAVE_X86 0
#endif

#define SIDE 16
#define EVEN_BITS UINT64_C(0x5555555555555555)
#define EVEN_QUARTERS UINT64_C(0x0000ffff0000ffff)
#define QUARTER_BITS 16

/* What the exchanges leave in each word. */
enum { ODD_EVEN, ODD_ODD, EVEN_EVEN, EVEN_ODD }; /* Row, column. */

/* Exchange the bits of `a` that are not in `low` with those of `b` that are, `shift` lower. */
static void exchange(uint64_t *a, uint64_t *b, uint64_t low, int shift) {
    uint64_t differ = ((*a >> shift) ^ *b) & low;
    *b ^= differ;
    *a ^= differ << shift;
}

static void sort_into_classes(uint64_t words[IMX_HASH_CLASSES], const uint8_t *hash) {
    memcpy(words, hash, IMGMATCH_PDQ_BYTES);
    exchange(&words[0], &words[1], EVEN_BITS, 1);
    exchange(&words[2], &words[3], EVEN_BITS, 1);
    exchange(&words[0], &words[2], EVEN_QUARTERS, QUARTER_BITS);
    exchange(&words[1], &words[3], EVEN_QUARTERS, QUARTER_BITS);
}

static int lower(int a, int b) { return a < b ? a : b; }

/* The distance to the nearest turn of one base. */
static int nearest_plain(const uint64_t words[IMX_HASH_CLASSES],
                         const uint64_t base[IMX_HASH_CLASSES]) {
    int n[IMX_HASH_CLASSES];
    for (size_t c = 0; c < IMX_HASH_CLASSES; c++) {
        n[c] = __builtin_popcountll(words[c] ^ base[c]);
    }
    int none = n[ODD_EVEN] + n[ODD_ODD] + n[EVEN_EVEN] + n[EVEN_ODD];
    int rows = 128 + n[ODD_EVEN] + n[ODD_ODD] - n[EVEN_EVEN] - n[EVEN_ODD];
    int columns = 128 + n[ODD_ODD] + n[EVEN_ODD] - n[ODD_EVEN] - n[EVEN_EVEN];
    int both = 128 + n[ODD_ODD] + n[EVEN_EVEN] - n[ODD_EVEN] - n[EVEN_ODD];
    return lower(lower(none, rows), lower(columns, both));
}

static int distance_plain(const uint8_t *hash, const imx_hash_turns *turns) {
    uint64_t words[IMX_HASH_CLASSES];
    sort_into_classes(words, hash);
    return lower(nearest_plain(words, turns->bases[0]), nearest_plain(words, turns->bases[1]));
}

static size_t byte_of(size_t row, size_t column) {
    return IMGMATCH_PDQ_BYTES - 1 - 2 * row - column / 8;
}

static void transpose(uint8_t out[IMGMATCH_PDQ_BYTES], const uint8_t *hash) {
    memset(out, 0, IMGMATCH_PDQ_BYTES);
    for (size_t row = 0; row < SIDE; row++) {
        for (size_t column = 0; column < SIDE; column++) {
            unsigned bit = ((unsigned)hash[byte_of(row, column)] >> (column % 8)) & 1u;
            out[byte_of(column, row)] |= (uint8_t)(bit << row % 8);
        }
    }
}

void imx_hash_turns_init(imx_hash_turns *out, const imgmatch_pdq *hashes, size_t count) {
    uint8_t transposed[IMGMATCH_PDQ_BYTES];
    transpose(transposed, hashes[0].hash);
    sort_into_classes(out->bases[0], hashes[0].hash);
    sort_into_classes(out->bases[1], transposed);
    out->spread = 0;
    for (size_t i = 1; i < count; i++) {
        int distance = distance_plain(hashes[i].hash, out);
        out->spread = distance > out->spread ? distance : out->spread;
    }
}

/* From row `first` on. */
static size_t scan_from(uint32_t *rows, size_t first, const uint8_t *hashes, size_t count,
                        const imx_hash_turns *turns, int limit) {
    size_t found = 0;
    for (size_t row = first; row < count; row++) {
        if (distance_plain(hashes + row * IMGMATCH_PDQ_BYTES, turns) <= limit) {
            rows[found++] = (uint32_t)row;
        }
    }
    return found;
}

static size_t scan_plain(uint32_t *rows, const uint8_t *hashes, size_t count,
                         const imx_hash_turns *turns, int limit) {
    return scan_from(rows, 0, hashes, count, turns, limit);
}

#if HAVE_X86

#define AT_ONCE 4u
#define AHEAD_ROWS 128u /* A page. */

/* The bits of each byte that differ from `word`, 0..8. */
__attribute__((target("avx2"))) static inline __m256i count_bytes(__m256i words, uint64_t word) {
    return imx_count_bytes(_mm256_xor_si256(words, _mm256_set1_epi64x((long long)word)));
}

/* As nearest_plain, for four rows. Differences of counts are in -16..16 a byte; made positive, they
 * add up to the 128 by themselves. */
__attribute__((target("avx2"))) static inline __m256i
nearest_avx2(const __m256i words[IMX_HASH_CLASSES], const uint64_t base[IMX_HASH_CLASSES]) {
    const __m256i zero = _mm256_setzero_si256(), most = _mm256_set1_epi8(16);
    __m256i odd_even = count_bytes(words[ODD_EVEN], base[ODD_EVEN]);
    __m256i odd_odd = count_bytes(words[ODD_ODD], base[ODD_ODD]);
    __m256i even_even = count_bytes(words[EVEN_EVEN], base[EVEN_EVEN]);
    __m256i even_odd = count_bytes(words[EVEN_ODD], base[EVEN_ODD]);
    __m256i odd = _mm256_add_epi8(odd_even, odd_odd);
    __m256i even = _mm256_add_epi8(even_even, even_odd);
    __m256i in_odd = _mm256_add_epi8(_mm256_sub_epi8(odd_odd, odd_even), most);
    __m256i in_even = _mm256_sub_epi8(even_odd, even_even);
    __m256i none = _mm256_sad_epu8(_mm256_add_epi8(odd, even), zero);
    __m256i rows = _mm256_sad_epu8(_mm256_add_epi8(_mm256_sub_epi8(odd, even), most), zero);
    __m256i columns = _mm256_sad_epu8(_mm256_add_epi8(in_odd, in_even), zero);
    __m256i both = _mm256_sad_epu8(_mm256_sub_epi8(in_odd, in_even), zero);
    return _mm256_min_epi16(_mm256_min_epi16(none, rows), _mm256_min_epi16(columns, both));
}

__attribute__((target("avx2"))) static inline void exchange_avx2(__m256i *a, __m256i *b,
                                                                 uint64_t low, int shift) {
    __m256i differ = _mm256_and_si256(_mm256_xor_si256(_mm256_srli_epi64(*a, shift), *b),
                                      _mm256_set1_epi64x((long long)low));
    *b = _mm256_xor_si256(*b, differ);
    *a = _mm256_xor_si256(*a, _mm256_slli_epi64(differ, shift));
}

/* As sort_into_classes; words[c] has class c of four rows. */
__attribute__((target("avx2"))) static inline void sort_avx2(__m256i words[IMX_HASH_CLASSES],
                                                             const uint8_t *hashes) {
    __m256i row[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++) {
        row[i] = _mm256_loadu_si256((const void *)(hashes + i * IMGMATCH_PDQ_BYTES));
    }
    __m256i even_01 = _mm256_unpacklo_epi64(row[0], row[1]);
    __m256i odd_01 = _mm256_unpackhi_epi64(row[0], row[1]);
    __m256i even_23 = _mm256_unpacklo_epi64(row[2], row[3]);
    __m256i odd_23 = _mm256_unpackhi_epi64(row[2], row[3]);
    words[0] = _mm256_permute2x128_si256(even_01, even_23, 0x20);
    words[1] = _mm256_permute2x128_si256(odd_01, odd_23, 0x20);
    words[2] = _mm256_permute2x128_si256(even_01, even_23, 0x31);
    words[3] = _mm256_permute2x128_si256(odd_01, odd_23, 0x31);
    exchange_avx2(&words[0], &words[1], EVEN_BITS, 1);
    exchange_avx2(&words[2], &words[3], EVEN_BITS, 1);
    exchange_avx2(&words[0], &words[2], EVEN_QUARTERS, QUARTER_BITS);
    exchange_avx2(&words[1], &words[3], EVEN_QUARTERS, QUARTER_BITS);
}

__attribute__((target("avx2"))) static size_t scan_avx2(uint32_t *rows, const uint8_t *hashes,
                                                        size_t count, const imx_hash_turns *turns,
                                                        int limit) {
    const __m256i above = _mm256_set1_epi64x(limit);
    size_t found = 0, row = 0;
    for (; row + AT_ONCE <= count; row += AT_ONCE) {
        const uint8_t *here = hashes + row * IMGMATCH_PDQ_BYTES;
        __m256i words[IMX_HASH_CLASSES];
        if (row + AHEAD_ROWS + AT_ONCE <= count) {
            const char *later = (const char *)here + (size_t)AHEAD_ROWS * IMGMATCH_PDQ_BYTES;
            _mm_prefetch(later, _MM_HINT_T0);
            _mm_prefetch(later + 64, _MM_HINT_T0);
        }
        sort_avx2(words, here);
        __m256i nearest = _mm256_min_epi16(nearest_avx2(words, turns->bases[0]),
                                           nearest_avx2(words, turns->bases[1]));
        __m256i far = _mm256_cmpgt_epi64(nearest, above);
        unsigned near = (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(far)) ^ 15u;
        for (; near != 0; near &= near - 1) {
            rows[found++] = (uint32_t)(row + (size_t)__builtin_ctz(near));
        }
    }
    return found + scan_from(rows + found, row, hashes, count, turns, limit);
}

#endif

imx_hash_turns_fn imx_hash_turns_variant(size_t which, const char **name) {
#if HAVE_X86
    bool vectors = __builtin_cpu_supports("avx2");
    if (vectors && which == 0) {
        *name = "avx2";
        return scan_avx2;
    }
    which -= vectors;
#endif
    *name = which == 0 ? "plain" : *name;
    return which == 0 ? scan_plain : NULL;
}

size_t imx_hash_turns_scan(uint32_t *rows, const uint8_t *hashes, size_t count,
                           const imx_hash_turns *turns, int limit) {
    const char *name = NULL;
    return imx_hash_turns_variant(0, &name)(rows, hashes, count, turns, limit);
}
