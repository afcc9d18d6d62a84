/* What the headers of all main index files begin with, and how one says that it is damaged. */
#ifndef IMX_CATALOGUE_INDEX_PAGE_H
#define IMX_CATALOGUE_INDEX_PAGE_H

#include "index_file.h"

#define IMX_INDEX_PAGE_BYTES 4096u
#define IMX_INDEX_MAGIC "IMXINDEX"
#define IMX_INDEX_FORMAT 3u

typedef struct imx_index_prefix {
    char magic[8];
    uint32_t format;
    uint32_t dimension;
    uint64_t catalogue_number;
    uint64_t generation;
    int64_t covered_seq;
    uint64_t item_count;
    uint64_t row_count;
} imx_index_prefix;

void imx_index_prefix_init(imx_index_prefix *out, const imx_index_stamp *stamp, size_t row_count);

/* Is it the one that the database names? For a header that fits its checksum. */
imgmatch_status imx_index_prefix_check(const imx_index_prefix *prefix, const imx_index_stamp *stamp,
                                       const char *path, imgmatch_diag *diag);

imgmatch_status imx_index_fail_damaged(imgmatch_diag *diag, const char *path, const char *why);

/* Rows in order, and as many items as promised: the search relies on it. */
bool imx_index_rows_are_sound(imx_segment *segment, const imx_index_stamp *stamp);

#endif
