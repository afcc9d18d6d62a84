/*
 * The table of what was removed since the main index was built.
 *
 * A tombstone is a bare number, and one that is changed into another would bring an item back and
 * hide one that is there. So all of them together have a checksum, which is kept with the
 * generation it belongs to and written with every change.
 */
#ifndef IMX_CATALOGUE_TOMBSTONES_H
#define IMX_CATALOGUE_TOMBSTONES_H

#include "seq_set.h"
#include "sql.h"

/* Read all, in rising order, within a transaction whose state has this generation. free() the seqs,
 * also after a failure. IMGMATCH_ERR_CATALOGUE when they do not fit their checksum; a catalogue of
 * an earlier version that was not changed since has none. */
imgmatch_status imx_tombstones_read(imx_seq_set *out, imx_sql *sql, uint64_t generation,
                                    imgmatch_diag *diag);

/* Write the checksum of `gone`, which is what the table holds at the end of the transaction. */
imgmatch_status imx_tombstones_seal(imx_sql *sql, const imx_seq_set *gone, uint64_t generation,
                                    imgmatch_diag *diag);

#endif
