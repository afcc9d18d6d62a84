/*
 * Catalogues: a folder that holds the fingerprints of reference photos.
 *
 * `catalogue.db` (SQLite) holds every item and is the truth. `index-N.imx` files hold search
 * indexes that are derived from it; they can be rebuilt at any time and are published whole.
 * A catalogue records what made it (format, hash, preprocessing, the model and its settings), and
 * refuses to be used with anything else.
 *
 * Durability: when imgmatch_catalogue_add or _remove returns IMGMATCH_OK, the change survives
 * kill -9 and a power cut. Atomicity: a reader sees the whole call or nothing of it. Changes lie in
 * `catalogue.db-wal` until they are copied; `catalogue.lock` notes the last one that was
 * acknowledged, so that a log that was lost or damaged is an error. A copy of a catalogue is a copy
 * of the whole folder, made while no writer is at work.
 *
 * One machine at a time: the lock and the log's shared memory need a file system of that machine's
 * own. On one that machines share (NFS, SMB) a catalogue may be read by several as long as nobody
 * writes; a change that another machine makes nevertheless is noticed and refused.
 *
 * A process that has a catalogue open must not open `catalogue.db`, `catalogue.db-wal` and
 * `catalogue.db-shm` by itself, not even to copy or to look at them, under whatever name: POSIX
 * takes all locks of a process off a file when any part of it closes the file, and a writer
 * elsewhere would then change what this process is reading. Other processes may read them.
 *
 * Threads: one handle may be used by any number of threads for queries and look-ups. Changes take
 * a lock on the catalogue; a second writer, in this or another process, gets IMGMATCH_ERR_BUSY.
 * Queries and imgmatch_catalogue_get_stat of other handles, in this process and others, go on with
 * what they had until imgmatch_catalogue_refresh, or until a query comes upon an item that was
 * replaced or removed since: it refreshes the handle by itself and looks again, so that nothing
 * which is in the catalogue is passed over. imgmatch_catalogue_get and _list read the database as
 * it is now: they may have items that a query does not find yet.
 *
 * fork, and daemon(3), which forks: a catalogue belongs to the process that opened it. In a child
 * its calls fail with IMGMATCH_ERR_ARGUMENT. Nor can the child open or create one of its own
 * (IMGMATCH_ERR_UNSUPPORTED), since SQLite's locks do not survive a fork, unless the parent had
 * closed all of them: a server that forks its workers opens catalogues in the workers. Index files
 * are mapped, so that they share that memory all the same. The writer's lock is held by the child,
 * too, until it calls imgmatch_catalogue_close, which does nothing else there, starts a program or
 * ends.
 */
#ifndef IMGMATCH_CATALOGUE_H
#define IMGMATCH_CATALOGUE_H

#include "decoder_pool.h"
#include "fingerprint.h"
#include "limits.h"
#include "status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_catalogue imgmatch_catalogue;

/**
 * Create an empty catalogue in the folder `path`, which must not exist or be empty.
 *
 * \param name   A name for it, 1..200 bytes of UTF-8; NULL takes the folder's own, with '_' for
 * what is no UTF-8, and cut if it is longer. \param model  The model whose embeddings it will hold.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_create(
    const char *path, const char *name, const imgmatch_model *model, imgmatch_diag *diag);

typedef struct imgmatch_open_options {
    const imgmatch_model *model; /**< Borrowed, must outlive the catalogue. NULL: no photos will be
                                      fingerprinted (list, stat, remove and verify work). */
    bool writable;               /**< Take the writer's lock until the catalogue is closed. */
    const imgmatch_limits *limits; /**< Copied; NULL for the defaults. */
    /** Decodes the photos of adds and queries in processes of their own. Borrowed, must outlive the
        catalogue; NULL: photos are decoded in this process. */
    imgmatch_decoder_pool *decoders;
} imgmatch_open_options;

#define IMGMATCH_OPEN_OPTIONS_INIT                                                                 \
    { NULL, false, NULL, NULL }

/**
 * Open a catalogue.
 *
 * IMGMATCH_ERR_NOT_FOUND when there is none, IMGMATCH_ERR_MISMATCH when it was made by another
 * model or format (the message says what to do), IMGMATCH_ERR_CATALOGUE when a file is damaged,
 * IMGMATCH_ERR_BUSY when `writable` and another writer holds it.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_open(imgmatch_catalogue **out, const char *path,
                        const imgmatch_open_options *options, imgmatch_diag *diag);

/** Close a catalogue. NULL is allowed. No other call on it may be in flight. */
IMGMATCH_API void imgmatch_catalogue_close(imgmatch_catalogue *catalogue);

/** A photo that is given to the library. Everything is only read during the call. */
typedef struct imgmatch_photo {
    const char *id;       /**< Stable id, 1..512 bytes without NUL. Required by add. */
    const char *product;  /**< Product the photo shows; NULL or "" if not known. At most 16384
                               bytes, as brand and source. */
    const char *brand;    /**< NULL or "" if not known. */
    const char *source;   /**< Where it came from; NULL takes `path`. Reindexing, calibrating and
                               overlays read the photo from the file of this name: what is no file,
                               as a URL, is better kept in `metadata`. */
    const char *metadata; /**< A JSON object as text; NULL or "" for none. Kept on one line, without
                               spaces between values; numbers as a double has them, unless they are
                               whole and fit 64 bits. */
    const char *path;     /**< File to read; ignored when `data` is not NULL. */
    const void *data;     /**< The encoded photo, or NULL to read `path`. */
    size_t size_bytes;    /**< Length of `data`. */
} imgmatch_photo;

#define IMGMATCH_PHOTO_INIT                                                                        \
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 }

typedef enum imgmatch_outcome_kind {
    IMGMATCH_OUTCOME_FAILED = 0, /**< Not in the catalogue; `reason` and `message` say why. */
    IMGMATCH_OUTCOME_ADDED = 1,
    IMGMATCH_OUTCOME_REPLACED = 2, /**< The id was there with other bytes or other details. */
    IMGMATCH_OUTCOME_UNCHANGED = 3 /**< The id was there with the same SHA-256 and details. */
} imgmatch_outcome_kind;

/** What became of one photo of an add. Plain data; nothing to free. */
typedef struct imgmatch_outcome {
    imgmatch_outcome_kind kind;
    imgmatch_reason reason; /**< Why it failed; NONE otherwise. */
    uint64_t remarks;       /**< Bit n set: reason 32 + n applies (flat, small_subject, ...). */
    char message[160];      /**< One line for a person; "" unless it failed. */
} imgmatch_outcome;

typedef struct imgmatch_add_options {
    int threads; /**< Worker threads; 0 takes one for each processor. Not negative. */
    /** Called now and then from the calling thread; return false to stop: the photos done so far
        are added, the rest get "cancelled" and the call returns IMGMATCH_ERR_CANCELLED. NULL for
       none. */
    bool (*progress)(void *user, size_t done, size_t total);
    void *user;
} imgmatch_add_options;

#define IMGMATCH_ADD_OPTIONS_INIT                                                                  \
    { 0, NULL, NULL }

/**
 * Fingerprint and store `count` photos; an id that is there already is replaced.
 *
 * One broken photo does not fail the call: its outcome says why, and the others go in. Of good ones
 * with the same id the first one goes in, the others are "duplicate_id". The good ones become
 * visible together. The answer does not depend on `threads`. Decoded photos are bounded
 * by `threads`; the fingerprints of a call, about 10 KB a photo, are kept until it ends, so callers
 * with many photos pass some hundred at a time.
 *
 * \param outcomes  Room for `count` outcomes; all are filled, also on failure: no photo is in then,
 *                  and those that had nothing wrong with them say "cancelled".
 *
 * IMGMATCH_ERR_ARGUMENT, before any photo is looked at, when the catalogue was opened without a
 * model or not for writing.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_add(
    imgmatch_outcome *outcomes, imgmatch_catalogue *catalogue, const imgmatch_photo *photos,
    size_t count, const imgmatch_add_options *options, imgmatch_diag *diag);

/**
 * Remove items by id.
 *
 * \param removed  May be NULL; else becomes the number of ids that were there.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_remove(size_t *removed, imgmatch_catalogue *catalogue, const char *const *ids,
                          size_t count, imgmatch_diag *diag);

/** One item of a catalogue. Texts are never NULL and are borrowed from the item. */
typedef struct imgmatch_item {
    const char *id;
    const char *product;
    const char *brand;
    const char *source;
    const char *metadata; /**< JSON object, "{}" when none was given. */
    const char *added_at; /**< UTC, ISO 8601. Imports and merges keep that of the source. */
    char sha256[65];      /**< Of the photo's file. */
    uint64_t size_bytes;  /**< Of the photo's file. */
    uint32_t width;       /**< As stored in the file. */
    uint32_t height;
    imgmatch_pdq pdq;  /**< Of the whole picture, upright. */
    uint64_t remarks;  /**< As imgmatch_outcome.remarks. */
    uint32_t views;    /**< Fingerprinted views: 1 whole, 2 whole and subject. */
    uint32_t features; /**< Local features in the sketch. */
    bool hash_only;    /**< Imported as a bare hash: found by its hash alone. */
} imgmatch_item;

/** Look an item up, as the database has it now; IMGMATCH_ERR_NOT_FOUND when there is none. Free
 * with imgmatch_item_free. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_get(
    imgmatch_item **out, const imgmatch_catalogue *catalogue, const char *id, imgmatch_diag *diag);

/** Free an item. NULL is allowed. */
IMGMATCH_API void imgmatch_item_free(imgmatch_item *item);

/**
 * Call `each` for every item, in the order of ids (bytes). `each` returns false to stop early.
 * The item is valid during the call only. `each` must not change the catalogue.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_list(
    const imgmatch_catalogue *catalogue, bool (*each)(void *user, const imgmatch_item *item),
    void *user, imgmatch_diag *diag);

/** How the main index searches among embeddings. Hashes are always searched exactly. */
typedef enum imgmatch_index_kind {
    IMGMATCH_INDEX_AUTO = 0,  /**< EXACT up to 50,000 items, IVF above. */
    IMGMATCH_INDEX_EXACT = 1, /**< Nothing is missed; the time of a query grows with the items. */
    IMGMATCH_INDEX_HNSW = 2,  /**< A graph: fast to search, slow to build and to open. */
    IMGMATCH_INDEX_IVF = 3    /**< Lists of 8-bit codes, mapped into memory from the file. */
} imgmatch_index_kind;

/** Figures on a catalogue. Plain data; texts are borrowed from the catalogue. */
typedef struct imgmatch_catalogue_stat {
    const char *name;
    const char *model_name;
    char model_sha256[65];
    uint32_t format;     /**< Of the catalogue's files. */
    uint32_t dimension;  /**< Of the embeddings. */
    uint64_t generation; /**< Rises with every change. */
    uint64_t items;
    uint64_t hash_only;      /**< Of the items: those that are bare hashes (imgmatch/exchange.h). */
    uint64_t indexed;        /**< Items in the main index; the rest is in the exact tail. */
    uint64_t database_bytes; /**< On disk. */
    uint64_t index_bytes;    /**< On disk. */
    imgmatch_index_kind
        index_kind; /**< Of the main index; AUTO: there is none, or it is damaged. */
} imgmatch_catalogue_stat;

/** Read the figures. Counting hash-only items takes a look at every item's fingerprint: about a
 * second for a million items. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_get_stat(
    imgmatch_catalogue_stat *out, const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/**
 * Read every file of a catalogue and check it: database, checksums, and that the index holds
 * exactly what the database says. Calls `problem` (NULL for none) with a line for each finding.
 * IMGMATCH_ERR_CATALOGUE when there was one.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_verify(
    const imgmatch_catalogue *catalogue, void (*problem)(void *user, const char *line), void *user,
    imgmatch_diag *diag);

/**
 * Write the main index anew so that it holds all items, and drop the old one. Happens by itself
 * when an add leaves a tail that is large against the main index.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_compact(imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/**
 * The same, and choose the kind of the index, which later compactions keep to. An approximate index
 * (IVF, HNSW) may leave out some of the nearest references, about one in a hundred; what it finds
 * is scored exactly.
 *
 * Index files of all kinds are mapped. imgmatch never changes or cuts one that readers may have
 * open: a new one gets another name. A file that somebody else has cut or changed is
 * IMGMATCH_ERR_CATALOGUE at the next query that needs it; but where it is cut in the midst of a
 * query, or storage fails to give back what it gave before, the process gets SIGBUS.
 *
 * IMGMATCH_ERR_ARGUMENT when there is no such kind.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_catalogue_compact_as(
    imgmatch_catalogue *catalogue, imgmatch_index_kind kind, imgmatch_diag *diag);

/**
 * Ask whether there is something that imgmatch_catalogue_refresh would take up. A read of one row;
 * thread-safe, and does not wait for changes.
 *
 * IMGMATCH_ERR_IO when the path leads to another catalogue by now, or to none:
 * imgmatch_catalogue_reindex puts a new one in the place of the old one, and folders are moved.
 * Queries go on with the old one; open the path again for the new one. IMGMATCH_ERR_CATALOGUE when
 * the files are damaged or older than what was read from them. imgmatch_catalogue_refresh and all
 * changes say the same.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_has_newer(bool *newer, const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/**
 * Take up what other processes have published since the catalogue was opened. Queries in flight
 * finish on what they started with. Cheap when there is nothing new.
 *
 * \param changed  May be NULL; else says whether there was something new.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_refresh(bool *changed, imgmatch_catalogue *catalogue, imgmatch_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
