/*
 * Brute force over 256-bit hashes, limited by memory bandwidth where the processor counts bits in
 * vectors. The eight orientations of a query lie in the lanes of a vector: each word of a stored
 * hash is spread over all lanes, so eight distances come out of four xor and four counts, and no
 * sum across lanes is needed.
 *
 * The scan only says which rows are within a limit; few are, and the caller works those out one by
 * one and lowers the limit as its list of the best fills up. All variants give the same rows.
 *
 * Where that is faster, rows are first looked at by turns (hash_turns.h) of one of the hashes, with
 * a limit that is larger by as much as the hashes may be off; the few that are left are worked out.
 *
 * AVX2 has no bit count for words: bytes are counted by looking up their halves in a table (Mula,
 * Kurz, Lemire, "Faster population counts using AVX2 instructions", 2018).
 */
#include "catalogue/hash_index.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include "catalogue/count_bytes.h"
#else
#define HAVE_X86 0
#endif

/* Among turns, unrelated hashes are so near once in hundreds. */
#define MOST_FOR_TURNS 100
#define WORDS (IMGMATCH_PDQ_BYTES / 8)

static uint64_t load_word(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

void imx_hash_query_init(imx_hash_query *query, const imgmatch_pdq *hashes, size_t count) {
    query->count = count;
    imx_hash_turns_init(&query->turns, hashes, count);
    for (size_t lane = 0; lane < IMX_HASH_QUERIES; lane++) {
        /* Lanes without a query of their own repeat the first: no new rows come of it. */
        const uint8_t *hash = hashes[lane < count ? lane : 0].hash;
        for (size_t word = 0; word < WORDS; word++) {
            query->words[word][lane] = load_word(hash + 8 * word);
        }
    }
}

int imx_hash_distance(int *nearest, const uint8_t *hash, const imx_hash_query *query) {
    int best = 8 * IMGMATCH_PDQ_BYTES + 1;
    *nearest = 0;
    for (size_t lane = 0; lane < query->count; lane++) {
        int distance = 0;
        for (size_t word = 0; word < WORDS; word++) {
            distance += __builtin_popcountll(load_word(hash + 8 * word) ^ query->words[word][lane]);
        }
        if (distance < best) {
            best = distance;
            *nearest = (int)lane;
        }
    }
    return best;
}

static size_t scan_plain(uint32_t *rows, const uint8_t *hashes, size_t count,
                         const imx_hash_query *query, int limit) {
    size_t found = 0;
    for (size_t row = 0; row < count; row++) {
        int nearest = 0;
        if (imx_hash_distance(&nearest, hashes + row * IMGMATCH_PDQ_BYTES, query) <= limit) {
            rows[found++] = (uint32_t)row;
        }
    }
    return found;
}

#if HAVE_X86

__attribute__((target("avx2"))) static size_t scan_avx2(uint32_t *rows, const uint8_t *hashes,
                                                        size_t count, const imx_hash_query *query,
                                                        int limit) {
    __m256i left[WORDS], right[WORDS];
    for (size_t word = 0; word < WORDS; word++) {
        left[word] = _mm256_loadu_si256((const __m256i *)(const void *)&query->words[word][0]);
        right[word] = _mm256_loadu_si256((const __m256i *)(const void *)&query->words[word][4]);
    }
    const __m256i zero = _mm256_setzero_si256();
    const __m256i above = _mm256_set1_epi64x(limit);
    size_t found = 0;
    for (size_t row = 0; row < count; row++) {
        const uint8_t *hash = hashes + row * IMGMATCH_PDQ_BYTES;
        __m256i left_sum = zero, right_sum = zero;
        for (size_t word = 0; word < WORDS; word++) {
            __m256i spread = _mm256_set1_epi64x((long long)load_word(hash + 8 * word));
            left_sum =
                _mm256_add_epi8(left_sum, imx_count_bytes(_mm256_xor_si256(spread, left[word])));
            right_sum =
                _mm256_add_epi8(right_sum, imx_count_bytes(_mm256_xor_si256(spread, right[word])));
        }
        __m256i far = _mm256_and_si256(_mm256_cmpgt_epi64(_mm256_sad_epu8(left_sum, zero), above),
                                       _mm256_cmpgt_epi64(_mm256_sad_epu8(right_sum, zero), above));
        /* Written always, kept only when a lane is near: no branch to guess. */
        rows[found] = (uint32_t)row;
        found += _mm256_movemask_epi8(far) != -1;
    }
    return found;
}

__attribute__((target("avx512f,avx512vpopcntdq"))) static size_t
scan_avx512(uint32_t *rows, const uint8_t *hashes, size_t count, const imx_hash_query *query,
            int limit) {
    __m512i lanes[WORDS];
    for (size_t word = 0; word < WORDS; word++) {
        lanes[word] = _mm512_loadu_si512(&query->words[word][0]);
    }
    const __m512i bound = _mm512_set1_epi64(limit);
    size_t found = 0;
    for (size_t row = 0; row < count; row++) {
        const uint8_t *hash = hashes + row * IMGMATCH_PDQ_BYTES;
        __m512i sum = _mm512_setzero_si512();
        for (size_t word = 0; word < WORDS; word++) {
            __m512i spread = _mm512_set1_epi64((long long)load_word(hash + 8 * word));
            sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(spread, lanes[word])));
        }
        rows[found] = (uint32_t)row;
        found += _mm512_cmple_epi64_mask(sum, bound) != 0;
    }
    return found;
}

#endif

imx_hash_scan_fn imx_hash_scan_variant(size_t which, const char **name) {
    struct variant {
        const char *name;
        imx_hash_scan_fn scan;
    } usable[3];
    size_t count = 0;
#if HAVE_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
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

/* AVX-512 counts bits so fast that turns would not be faster. */
static bool turns_pay(const imx_hash_query *query, int limit) {
#if HAVE_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
        return false;
    }
#endif
    return limit >= 0 && limit + query->turns.spread <= MOST_FOR_TURNS;
}

size_t imx_hash_scan(uint32_t *rows, const uint8_t *hashes, size_t count,
                     const imx_hash_query *query, int limit) {
    const char *name = NULL;
    if (!turns_pay(query, limit)) {
        return imx_hash_scan_variant(0, &name)(rows, hashes, count, query, limit);
    }
    size_t maybe =
        imx_hash_turns_scan(rows, hashes, count, &query->turns, limit + query->turns.spread);
    size_t found = 0;
    for (size_t i = 0; i < maybe; i++) {
        int nearest = 0;
        uint32_t row = rows[i];
        if (imx_hash_distance(&nearest, hashes + (size_t)row * IMGMATCH_PDQ_BYTES, query) <=
            limit) {
            rows[found++] = row;
        }
    }
    return found;
}
