/*
 * The blurred levels on which features are found are not made by VLFeat's own calls but by faster
 * ones. Sketches of catalogues were made by VLFeat's: the same keypoints, all of them and no
 * others, and every number of their descriptors, on pictures of any shape, doubled or not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fingerprint/sift.h"
#include "scene.h"

#include <vl/sift.h>

#include <stdlib.h>
#include <string.h>

#define MOST 8000 /* More than there are: an octave takes at most 60% of what is left. */

static float *grey_of(const drawing *picture) {
    size_t count = (size_t)picture->width * picture->height;
    float *grey = calloc(count, sizeof *grey);
    assert_non_null(grey);
    for (size_t i = 0; i < count; i++) {
        grey[i] = 0.5F * (float)picture->rgb[3 * i] + 0.5F * (float)picture->rgb[3 * i + 1];
    }
    return grey;
}

/* Is there such a keypoint among VLFeat's own, with this descriptor? */
static bool is_keypoint(VlSiftFilt *filter, const imx_keypoint *wanted) {
    const VlSiftKeypoint *points = vl_sift_get_keypoints(filter);
    for (int i = 0; i < vl_sift_get_nkeypoints(filter); i++) {
        const VlSiftKeypoint *point = &points[i];
        if (point->x != wanted->x || point->y != wanted->y || point->sigma != wanted->scale) {
            continue;
        }
        double angles[4];
        int count = vl_sift_calc_keypoint_orientations(filter, angles, point);
        for (int k = 0; k < count; k++) {
            float descriptor[128];
            vl_sift_calc_keypoint_descriptor(filter, descriptor, point, angles[k]);
            if ((float)angles[k] == wanted->angle &&
                memcmp(descriptor, wanted->descriptor, sizeof descriptor) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* How many there are of VLFeat's own in the current octave, at most two directions of each place.
 */
static uint32_t count_own(VlSiftFilt *filter) {
    const VlSiftKeypoint *points = vl_sift_get_keypoints(filter);
    uint32_t count = 0;
    for (int i = 0; i < vl_sift_get_nkeypoints(filter); i++) {
        double angles[4];
        int directions = vl_sift_calc_keypoint_orientations(filter, angles, &points[i]);
        count += (uint32_t)(directions < 2 ? directions : 2);
    }
    return count;
}

/* How many of the keypoints VLFeat finds by itself, and how many it finds. */
static uint32_t count_confirmed(uint32_t *own, const imx_keypoint *found, uint32_t count,
                                const float *grey, const drawing *picture) {
    uint32_t longest = picture->width > picture->height ? picture->width : picture->height;
    VlSiftFilt *filter = vl_sift_new((int)picture->width, (int)picture->height, -1, 3,
                                     longest <= IMX_SIFT_DOUBLED_SIDE ? -1 : 0);
    assert_non_null(filter);
    vl_sift_set_peak_thresh(filter, 0.8);
    vl_sift_set_edge_thresh(filter, 10);
    uint32_t confirmed = 0;
    *own = 0;
    for (int more = vl_sift_process_first_octave(filter, grey); more == VL_ERR_OK;
         more = vl_sift_process_next_octave(filter)) {
        vl_sift_detect(filter);
        *own += count_own(filter);
        for (uint32_t i = 0; i < count; i++) {
            confirmed += is_keypoint(filter, &found[i]);
        }
    }
    vl_sift_delete(filter);
    return confirmed;
}

static void keypoints_are_those_of_vlfeat(void **state) {
    (void)state;
    const struct {
        uint32_t width;
        float height;
    } shapes[] = {{400, 0.75F}, {301, 0.777F}, {120, 2.1F}, {261, 0.05F}, {33, 1}, {8, 1}};
    uint32_t total = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        drawn_scene scene;
        scene_make(&scene, 21 + i, shapes[i].height);
        drawing picture = picture_whole(&scene, shapes[i].width);
        float *grey = grey_of(&picture);
        imx_keypoint *found = NULL;
        uint32_t count = 0;
        assert_int_equal(
            imx_sift_find(&found, &count, grey, picture.width, picture.height, MOST, NULL),
            IMGMATCH_OK);
        uint32_t own;
        assert_int_equal(count_confirmed(&own, found, count, grey, &picture), count);
        assert_true(count < MOST);
        assert_int_equal(count, own);
        total += count;
        free(found);
        free(grey);
        picture_free(&picture);
    }
    assert_true(total > 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keypoints_are_those_of_vlfeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
