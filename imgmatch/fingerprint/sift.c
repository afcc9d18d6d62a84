/*
 * VLFeat's SIFT, octave by octave. The blurred levels of an octave are made here, with the numbers
 * that VLFeat's own calls would give (test_sift compares them), and so are the descriptors, because
 * those took half of a query's time; VLFeat finds the keypoints and their directions. Only the
 * keypoints with most contrast of an octave are given directions and descriptors, which takes most
 * of the time; the cut is by rank and not by a contrast threshold, so that plain products keep the
 * few weak features that they have.
 *
 * Small pictures are doubled first, as in Lowe's paper; larger ones have enough fine features.
 *
 * Threads: a filter belongs to one call. VLFeat writes one global table in vl_sift_new, always
 * with the same numbers. VLFeat does not check its own allocations; the sides are bounded, which
 * bounds them to 200 MB.
 */
#include "fingerprint/sift.h"

#include "base/diag.h"
#include "base/memory.h"
#include "fingerprint/gaussian.h"
#include "fingerprint/gradient.h"
#include "fingerprint/sift_histogram.h"

#include <vl/mathop.h>
#include <vl/sift.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SCALES_AN_OCTAVE 3
#define MIN_CONTRAST 0.8    /* Levels; JPEG noise of flat areas stays under it. */
#define MAX_EDGE_RATIO 10.0 /* Ratio of curvatures, as in Lowe's paper. */
#define LARGEST 0.2F        /* Number in a descriptor. */
#define DIRECTIONS 2        /* For one place; VLFeat finds up to four. */
#define LARGE_PAGE ((size_t)2 << 20)

typedef struct ranked {
    float response;
    int index;
} ranked;

static int by_response(const void *left, const void *right) {
    const ranked *a = left;
    const ranked *b = right;
    if (a->response != b->response) {
        return a->response > b->response ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The difference of Gaussians at a keypoint of the current octave. */
static float contrast_at(const VlSiftFilt *filter, const VlSiftKeypoint *point) {
    size_t width = (size_t)vl_sift_get_octave_width(filter);
    size_t height = (size_t)vl_sift_get_octave_height(filter);
    size_t level = (size_t)(point->is - filter->s_min);
    return fabsf(filter->dog[(level * height + (size_t)point->iy) * width + (size_t)point->ix]);
}

static void normalise(float descriptor[128]) {
    float squares = 0;
    for (int i = 0; i < 128; i++) {
        squares += descriptor[i] * descriptor[i];
    }
    float length = vl_fast_sqrt_f(squares) + VL_EPSILON_F;
    for (int i = 0; i < 128; i++) {
        descriptor[i] /= length;
    }
}

/* As vl_sift_calc_keypoint_descriptor; the octave's gradients have to be there. */
static void fill_descriptor(float out[128], const VlSiftFilt *filter, const VlSiftKeypoint *point,
                            double angle, const imx_falloff *falloff) {
    size_t width = (size_t)filter->octave_width;
    size_t height = (size_t)filter->octave_height;
    size_t level = (size_t)(point->is - filter->s_min - 1);
    double pixel = pow(2.0, filter->o_cur);
    const imx_gradients gradients = {filter->grad + 2 * level * width * height, (uint32_t)width,
                                     (uint32_t)height};
    const imx_sift_frame frame = {.x = (double)point->x / pixel,
                                  .y = (double)point->y / pixel,
                                  .bin_side = filter->magnif * ((double)point->sigma / pixel) +
                                              VL_EPSILON_D,
                                  .angle = angle,
                                  .window = filter->windowSize};
    if (frame.y + 0.5 >= (double)(height - 1)) {
        memset(out, 0, 128 * sizeof *out); /* VLFeat describes none in the last row. */
        return;
    }
    imx_sift_histogram(out, &gradients, &frame, falloff);
    normalise(out);
    for (int i = 0; i < 128; i++) { /* Lowe 2004: no gradient may outweigh all others. */
        out[i] = out[i] > LARGEST ? LARGEST : out[i];
    }
    normalise(out);
}

/* Describe one place in each of its directions. */
static uint32_t describe(imx_keypoint *out, uint32_t room, VlSiftFilt *filter,
                         const VlSiftKeypoint *point, float response, const imx_falloff *falloff) {
    double angles[4];
    int found = vl_sift_calc_keypoint_orientations(filter, angles, point);
    uint32_t count = 0;
    for (int i = 0; i < found && i < DIRECTIONS && count < room; i++) {
        imx_keypoint *keypoint = &out[count++];
        *keypoint = (imx_keypoint){.x = point->x,
                                   .y = point->y,
                                   .scale = point->sigma,
                                   .angle = (float)angles[i],
                                   .response = response};
        fill_descriptor(keypoint->descriptor, filter, point, angles[i], falloff);
    }
    return count;
}

/* As VLFeat's update_gradient, for the descriptors and directions of the current octave. */
static void fill_gradients(VlSiftFilt *filter) {
    size_t width = (size_t)filter->octave_width;
    size_t height = (size_t)filter->octave_height;
    for (int level = filter->s_min + 1; level <= filter->s_max - 2; level++) {
        float *out = filter->grad + 2 * width * height * (size_t)(level - filter->s_min - 1);
        imx_gradient_make(out, vl_sift_get_octave(filter, level), (uint32_t)width,
                          (uint32_t)height);
    }
    filter->grad_o = filter->o_cur; /* So that VLFeat makes none. */
}

/* The keypoints of the current octave, best first, at most `room`. */
static imgmatch_status find_in_octave(uint32_t *added, imx_keypoint *out, uint32_t room,
                                      VlSiftFilt *filter, const imx_falloff *falloff,
                                      imgmatch_diag *diag) {
    vl_sift_detect(filter);
    int count = vl_sift_get_nkeypoints(filter);
    const VlSiftKeypoint *points = vl_sift_get_keypoints(filter);
    ranked *order = imx_new_array_raw((size_t)count, sizeof *order);
    if (order == NULL) {
        return imx_fail_memory(diag);
    }
    for (int i = 0; i < count; i++) {
        order[i] = (ranked){contrast_at(filter, &points[i]), i};
    }
    qsort(order, (size_t)count, sizeof *order, by_response);
    if (count > 0) {
        fill_gradients(filter);
    }
    *added = 0;
    for (int i = 0; i < count && *added < room; i++) {
        *added += describe(&out[*added], room - *added, filter, &points[order[i].index],
                           order[i].response, falloff);
    }
    free(order);
    return IMGMATCH_OK;
}

/* Begin an octave: what VLFeat's detector and descriptors need to know of it. */
static void enter_octave(VlSiftFilt *filter, int octave) {
    filter->o_cur = octave;
    filter->octave_width = octave < 0 ? filter->width << -octave : filter->width >> octave;
    filter->octave_height = octave < 0 ? filter->height << -octave : filter->height >> octave;
    filter->nkeys = 0;
    filter->grad_o = filter->o_min - 1; /* None yet. */
}

static void blur_level(VlSiftFilt *filter, float *out, float *row, const float *in, double sigma) {
    imx_gaussian gaussian;
    imx_gaussian_make(&gaussian, sigma);
    imx_gaussian_blur(out, row, &gaussian, in, (uint32_t)filter->octave_width,
                      (uint32_t)filter->octave_height);
}

/* The levels above the first, each from the one below it. */
static void fill_octave(VlSiftFilt *filter, float *row) {
    for (int level = filter->s_min + 1; level <= filter->s_max; level++) {
        double sigma = filter->dsigma0 * pow(filter->sigmak, level);
        blur_level(filter, vl_sift_get_octave(filter, level), row,
                   vl_sift_get_octave(filter, level - 1), sigma);
    }
}

/* Twice the width and height: the means of neighbours in between, the last ones twice. */
static void double_picture(float *out, const float *grey, uint32_t width, uint32_t height) {
    size_t out_width = 2 * (size_t)width;
    for (uint32_t y = 0; y < height; y++) {
        const float *row = grey + (size_t)y * width;
        float *to = out + 2 * y * out_width;
        for (uint32_t x = 0; x < width; x++) {
            to[2 * x] = row[x];
            to[2 * x + 1] = x + 1 < width ? 0.5F * (row[x] + row[x + 1]) : row[x];
        }
    }
    for (uint32_t y = 0; y < height; y++) {
        const float *above = out + 2 * y * out_width;
        const float *below = y + 1 < height ? above + 2 * out_width : above;
        float *between = out + (2 * y + 1) * out_width;
        for (size_t x = 0; x < out_width; x++) {
            between[x] = 0.5F * (above[x] + below[x]);
        }
    }
}

static void start_first_octave(VlSiftFilt *filter, float *row, const float *grey) {
    enter_octave(filter, filter->o_min);
    const float *base = grey;
    if (filter->o_min < 0) {
        double_picture(filter->temp, grey, (uint32_t)filter->width, (uint32_t)filter->height);
        base = filter->temp;
    }
    /* A photo is taken to be blurred by sigman pixels already. */
    double wanted = filter->sigma0 * pow(filter->sigmak, filter->s_min);
    double there = filter->sigman * pow(2.0, -filter->o_min);
    blur_level(filter, vl_sift_get_octave(filter, filter->s_min), row, base,
               sqrt(wanted * wanted - there * there));
    fill_octave(filter, row);
}

/* Every other pixel of the level that is blurred as much as the next octave's first one. */
static bool start_next_octave(VlSiftFilt *filter, float *row) {
    if (filter->o_cur + 1 >= filter->o_min + filter->O) {
        return false;
    }
    const float *from = vl_sift_get_octave(filter, filter->s_min + filter->S);
    size_t from_width = (size_t)filter->octave_width;
    enter_octave(filter, filter->o_cur + 1);
    size_t width = (size_t)filter->octave_width;
    float *to = vl_sift_get_octave(filter, filter->s_min);
    for (size_t y = 0; y < (size_t)filter->octave_height; y++) {
        for (size_t x = 0; x < width; x++) {
            to[y * width + x] = from[2 * y * from_width + 2 * x];
        }
    }
    fill_octave(filter, row);
    return true;
}

static imgmatch_status find_all(imx_keypoint *out, uint32_t *count, VlSiftFilt *filter,
                                const float *grey, uint32_t most, imgmatch_diag *diag) {
    size_t widest = 2 * (size_t)filter->width + 2 * (size_t)IMX_GAUSSIAN_MAX_REACH;
    float *row = imx_new_array_raw(widest, sizeof *row);
    if (row == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    imx_falloff falloff;
    imx_falloff_make(&falloff);
    start_first_octave(filter, row, grey);
    do {
        /* No octave takes more than 60% of what is left: coarse features survive more. */
        uint32_t left = most - *count;
        uint32_t added = 0;
        status = find_in_octave(&added, &out[*count], left - left * 2 / 5, filter, &falloff, diag);
        *count += added;
    } while (status == IMGMATCH_OK && *count < most && start_next_octave(filter, row));
    free(row);
    return status;
}

/* Numbers of each level's size that VLFeat's buffers hold: its levels, their differences, the
 * gradients of those between, and one more. */
static void buffer_levels(size_t out[4], const VlSiftFilt *filter) {
    size_t levels = (size_t)(filter->s_max - filter->s_min);
    out[0] = levels + 1;
    out[1] = levels;
    out[2] = 2 * levels;
    out[3] = 1;
}

/*
 * Put the filter's buffers, megabytes that are new and untouched for every photo, into one block of
 * large pages: the kernel's handing out of small ones took a tenth of a query's time. VLFeat's own
 * buffers stay untouched, which costs nothing. NULL when out of memory.
 */
static float *lay_out(VlSiftFilt *filter) {
    size_t level = (size_t)filter->width * (size_t)filter->height;
    level = filter->o_min < 0 ? 4 * level : level;
    size_t levels[4];
    buffer_levels(levels, filter);
    size_t total = (levels[0] + levels[1] + levels[2] + levels[3]) * level * sizeof(float);
    total = (total + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    float *room = aligned_alloc(LARGE_PAGE, total);
    if (room == NULL) {
        return NULL;
    }
    (void)madvise(room, total, MADV_HUGEPAGE); /* Slower without, no more. */
    filter->octave = room;
    filter->dog = filter->octave + levels[0] * level;
    filter->grad = filter->dog + levels[1] * level;
    filter->temp = filter->grad + levels[2] * level;
    return room;
}

/* Let VLFeat free what it allocated. */
static void give_back(VlSiftFilt *filter, const VlSiftFilt *own) {
    filter->octave = own->octave;
    filter->dog = own->dog;
    filter->grad = own->grad;
    filter->temp = own->temp;
}

imgmatch_status imx_sift_find(imx_keypoint **out, uint32_t *count, const float *grey,
                              uint32_t width, uint32_t height, uint32_t most, imgmatch_diag *diag) {
    *out = NULL;
    *count = 0;
    if (width < 8 || height < 8 || width > 2048 || height > 2048) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a picture of %u x %u is no size for SIFT",
                        width, height);
    }
    uint32_t longest = width > height ? width : height;
    imx_keypoint *found = imx_new_array_raw(most, sizeof *found);
    if (found == NULL) {
        return imx_fail_memory(diag);
    }
    VlSiftFilt *filter = vl_sift_new((int)width, (int)height, -1, SCALES_AN_OCTAVE,
                                     longest <= IMX_SIFT_DOUBLED_SIDE ? -1 : 0);
    if (filter == NULL) {
        free(found);
        return imx_fail_memory(diag);
    }
    vl_sift_set_peak_thresh(filter, MIN_CONTRAST);
    vl_sift_set_edge_thresh(filter, MAX_EDGE_RATIO);
    uint32_t total = 0;
    const VlSiftFilt own = *filter;
    float *room = lay_out(filter);
    imgmatch_status status =
        room == NULL ? imx_fail_memory(diag) : find_all(found, &total, filter, grey, most, diag);
    free(room);
    give_back(filter, &own);
    vl_sift_delete(filter);
    if (status != IMGMATCH_OK) {
        free(found);
        return status;
    }
    *out = found;
    *count = total;
    return IMGMATCH_OK;
}
