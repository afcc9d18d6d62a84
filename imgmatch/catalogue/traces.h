/* Looking for what is left of an item in the bytes of a catalogue's files. */
#ifndef IMX_CATALOGUE_TRACES_H
#define IMX_CATALOGUE_TRACES_H

#include "store.h"

#include <imgmatch/exchange.h>

/*
 * Search every file in the catalogue's folder, the database's free pages and log among them (not
 * the log's index, see imx_sql_file), for the bytes of an id and, if `prints` is not NULL, of its
 * fingerprints. `trace` (NULL for none) gets a line for the first place of each kind in each file.
 */
imgmatch_status imx_store_find_traces(imgmatch_trace_report *out, const imx_store *store,
                                      const char *id, const imx_item_record *prints,
                                      void (*trace)(void *user, const char *line), void *user,
                                      imgmatch_diag *diag);

#endif
