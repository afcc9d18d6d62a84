/* Encoded pictures drawn from a seed, and an open catalogue of the tiny model to put them into. */
#ifndef TESTS_FACADE_PICTURES_H
#define TESTS_FACADE_PICTURES_H

#include <imgmatch/imgmatch.h>

typedef struct encoded {
    uint8_t *bytes; /* Freed with imgmatch_free. */
    size_t size;
} encoded;

/* A PNG of the scene with this seed, whole or a crop of its middle. */
encoded picture_png(uint64_t seed);
encoded picture_cropped_jpeg(uint64_t seed);
/* A PNG of that scene with every shape a little elsewhere: another piece laid out in the same way.
 */
encoded picture_refolded_png(uint64_t seed);
/* One colour. */
encoded picture_flat_png(void);

imgmatch_photo photo_of(const encoded *picture, const char *id);

typedef struct workplace {
    char *folder;
    char path[512]; /* Of the catalogue. */
    imgmatch_model *model;
    imgmatch_catalogue *catalogue; /* Writable. */
} workplace;

void workplace_open(workplace *out);
/* The second half of it: the catalogue at `path`, whose folder is there. */
void workplace_fill(workplace *out);
void workplace_close(workplace *place);

/* A copy of the catalogue, which must be closed, beside it: for tests that all begin with the same
 * one. Folder and model stay the original's. */
void workplace_copy(workplace *out, const workplace *original);
void workplace_remove_copy(workplace *copy);

#endif
