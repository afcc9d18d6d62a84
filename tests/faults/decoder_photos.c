#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/decoder_photos.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 8192

static void read_bytes(decoder_photo *out, const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    out->bytes = malloc(MOST_BYTES);
    assert_non_null(out->bytes);
    out->size = fread(out->bytes, 1, MOST_BYTES, file);
    (void)fclose(file);
    assert_in_range(out->size, 1, MOST_BYTES - 1);
}

static bool read_photo(decoder_photo *out, const char *path) {
    read_bytes(out, path);
    /* One that is refused here tells nothing: HEIC on some systems, a damaged photo. */
    if (imgmatch_image_decode(&out->image, out->bytes, out->size, NULL, NULL) != IMGMATCH_OK) {
        free(out->bytes);
        return false;
    }
    return true;
}

void decoder_photo_read(decoder_photo *out, const char *format, const char *name) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/image_%s/%s", IMX_TEST_CORPUS, format, name);
    (void)snprintf(out->name, sizeof out->name, "%s/%s", format, name);
    out->image = NULL;
    read_bytes(out, path);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const decoder_photo *)a)->name, ((const decoder_photo *)b)->name);
}

/* Not one that a fuzzer found, nor one of much work, which is decoded again for each of thousands
 * of allocations; libde265 also leaves most of costly-hevc_rows as memory was, so that it differs.
 */
static bool is_no_photo(const char *name) {
    return strncmp(name, "found-", 6) == 0 || strncmp(name, "costly-", 7) == 0;
}

size_t decoder_photos_read(decoder_photo photos[MOST_DECODER_PHOTOS]) {
    static const char *const formats[] = {"jpeg", "png", "webp", "tiff", "gif", "bmp", "heif"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char path[600];
        (void)snprintf(path, sizeof path, "%s/image_%s", IMX_TEST_CORPUS, formats[i]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
            decoder_photo *photo = &photos[count];
            if (entry->d_name[0] == '.' || is_no_photo(entry->d_name)) {
                continue;
            }
            assert_true(count < MOST_DECODER_PHOTOS);
            (void)snprintf(photo->name, sizeof photo->name, "%s/%.40s", formats[i], entry->d_name);
            (void)snprintf(path, sizeof path, "%s/image_%s/%.255s", IMX_TEST_CORPUS, formats[i],
                           entry->d_name);
            count += read_photo(photo, path);
        }
        (void)closedir(folder);
    }
    qsort(photos, count, sizeof *photos, by_name);
    return count;
}

void decoder_photos_free(decoder_photo *photos, size_t count) {
    for (size_t i = 0; i < count; i++) {
        imgmatch_image_free(photos[i].image);
        free(photos[i].bytes);
    }
}

bool decoder_photo_is(const decoder_photo *photo, const imgmatch_image *image) {
    if (photo->image == NULL) {
        return true;
    }
    const imgmatch_image_info *x = imgmatch_image_get_info(photo->image);
    const imgmatch_image_info *y = imgmatch_image_get_info(image);
    return x->width == y->width && x->height == y->height && x->format == y->format &&
           x->orientation == y->orientation && x->had_alpha == y->had_alpha &&
           x->had_profile == y->had_profile &&
           memcmp(imgmatch_image_pixels(photo->image), imgmatch_image_pixels(image),
                  3 * (size_t)x->width * x->height) == 0;
}

bool decoder_photo_is_direct(const decoder_photo *photo) {
    if (photo->image == NULL) {
        return false;
    }
    const imgmatch_image_info *info = imgmatch_image_get_info(photo->image);
    return !info->had_profile &&
           (info->format == IMGMATCH_FORMAT_JPEG || info->format == IMGMATCH_FORMAT_PNG ||
            info->format == IMGMATCH_FORMAT_BMP);
}
