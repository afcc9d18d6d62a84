/* Which entries a main index has, and in which order: identical embeddings are joined, and the
 * entries are laid out in lists around centres. */
#ifndef IMX_CATALOGUE_ENTRY_PLAN_H
#define IMX_CATALOGUE_ENTRY_PLAN_H

#include "bulk.h"

typedef struct imx_entry_plan {
    uint32_t entry_count;
    uint32_t list_count;    /* 0: no lists; entries are in the order of their checksums. */
    float *centres;         /* dimension a list. */
    uint32_t *list_starts;  /* list_count + 1. */
    uint32_t *row_entries;  /* The entry of each row. */
    uint32_t *entry_starts; /* entry_count + 1: which part of entry_rows is an entry's. */
    uint32_t *entry_rows;   /* Rows, rising for each entry. */
} imx_entry_plan;

/* `lists`: whether there are to be lists. A function of the embeddings alone, whatever the threads
 * and the order of the items. */
imgmatch_status imx_entry_plan_make(imx_entry_plan *out, const imx_bulk *bulk, bool lists,
                                    imgmatch_diag *diag);
void imx_entry_plan_free(imx_entry_plan *plan); /* Its arrays. */

#endif
