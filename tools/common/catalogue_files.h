/* Which files are a catalogue's, by their names (imgmatch/catalogue.h). */
#ifndef IMGMATCH_TOOLS_CATALOGUE_FILES_H
#define IMGMATCH_TOOLS_CATALOGUE_FILES_H

#include <stdbool.h>

/* A catalogue's database, its log or the log's index? */
bool cli_is_database(const char *path);

/* Does the path, its links followed, lead to one of the files that make up a catalogue? */
bool cli_is_of_catalogue(const char *path);

#endif
