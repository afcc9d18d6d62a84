/* The files that imgmatch makes in a catalogue's folder, known by their names. Whatever else lies
 * there is somebody else's, and is never deleted. */
#ifndef IMX_CATALOGUE_FOLDER_FILES_H
#define IMX_CATALOGUE_FOLDER_FILES_H

#include <imgmatch/status.h>

#include <stdbool.h>

/* What there is in a folder. */
typedef struct imx_folder_survey {
    bool database;
    bool own; /* Any file of imgmatch's, the database too. */
    bool others;
} imx_folder_survey;

imgmatch_status imx_folder_files_survey(imx_folder_survey *out, const char *folder,
                                        imgmatch_diag *diag);

/* Move all that is not imgmatch's from one folder to another of the same file system. What has a
 * namesake there stays: IMGMATCH_ERR_IO, with its path. */
imgmatch_status imx_folder_files_move_others(const char *to, const char *from, imgmatch_diag *diag);

/* Delete imgmatch's files, the database first and the lock last, and the folder, which has to be
 * empty then. What is left when that is interrupted is no catalogue any more, and has a file of
 * imgmatch's in it or is empty. */
imgmatch_status imx_folder_files_delete(const char *folder, imgmatch_diag *diag);

#endif
