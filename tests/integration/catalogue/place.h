/* The fixture of the catalogue tests: a new catalogue in a temporary folder of its own, open for
 * writing. */
#ifndef TESTS_CATALOGUE_PLACE_H
#define TESTS_CATALOGUE_PLACE_H

#include "integration/catalogue/samples.h"

/* A fixture that has more begins with it. */
typedef struct place {
    char *folder;
    char path[512];    /* Of the catalogue, in the folder. */
    imx_store *writer; /* NULL while it is closed. */
} place;

/* Zeroed room for a fixture of `size` bytes that begins with a place, whose catalogue has
 * embeddings of `dimension`. Fails the test when it cannot be had. */
void *place_new(size_t size, uint32_t dimension);
/* Close the catalogue, remove the folder, and free the fixture. */
void place_free(place *self);

/* The test fails when the catalogue cannot be opened. */
void place_open(place *self); /* For writing, again. */
void place_close(place *self);
imx_store *place_open_reader(const place *self);

/* Where a place is all that a test needs. */
int place_set_up(void **state);
int place_tear_down(void **state);

#endif
