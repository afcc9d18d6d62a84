#include "catalogue/index_page.h"

#include "base/diag.h"

#include <string.h>

void imx_index_prefix_init(imx_index_prefix *out, const imx_index_stamp *stamp, size_t row_count) {
    *out = (imx_index_prefix){.format = IMX_INDEX_FORMAT,
                              .dimension = stamp->dimension,
                              .catalogue_number = stamp->catalogue_number,
                              .generation = stamp->generation,
                              .covered_seq = stamp->covered_seq,
                              .item_count = stamp->item_count,
                              .row_count = row_count};
    memcpy(out->magic, IMX_INDEX_MAGIC, sizeof out->magic);
}

imgmatch_status imx_index_prefix_check(const imx_index_prefix *prefix, const imx_index_stamp *stamp,
                                       const char *path, imgmatch_diag *diag) {
    if (prefix->catalogue_number != stamp->catalogue_number) {
        return imx_index_fail_damaged(diag, path, "it belongs to another catalogue");
    }
    if (prefix->generation != stamp->generation || prefix->covered_seq != stamp->covered_seq ||
        prefix->item_count != stamp->item_count || prefix->dimension != stamp->dimension) {
        return imx_index_fail_damaged(diag, path, "it is not the one that the database names");
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_index_fail_damaged(imgmatch_diag *diag, const char *path, const char *why) {
    return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                    "%s is damaged: %s; 'imgmatch-index compact' makes it anew", path, why);
}

bool imx_index_rows_are_sound(imx_segment *segment, const imx_index_stamp *stamp) {
    size_t items = 0;
    for (size_t i = 0; i < segment->row_count; i++) {
        int64_t before = i == 0 ? 0 : segment->seqs[i - 1];
        if (segment->seqs[i] < before || segment->seqs[i] < 1 ||
            segment->views[i] >= IMX_MAX_VIEWS) {
            return false;
        }
        items += segment->seqs[i] != before;
    }
    segment->item_count = items;
    return items == stamp->item_count &&
           (items == 0 || segment->seqs[segment->row_count - 1] <= stamp->covered_seq);
}
