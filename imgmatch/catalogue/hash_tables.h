/*
 * Multi-index hashing: for small radii, the rows near a PDQ hash without looking at all of them.
 * The answer is that of imx_hash_scan.
 */
#ifndef IMX_CATALOGUE_HASH_TABLES_H
#define IMX_CATALOGUE_HASH_TABLES_H

#include "hash_index.h"

#include <stdbool.h>

#define IMX_HASH_TABLES 16 /* One for each 16 bits of a hash. */
#define IMX_HASH_TABLE_STARTS 65537
#define IMX_HASH_STARTS_BYTES ((size_t)4 * IMX_HASH_TABLES * IMX_HASH_TABLE_STARTS)
#define IMX_HASH_ROWS_BYTES ((size_t)4 * IMX_HASH_TABLES) /* For each row. */

/* Table t lists row numbers by the value of bits 16 t .. 16 t + 15: those with value v are
 * rows[t * count + s[v]] up to rows[t * count + s[v + 1] - 1], s = starts + t *
 * IMX_HASH_TABLE_STARTS. All arrays are borrowed. */
typedef struct imx_hash_tables {
    const uint32_t *starts;
    const uint32_t *rows;
    const uint8_t *hashes;
    size_t count;
} imx_hash_tables;

/* Write the tables of `count` hashes (< 2^32). */
void imx_hash_tables_fill(uint32_t *starts, uint32_t *rows, const uint8_t *hashes, size_t count);

/* Would a search by these tables be faster than a scan? A rule out of measurements: see
 * hash_tables.c. */
bool imx_hash_tables_pay(const imx_hash_tables *tables, const imx_hash_query *query, int limit);

/* As imx_hash_scan, for limit 0..63. `*found` and its `*count` rows (rising) are the caller's, who
 * frees them. False when out of memory, or when the tables, which may be any, lead out of the rows:
 * scan then. */
bool imx_hash_tables_search(uint32_t **found, size_t *count, const imx_hash_tables *tables,
                            const imx_hash_query *query, int limit);

#endif
