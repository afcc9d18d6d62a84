/*
 * Brute force over 256-bit hashes, limited by memory bandwidth where the processor counts bits in
 * vectors. The eight orientations of a query lie in the lanes of a vector: each word of a stored
 * hash is spread over all lanes, so eight distances come out of four xor and four counts, and no
 * sum across lanes is needed.
 *
 * The scan only says which rows are within a limit; few are, and the caller works those out one by
 * one and lowers the limit as its list of the best fills up. All variants give the same rows.
 *
 * AVX2 has no bit count for words: bytes are counted by looking up their halves in a table (Mula,
 * Kurz, Lemire, "Faster population counts using AVX2 instructions", 2018). What takes most of the
 * time there is done for two hashes instead of eight where it can be: mirroring a picture changes
 * the signs of its odd frequencies, so its hash is the picture's with all bits of the even rows,
 * the even columns, or those of just one of both, inverted; but for the few bits that are near the
 * median, which moves a little. So the bits that differ are counted by class (row and column even
 * or odd), and the four distances are sums and differences of these counts. A stored hash that is
 * within the limit of the orientation itself is within the limit and those few bits of what stands
 * for it here; which of the rows so found are within the limit is worked out at the end.
 */
#include "catalogue/hash_index.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

#define WORDS (IMGMATCH_PDQ_BYTES / 8)

static uint64_t load_word(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* ---- the turns of a hash ---- */

#define MOST_OFF 24 /* With more, chance hashes come within the limit too often. */

/* Bits that a turn inverts in a byte. Row i and column j are bit 16 i + j, counted from the end of
 * the last byte. */
static uint8_t inverted(size_t turn, size_t byte) {
    const uint8_t even_columns = 0x55, all = 0xff;
    bool even_row = (IMGMATCH_PDQ_BYTES - 1 - byte) / 2 % 2 == 0;
    switch (turn) {
    case 1:
        return even_columns;
    case 2:
        return even_row ? all : 0;
    case 3:
        return even_row ? (uint8_t)~even_columns : even_columns;
    default:
        return 0;
    }
}

static int bits_off(const uint8_t *base, size_t turn, const uint8_t *hash) {
    int off = 0;
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        off += __builtin_popcount((unsigned)(base[i] ^ hash[i] ^ inverted(turn, i)));
    }
    return off;
}

/* Put the hash down as a turn of the base; false when it is none. */
static bool place_turn(imx_hash_turns *turns, size_t base, const uint8_t *hash) {
    size_t best = 0;
    int least = MOST_OFF + 1;
    for (size_t turn = 0; turn < IMX_HASH_TURNS; turn++) {
        int off = bits_off(turns->bases[base], turn, hash);
        if (off < least) {
            least = off;
            best = turn;
        }
    }
    if (least > MOST_OFF) {
        return false;
    }
    int *most = &turns->off[base][best];
    *most = *most > least ? *most : least;
    return true;
}

static void find_turns(imx_hash_turns *turns, const imgmatch_pdq *hashes, size_t count) {
    size_t bases = 0;
    memset(turns, 0, sizeof *turns);
    memset(turns->off, -1, sizeof turns->off);
    for (size_t i = 0; i < count; i++) {
        bool placed = false;
        for (size_t base = 0; base < bases && !placed; base++) {
            placed = place_turn(turns, base, hashes[i].hash);
        }
        if (!placed && bases == IMX_HASH_BASES) {
            return;
        }
        if (!placed) {
            memcpy(turns->bases[bases], hashes[i].hash, IMGMATCH_PDQ_BYTES);
            turns->off[bases++][0] = 0;
        }
    }
    turns->known = true;
}

void imx_hash_query_init(imx_hash_query *query, const imgmatch_pdq *hashes, size_t count) {
    query->count = count;
    for (size_t lane = 0; lane < IMX_HASH_QUERIES; lane++) {
        /* Lanes without a query of their own repeat the first: no new rows come of it. */
        const uint8_t *hash = hashes[lane < count ? lane : 0].hash;
        for (size_t word = 0; word < WORDS; word++) {
            query->words[word][lane] = load_word(hash + 8 * word);
        }
    }
    find_turns(&query->turns, hashes, count);
}

/* ---- scans ---- */

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

/* Adds the bits of each byte of `bits` to the bytes of `sum`. */
__attribute__((target("avx2"))) static inline __m256i count_bytes(__m256i sum, __m256i bits) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_and_si256(bits, nibble);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble);
    sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, low));
    return _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, high));
}

__attribute__((target("avx2"))) static size_t scan_lanes_avx2(uint32_t *rows, const uint8_t *hashes,
                                                              size_t count,
                                                              const imx_hash_query *query,
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
            left_sum = count_bytes(left_sum, _mm256_xor_si256(spread, left[word]));
            right_sum = count_bytes(right_sum, _mm256_xor_si256(spread, right[word]));
        }
        __m256i far = _mm256_and_si256(_mm256_cmpgt_epi64(_mm256_sad_epu8(left_sum, zero), above),
                                       _mm256_cmpgt_epi64(_mm256_sad_epu8(right_sum, zero), above));
        /* Written always, kept only when a lane is near: no branch to guess. */
        rows[found] = (uint32_t)row;
        found += _mm256_movemask_epi8(far) != -1;
    }
    return found;
}

/* Where classes of bits are counted, the bytes of even rows lie before those of odd ones, in each
 * half of the vector. */
__attribute__((target("avx2"))) static inline __m256i by_rows(__m256i bytes) {
    const __m256i order = _mm256_setr_epi8(2, 3, 6, 7, 10, 11, 14, 15, 0, 1, 4, 5, 8, 9, 12, 13, 2,
                                           3, 6, 7, 10, 11, 14, 15, 0, 1, 4, 5, 8, 9, 12, 13);
    return _mm256_shuffle_epi8(bytes, order);
}

/* Counts of a vector's bits in each half, as numbers of 32 bits: even rows and even columns, even
 * rows and odd columns, odd rows and even columns, odd rows and odd columns. */
__attribute__((target("avx2"))) static inline __m256i count_classes(__m256i bits) {
    /* Of half a byte: bits of even columns, and 16 times those of odd ones. */
    const __m256i table =
        _mm256_setr_epi8(0, 1, 16, 17, 1, 2, 17, 18, 16, 17, 32, 33, 17, 18, 33, 34, 0, 1, 16, 17,
                         1, 2, 17, 18, 16, 17, 32, 33, 17, 18, 33, 34);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i zero = _mm256_setzero_si256();
    __m256i low = _mm256_and_si256(bits, nibble);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble);
    __m256i both =
        _mm256_add_epi8(_mm256_shuffle_epi8(table, low), _mm256_shuffle_epi8(table, high));
    __m256i even = _mm256_and_si256(both, nibble);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble);
    return _mm256_or_si256(_mm256_sad_epu8(even, zero),
                           _mm256_slli_epi64(_mm256_sad_epu8(odd, zero), 32));
}

/* Of four counts a, b, c, d in each half: a + b + c + d, b - a + d - c, c - a + d - b and
 * a + d - b - c, which are the distances of the turns, those of all but the first less 128. */
__attribute__((target("avx2"))) static inline __m256i combine_classes(__m256i counts) {
    const __m256i second = _mm256_setr_epi32(1, -1, 1, -1, 1, -1, 1, -1);
    const __m256i last = _mm256_setr_epi32(1, 1, -1, -1, 1, 1, -1, -1);
    const __m256i signs = _mm256_setr_epi32(1, -1, -1, 1, 1, -1, -1, 1);
    __m256i sums =
        _mm256_add_epi32(_mm256_shuffle_epi32(counts, 0xb1), _mm256_sign_epi32(counts, second));
    sums = _mm256_add_epi32(_mm256_shuffle_epi32(sums, 0x4e), _mm256_sign_epi32(sums, last));
    return _mm256_sign_epi32(sums, signs);
}

static size_t keep_near(uint32_t *rows, size_t count, const uint8_t *hashes,
                        const imx_hash_query *query, int limit) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int nearest = 0;
        const uint8_t *hash = hashes + (size_t)rows[i] * IMGMATCH_PDQ_BYTES;
        if (imx_hash_distance(&nearest, hash, query) <= limit) {
            rows[kept++] = rows[i];
        }
    }
    return kept;
}

__attribute__((target("avx2"))) static size_t scan_turns_avx2(uint32_t *rows, const uint8_t *hashes,
                                                              size_t count,
                                                              const imx_hash_query *query,
                                                              int limit) {
    __m256i bases[IMX_HASH_BASES];
    int32_t bounds[IMX_HASH_BASES][IMX_HASH_TURNS];
    for (size_t i = 0; i < IMX_HASH_BASES; i++) {
        bases[i] =
            by_rows(_mm256_loadu_si256((const __m256i *)(const void *)query->turns.bases[i]));
        for (size_t turn = 0; turn < IMX_HASH_TURNS; turn++) {
            int off = query->turns.off[i][turn];
            int bound = off < 0 ? -1 : limit + off;
            bounds[i][turn] = turn == 0 ? bound : bound - 4 * IMGMATCH_PDQ_BYTES;
        }
    }
    const __m256i above = _mm256_loadu_si256((const __m256i *)(const void *)bounds);
    size_t found = 0;
    for (size_t row = 0; row < count; row++) {
        const uint8_t *hash = hashes + row * IMGMATCH_PDQ_BYTES;
        __m256i bytes = by_rows(_mm256_loadu_si256((const __m256i *)(const void *)hash));
        __m256i first = count_classes(_mm256_xor_si256(bytes, bases[0]));
        __m256i second = count_classes(_mm256_xor_si256(bytes, bases[1]));
        __m256i counts = _mm256_add_epi32(_mm256_permute2x128_si256(first, second, 0x20),
                                          _mm256_permute2x128_si256(first, second, 0x31));
        __m256i far = _mm256_cmpgt_epi32(combine_classes(counts), above);
        rows[found] = (uint32_t)row;
        found += _mm256_movemask_epi8(far) != -1;
    }
    return keep_near(rows, found, hashes, query, limit);
}

__attribute__((target("avx2"))) static size_t scan_avx2(uint32_t *rows, const uint8_t *hashes,
                                                        size_t count, const imx_hash_query *query,
                                                        int limit) {
    return (query->turns.known ? scan_turns_avx2 : scan_lanes_avx2)(rows, hashes, count, query,
                                                                    limit);
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

size_t imx_hash_scan(uint32_t *rows, const uint8_t *hashes, size_t count,
                     const imx_hash_query *query, int limit) {
    const char *name = NULL;
    return imx_hash_scan_variant(0, &name)(rows, hashes, count, query, limit);
}
