/*
 * The catalogue's storage, as the facade uses it: a writer for changes, and immutable snapshots for
 * queries.
 *
 * Every stored item has a number `seq`, given in rising order and never used twice; replacing an
 * item gives a new one. The main index file covers the items with seq <= covered_seq at the time
 * it was built; a snapshot is that file, less what was removed since, plus an exact tail of the
 * items with a higher seq, all read in one SQLite transaction.
 */
#ifndef IMX_CATALOGUE_STORE_H
#define IMX_CATALOGUE_STORE_H

#include "records.h"

#include <imgmatch/catalogue.h>

#include <stdbool.h>

/* What makes a catalogue's fingerprints comparable. */
typedef struct imx_identity {
    uint32_t format; /* IMX_CATALOGUE_FORMAT */
    uint32_t hash_version;
    uint32_t preprocessing_version;
    uint32_t sketch_version;
    uint32_t dimension;
    char model_name[128];
    char model_sha256[65];
    char model_settings[65]; /* imgmatch_model_info.settings_sha256; "": not known. */
} imx_identity;

/* Of two imx_identity.model_settings: what is not known differs from nothing. */
bool imx_settings_differ(const char *found, const char *expected);

#define IMX_CATALOGUE_FORMAT 1u
#define IMX_MAX_ID_BYTES 512u /* Of an item's id. */
#define IMX_HASH_VERSION 1u

typedef struct imx_store imx_store;       /* An open catalogue folder. */
typedef struct imx_snapshot imx_snapshot; /* One state of it; reference counted. */

/* What is no UTF-8 becomes '_', and what is too long for a catalogue's name is cut between
 * characters: a folder may be called as it likes, and first catalogues are called like their
 * folders. */
void imx_store_clean_name(char *name);

imgmatch_status imx_store_create(const char *path, const char *name, const imx_identity *identity,
                                 imgmatch_diag *diag);

/*
 * Open a catalogue. `expected` NULL: no model is at hand, only the format is checked.
 *
 * A main index file that is missing or damaged is IMGMATCH_ERR_CATALOGUE for a reader with a model,
 * that is, for queries. Others open: look-ups, changes, verify and compact work without it, and
 * compact makes it anew; searching says IMGMATCH_ERR_CATALOGUE until then.
 *
 * Threads: look-ups, holding and searching may be called from any number of threads at the same
 * time, also while a change is made; changes and refreshes wait for one another.
 */
imgmatch_status imx_store_open(imx_store **out, const char *path, const imx_identity *expected,
                               bool writable, imgmatch_diag *diag);
void imx_store_close(imx_store *store);
/* In a child of the process that opened it: let go of the writer's lock, which a child holds, too.
 * The rest stays as it is, since SQLite's connections must not even be closed there. */
void imx_store_forget(imx_store *store);

const imx_identity *imx_store_identity(const imx_store *store);
const char *imx_store_folder(const imx_store *store);
bool imx_store_is_writable(const imx_store *store);

/* Is this id there with exactly these bytes and details (so that an add changes nothing)? */
imgmatch_status imx_store_is_unchanged(bool *unchanged, imx_store *store,
                                       const imx_item_record *item, imgmatch_diag *diag);

/* Store all items in one transaction, published when it returns. `replaced[i]` says whether the id
 * was there; of an id that comes twice the last one stays. The store's own snapshot is renewed.
 * IMGMATCH_ERR_ARGUMENT when an item is not complete, or an embedding longer than 1: nothing is
 * stored then. */
imgmatch_status imx_store_add(bool *replaced, imx_store *store, const imx_item_record *items,
                              size_t count, imgmatch_diag *diag);
imgmatch_status imx_store_remove(size_t *removed, imx_store *store, const char *const *ids,
                                 size_t count, imgmatch_diag *diag);

/* The item is one block of memory: free() releases all of it. */
imgmatch_status imx_store_get(imgmatch_item **out, const imx_store *store, const char *id,
                              imgmatch_diag *diag);
imgmatch_status imx_store_list(const imx_store *store,
                               bool (*each)(void *user, const imgmatch_item *item), void *user,
                               imgmatch_diag *diag);
/* All figures but hash_only, which takes a look at every row of `views`. */
imgmatch_status imx_store_stat(imgmatch_catalogue_stat *out, const imx_store *store,
                               imgmatch_diag *diag);
imgmatch_status imx_store_count_hash_only(uint64_t *out, const imx_store *store,
                                          imgmatch_diag *diag);
imgmatch_status imx_store_verify(const imx_store *store,
                                 void (*problem)(void *user, const char *line), void *user,
                                 imgmatch_diag *diag);
/* Write a main index of all items. Also done by an add that leaves a tail of more than 2000 items
 * and a quarter of the main index, or of more than 20,000 and a fiftieth. */
imgmatch_status imx_store_compact(imx_store *store, imgmatch_diag *diag);
/* The same, with an index of a kind that is kept to from then on. */
imgmatch_status imx_store_compact_as(imx_store *store, imgmatch_index_kind kind,
                                     imgmatch_diag *diag);
/* The kind that is kept to; IMGMATCH_INDEX_AUTO when none was asked for. */
imgmatch_status imx_store_kept_index(imgmatch_index_kind *out, const imx_store *store,
                                     imgmatch_diag *diag);
/* IMGMATCH_ERR_IO when the folder's path leads to another catalogue by now, or to none. For what
 * opens its files anew. */
imgmatch_status imx_store_check_place(const imx_store *store, imgmatch_diag *diag);

/* Is there a later generation than the current snapshot's? Does not wait for changes. */
imgmatch_status imx_store_has_newer(bool *newer, const imx_store *store, imgmatch_diag *diag);
imgmatch_status imx_store_refresh(bool *changed, imx_store *store, imgmatch_diag *diag);
/* The same for a query, also when the path leads elsewhere by now: of what is open, what is new. */
imgmatch_status imx_store_catch_up(imx_store *store, imgmatch_diag *diag);

/* A small text value kept with the catalogue (the calibration, for one). Missing: *value NULL. */
imgmatch_status imx_store_get_value(char **value, const imx_store *store, const char *key,
                                    imgmatch_diag *diag);
imgmatch_status imx_store_set_value(imx_store *store, const char *key, const char *value,
                                    imgmatch_diag *diag);

/* The current snapshot, with one more holder. Thread-safe. */
imx_snapshot *imx_store_hold(const imx_store *store);
void imx_snapshot_release(imx_snapshot *snapshot); /* NULL is allowed. */
uint64_t imx_snapshot_generation(const imx_snapshot *snapshot);

/* Of what a query would look at now. */
uint64_t imx_store_generation(const imx_store *store);
uint64_t imx_snapshot_item_count(const imx_snapshot *snapshot);

/* One reference that a search found. An item is found once, by its nearest view. */
typedef struct imx_hit {
    int64_t seq;
    uint64_t rank;    /* Settles ties; a function of the id alone. */
    float similarity; /* Embedding searches: inner product. */
    int distance;     /* Hash searches: Hamming distance 0..256. */
    int orientation;  /* Hash searches: index of the query hash that came nearest. */
    int view;         /* Which of the reference's views, 0 or 1. */
} imx_hit;

/* The `k` items nearest to each of `query_count` embeddings (`dimension` floats each), by
 * similarity, then rank: of number i from hits + i * k on, and counts[i] becomes how many there are
 * (<= k; 0 on failure). Takes less time than one by one. Thread-safe. */
imgmatch_status imx_snapshot_search_embeddings(imx_hit *hits, size_t *counts,
                                               const imx_snapshot *snapshot, const float *queries,
                                               size_t query_count, size_t k, imgmatch_diag *diag);

/* The same for one. */
imgmatch_status imx_snapshot_search_embedding(imx_hit *hits, size_t *count,
                                              const imx_snapshot *snapshot, const float *query,
                                              size_t k, imgmatch_diag *diag);

/* The `k` items nearest to any of `query_count` hashes (the orientations of one view) within
 * `max_distance` (inclusive), by distance, then rank. Exact. Thread-safe. */
imgmatch_status imx_snapshot_search_hash(imx_hit *hits, size_t *count, const imx_snapshot *snapshot,
                                         const imgmatch_pdq *queries, size_t query_count,
                                         int max_distance, size_t k, imgmatch_diag *diag);

/* What verification and answers need of a reference that was found in a snapshot; free with
 * imx_reference_free. Thread-safe. IMGMATCH_ERR_NOT_FOUND when it was removed since the snapshot
 * was taken: skip it. One that is missing without having been removed is IMGMATCH_ERR_CATALOGUE. */
typedef struct imx_reference {
    int64_t seq;
    char *id;
    char *product;
    char *brand;
    char *source;
    char sha256[65]; /* Of the photo's file. */
    uint64_t remarks;
    uint32_t width;
    uint32_t height;
    uint32_t view_count;
    imgmatch_pdq pdq[IMX_MAX_VIEWS];
    bool embedded;     /* False: a hash-only item, whose embeddings are zeros. */
    float *embeddings; /* view_count * dimension floats. */
    uint8_t *sketch;   /* NULL for none. */
    size_t sketch_size;
} imx_reference;

imgmatch_status imx_store_read_reference(imx_reference *out, const imx_store *store,
                                         const imx_snapshot *snapshot, int64_t seq,
                                         imgmatch_diag *diag);
/* The same without the sketch, which takes most of the time: NULL, whether there is one or not. */
imgmatch_status imx_store_read_prints(imx_reference *out, const imx_store *store,
                                      const imx_snapshot *snapshot, int64_t seq,
                                      imgmatch_diag *diag);
void imx_reference_free(imx_reference *reference);

#endif
