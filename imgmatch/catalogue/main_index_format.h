/* The header of a main index's file, as its writer and its reader see it. */
#ifndef IMX_CATALOGUE_MAIN_INDEX_FORMAT_H
#define IMX_CATALOGUE_MAIN_INDEX_FORMAT_H

#include "index_page.h"
#include "main_index.h"

enum {
    MAIN_SEQS,
    MAIN_VIEWS,
    MAIN_RANKS,
    MAIN_ENTRY_STARTS,
    MAIN_ENTRY_ROWS,
    MAIN_LIST_STARTS,
    MAIN_CENTRES,
    MAIN_TABLE_STARTS,
    MAIN_HASHES,
    MAIN_TABLE_ROWS,
    MAIN_ROW_ENTRIES,
    MAIN_SCALES,
    MAIN_CODES,
    MAIN_HALVES,
    MAIN_GRAPH,
    MAIN_SECTION_COUNT
};

/* Where a section is. */
typedef struct imx_main_section {
    uint64_t offset;
    uint64_t size;
} imx_main_section;

typedef struct imx_main_fields {
    imx_index_prefix prefix;
    uint32_t kind;
    uint32_t entry_count;
    uint32_t list_count;
    uint32_t probes;
    imx_main_section sections[MAIN_SECTION_COUNT];
    imx_block_table table;
    uint64_t checksum; /* Of all 4096 bytes with this field zero. */
} imx_main_fields;

typedef union imx_main_page {
    imx_main_fields fields;
    uint8_t bytes[IMX_INDEX_PAGE_BYTES];
} imx_main_page;

_Static_assert(sizeof(imx_main_page) == IMX_INDEX_PAGE_BYTES, "the header is one page");
_Static_assert(sizeof(imx_main_page) == IMX_BLOCK_BYTES, "and a block of its own");

static inline uint64_t imx_main_align(uint64_t offset) {
    return (offset + IMX_INDEX_PAGE_BYTES - 1) / IMX_INDEX_PAGE_BYTES * IMX_INDEX_PAGE_BYTES;
}

/* Exact indexes and lists have codes; only approximate indexes are so large that tables pay. */
static inline bool imx_main_has_codes(uint32_t kind) { return kind != IMGMATCH_INDEX_HNSW; }
static inline bool imx_main_has_tables(uint32_t kind) { return kind != IMGMATCH_INDEX_EXACT; }

uint64_t imx_main_page_checksum(const imx_main_page *page);

#endif
