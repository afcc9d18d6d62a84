/*
 * Multi-index hashing (Norouzi, Punjani, Fleet, "Fast exact search in Hamming space with
 * multi-index hashing", 2014). Let limit = 16 a + b with b < 16. A hash within the limit is within
 * a of the query in one of the first b + 1 of its 16 pieces of 16 bits, or within a - 1 in one of
 * the others: were it further in all of them, it would be further than (b + 1)(a + 1) +
 * (15 - b) a - 1 = limit altogether. So it is enough to look up all values so near to each piece
 * of each query hash, and to work out the distances of the rows that are listed there.
 *
 * Rows are collected, each once, and checked by the scan in batches: their hashes lie anywhere, and
 * have arrived from memory by the time that a batch is full.
 *
 * Row numbers are bounded here, and not when a file is opened: looking at them would be reading all
 * of the tables, which are more than the hashes.
 */
#include "catalogue/hash_tables.h"

#include "base/memory.h"
#include "catalogue/mapped_span.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BITS 16
#define MAX_LIMIT 63
#define BATCH 512

/*
 * What a search costs in rows of a scan, measured by imgmatch-bench --catalogue=1000000 on a
 * processor that scans a row in 1.8 ns (AVX-512): a listed row, which lies anywhere, takes 26 to
 * 30 ns, and most of a look-up hides behind its rows. Where scans are slower, tables are still
 * right to be chosen, if less often than they could be.
 */
#define PAY_ROW 16
#define PAY_LOOK_UP 16

/* All values of 16 bits with one, two and three bits set follow one another. */
#define FLIPS_MAX 3
static const size_t flip_counts[FLIPS_MAX + 1] = {1, 17, 137, 697};

static size_t piece_of(const uint8_t *hash, size_t piece) {
    return (size_t)hash[2 * piece] | (size_t)hash[2 * piece + 1] << 8;
}

void imx_hash_tables_fill(uint32_t *starts, uint32_t *rows, const uint8_t *hashes, size_t count) {
    for (size_t piece = 0; piece < IMX_HASH_TABLES; piece++) {
        uint32_t *first = starts + piece * IMX_HASH_TABLE_STARTS;
        uint32_t *listed = rows + piece * count;
        memset(first, 0, IMX_HASH_TABLE_STARTS * sizeof *first);
        for (size_t row = 0; row < count; row++) {
            first[piece_of(hashes + row * IMGMATCH_PDQ_BYTES, piece) + 1]++;
        }
        for (size_t value = 1; value < IMX_HASH_TABLE_STARTS; value++) {
            first[value] += first[value - 1];
        }
        /* Each start moves to the next one's place while its rows are put down, ... */
        for (size_t row = 0; row < count; row++) {
            listed[first[piece_of(hashes + row * IMGMATCH_PDQ_BYTES, piece)]++] = (uint32_t)row;
        }
        /* ... and goes back. */
        memmove(first + 1, first, (IMX_HASH_TABLE_STARTS - 1) * sizeof *first);
        first[0] = 0;
    }
}

/* Bits to turn, fewest first. */
static void list_flips(uint16_t flips[697]) {
    size_t count = 0;
    flips[count++] = 0;
    for (unsigned i = 0; i < PIECE_BITS; i++) {
        flips[count++] = (uint16_t)(1u << i);
    }
    for (unsigned i = 0; i < PIECE_BITS; i++) {
        for (unsigned j = 0; j < i; j++) {
            flips[count++] = (uint16_t)(1u << i | 1u << j);
        }
    }
    for (unsigned i = 0; i < PIECE_BITS; i++) {
        for (unsigned j = 0; j < i; j++) {
            for (unsigned k = 0; k < j; k++) {
                flips[count++] = (uint16_t)(1u << i | 1u << j | 1u << k);
            }
        }
    }
}

/* How many values of a piece have to be looked up. */
static size_t look_ups(size_t piece, int limit) {
    size_t flips = (size_t)limit / IMX_HASH_TABLES;
    if (piece <= (size_t)limit % IMX_HASH_TABLES) {
        return flip_counts[flips];
    }
    return flips == 0 ? 0 : flip_counts[flips - 1];
}

static size_t query_piece(const imx_hash_query *query, size_t lane, size_t piece) {
    return (size_t)(query->words[piece / 4][lane] >> (PIECE_BITS * (piece % 4)) & 0xffffu);
}

bool imx_hash_tables_pay(const imx_hash_tables *tables, const imx_hash_query *query, int limit) {
    if (limit < 0 || limit > MAX_LIMIT) {
        return false;
    }
    size_t per_hash = 0;
    for (size_t piece = 0; piece < IMX_HASH_TABLES; piece++) {
        per_hash += look_ups(piece, limit);
    }
    size_t total = per_hash * query->count;
    double rows = (double)total * (double)tables->count / 65536;
    return PAY_LOOK_UP * (double)total + PAY_ROW * rows < (double)tables->count;
}

typedef struct collector {
    const imx_hash_tables *tables;
    const imx_hash_query *query;
    int limit;
    uint64_t *seen; /* A bit a row. */
    uint64_t *near;
    uint32_t batch[BATCH];
    size_t batched;
    size_t found;
    bool astray; /* The tables lead out of themselves, or of the rows. */
} collector;

static void check_batch(collector *self) {
    uint8_t hashes[BATCH * IMGMATCH_PDQ_BYTES];
    uint32_t rows[BATCH];
    for (size_t i = 0; i < self->batched; i++) {
        memcpy(hashes + i * IMGMATCH_PDQ_BYTES,
               self->tables->hashes + (size_t)self->batch[i] * IMGMATCH_PDQ_BYTES,
               IMGMATCH_PDQ_BYTES);
    }
    size_t count = imx_hash_scan(rows, hashes, self->batched, self->query, self->limit);
    for (size_t i = 0; i < count; i++) {
        uint32_t row = self->batch[rows[i]];
        self->near[row / 64] |= UINT64_C(1) << (row % 64);
    }
    self->found += count;
    self->batched = 0;
}

static void collect(collector *self, const uint32_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t row = imx_mapped_number(rows + i);
        if (row >= self->tables->count) {
            self->astray = true;
            return;
        }
        uint64_t bit = UINT64_C(1) << (row % 64);
        if ((self->seen[row / 64] & bit) != 0) {
            continue;
        }
        self->seen[row / 64] |= bit;
        __builtin_prefetch(self->tables->hashes + (size_t)row * IMGMATCH_PDQ_BYTES);
        self->batch[self->batched++] = row;
        if (self->batched == BATCH) {
            check_batch(self);
        }
    }
}

static void look_up_piece(collector *self, size_t piece, const uint16_t *flips) {
    const imx_hash_tables *tables = self->tables;
    const uint32_t *starts = tables->starts + piece * IMX_HASH_TABLE_STARTS;
    const uint32_t *rows = tables->rows + piece * tables->count;
    size_t count = look_ups(piece, self->limit);
    for (size_t lane = 0; lane < self->query->count; lane++) {
        size_t middle = query_piece(self->query, lane, piece);
        for (size_t i = 0; i < count; i++) {
            imx_span span = imx_mapped_span(starts, middle ^ flips[i]);
            if (!imx_span_is_within(span, tables->count)) {
                self->astray = true;
                return;
            }
            collect(self, rows + span.start, span.end - span.start);
        }
    }
}

static uint32_t *list_near(const collector *self, size_t words) {
    uint32_t *rows = imx_new_array_raw(self->found + 1, sizeof *rows);
    size_t count = 0;
    for (size_t word = 0; word < words && rows != NULL; word++) {
        for (uint64_t left = self->near[word]; left != 0; left &= left - 1) {
            rows[count++] = (uint32_t)(word * 64 + (size_t)__builtin_ctzll(left));
        }
    }
    return rows;
}

bool imx_hash_tables_search(uint32_t **found, size_t *count, const imx_hash_tables *tables,
                            const imx_hash_query *query, int limit) {
    *found = NULL;
    *count = 0;
    size_t words = tables->count / 64 + 1;
    uint64_t *bits = imx_new_array(2 * words, sizeof *bits);
    if (bits == NULL) {
        return false;
    }
    collector self = {.tables = tables,
                      .query = query,
                      .limit = limit < MAX_LIMIT ? limit : MAX_LIMIT,
                      .seen = bits,
                      .near = bits + words};
    uint16_t flips[697];
    list_flips(flips);
    for (size_t piece = 0; piece < IMX_HASH_TABLES && limit >= 0 && !self.astray; piece++) {
        look_up_piece(&self, piece, flips);
    }
    check_batch(&self);
    *found = self.astray ? NULL : list_near(&self, words);
    *count = *found != NULL ? self.found : 0;
    free(bits);
    return *found != NULL;
}
