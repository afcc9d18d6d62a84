/*
 * A file of our own that is mapped, not read, with checksums over blocks.
 *
 * Opening an index must not mean copying all of it, and using it must not mean trusting it. So the
 * file ends in a table with the XXH3 checksum of each block of 4 KiB, a page; the table is verified
 * at the opening, and a block before its first use, once. What is not used is never read.
 *
 * A page that is not in the file any more, or that the disk does not give, ends a process that
 * looks at it through a mapping (SIGBUS). imgmatch never changes or cuts a file that it has
 * published, so that takes somebody else. What can be done is done: blocks are verified by reading
 * the file, so that a fault at their first use is an error, and searches ask first whether the file
 * has its size (imx_mapped_file_check). A cut in the midst of a search, or a page that was dropped
 * from memory and cannot be read again, is not defended against.
 */
#ifndef IMX_CATALOGUE_MAPPED_FILE_H
#define IMX_CATALOGUE_MAPPED_FILE_H

#include <imgmatch/status.h>

#include <stdint.h>
#include <stdio.h>

#define IMX_BLOCK_BYTES (4u << 10)

typedef struct imx_mapped_file imx_mapped_file;

/* Where the table is; kept in the file's header. Blocks are counted from the file's start. */
typedef struct imx_block_table {
    uint64_t covered; /* The table covers, and begins behind, so many bytes. */
    uint64_t checksum;
} imx_block_table;

/* Append the table to a file that is complete but for its first block, which holds the header and
 * is not covered. The file's position is its end before and after. */
imgmatch_status imx_mapped_file_finish(imx_block_table *out, FILE *file, const char *path,
                                       imgmatch_diag *diag);

/* Map an open file of `size` bytes and verify its table. The descriptor may be closed then: a copy
 * is kept.
 * IMGMATCH_ERR_CATALOGUE when the table does not fit. */
imgmatch_status imx_mapped_file_new(imx_mapped_file **out, int fd, uint64_t size,
                                    const imx_block_table *table, const char *path,
                                    imgmatch_diag *diag);
void imx_mapped_file_free(imx_mapped_file *file); /* NULL is allowed. */

/* Bytes at an offset, which are to be verified before they are used, and cannot be written to. */
void *imx_mapped_file_at(const imx_mapped_file *file, uint64_t offset);

/* Verify what of these bytes (inside of what the table covers) was not verified yet.
 * IMGMATCH_ERR_CATALOGUE, with the file's name, when a block is damaged. Thread-safe. */
imgmatch_status imx_mapped_file_verify(const imx_mapped_file *file, const void *bytes, size_t size,
                                       imgmatch_diag *diag);

/* Verify as imx_mapped_file_verify does, and copy the bytes by reading the file, not through the
 * mapping: what is looked up once in a long while does not stay in the process's memory then.
 * Thread-safe. */
imgmatch_status imx_mapped_file_copy(void *out, const imx_mapped_file *file, const void *bytes,
                                     size_t size, imgmatch_diag *diag);

/* Read what is covered from `offset` on, the start of a block: `out` has room for it. The bytes
 * that are in `out` are verified, and not those that the file has by now. */
imgmatch_status imx_mapped_file_read_end(uint8_t *out, const imx_mapped_file *file, uint64_t offset,
                                         imgmatch_diag *diag);

/* Is the file as large as it was when it was mapped? IMGMATCH_ERR_CATALOGUE, with its name, if not.
 * Takes well under a microsecond. Thread-safe. */
imgmatch_status imx_mapped_file_check(const imx_mapped_file *file, imgmatch_diag *diag);

/* Fail, with the file's name: its bytes are not those any more that were looked over. */
imgmatch_status imx_mapped_file_fail_changed(const imx_mapped_file *file, imgmatch_diag *diag);

/* Verify all that the table covers. */
imgmatch_status imx_mapped_file_verify_all(const imx_mapped_file *file, imgmatch_diag *diag);

#endif
