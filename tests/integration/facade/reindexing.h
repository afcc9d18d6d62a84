/* Photos in files, and hashes, in a workplace's catalogue, to be made anew from there. */
#ifndef TESTS_FACADE_REINDEXING_H
#define TESTS_FACADE_REINDEXING_H

#include "integration/facade/pictures.h"

/* A drawn PNG of that name. */
void reindexing_draw(const char *folder, const char *name, uint64_t seed);

/* The file of that name in the workplace's folder. NULL for no brand, no metadata. */
void reindexing_add_photo(workplace *place, const char *id, const char *name, const char *brand,
                          const char *metadata);
void reindexing_add_hash(workplace *place, const char *id, uint64_t seed, const char *added_at);

/* A reindex that does not fail, though some of its photos may. */
imgmatch_reindex_report reindexing_run(const char *path, const imgmatch_model *model);

#endif
