/*
 * The files of a database, looked at before SQLite opens them. It follows links, waits for FIFOs,
 * and carries out what a rollback journal asks for, which may be to delete a file anywhere. A
 * catalogue that somebody made up may have any of that in its folder.
 */
#ifndef IMX_CATALOGUE_DATABASE_FILES_H
#define IMX_CATALOGUE_DATABASE_FILES_H

#include <imgmatch/status.h>

#include <stdbool.h>

/* Is the database at `path` a regular file, as its log and the log's index are if they are there,
 * and is there no rollback journal? A whole catalogue never has one: it is made under another name,
 * and then has a write-ahead log. IMGMATCH_ERR_NOT_FOUND without a database, else
 * IMGMATCH_ERR_CATALOGUE with the file's name. */
imgmatch_status imx_database_files_check(const char *path, imgmatch_diag *diag);

/* Is `name` that of the database, or of a file that SQLite keeps beside it? */
bool imx_database_files_has(const char *database, const char *name);

#endif
