/* The items of a reindexed catalogue. */
#ifndef IMX_FACADE_REINDEX_FILL_H
#define IMX_FACADE_REINDEX_FILL_H

#include "catalogue/record_source.h"

#include <imgmatch/exchange.h>

/*
 * Bring `fresh`, which is of another model and may hold what an earlier run made, to the items of
 * `old`: photos are fingerprinted anew from the files that their sources name, bare hashes go over
 * as they are, and what is not in `old`, or failed, is not in `fresh` either. Counts in `report`.
 */
imgmatch_status imx_reindex_fill(imgmatch_reindex_report *report, imgmatch_catalogue *fresh,
                                 imx_record_source *old, const imgmatch_reindex_options *options,
                                 imgmatch_diag *diag);

#endif
