/*
 * A catalogue that is built beside another one, and takes its place.
 *
 * The successor says in its own database whose place it takes: the number and the generation of the
 * other catalogue. It does so before anything is put into it, and until all that was left of the
 * other one is gone. So a folder that somebody else made, or a catalogue with changes that nobody
 * has taken over, is not mistaken for a leftover, whenever a process was killed.
 */
#ifndef IMX_CATALOGUE_SUCCESSOR_H
#define IMX_CATALOGUE_SUCCESSOR_H

#include "store.h"

/* Note in `successor` that it takes the place of `store`, which is locked as long as that holds.
 * IMGMATCH_ERR_MISMATCH when it has items and does not say so already. */
imgmatch_status imx_successor_claim(imx_store *successor, const imx_store *store,
                                    imgmatch_diag *diag);

/* Has the catalogue taken another one's place, whose leavings in `beside` nobody cleared away yet?
 * Do it then: move what is not imgmatch's from there to the catalogue's folder, delete the rest,
 * and forget about it. `store` is writable. IMGMATCH_ERR_MISMATCH when `beside` is something else:
 * nothing in it is touched. */
imgmatch_status imx_successor_finish(bool *finished, imx_store *store, const char *beside,
                                     imgmatch_diag *diag);

#endif
