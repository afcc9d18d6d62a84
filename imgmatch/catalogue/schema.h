/*
 * The database of a catalogue: its tables, and the rows of which there is one.
 *
 *   identity   what made the catalogue (imx_identity), its name and a random number of its own
 *   state      generation, next seq, number of items, which main index file is current
 *   items      one row a photo, `seq` its number
 *   views      one row a fingerprinted view: PDQ hash, and the embedding as little-endian halves
 *   sketches   local features, opaque
 *   tombstones seqs that were removed since the main index was built
 *   texts      small values by key (calibration)
 *
 * Every row but a tombstone ends in `checksum`, XXH3 over its other columns, which is verified
 * whenever the row is read.
 */
#ifndef IMX_CATALOGUE_SCHEMA_H
#define IMX_CATALOGUE_SCHEMA_H

#include "sql.h"
#include "store.h"

#define IMX_DATABASE_NAME "catalogue.db"
#define IMX_NEW_DATABASE_NAME IMX_DATABASE_NAME ".new" /* While it is made. */
#define IMX_MAX_NAME_BYTES 200
#define IMX_MAX_DIMENSION 65536 /* Of embeddings. */
/* Of generations and seqs. No catalogue comes near it, and sums of a few do not overflow. */
#define IMX_MAX_NUMBER ((int64_t)1 << 62)

/* The identity row. */
typedef struct imx_catalogue_identity {
    imx_identity made_by;
    char name[IMX_MAX_NAME_BYTES + 1];
    uint64_t number; /* Random: index files of another catalogue do not fit. */
} imx_catalogue_identity;

/* The state row. */
typedef struct imx_state {
    uint64_t generation; /* Rises with every change. */
    int64_t next_seq;    /* Of the next item; seqs start at 1. */
    uint64_t item_count;
    uint64_t main_generation; /* The main index file is index-N.imx; 0: there is none. */
    int64_t covered_seq;      /* It covers items up to here; 0 without one. */
    uint64_t main_item_count; /* Items in it. */
} imx_state;

/* Are the numbers within IMX_MAX_NUMBER, and can they go together? */
bool imx_state_is_sound(const imx_state *state);

/* Make the tables in an empty database. */
imgmatch_status imx_schema_create(imx_sql *sql, const imx_catalogue_identity *identity,
                                  imgmatch_diag *diag);

/* Check that the file is a catalogue of a format that is known here, and read its identity. */
imgmatch_status imx_schema_read_identity(imx_catalogue_identity *out, imx_sql *sql,
                                         imgmatch_diag *diag);

/* What is read is sound. */
imgmatch_status imx_schema_read_state(imx_state *out, imx_sql *sql, imgmatch_diag *diag);
imgmatch_status imx_schema_write_state(imx_sql *sql, const imx_state *state, imgmatch_diag *diag);

/* *value NULL when there is no such key. */
imgmatch_status imx_schema_read_text(char **value, imx_sql *sql, const char *key,
                                     imgmatch_diag *diag);
imgmatch_status imx_schema_write_text(imx_sql *sql, const char *key, const char *value,
                                      imgmatch_diag *diag);

/* Check the checksum of every row of `texts`. */
imgmatch_status imx_schema_check_texts(imx_sql *sql, imgmatch_diag *diag);

#endif
