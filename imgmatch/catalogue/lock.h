/*
 * The writer's lock, and what the last writer acknowledged.
 *
 * One writer at a time holds flock(2) on `catalogue.lock`; the kernel lets go when the process
 * ends, however it ends. The file's one line names the writer's process and the last generation
 * that it committed. A database that is older than that has lost its log: the changes that are
 * missing were acknowledged, so it must not be used as if nothing had happened. (The line is
 * written without fsync: after a power cut it may be old, which is harmless, but never too new.)
 *
 * The lock is on the file that the path leads to. When somebody deletes that file, or puts another
 * folder in the catalogue's place, another writer may hold a lock there: imx_lock_check says so.
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

/* IMGMATCH_ERR_IO when the path leads to another lock file, or none, by now. */
imgmatch_status imx_lock_check(const imx_lock *lock, imgmatch_diag *diag);

/* Note that a generation was committed. Best effort: nothing depends on it but the check. */
void imx_lock_note(imx_lock *lock, uint64_t generation);

/* The generation that was last noted; 0 where there is no file, or where its line cannot be made
 * out (then also *damaged). */
imgmatch_status imx_lock_read_noted(uint64_t *generation, bool *damaged, const char *folder,
                                    imgmatch_diag *diag);

#endif
