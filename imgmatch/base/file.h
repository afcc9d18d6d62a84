/* Whole files: bounded reads with a reason, and writes that are either there or not. */
#ifndef IMX_BASE_FILE_H
#define IMX_BASE_FILE_H

#include <imgmatch/status.h>

#include <stddef.h>
#include <stdint.h>

/* Read a regular file of at most `max_bytes`. Fails with IMGMATCH_ERR_PHOTO and a reason
 * (not_found, not_a_file, no_permission, read_error, too_large, empty), or IMGMATCH_ERR_MEMORY.
 * Never blocks on a FIFO or device. */
imgmatch_status imx_file_read_photo(uint8_t **bytes, size_t *size, const char *path,
                                    uint64_t max_bytes, imgmatch_diag *diag);

/* As above for our own files: IMGMATCH_ERR_NOT_FOUND or IMGMATCH_ERR_IO. A NUL follows the bytes.
 */
imgmatch_status imx_file_read(uint8_t **bytes, size_t *size, const char *path, uint64_t max_bytes,
                              imgmatch_diag *diag);

/* From `offset` on as many bytes as `out` has room for, or as there are. 0 or an errno value. */
int imx_file_read_at(size_t *got, void *out, size_t size, int fd, uint64_t offset);

/* Write a whole file: what was at `path` is replaced in one step once the new bytes are on the
 * disk, and left as it was on failure. What is no regular file is not replaced. */
imgmatch_status imx_file_replace(const char *path, const uint8_t *bytes, size_t size,
                                 imgmatch_diag *diag);

/* fsync a file or folder by path. */
imgmatch_status imx_file_sync(const char *path, imgmatch_diag *diag);
/* A folder, and its name in the one that it is in. */
imgmatch_status imx_file_sync_with_parent(const char *folder, imgmatch_diag *diag);

/* "folder/name"; NULL when out of memory. Free with free(). */
char *imx_file_join(const char *folder, const char *name);

#endif
