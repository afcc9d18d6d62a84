#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/place.h"

#include <stdio.h>
#include <stdlib.h>

void *place_new(size_t size, uint32_t dimension) {
    place *self = calloc(1, size);
    assert_non_null(self);
    self->folder = sample_folder_new();
    assert_non_null(self->folder);
    (void)snprintf(self->path, sizeof self->path, "%s/c", self->folder);
    imx_identity identity = sample_identity();
    identity.dimension = dimension;
    assert_int_equal(imx_store_create(self->path, "sample", &identity, NULL), IMGMATCH_OK);
    place_open(self);
    return self;
}

void place_free(place *self) {
    imx_store_close(self->writer);
    sample_folder_remove(self->folder);
    free(self->folder);
    free(self);
}

void place_open(place *self) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_store_open(&self->writer, self->path, NULL, true, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
}

void place_close(place *self) {
    imx_store_close(self->writer);
    self->writer = NULL;
}

imx_store *place_open_reader(const place *self) {
    imx_store *reader = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_store_open(&reader, self->path, NULL, false, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return reader;
}

int place_set_up(void **state) {
    *state = place_new(sizeof(place), SAMPLE_DIMENSION);
    return 0;
}

int place_tear_down(void **state) {
    place_free(*state);
    return 0;
}
