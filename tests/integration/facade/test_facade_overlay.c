/*
 * The picture of a match has to show what it claims: the query's part in the reference's place,
 * turned and mirrored back, with what differs in red and nothing else; and it must not cost anybody
 * a file: it is written whole or not at all, and never over one of the photos.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/catalogue/samples.h"
#include "integration/facade/pictures.h"
#include "unit/scene.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of photos of 320 x 240: panels of 480 x 360 with 12 pixels around each. */
enum { GAP = 12, PANEL_WIDTH = 480, PANEL_HEIGHT = 360 };

/* The middle 80% of the scene, seen in a mirror. */
static const float mirrored_middle[6] = {-0.8F, 0, 0.9F, 0, 0.8F, 0.1F};
/* Where the whole scene lies in that. */
static const imgmatch_alignment mirrored_back = {.known = true,
                                                 .matrix = {-1.25F, 0, 1.125F, 0, 1.25F, -0.125F},
                                                 .query_overlap = 1,
                                                 .reference_overlap = 0.64F};

typedef struct pair {
    drawn_scene scene;
    imgmatch_image *query;
    imgmatch_image *reference;
} pair;

static imgmatch_image *image_of(const drawing *picture) {
    imgmatch_image *image = NULL;
    assert_int_equal(imgmatch_image_from_rgb(&image, picture->rgb, picture->width, picture->height,
                                             3 * (size_t)picture->width, NULL),
                     IMGMATCH_OK);
    return image;
}

static pair make_pair(bool with_banner) {
    static const uint8_t pink[3] = {255, 60, 200};
    pair out;
    scene_make(&out.scene, 4, 0.75F);
    drawing reference = picture_whole(&out.scene, 320);
    drawing query = picture_draw(&out.scene, 320, 240, mirrored_middle, 0);
    if (with_banner) {
        picture_fill(&query, 0, 0.8F, 1, 0.2F, pink);
    }
    out.query = image_of(&query);
    out.reference = image_of(&reference);
    picture_free(&reference);
    picture_free(&query);
    return out;
}

static void free_pair(pair *both) {
    imgmatch_image_free(both->query);
    imgmatch_image_free(both->reference);
}

static const uint8_t *pixel_of(const imgmatch_image *image, int panel, uint32_t x, uint32_t y) {
    size_t column = (size_t)GAP + (size_t)panel * (PANEL_WIDTH + GAP) + x;
    return imgmatch_image_pixels(image) +
           3 * ((size_t)(GAP + y) * imgmatch_image_get_info(image)->width + column);
}

static int off(const uint8_t *a, const uint8_t *b) {
    int most = 0;
    for (int i = 0; i < 3; i++) {
        int levels = abs((int)a[i] - (int)b[i]);
        most = levels > most ? levels : most;
    }
    return most;
}

/* Share of the third panel's pixels, in a part given in fractions of it, that are not what the
 * scene shows there. */
static double share_wrong(const imgmatch_image *drawn, const drawn_scene *scene, float top,
                          float bottom) {
    drawing expected = picture_whole(scene, PANEL_WIDTH);
    uint32_t wrong = 0;
    uint32_t count = 0;
    for (uint32_t y = (uint32_t)(top * PANEL_HEIGHT); y < (uint32_t)(bottom * PANEL_HEIGHT); y++) {
        for (uint32_t x = PANEL_WIDTH * 3 / 20; x < PANEL_WIDTH * 17 / 20; x++) {
            const uint8_t *wanted = expected.rgb + 3 * ((size_t)y * PANEL_WIDTH + x);
            wrong += off(pixel_of(drawn, 2, x, y), wanted) > 60;
            count++;
        }
    }
    picture_free(&expected);
    return (double)wrong / count;
}

static imgmatch_image *draw(const pair *both, const imgmatch_alignment *alignment) {
    imgmatch_image *drawn = NULL;
    assert_int_equal(
        imgmatch_overlay_draw(&drawn, both->query, both->reference, alignment, NULL, NULL),
        IMGMATCH_OK);
    const imgmatch_image_info *info = imgmatch_image_get_info(drawn);
    assert_int_equal(info->width, 3 * PANEL_WIDTH + 4 * GAP);
    assert_int_equal(info->height, PANEL_HEIGHT + 2 * GAP);
    return drawn;
}

static void a_mirrored_crop_is_laid_back(void **state) {
    (void)state;
    pair both = make_pair(false);
    imgmatch_image *drawn = draw(&both, &mirrored_back);
    assert_true(share_wrong(drawn, &both.scene, 0.15F, 0.85F) < 0.03);
    /* What the crop left out is pale. */
    for (uint32_t x = 0; x < PANEL_WIDTH / 20; x++) {
        const uint8_t *pixel = pixel_of(drawn, 2, x, PANEL_HEIGHT / 2);
        assert_true(pixel[0] > 180 && pixel[1] > 180 && pixel[2] > 180);
    }
    imgmatch_image_free(drawn);
    /* Laid on wrongly, most of it is red: what was measured above says something. */
    imgmatch_alignment upright = {.known = true,
                                  .matrix = {1.25F, 0, -0.125F, 0, 1.25F, -0.125F},
                                  .query_overlap = 1,
                                  .reference_overlap = 0.64F};
    drawn = draw(&both, &upright);
    assert_true(share_wrong(drawn, &both.scene, 0.15F, 0.85F) > 0.4);
    imgmatch_image_free(drawn);
    free_pair(&both);
}

/* The whole scene askew, as `homography` says; the affine `matrix` alone would not do. */
static void perspective_is_drawn_straight(void **state) {
    (void)state;
    const float scene_of_query[8] = {1, 0.2F, -0.1F, 0, 1.3F, -0.15F, 0, 0.35F};
    pair both = make_pair(false);
    imgmatch_image_free(both.query);
    drawing query = picture_draw_in_perspective(&both.scene, 320, 240, scene_of_query, 0);
    both.query = image_of(&query);
    picture_free(&query);
    /* Its inverse, by the adjoint. */
    const float *m = scene_of_query;
    imgmatch_alignment back = {.known = true,
                               .projective = true,
                               .homography = {m[4] - m[5] * m[7], m[2] * m[7] - m[1],
                                              m[1] * m[5] - m[2] * m[4], m[5] * m[6] - m[3],
                                              m[0] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                                              m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7],
                                              m[0] * m[4] - m[1] * m[3]}};
    memcpy(back.matrix, mirrored_back.matrix, sizeof back.matrix);
    imgmatch_image *drawn = draw(&both, &back);
    assert_true(share_wrong(drawn, &both.scene, 0.2F, 0.8F) < 0.05);
    imgmatch_image_free(drawn);
    free_pair(&both);
}

static void a_banner_is_red(void **state) {
    (void)state;
    pair both = make_pair(true);
    imgmatch_image *drawn = draw(&both, &mirrored_back);
    /* The banner's edge lies at 0.1 + 0.8 * 0.8 of the reference. */
    assert_true(share_wrong(drawn, &both.scene, 0.15F, 0.70F) < 0.03);
    uint32_t red = 0;
    uint32_t count = 0;
    for (uint32_t y = PANEL_HEIGHT * 76 / 100; y < PANEL_HEIGHT * 88 / 100; y++) {
        for (uint32_t x = PANEL_WIDTH / 5; x < PANEL_WIDTH * 4 / 5; x++, count++) {
            const uint8_t *pixel = pixel_of(drawn, 2, x, y);
            red += pixel[0] > 200 && pixel[1] < 80 && pixel[2] < 130;
        }
    }
    assert_true((double)red / count > 0.7);
    imgmatch_image_free(drawn);
    free_pair(&both);
}

static bool is_line(const uint8_t *pixel) {
    static const uint8_t green[3] = {40, 230, 90};
    return off(pixel, green) < 40;
}

static void the_part_is_outlined(void **state) {
    (void)state;
    pair both = make_pair(false);
    imgmatch_image *drawn = draw(&both, &mirrored_back);
    /* In the reference at a tenth of its sides, in the query along its edges. */
    for (uint32_t y = PANEL_HEIGHT / 4; y < PANEL_HEIGHT / 2; y++) {
        assert_true(is_line(pixel_of(drawn, 1, PANEL_WIDTH / 10, y)));
        assert_true(is_line(pixel_of(drawn, 1, PANEL_WIDTH * 9 / 10, y)));
        assert_true(is_line(pixel_of(drawn, 0, 2, y)));
    }
    /* The dot marks the same corner: left in one of them, right in the other. */
    bool left[2];
    for (int panel = 0; panel < 2; panel++) {
        uint32_t inset = panel == 0 ? 6 : PANEL_WIDTH / 10 + 3;
        uint32_t lower = panel == 0 ? 6 : PANEL_HEIGHT / 10 + 3;
        bool top_left = is_line(pixel_of(drawn, panel, inset, lower));
        bool top_right = is_line(pixel_of(drawn, panel, PANEL_WIDTH - 1 - inset, lower));
        bool low_left = is_line(pixel_of(drawn, panel, inset, PANEL_HEIGHT - 1 - lower));
        bool low_right =
            is_line(pixel_of(drawn, panel, PANEL_WIDTH - 1 - inset, PANEL_HEIGHT - 1 - lower));
        assert_int_equal(top_left + top_right + low_left + low_right, 1);
        left[panel] = top_left || low_left;
    }
    assert_true(left[0] != left[1]);
    imgmatch_image_free(drawn);
    free_pair(&both);
}

static void what_cannot_be_drawn_is_an_error(void **state) {
    (void)state;
    pair both = make_pair(false);
    const imgmatch_alignment wrong[] = {
        {.known = false, .matrix = {1, 0, 0, 0, 1, 0}},
        {.known = true, .matrix = {1, 1, 0, 1, 1, 0}},
        {.known = true, .matrix = {NAN, 0, 0, 0, 1, 0}},
        {.known = true, .matrix = {1e30F, 0, 0, 0, 1e30F, 0}},
        {.known = true, .matrix = {1e-5F, 0, 0, 0, 1e-5F, 0}},
        {.known = true, .projective = true, .homography = {1, 0, 0, 0, 1, 0, 0, 0, 0}},
        {.known = true, .projective = true, .homography = {1, 0, 0, 0, 1, 0, NAN, 0, 1}},
    };
    imgmatch_image *drawn = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(
            imgmatch_overlay_draw(&drawn, both.query, both.reference, &wrong[i], NULL, &diag),
            IMGMATCH_ERR_ARGUMENT);
        assert_null(drawn);
        assert_true(strlen(diag.message) > 0);
    }
    /* Nothing of the reference is in the query: no error, and nothing is outlined or red. */
    imgmatch_alignment beside = {
        .known = true, .matrix = {1, 0, 5, 0, 1, 5}, .query_overlap = 0, .reference_overlap = 0};
    drawn = draw(&both, &beside);
    assert_true(pixel_of(drawn, 2, 100, 100)[1] > 180);
    imgmatch_image_free(drawn);
    imgmatch_overlay_options options = IMGMATCH_OVERLAY_OPTIONS_INIT;
    for (options.panel_side = 63; options.panel_side <= 2049; options.panel_side += 2049 - 63) {
        assert_int_equal(imgmatch_overlay_draw(&drawn, both.query, both.reference, &mirrored_back,
                                               &options, NULL),
                         IMGMATCH_ERR_ARGUMENT);
    }
    assert_int_equal(
        imgmatch_overlay_draw(NULL, both.query, both.reference, &mirrored_back, NULL, NULL),
        IMGMATCH_ERR_ARGUMENT);
    free_pair(&both);
}

/* ---- files ---- */

static void write_bytes(const char *path, const encoded *bytes) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->bytes, 1, bytes->size, file), bytes->size);
    assert_int_equal(fclose(file), 0);
}

static size_t count_files(const char *folder) {
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(stream);
    return count;
}

static imgmatch_format format_of(const char *path) {
    imgmatch_image *image = NULL;
    assert_int_equal(imgmatch_image_open(&image, path, NULL, NULL), IMGMATCH_OK);
    imgmatch_format format = imgmatch_image_get_info(image)->format;
    imgmatch_image_free(image);
    return format;
}

static void a_file_is_written_whole_or_not_at_all(void **state) {
    (void)state;
    char *folder = sample_folder_new();
    char query_path[512], reference_path[512], out[512], photograph[512];
    assert_non_null(folder);
    (void)snprintf(query_path, sizeof query_path, "%s/query.jpg", folder);
    (void)snprintf(reference_path, sizeof reference_path, "%s/reference.png", folder);
    (void)snprintf(out, sizeof out, "%s/out", folder);
    (void)snprintf(photograph, sizeof photograph, "%s/out.JPG", folder);
    encoded query_bytes = picture_cropped_jpeg(4);
    encoded reference_bytes = picture_png(4);
    write_bytes(query_path, &query_bytes);
    write_bytes(reference_path, &reference_bytes);
    imgmatch_photo query = {.path = query_path};
    imgmatch_photo reference = {.path = reference_path};
    const imgmatch_alignment middle = {.known = true,
                                       .matrix = {1.25F, 0, -0.125F, 0, 1.25F, -0.125F},
                                       .query_overlap = 1,
                                       .reference_overlap = 0.64F};

    assert_int_equal(imgmatch_overlay_write(out, &query, &reference, &middle, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imgmatch_overlay_write(photograph, &query, &reference, &middle, NULL, NULL),
                     IMGMATCH_OK);
    assert_int_equal(format_of(out), IMGMATCH_FORMAT_PNG);
    assert_int_equal(format_of(photograph), IMGMATCH_FORMAT_JPEG);
    assert_int_equal(count_files(folder), 4);

    /* Over one of the photos, or over what is no file. */
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_overlay_write(query_path, &query, &reference, &middle, NULL, &diag),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(
        imgmatch_overlay_write(reference_path, &query, &reference, &middle, NULL, NULL),
        IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_overlay_write(folder, &query, &reference, &middle, NULL, NULL),
                     IMGMATCH_ERR_IO);
    (void)snprintf(photograph, sizeof photograph, "%s/nowhere/out.png", folder);
    assert_int_equal(imgmatch_overlay_write(photograph, &query, &reference, &middle, NULL, NULL),
                     IMGMATCH_ERR_NOT_FOUND);

    /* A reference with other bytes, and one that is gone; the earlier picture stays. */
    char sha256[65];
    memset(sha256, 'a', sizeof sha256 - 1);
    sha256[64] = '\0';
    imgmatch_overlay_options options = IMGMATCH_OVERLAY_OPTIONS_INIT;
    options.reference_sha256 = sha256;
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_overlay_write(out, &query, &reference, &middle, &options, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_NOT_FOUND);
    assert_non_null(strstr(diag.message, reference_path));
    assert_int_equal(remove(reference_path), 0);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_overlay_write(out, &query, &reference, &middle, NULL, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_NOT_FOUND);
    assert_int_equal(format_of(out), IMGMATCH_FORMAT_PNG);
    assert_int_equal(count_files(folder), 3);

    imgmatch_free(query_bytes.bytes);
    imgmatch_free(reference_bytes.bytes);
    sample_folder_remove(folder);
    free(folder);
}

/* From the photos to the picture, with the alignment that the library itself finds. */
static void a_comparison_can_be_drawn(void **state) {
    (void)state;
    workplace place;
    workplace_open(&place);
    pair both = make_pair(false);
    encoded bytes[2];
    imgmatch_image *const images[2] = {both.query, both.reference};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(imgmatch_image_encode(&bytes[i].bytes, &bytes[i].size, images[i],
                                               IMGMATCH_FORMAT_PNG, 0, NULL),
                         IMGMATCH_OK);
    }
    imgmatch_photo query = photo_of(&bytes[0], "query");
    imgmatch_photo reference = photo_of(&bytes[1], "reference");
    imgmatch_result *result = NULL;
    assert_int_equal(imgmatch_compare(&result, place.model, &query, &reference, NULL, NULL, NULL),
                     IMGMATCH_OK);
    imgmatch_image *drawn = draw(&both, &imgmatch_result_match(result, 0)->alignment);
    assert_true(share_wrong(drawn, &both.scene, 0.15F, 0.85F) < 0.04);
    imgmatch_image_free(drawn);
    imgmatch_result_free(result);
    imgmatch_free(bytes[0].bytes);
    imgmatch_free(bytes[1].bytes);
    free_pair(&both);
    workplace_close(&place);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mirrored_crop_is_laid_back),
        cmocka_unit_test(perspective_is_drawn_straight),
        cmocka_unit_test(a_banner_is_red),
        cmocka_unit_test(the_part_is_outlined),
        cmocka_unit_test(what_cannot_be_drawn_is_an_error),
        cmocka_unit_test(a_file_is_written_whole_or_not_at_all),
        cmocka_unit_test(a_comparison_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
