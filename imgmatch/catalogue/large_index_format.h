/* The header of a main index's file, as its writer and its reader see it. */
#ifndef IMX_CATALOGUE_LARGE_INDEX_FORMAT_H
#define IMX_CATALOGUE_LARGE_INDEX_FORMAT_H

#include "index_page.h"
#include "large_index.h"

enum {
    LARGE_SEQS,
    LARGE_VIEWS,
    LARGE_RANKS,
    LARGE_ENTRY_STARTS,
    LARGE_ENTRY_ROWS,
    LARGE_LIST_STARTS,
    LARGE_CENTRES,
    LARGE_TABLE_STARTS,
    LARGE_HASHES,
    LARGE_TABLE_ROWS,
    LARGE_ROW_ENTRIES,
    LARGE_SCALES,
    LARGE_CODES,
    LARGE_HALVES,
    LARGE_GRAPH,
    LARGE_SECTION_COUNT
};

/* Where a section is. */
typedef struct imx_large_section {
    uint64_t offset;
    uint64_t size;
} imx_large_section;

typedef struct imx_large_fields {
    imx_index_prefix prefix;
    uint32_t kind;
    uint32_t entry_count;
    uint32_t list_count;
    uint32_t probes;
    imx_large_section sections[LARGE_SECTION_COUNT];
    imx_block_table table;
    uint64_t checksum; /* Of all 4096 bytes with this field zero. */
} imx_large_fields;

typedef union imx_large_page {
    imx_large_fields fields;
    uint8_t bytes[IMX_INDEX_PAGE_BYTES];
} imx_large_page;

_Static_assert(sizeof(imx_large_page) == IMX_INDEX_PAGE_BYTES, "the header is one page");
_Static_assert(sizeof(imx_large_page) == IMX_BLOCK_BYTES, "and a block of its own");

static inline uint64_t imx_large_align(uint64_t offset) {
    return (offset + IMX_INDEX_PAGE_BYTES - 1) / IMX_INDEX_PAGE_BYTES * IMX_INDEX_PAGE_BYTES;
}

/* Exact indexes and lists have codes; only approximate indexes are so large that tables pay. */
static inline bool imx_large_has_codes(uint32_t kind) { return kind != IMGMATCH_INDEX_HNSW; }
static inline bool imx_large_has_tables(uint32_t kind) { return kind != IMGMATCH_INDEX_EXACT; }

uint64_t imx_large_page_checksum(const imx_large_page *page);

#endif
