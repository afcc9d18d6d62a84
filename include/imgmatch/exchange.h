/*
 * Catalogues to and from files, and into one another.
 *
 * An export is JSON Lines: a header that says what made the fingerprints, then one line an item
 * with its details, PDQ hashes (hex), embeddings (base64 of little-endian IEEE halves, `dimension`
 * of them) and sketch (base64). It can be imported wherever the same model and versions are used.
 * PDQ hashes alone can be exchanged with any other system: an item that was imported as a bare hash
 * is found by its hash and by nothing else, and answers say so (imgmatch_item.hash_only;
 * imgmatch_signals.similarity is NaN).
 *
 * Threads: as imgmatch/catalogue.h has it. Memory does not grow with the number of items.
 */
#ifndef IMGMATCH_EXCHANGE_H
#define IMGMATCH_EXCHANGE_H

#include "catalogue.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum imgmatch_export_format {
    IMGMATCH_EXPORT_JSONL = 0, /**< Everything; see above. */
    IMGMATCH_EXPORT_PDQ = 1    /**< CSV with a header: hash,id,quality. One line a view. */
} imgmatch_export_format;

/**
 * Write all items of one generation, in the order of ids (bytes).
 *
 * \param write  Takes `size` bytes; false stops the export with IMGMATCH_ERR_CANCELLED.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_export(
    const imgmatch_catalogue *catalogue, imgmatch_export_format format,
    bool (*write)(void *user, const char *bytes, size_t size), void *user, imgmatch_diag *diag);

/** What to do with an item whose id is there already with other details or fingerprints. */
typedef enum imgmatch_conflict {
    IMGMATCH_CONFLICT_FAIL = 0,   /**< Report it and leave the catalogue's as it is. */
    IMGMATCH_CONFLICT_KEEP = 1,   /**< Leave the catalogue's as it is. */
    IMGMATCH_CONFLICT_REPLACE = 2 /**< Take the new one. A bare hash never takes the place of a
                                     photo's fingerprints: that is reported, as by FAIL. */
} imgmatch_conflict;

typedef struct imgmatch_exchange_options {
    imgmatch_conflict on_conflict;
    /** Called for each line or item that did not go in, with a line of text in which ids are as
        they are, control characters and all. NULL for none. */
    void (*problem)(void *user, const char *line);
    /** Called behind each batch with the number of its items; false: stop with
        IMGMATCH_ERR_CANCELLED. What was done so far stays. NULL for none. */
    bool (*progress)(void *user, uint64_t done);
    void *user;
} imgmatch_exchange_options;

#define IMGMATCH_EXCHANGE_OPTIONS_INIT                                                             \
    { IMGMATCH_CONFLICT_FAIL, NULL, NULL, NULL }

/** What became of the items. Plain data. */
typedef struct imgmatch_exchange_report {
    uint64_t added;
    uint64_t replaced;
    uint64_t unchanged; /**< There already, identical. */
    uint64_t kept;      /**< Conflicts that were settled by IMGMATCH_CONFLICT_KEEP. */
    uint64_t failed;    /**< Lines that cannot be used, conflicts, and headers that name another
                             number of items than follow. */
} imgmatch_exchange_report;

/**
 * Import a file ("-": standard input): an export, or a list of PDQ hashes.
 *
 * A hash list has 64 hexadecimal digits a line, alone or as the first column of CSV. A header names
 * the columns `hash` (or `pdq`), `id` and `quality`, in any order, others are ignored; without one
 * they are hash,id, or hash,quality,id where there are three or more. It is the CSV of
 * imgmatch/photo_list.h: an id in quotes may hold line ends. An item without an id gets
 * "pdq:" and its hash for one; without a quality it has 100. A line with the id of the line before
 * it is another view of the same item, also when it says the same; an item has two at most. So an
 * export as IMGMATCH_EXPORT_PDQ comes back as it was. The same id further down is a line that
 * cannot be used, unless it says the same; but where the first of the two was in the catalogue
 * before, it is a conflict like any other.
 *
 * Items of an export keep the time at which they were added, also where one takes the place of
 * another; those without one, and hashes of a list, are added now. Items that differ in that alone
 * are the same.
 *
 * The header of an export names the number of its items. When the file has more or fewer lines, as
 * one that was cut has, that is reported at the end and counts as a line that failed; what is there
 * goes in. Without `items` in the header nothing is compared. Exports may follow one another in a
 * file, each with its header; one of another model, version or dimension behind the first one is
 * reported, and its items are left out.
 *
 * Lines that cannot be used are reported by number and counted; the others go in, some hundred at a
 * time, each time in one transaction: after a kill the same import goes on. Lines, and records that
 * take several, are bounded by imgmatch_limits.max_line_bytes of the catalogue.
 *
 * IMGMATCH_ERR_MISMATCH when the first header names another model, version or dimension;
 * IMGMATCH_ERR_SYNTAX when the file is neither an export nor a hash list: it is empty, or its
 * first line is no header of either, and no hash; IMGMATCH_ERR_ARGUMENT when the catalogue was not
 * opened for writing. Nothing is imported then.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_import(
    imgmatch_exchange_report *out, imgmatch_catalogue *catalogue, const char *path,
    const imgmatch_exchange_options *options, imgmatch_diag *diag);

/**
 * Put all items of the catalogue in the folder `source` into `catalogue`, with the times at which
 * they were added. The source is only read, and its items are those of one generation, whatever is
 * written meanwhile. Some hundred items at a time go in, in one transaction: after a kill the same
 * merge goes on.
 *
 * IMGMATCH_ERR_MISMATCH when the two were not made by the same model and versions,
 * IMGMATCH_ERR_ARGUMENT when `catalogue` was not opened for writing.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_merge(
    imgmatch_exchange_report *out, imgmatch_catalogue *catalogue, const char *source,
    const imgmatch_exchange_options *options, imgmatch_diag *diag);

/** What to look for with imgmatch_catalogue_find_traces. All borrowed. */
typedef struct imgmatch_trace_query {
    const char *id;              /**< 1..512 bytes. */
    const char *exported;        /**< The item's line of an export made before it was removed, for
                                      its fingerprints; NULL for none. */
    const imgmatch_photo *photo; /**< Or the photo, which is fingerprinted anew; NULL for none. */
} imgmatch_trace_query;

#define IMGMATCH_TRACE_QUERY_INIT                                                                  \
    { NULL, NULL, NULL }

typedef struct imgmatch_trace_report {
    bool in_catalogue;    /**< The item is there. */
    bool id_searched;     /**< False where the id's bytes prove nothing: under 4 bytes, or */
    uint64_t mentions;    /**< so many other items have them in their id or details. */
    bool prints_searched; /**< False when none were given, or */
    uint64_t twins;       /**< so many other items' views have the same hash. */
    uint64_t files;       /**< Files that were read, each to its end. */
    uint64_t traces;      /**< Kinds of traces found, summed over the files. */
} imgmatch_trace_report;

/**
 * Look for what is left of an item in the bytes of every file of a catalogue: the database with its
 * free pages and its log, and every index file; not in `catalogue.db-shm`, which has numbers of
 * pages and checksums only. imgmatch_catalogue_remove makes an item unfindable at once, and
 * imgmatch_catalogue_compact its bytes disappear; this is the proof. Neither this process nor
 * others are disturbed that have the catalogue open. The id is looked for and, if they are given,
 * hashes, embeddings, local features and SHA-256.
 *
 * \param trace  Called for each trace with a line that names the file and the place. NULL for none.
 *
 * IMGMATCH_ERR_PHOTO when the photo cannot be used, IMGMATCH_ERR_SYNTAX for a line that is none.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_find_traces(
    imgmatch_trace_report *out, const imgmatch_catalogue *catalogue,
    const imgmatch_trace_query *query, void (*trace)(void *user, const char *line), void *user,
    imgmatch_diag *diag);

typedef struct imgmatch_reindex_options {
    int threads;        /**< Worker threads; 0 takes one for each processor. Not negative. */
    bool allow_missing; /**< Publish although some items could not be fingerprinted anew: they are
                             not in the new catalogue. */
    const imgmatch_limits *limits; /**< NULL for the defaults. */
    /** Called for each item that failed with a line of text: id, source, reason. NULL for none.
     */
    void (*problem)(void *user, const char *line);
    /** Called behind each batch with the number of its items and of all; false: stop with
        IMGMATCH_ERR_CANCELLED. NULL for none. */
    bool (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
    /** Decodes the photos; it must outlive the call. NULL: this process does. */
    imgmatch_decoder_pool *decoders;
} imgmatch_reindex_options;

#define IMGMATCH_REINDEX_OPTIONS_INIT                                                              \
    { 0, false, NULL, NULL, NULL, NULL, NULL }

typedef struct imgmatch_reindex_report {
    uint64_t done;
    uint64_t failed; /**< Photos that are missing, cannot be used, or changed (other SHA-256). */
    bool published;  /**< The catalogue is of the new model now. */
} imgmatch_reindex_report;

/**
 * Make the catalogue in the folder `path` one of another model, with fingerprints made anew from
 * the files that its items' sources name (relative ones are taken from the working directory).
 *
 * The new catalogue is built in the folder `path`.reindex and takes the old one's place in one step
 * when it is whole; until then the old one answers, and is locked against changes. After a kill or
 * a stop the same call goes on. Photos are added anew, at the time at which that is done. Hash-only
 * items and the chosen kind of index go over as they are. When items failed, nothing is published
 * (and the call is IMGMATCH_OK) unless `allow_missing`; the folder stays, and a later call goes on
 * from it, with the items that the catalogue has by then. Readers that are open go on with the old
 * catalogue until they open it again.
 *
 * Of the old catalogue imgmatch's own files are deleted then. Whatever else is in its folder is
 * moved to the new one's, so that it is where it was; what has a namesake there stays in
 * `path`.reindex, and the call says so (IMGMATCH_ERR_IO, with `published`). A call that was killed
 * before this was done leaves it to the next one, of whatever model; with the same model there is
 * nothing else to do, and `done` is the number of all items.
 *
 * IMGMATCH_ERR_EXISTS when the catalogue is of this model and nothing was left to do,
 * IMGMATCH_ERR_MISMATCH when `path`.reindex is of yet another one, or has items and was not begun
 * for this catalogue, IMGMATCH_ERR_BUSY when a writer holds it, IMGMATCH_ERR_IO when the file
 * system cannot exchange two folders.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_reindex(
    imgmatch_reindex_report *out, const char *path, const imgmatch_model *model,
    const imgmatch_reindex_options *options, imgmatch_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
