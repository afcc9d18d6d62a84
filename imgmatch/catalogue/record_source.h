/*
 * Whole items out of a catalogue's database, one at a time: what export and merge read.
 *
 * A source has a connection of its own and reads one state of the database, whatever is written
 * meanwhile. It loads no index, so its memory does not grow with the catalogue.
 */
#ifndef IMX_CATALOGUE_RECORD_SOURCE_H
#define IMX_CATALOGUE_RECORD_SOURCE_H

#include "store.h"

typedef struct imx_record_source imx_record_source;

/* `expected` NULL: any model's. Errors as of imx_store_open. */
imgmatch_status imx_record_source_open(imx_record_source **out, const char *folder,
                                       const imx_identity *expected, imgmatch_diag *diag);
void imx_record_source_close(imx_record_source *source); /* NULL is allowed. */

const imx_identity *imx_record_source_identity(const imx_record_source *source);
const char *imx_record_source_name(const imx_record_source *source);
uint64_t imx_record_source_number(const imx_record_source *source); /* The catalogue's own. */
uint64_t imx_record_source_generation(const imx_record_source *source);
uint64_t imx_record_source_count(const imx_record_source *source);

/* The next item in the order of ids (bytes), borrowed until the next call; NULL at the end. */
imgmatch_status imx_record_source_next(const imx_item_record **record, imx_record_source *source,
                                       imgmatch_diag *diag);

/* The item of that id; *record NULL when there is none. Not to be mixed with the above. */
imgmatch_status imx_record_source_find(const imx_item_record **record, imx_record_source *source,
                                       const char *id, imgmatch_diag *diag);

/* The number of the item that was found last, and the one that the next new item gets: what is
 * stored later has numbers from that one on. */
int64_t imx_record_source_seq(const imx_record_source *source);
int64_t imx_record_source_next_seq(const imx_record_source *source);

/* See what was committed since. */
imgmatch_status imx_record_source_renew(imx_record_source *source, imgmatch_diag *diag);

/* Hold no state of the database until it is renewed, if memory allows that: the log cannot be
 * written from its start again while somebody does, and grows with every change. */
void imx_record_source_let_go(imx_record_source *source);

/* The same details and fingerprints? When they were added does not matter. */
bool imx_record_equals(const imx_item_record *a, const imx_item_record *b, uint32_t dimension);

#endif
