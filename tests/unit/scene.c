#include "scene.h"

#include "base/random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void scene_make(drawn_scene *out, uint64_t seed, float height) {
    imx_random random = {seed};
    *out = (drawn_scene){.height = height, .count = SCENE_SHAPES};
    for (int c = 0; c < 3; c++) {
        out->ground[c] = (uint8_t)(150 + imx_random_below(&random, 80));
    }
    for (int i = 0; i < out->count; i++) {
        scene_shape *shape = &out->shapes[i];
        float angle = 6.2832F * (float)imx_random_unit(&random);
        shape->x = (float)imx_random_unit(&random);
        shape->y = height * (float)imx_random_unit(&random);
        /* Large ones first, small ones on top of them. */
        shape->size = 0.12F * powf(0.975F, (float)i) + 0.006F;
        shape->aspect = 0.4F + 0.6F * (float)imx_random_unit(&random);
        shape->cosine = cosf(angle);
        shape->sine = sinf(angle);
        shape->round = imx_random_below(&random, 2) == 0;
        for (int c = 0; c < 3; c++) {
            shape->colour[c] = (uint8_t)imx_random_below(&random, 256);
        }
    }
}

/* The shapes that may reach into each cell of a grid over the scene, from the top one down: most of
 * a test's time would go into asking all shapes for each pixel. */
#define CELLS 24

typedef struct shape_grid {
    const drawn_scene *scene;
    uint8_t count[CELLS][CELLS];
    uint8_t shapes[CELLS][CELLS][SCENE_SHAPES];
} shape_grid;

/* Of a place between 0 and 1. */
static int cell_of(float place) {
    int cell = (int)(place * CELLS);
    return cell < 0 ? 0 : cell >= CELLS ? CELLS - 1 : cell;
}

static shape_grid *make_grid(const drawn_scene *scene) {
    _Static_assert(SCENE_SHAPES <= UINT8_MAX, "a shape's number takes a byte");
    shape_grid *grid = malloc(sizeof *grid);
    assert(grid != NULL);
    grid->scene = scene;
    memset(grid->count, 0, sizeof grid->count);
    for (int i = scene->count; i-- > 0;) {
        const scene_shape *shape = &scene->shapes[i];
        float reach = 1.6F * shape->size; /* Its corners are sqrt(2) away at most. */
        int left = cell_of(shape->x - reach);
        int right = cell_of(shape->x + reach);
        int bottom = cell_of((shape->y + reach) / scene->height);
        for (int row = cell_of((shape->y - reach) / scene->height); row <= bottom; row++) {
            for (int column = left; column <= right; column++) {
                grid->shapes[row][column][grid->count[row][column]++] = (uint8_t)i;
            }
        }
    }
    return grid;
}

/* At fractions of the scene. */
static const uint8_t *colour_at(const shape_grid *grid, float across, float down) {
    const drawn_scene *scene = grid->scene;
    int row = cell_of(down);
    int column = cell_of(across);
    float y = down * scene->height;
    for (int i = 0; i < grid->count[row][column]; i++) {
        const scene_shape *shape = &scene->shapes[grid->shapes[row][column][i]];
        float dx = across - shape->x;
        float dy = y - shape->y;
        float u = (dx * shape->cosine + dy * shape->sine) / shape->size;
        float v = (dy * shape->cosine - dx * shape->sine) / (shape->size * shape->aspect);
        if (shape->round ? u * u + v * v < 1 : fabsf(u) < 1 && fabsf(v) < 1) {
            return shape->colour;
        }
    }
    return scene->ground;
}

drawing picture_draw_in_perspective(const drawn_scene *scene, uint32_t width, uint32_t height,
                                    const float matrix[8], uint8_t around) {
    drawing out = {width, height, malloc(3 * (size_t)width * height)};
    assert(out.rgb != NULL);
    const uint8_t outside[3] = {around, around, around};
    shape_grid *grid = make_grid(scene);
    for (uint32_t row = 0; row < height; row++) {
        for (uint32_t column = 0; column < width; column++) {
            int sums[3] = {2, 2, 2};
            for (int part = 0; part < 4; part++) {
                float x = ((float)column + 0.25F + 0.5F * (float)(part & 1)) / (float)width;
                float y = ((float)row + 0.25F + 0.5F * (float)(part >> 1)) / (float)height;
                float depth = matrix[6] * x + matrix[7] * y + 1;
                float u = (matrix[0] * x + matrix[1] * y + matrix[2]) / depth;
                float v = (matrix[3] * x + matrix[4] * y + matrix[5]) / depth;
                bool inside = u >= 0 && v >= 0 && u <= 1 && v <= 1;
                const uint8_t *colour = inside ? colour_at(grid, u, v) : outside;
                for (int c = 0; c < 3; c++) {
                    sums[c] += colour[c];
                }
            }
            for (size_t c = 0; c < 3; c++) {
                out.rgb[3 * ((size_t)row * width + column) + c] = (uint8_t)(sums[c] / 4);
            }
        }
    }
    free(grid);
    return out;
}

drawing picture_draw(const drawn_scene *scene, uint32_t width, uint32_t height,
                     const float matrix[6], uint8_t around) {
    float flat[8] = {0};
    memcpy(flat, matrix, 6 * sizeof *matrix);
    return picture_draw_in_perspective(scene, width, height, flat, around);
}

drawing picture_whole(const drawn_scene *scene, uint32_t width) {
    const float same[6] = {1, 0, 0, 0, 1, 0};
    return picture_draw(scene, width, (uint32_t)lroundf((float)width * scene->height), same, 255);
}

void picture_free(drawing *picture) {
    free(picture->rgb);
    picture->rgb = NULL;
}

imx_pixels picture_view(const drawing *picture) {
    return (imx_pixels){picture->rgb, picture->width, picture->height, 3 * (size_t)picture->width};
}

/* Fractions to whole pixels. */
static imx_rect rect_of(const drawing *picture, float x, float y, float width, float height) {
    float w = (float)picture->width;
    float h = (float)picture->height;
    imx_rect rect = {(uint32_t)(x * w), (uint32_t)(y * h), (uint32_t)(width * w),
                     (uint32_t)(height * h)};
    assert(rect.x + rect.width <= picture->width && rect.y + rect.height <= picture->height);
    return rect;
}

void picture_fill(drawing *picture, float x, float y, float width, float height,
                  const uint8_t colour[3]) {
    imx_rect rect = rect_of(picture, x, y, width, height);
    for (uint32_t row = rect.y; row < rect.y + rect.height; row++) {
        for (uint32_t column = rect.x; column < rect.x + rect.width; column++) {
            memcpy(picture->rgb + 3 * ((size_t)row * picture->width + column), colour, 3);
        }
    }
}

void picture_paste(drawing *picture, const drawn_scene *scene, float x, float y, float width,
                   float height) {
    const float same[6] = {1, 0, 0, 0, 1, 0};
    imx_rect rect = rect_of(picture, x, y, width, height);
    drawing part = picture_draw(scene, rect.width, rect.height, same, 255);
    for (uint32_t row = 0; row < rect.height; row++) {
        memcpy(picture->rgb + 3 * ((size_t)(rect.y + row) * picture->width + rect.x),
               part.rgb + 3 * (size_t)row * rect.width, 3 * (size_t)rect.width);
    }
    picture_free(&part);
}

void picture_tone(drawing *picture, float gain, float offset) {
    for (size_t i = 0; i < 3 * (size_t)picture->width * picture->height; i++) {
        float level = gain * (float)picture->rgb[i] + offset;
        picture->rgb[i] = (uint8_t)fminf(fmaxf(level, 0), 255);
    }
}

void picture_grey(drawing *picture) {
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        uint8_t *pixel = picture->rgb + 3 * i;
        memset(pixel, (pixel[0] * 3 + pixel[1] * 6 + pixel[2]) / 10, 3);
    }
}

void picture_turn_colours(drawing *picture) {
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        uint8_t *pixel = picture->rgb + 3 * i;
        uint8_t red = pixel[0];
        pixel[0] = pixel[2];
        pixel[2] = pixel[1];
        pixel[1] = red;
    }
}

/* A box filter along lines of `count` pixels that are `step` bytes apart. */
static void blur_line(uint8_t *line, int count, size_t step, int radius, uint8_t *scratch) {
    for (int i = 0; i < count; i++) {
        int sum = 0;
        int n = 0;
        for (int j = i - radius; j <= i + radius; j++) {
            if (j >= 0 && j < count) {
                sum += line[(size_t)j * step];
                n++;
            }
        }
        scratch[i] = (uint8_t)((sum + n / 2) / n);
    }
    for (int i = 0; i < count; i++) {
        line[(size_t)i * step] = scratch[i];
    }
}

void picture_blur(drawing *picture, int radius) {
    uint32_t width = picture->width;
    uint32_t height = picture->height;
    uint8_t *scratch = malloc(width > height ? width : height);
    assert(scratch != NULL);
    for (int round = 0; round < 3; round++) {
        for (size_t c = 0; c < 3; c++) {
            for (size_t y = 0; y < height; y++) {
                blur_line(picture->rgb + 3 * y * width + c, (int)width, 3, radius, scratch);
            }
            for (size_t x = 0; x < width; x++) {
                blur_line(picture->rgb + 3 * x + c, (int)height, 3 * (size_t)width, radius,
                          scratch);
            }
        }
    }
    free(scratch);
}
