/* What the files of the store share. */
#ifndef IMX_CATALOGUE_STORE_PARTS_H
#define IMX_CATALOGUE_STORE_PARTS_H

#include "lock.h"
#include "snapshot.h"
#include "store.h"

#include <pthread.h>
#include <sys/types.h>

/* A connection and the mutex that its users hold. */
typedef struct imx_connection {
    pthread_mutex_t mutex;
    imx_sql *sql;
} imx_connection;

/* The snapshot that new queries get. */
typedef struct imx_publication {
    pthread_mutex_t mutex;
    imx_snapshot *snapshot;
} imx_publication;

/* Connections are behind pointers so that look-ups can be made through a const store. */
struct imx_store {
    char *folder;
    char *database;
    dev_t device; /* The database's file, as it was opened. */
    ino_t inode;
    imx_catalogue_identity identity;
    bool writable;
    bool tolerant;  /* Open although the main index cannot be searched. */
    bool accepted;  /* All that an open checks was in order. */
    imx_lock *lock; /* NULL for readers. */
    imx_connection *changes;
    imx_connection *lookups;
    imx_publication *current;
};

/* IMGMATCH_ERR_MISMATCH, with what to do, when fingerprints of the two cannot be compared. */
imgmatch_status imx_store_check_identity(const imx_identity *found, const imx_identity *expected,
                                         imgmatch_diag *diag);

/* Replace the current snapshot, taking the new one. */
void imx_store_publish_take(imx_store *store, imx_snapshot *snapshot);

/* Start a write transaction. The current snapshot is what the database holds then; it is borrowed,
 * and stays what it is until the change is published. `changes` is locked by the caller. */
imgmatch_status imx_store_begin_change(const imx_snapshot **base, imx_store *store,
                                       imgmatch_diag *diag);

/* Commit with a new state. The snapshot is taken, and published or released. */
imgmatch_status imx_store_commit_change_take(imx_store *store, imx_snapshot *snapshot,
                                             imgmatch_diag *diag);

/* Compact when the tail is large against the main index; `changes` is locked by the caller. */
void imx_store_compact_if_due(imx_store *store);

#endif
