/*
 * References that an add replaces by photos from other files. Ids are paths below a folder, so that
 * two folders with the same names in them would take each other's places unnoticed; a photo that
 * changed in its own file is what replacing is for.
 */
#ifndef IMGMATCH_TOOLS_DISPLACED_H
#define IMGMATCH_TOOLS_DISPLACED_H

#include "common/photo_run.h"

/* Zeroed before its first use. */
typedef struct index_displaced {
    imgmatch_item *before[CLI_BATCH_PHOTOS]; /* What had the ids of the batch; NULL: nothing. */
    uint64_t count;
    imgmatch_item *first_before; /* Of the first one that was counted: what it was, */
    imgmatch_item *first_now;    /* and what it is. */
} index_displaced;

/* To be called before a batch is added. */
imgmatch_status index_displaced_look(index_displaced *self, const imgmatch_catalogue *catalogue,
                                     const cli_photo_batch *batch, imgmatch_diag *diag);

/* And when it is: count those with another source and other bytes than before. */
imgmatch_status index_displaced_count(index_displaced *self, const imgmatch_catalogue *catalogue,
                                      const cli_photo_batch *batch,
                                      const imgmatch_outcome *outcomes, imgmatch_diag *diag);

/* Say how many there were, if any. */
void index_displaced_tell(const index_displaced *self, const char *program);

void index_displaced_free(index_displaced *self);

#endif
