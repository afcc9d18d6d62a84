/* How snapshots come about; searching them is declared in store.h. */
#ifndef IMX_CATALOGUE_SNAPSHOT_H
#define IMX_CATALOGUE_SNAPSHOT_H

#include "schema.h"
#include "segment.h"

/* Each segment of a tail has more than twice the rows of the one behind it. */
#define IMX_MAX_SEGMENTS 40

struct imx_snapshot {
    atomic_uint holders;
    imx_state state;
    uint32_t dimension;
    /* In rising order of seq. The first is the main index, if there is one. */
    imx_segment *segments[IMX_MAX_SEGMENTS];
    size_t segment_count;
    imx_seq_set gone; /* Removed since the main index was built. */
    /* Why the main index cannot be used; "" when all is well. Searching fails with it. */
    char damage[IMGMATCH_DIAG_MESSAGE_BYTES];
};

/* Read the database's state, the main index file that it names, and the tail, in one read
 * transaction. What `previous` (may be NULL) has loaded already is shared. With `tolerant` a
 * missing or damaged index file gives a snapshot that cannot be searched, not an error. */
imgmatch_status imx_snapshot_load(imx_snapshot **out, imx_sql *sql, const char *folder,
                                  const imx_catalogue_identity *identity,
                                  const imx_snapshot *previous, bool tolerant, imgmatch_diag *diag);

/* What a change makes of `previous`: its segments, `added` (may be NULL) behind them, and more
 * items gone. */
imgmatch_status imx_snapshot_derive(imx_snapshot **out, const imx_snapshot *previous,
                                    const imx_state *state, imx_segment *added,
                                    const imx_seq_set *more_gone, imgmatch_diag *diag);

/* A snapshot of nothing but a main index (NULL: of no items). */
imgmatch_status imx_snapshot_of_main(imx_snapshot **out, const imx_state *state, uint32_t dimension,
                                     imx_segment *main, imgmatch_diag *diag);

imx_snapshot *imx_snapshot_hold(imx_snapshot *snapshot);

/* Items that are in the main index and not gone. */
uint64_t imx_snapshot_indexed_count(const imx_snapshot *snapshot);

/* Of the main index; IMGMATCH_INDEX_AUTO when there is none, or it is damaged. */
imgmatch_index_kind imx_snapshot_index_kind(const imx_snapshot *snapshot);

#endif
