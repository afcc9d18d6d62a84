/* Photos of every format and kind for tests in which decoding runs out of memory: the corpora of
 * the fuzz target "image" that decode here, and their pixels. */
#ifndef TESTS_FAULTS_DECODER_PHOTOS_H
#define TESTS_FAULTS_DECODER_PHOTOS_H

#include <imgmatch/image.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct decoder_photo {
    char name[64]; /* "jpeg/baseline" */
    uint8_t *bytes;
    size_t size;
    imgmatch_image *image; /* NULL when it was not decoded. */
} decoder_photo;

#define MOST_DECODER_PHOTOS 64

/* Fills photos and decodes them, which starts libvips; returns how many there are, by name. */
size_t decoder_photos_read(decoder_photo photos[MOST_DECODER_PHOTOS]);
void decoder_photos_free(decoder_photo *photos, size_t count);

/* One of them, not decoded, so that nothing has been started. */
void decoder_photo_read(decoder_photo *out, const char *format, const char *name);

/* Without pixels to compare with, all are right. */
bool decoder_photo_is(const decoder_photo *photo, const imgmatch_image *image);
/* JPEG, PNG and BMP whose colours need no conversion: libvips has no part in them. Decoded ones
 * only.
 */
bool decoder_photo_is_direct(const decoder_photo *photo);

#endif
