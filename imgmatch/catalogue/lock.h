/*
 * The writer's lock, and what the last writer acknowledged.
 *
 * One writer at a time holds flock(2) on `catalogue.lock`; the kernel lets go when the process
 * ends, however it ends. The file's one line names the writer's process and the last generation
 * that it committed. A database that is older than that has lost its log: the changes that are
 * missing were acknowledged, so it must not be used as if nothing had happened. (The line is
 * written without fsync: after a power cut it may be old, which is harmless, but never too new.)
 */
#ifndef IMX_CATALOGUE_LOCK_H
#define IMX_CATALOGUE_LOCK_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stdint.h>

#define IMX_LOCK_NAME "catalogue.lock"

typedef struct imx_lock imx_lock;

/* IMGMATCH_ERR_BUSY when another handle, in this or another process, holds it. */
imgmatch_status imx_lock_take(imx_lock **out, const char *folder, imgmatch_diag *diag);
void imx_lock_release(imx_lock *lock); /* NULL is allowed. */

/* Note that a generation was committed. Best effort: nothing depends on it but the check. */
void imx_lock_note(imx_lock *lock, uint64_t generation);

/* The generation that was last noted; 0 where there is no file. *damaged when its line cannot be
 * read. */
uint64_t imx_lock_read_noted(const char *folder, bool *damaged);

#endif
