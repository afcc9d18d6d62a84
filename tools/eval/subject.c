/*
 * The subject of a product photo on a plain ground: whatever a flood from the edges does not reach.
 * The flood goes on as long as neighbours differ little from each other and from where it started.
 */
#include "eval/recolour.h"

#include <math.h>
#include <stdlib.h>

#define STEP 10         /* Levels between neighbours, */
#define DRIFT 36        /* and from the mean of the edges. */
#define LEAST_SHARE 0.1 /* Of the picture that is ground, and that is subject. */

/* Of the edges that are ground. Where fewer are, the flood took something in the picture for it,
 * and the rest is a subject cut off there. */
#define LEAST_EDGES 0.7

static bool is_ground(const eval_picture *picture, size_t at, size_t from, const double mean[3]) {
    for (size_t c = 0; c < 3; c++) {
        int level = picture->rgb[3 * at + c];
        if (abs(level - picture->rgb[3 * from + c]) > STEP || fabs(level - mean[c]) > DRIFT)
            return false;
    }
    return true;
}

static void mean_of_edges(double mean[3], const eval_picture *picture) {
    int count = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int y = 0; y < picture->height; y++) {
        int step = y == 0 || y == picture->height - 1 ? 1 : picture->width - 1;
        for (int x = 0; x<picture->width; x += step> 0 ? step : 1, count++) {
            for (int c = 0; c < 3; c++)
                mean[c] += eval_pixel(picture, x, y)[c];
        }
    }
    for (int c = 0; c < 3; c++)
        mean[c] /= count;
}

/* Mark the ground in `mask` with 0; tells whether it is one that the subject can be told from.
 * `queue` has room for all pixels. */
static bool flood(const eval_picture *mask, size_t *queue, const eval_picture *picture) {
    size_t width = (size_t)picture->width, count = width * (size_t)picture->height;
    size_t head = 0, tail = 0, edges = 0;
    double mean[3];
    mean_of_edges(mean, picture);
    for (size_t at = 0; at < count; at++) {
        bool edge = at < width || at >= count - width || at % width == 0 || at % width == width - 1;
        edges += edge;
        if (edge && is_ground(picture, at, at, mean)) {
            mask->rgb[3 * at] = 0;
            queue[tail++] = at;
        }
    }
    bool most_edges = (double)tail >= LEAST_EDGES * (double)edges;
    while (head < tail) {
        size_t at = queue[head++], x = at % width;
        const size_t around[4] = {x > 0 ? at - 1 : at, x + 1 < width ? at + 1 : at,
                                  at >= width ? at - width : at,
                                  at + width < count ? at + width : at};
        for (int i = 0; i < 4; i++) {
            if (mask->rgb[3 * around[i]] == 0 || !is_ground(picture, around[i], at, mean))
                continue;
            mask->rgb[3 * around[i]] = 0;
            queue[tail++] = around[i];
        }
    }
    double ground = (double)tail / (double)count;
    return most_edges && ground >= LEAST_SHARE && ground <= 1 - LEAST_SHARE;
}

static void draw_oval(const eval_picture *mask) {
    for (int y = 0; y < mask->height; y++) {
        for (int x = 0; x < mask->width; x++) {
            double dx = (x + 0.5) / mask->width - 0.5, dy = (y + 0.5) / mask->height - 0.5;
            eval_pixel(mask, x, y)[0] = hypot(dx, dy) < 0.42 ? 255 : 0;
        }
    }
}

bool eval_find_subject(eval_picture *mask, bool *plain, const eval_picture *picture) {
    size_t count = (size_t)picture->width * (size_t)picture->height;
    size_t *queue = malloc(count * sizeof *queue);
    *plain = false;
    if (!eval_picture_new(mask, picture->width, picture->height, (eval_colour){{255, 255, 255}}) ||
        !queue) {
        eval_picture_free(mask);
        free(queue);
        return false;
    }
    *plain = flood(mask, queue, picture);
    free(queue);
    if (!*plain)
        draw_oval(mask);
    for (size_t i = 0; i < count; i++)
        mask->rgb[3 * i + 1] = mask->rgb[3 * i + 2] = mask->rgb[3 * i];
    if (eval_picture_blur(mask, 0.8))
        return true;
    eval_picture_free(mask);
    return false;
}
