/*
 * The main index: mapped into memory, with the embeddings as stored to score by. It is exact for
 * some hundred thousand items; above that it is approximate, and has tables for hashes. The file,
 * in this order:
 *
 *   header        4096 bytes: counts, kind, where each section is, and a checksum of its own
 *   seqs          8 bytes a row
 *   views         1 byte a row
 *   ranks         8 bytes a row: imx_item_rank of the item
 *   entry starts  4 bytes an entry, and one more: which of the entry rows are an entry's
 *   entry rows    4 bytes a row
 *   list starts   4 bytes a list, and one more: which entries are a list's
 *   centres       the lists' centroids, as floats; like the list starts, of kind IVF only
 *   table starts  hash_tables.h
 *   hashes        32 bytes a row
 *   table rows    hash_tables.h
 *   row entries   4 bytes a row: the entry with its embedding
 *   scales        4 bytes an entry, a float: ivf.h
 *   codes         a byte a dimension for each entry; both not of kind HNSW
 *   halves        the embeddings of the entries, 2 bytes a dimension
 *   graph         FAISS's own bytes: the graph over the entries, of kind HNSW
 *   checksums     of all blocks behind the header: mapped_file.h
 *
 * Numbers are little-endian; sections start at multiples of 4096. Tables are not of kind EXACT.
 * What the search finds its way by (up to the table starts, and the graph) is verified and looked
 * over when the file is opened, the rest before it is used; an exact index, of which every search
 * reads all codes, is verified as a whole when it is opened. Somebody may change the file later on:
 * so the graph is read into memory first, and FAISS from there (it is in memory twice meanwhile),
 * and numbers that lead to others are bounded wherever they are used (mapped_span.h).
 */
#ifndef IMX_CATALOGUE_MAIN_INDEX_H
#define IMX_CATALOGUE_MAIN_INDEX_H

#include "bulk.h"
#include "entry_plan.h"
#include "hash_tables.h"
#include "index_file.h"
#include "ivf.h"

typedef struct imx_main_index {
    imgmatch_index_kind kind; /* Not IMGMATCH_INDEX_AUTO. */
    imx_mapped_file *file;
    imx_ivf ivf;             /* Of kind IVF; of kind EXACT its codes and scales alone. */
    imx_vector_index *graph; /* Of kind HNSW. */
    uint32_t entry_count;
    const uint32_t *entry_starts;
    const uint32_t *entry_rows;
    const uint32_t *row_entries;
    const uint16_t *halves;
    imx_hash_tables tables;
} imx_main_index;

/* What imx_main_index_write writes. */
typedef struct imx_main_source {
    imgmatch_index_kind kind;
    const imx_bulk *bulk;
    const imx_entry_plan *plan; /* With lists for IVF, else without. */
} imx_main_source;

/* An imx_index_writer; `what` is an imx_main_source. */
imgmatch_status imx_main_index_write(FILE *file, const imx_index_stamp *stamp, const void *what,
                                     const char *path, imgmatch_diag *diag);

/* Open one whose first IMX_INDEX_PAGE_BYTES bytes are `page`; the file may be closed then. */
imgmatch_status imx_main_index_read(imx_segment **out, FILE *file, const uint8_t *page,
                                    uint64_t file_size, const imx_index_stamp *stamp,
                                    const char *path, imgmatch_diag *diag);
void imx_main_index_free(imx_main_index *index); /* NULL is allowed. */

/* The embedding of a row, verified. */
imgmatch_status imx_main_index_row_halves(const uint16_t **out, const imx_segment *segment,
                                          size_t row, imgmatch_diag *diag);

/* As imx_segment_search_embeddings, where there is something to look for and in; approximate kinds
 * may miss some. */
imgmatch_status imx_main_index_search(imx_nearest *nearest, const imx_segment *segment,
                                      const float *queries, size_t query_count,
                                      const imx_seq_set *gone, imgmatch_diag *diag);

#endif
