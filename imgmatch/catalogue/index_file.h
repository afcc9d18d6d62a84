/*
 * The main index on disk: `index-N.imx`, written once, never changed and never cut: a later one
 * takes its place under another name. What is in it: main_index.h. All errors name the file.
 */
#ifndef IMX_CATALOGUE_INDEX_FILE_H
#define IMX_CATALOGUE_INDEX_FILE_H

#include "segment.h"

#define IMX_INDEX_NAME_BYTES 40

/* What an index file belongs to, and what it must hold. */
typedef struct imx_index_stamp {
    uint64_t catalogue_number;
    uint64_t generation;
    int64_t covered_seq;
    uint64_t item_count;
    uint32_t dimension;
} imx_index_stamp;

/* "index-N.imx" */
void imx_index_file_name(char out[IMX_INDEX_NAME_BYTES], uint64_t generation);
/* Is it the name of an index file, or the temporary one of a file that is being written? */
bool imx_index_file_is_named(const char *name);

/* Writes the content of a file, of `what`. */
typedef imgmatch_status (*imx_index_writer)(FILE *file, const imx_index_stamp *stamp,
                                            const void *what, const char *path,
                                            imgmatch_diag *diag);

/* Write a file into `folder` under a temporary name, sync it, and give it its name. */
imgmatch_status imx_index_file_publish(const char *folder, const imx_index_stamp *stamp,
                                       imx_index_writer write, const void *what,
                                       imgmatch_diag *diag);

/* Read one. IMGMATCH_ERR_NOT_FOUND when it is not there, IMGMATCH_ERR_CATALOGUE when it is damaged
 * or carries another stamp. */
imgmatch_status imx_index_file_read(imx_segment **out, const char *folder,
                                    const imx_index_stamp *stamp, imgmatch_diag *diag);

/* Delete the index files of other generations, and what an interrupted write left. Best effort:
 * a reader that has opened a file has its bytes as long as it holds it. */
void imx_index_file_collect(const char *folder, uint64_t keep_generation);

#endif
