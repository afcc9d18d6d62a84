#include "integration/facade/pictures.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/samples.h"
#include "unit/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static encoded encode(const drawing *picture, imgmatch_format format) {
    imgmatch_image *image = NULL;
    encoded out = {NULL, 0};
    assert_int_equal(imgmatch_image_from_rgb(&image, picture->rgb, picture->width, picture->height,
                                             3 * (size_t)picture->width, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_image_encode(&out.bytes, &out.size, image, format, 80, NULL),
                     IMGMATCH_OK);
    imgmatch_image_free(image);
    return out;
}

encoded picture_png(uint64_t seed) {
    drawn_scene scene;
    scene_make(&scene, seed, 0.75F);
    drawing picture = picture_whole(&scene, 320);
    encoded out = encode(&picture, IMGMATCH_FORMAT_PNG);
    picture_free(&picture);
    return out;
}

encoded picture_cropped_jpeg(uint64_t seed) {
    static const float middle[6] = {0.8F, 0, 0.1F, 0, 0.8F, 0.1F};
    drawn_scene scene;
    scene_make(&scene, seed, 0.75F);
    drawing picture = picture_draw(&scene, 320, 240, middle, 0);
    encoded out = encode(&picture, IMGMATCH_FORMAT_JPEG);
    picture_free(&picture);
    return out;
}

encoded picture_refolded_png(uint64_t seed) {
    drawn_scene scene;
    scene_make(&scene, seed, 0.75F);
    for (int i = 0; i < scene.count; i++) {
        /* Neighbours in the list are not neighbours in the picture. */
        scene.shapes[i].x += i % 2 == 0 ? 0.008F : -0.008F;
        scene.shapes[i].y += i % 3 == 0 ? 0.008F : -0.008F;
    }
    drawing picture = picture_whole(&scene, 320);
    encoded out = encode(&picture, IMGMATCH_FORMAT_PNG);
    picture_free(&picture);
    return out;
}

encoded picture_flat_png(void) {
    uint8_t *rgb = malloc(3 * 64 * 64);
    assert_non_null(rgb);
    memset(rgb, 200, 3 * 64 * 64);
    drawing picture = {64, 64, rgb};
    encoded out = encode(&picture, IMGMATCH_FORMAT_PNG);
    free(rgb);
    return out;
}

imgmatch_photo photo_of(const encoded *picture, const char *id) {
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.id = id;
    photo.data = picture->bytes;
    photo.size_bytes = picture->size;
    return photo;
}

void workplace_open(workplace *out) {
    memset(out, 0, sizeof *out);
    out->folder = sample_folder_new();
    assert_non_null(out->folder);
    (void)snprintf(out->path, sizeof out->path, "%s/catalogue", out->folder);
    workplace_fill(out);
}

static void open_catalogue(workplace *on) {
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.model = on->model;
    options.writable = true;
    assert_int_equal(imgmatch_catalogue_open(&on->catalogue, on->path, &options, NULL),
                     IMGMATCH_OK);
}

void workplace_fill(workplace *out) {
    assert_int_equal(imgmatch_model_open(&out->model, IMX_TEST_MODELS "/tiny", NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_create(out->path, "drawn", out->model, NULL), IMGMATCH_OK);
    open_catalogue(out);
}

void workplace_close(workplace *place) {
    imgmatch_catalogue_close(place->catalogue);
    imgmatch_model_close(place->model);
    sample_folder_remove(place->folder);
    free(place->folder);
}

void workplace_copy(workplace *out, const workplace *original) {
    *out = *original;
    (void)snprintf(out->path, sizeof out->path, "%s/copy", original->folder);
    assert_true(sample_folder_copy(out->path, original->path));
    open_catalogue(out);
}

void workplace_remove_copy(workplace *copy) {
    imgmatch_catalogue_close(copy->catalogue);
    sample_folder_remove(copy->path);
}
