/*
 * Phases: reduce the picture to at most 320 pixels a side; peel off bars (layout_border.c), then
 * inside them look for a plain background (layout_subject.c), for a collage (layout_cells.c) and
 * for pictures in the picture (layout_insets.c); peel bars off each cell, and look for cells in it;
 * in the whole look for a picture seen at an angle (layout_sheet.c); measure detail and text; map
 * what was found back.
 * Borders are then refined on the full picture, because a hash of what is inside depends on them to
 * the pixel; the other boxes are not.
 */
#include "image/layout.h"

#include "base/diag.h"
#include "base/memory.h"
#include "image/layout_parts.h"
#include "image/resample.h"

#include <stdlib.h>

#define TEXT_BLOCK 16u
#define TEXT_RANGE 80       /* Levels between ink and paper. */
#define TEXT_TWO_TONE 0.72F /* Share of a block's pixels near ink or paper. */
#define TEXT_CROSSINGS 2.0F /* Ink edges in a row of a block, on average. */
#define SUBJECT_MARGIN 0.02
#define GROUND_TOLERANCE 16 /* Levels of a channel that noise moves a plain ground. */
#define EDGE_GROUND 0.2F    /* Share of a photo's outermost line that looks like the ground. */
#define ALMOST_ONE 0.999    /* Rounds up, but not what is a whole number but for its last bits. */
#define SAME_CELL 0.9       /* Intersection over union from which two boxes are one. */

/* The brightness of a part of the picture, in rows of its width. */
typedef struct text_block {
    uint32_t width;
    uint32_t height;
    uint8_t levels[TEXT_BLOCK * TEXT_BLOCK];
} text_block;

static void read_block(text_block *out, imx_pixels picture, imx_rect rect) {
    out->width = rect.width;
    out->height = rect.height;
    uint8_t *level = out->levels;
    for (uint32_t y = rect.y; y < rect.y + rect.height; ++y) {
        const uint8_t *pixel = picture.rgb + y * picture.stride_bytes + 3 * (size_t)rect.x;
        for (uint32_t x = 0; x < rect.width; ++x, pixel += 3) {
            *level++ = (uint8_t)((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8);
        }
    }
}

/* Sum of the larger of the two brightness steps at each pixel. */
static uint64_t sum_gradient(const text_block *block) {
    uint32_t sum = 0;
    for (uint32_t y = 0; y + 1 < block->height; ++y) {
        const uint8_t *row = block->levels + y * block->width;
        const uint8_t *below = row + block->width;
        for (uint32_t x = 0; x + 1 < block->width; ++x) {
            int across = abs(row[x + 1] - row[x]);
            int down = abs(below[x] - row[x]);
            sum += (uint32_t)(across > down ? across : down);
        }
    }
    return sum;
}

/* Two tones, and many changes between them along the rows. */
static bool looks_like_text(const text_block *block) {
    uint32_t count = block->width * block->height;
    int low = 255;
    int high = 0;
    for (uint32_t i = 0; i < count; ++i) {
        low = block->levels[i] < low ? block->levels[i] : low;
        high = block->levels[i] > high ? block->levels[i] : high;
    }
    int range = high - low;
    if (range < TEXT_RANGE) {
        return false;
    }
    uint32_t near = 0;
    uint32_t crossings = 0;
    for (uint32_t i = 0; i < count; ++i) {
        int level = block->levels[i] - low;
        near += 4 * level <= range || 4 * level >= 3 * range;
        crossings += i % block->width > 0 &&
                     (2 * level > range) != (2 * (block->levels[i - 1] - low) > range);
    }
    return (float)near >= TEXT_TWO_TONE * (float)count &&
           (float)crossings >= TEXT_CROSSINGS * (float)block->height;
}

static void measure_detail(imx_layout *out, imx_pixels picture) {
    uint64_t text = 0;
    uint64_t all = 0;
    for (uint32_t y = 0; y < picture.height; y += TEXT_BLOCK) {
        for (uint32_t x = 0; x < picture.width; x += TEXT_BLOCK) {
            uint32_t width = picture.width - x < TEXT_BLOCK ? picture.width - x : TEXT_BLOCK;
            uint32_t height = picture.height - y < TEXT_BLOCK ? picture.height - y : TEXT_BLOCK;
            text_block block;
            read_block(&block, picture, (imx_rect){x, y, width, height});
            uint64_t gradient = sum_gradient(&block);
            all += gradient;
            text += looks_like_text(&block) ? gradient : 0;
        }
    }
    out->detail = (float)((double)all / ((double)picture.width * picture.height));
    out->text_share = all == 0 ? 0 : (float)((double)text / (double)all);
}

/* From reduced to full pixels. */
typedef struct mapping {
    double x_scale;
    double y_scale;
    imx_rect bounds; /* Results are clipped to it. */
} mapping;

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

/* At least one pixel of the bounds. */
static void map_span(uint32_t *at, uint32_t *size, double from, double to, uint32_t bound_at,
                     uint32_t bound_size) {
    uint32_t end = bound_at + bound_size;
    *at = (uint32_t)clamp(from, bound_at, end - 1.0);
    uint32_t last = (uint32_t)(clamp(to, *at + 1.0, end) + ALMOST_ONE);
    *size = last - *at;
}

/* Map a rectangle, grown by `margin` of its size on every side. */
static imx_rect map_rect(const mapping *map, imx_rect rect, double margin) {
    imx_rect mapped;
    double grow_x = rect.width * margin;
    double grow_y = rect.height * margin;
    map_span(&mapped.x, &mapped.width, (rect.x - grow_x) * map->x_scale,
             (rect.x + rect.width + grow_x) * map->x_scale, map->bounds.x, map->bounds.width);
    map_span(&mapped.y, &mapped.height, (rect.y - grow_y) * map->y_scale,
             (rect.y + rect.height + grow_y) * map->y_scale, map->bounds.y, map->bounds.height);
    return mapped;
}

/* Does any of it lie in the bounds? To the pixel a border may reach over what lay beside it before.
 */
static bool is_within(const mapping *map, imx_rect rect) {
    imx_rect bounds = map->bounds;
    return (rect.x + rect.width) * map->x_scale > bounds.x &&
           (rect.y + rect.height) * map->y_scale > bounds.y &&
           rect.x * map->x_scale < bounds.x + bounds.width &&
           rect.y * map->y_scale < bounds.y + bounds.height;
}

/* Is the piece on plain ground a photo, with a straight edge on each side? It is told without the
 * margin that a shape has. */
static bool is_photo(imx_rect box, imx_pixels reduced, imx_colour ground) {
    for (int side = IMX_TOP; side <= IMX_RIGHT; ++side) {
        imx_lines lines = imx_lines_from(reduced, box, (imx_side)side);
        if (imx_lines_share_near(&lines, 0, ground, GROUND_TOLERANCE) > EDGE_GROUND) {
            return false;
        }
    }
    return true;
}

/* The inside of the border, to the pixel of the full picture. */
static imx_rect refine_inside(const imx_border *border, imx_pixels picture, double x_scale,
                              double y_scale) {
    uint32_t cut[4] = {0, 0, 0, 0};
    for (int side = IMX_TOP; side <= IMX_RIGHT; ++side) {
        if (border->lines[side] > 0) {
            double scale = side == IMX_TOP || side == IMX_BOTTOM ? y_scale : x_scale;
            cut[side] = imx_border_refine(picture, (imx_side)side, border->lines[side], scale,
                                          border->colour[side]);
        }
    }
    if ((uint64_t)cut[IMX_LEFT] + cut[IMX_RIGHT] >= picture.width ||
        (uint64_t)cut[IMX_TOP] + cut[IMX_BOTTOM] >= picture.height) {
        return (imx_rect){0, 0, picture.width, picture.height};
    }
    return (imx_rect){cut[IMX_LEFT], cut[IMX_TOP], picture.width - cut[IMX_LEFT] - cut[IMX_RIGHT],
                      picture.height - cut[IMX_TOP] - cut[IMX_BOTTOM]};
}

static void add_cell(imx_layout *out, imx_rect cell) {
    if (out->cell_count < IMX_LAYOUT_MAX_CELLS) {
        out->cells[out->cell_count++] = cell;
    }
}

/* What is left of a cell without bars, where that is less: beside the picture there is a page. */
static void add_inside_of_bars(imx_layout *out, imx_rect cell, imx_pixels reduced) {
    imx_border border;
    imx_border_find(&border, imx_pixels_crop(reduced, cell), true);
    imx_rect inside = {cell.x + border.inside.x, cell.y + border.inside.y, border.inside.width,
                       border.inside.height};
    if (imx_rect_overlap(cell, inside) < SAME_CELL) {
        add_cell(out, inside);
    }
}

/* What the cells are made of comes behind them: a photo on a page, pieces that touch. */
static void add_cells_of_cells(imx_layout *out, imx_pixels reduced, imx_rect whole) {
    uint32_t outer = out->cell_count;
    for (uint32_t i = 0; i < outer && !out->pieces; ++i) {
        add_inside_of_bars(out, out->cells[i], reduced);
    }
    for (uint32_t i = 0; i < outer; ++i) {
        imx_rect inner[IMX_LAYOUT_MAX_CELLS];
        uint32_t count = imx_cells_find(inner, IMX_LAYOUT_MAX_CELLS - out->cell_count, reduced,
                                        out->cells[i], whole);
        for (uint32_t k = 0; k < count; ++k) {
            add_cell(out, inner[k]);
            add_inside_of_bars(out, inner[k], reduced);
        }
    }
}

/* Several pictures in one: a collage, or pieces on one ground, or else pictures in the picture. And
 * a picture that is seen at an angle. */
static void find_parts(imx_layout *out, const mapping *map, imx_pixels reduced, imx_rect inside,
                       const imx_subject *subject) {
    out->cell_count = imx_cells_find(out->cells, IMX_LAYOUT_MAX_CELLS, reduced, inside, inside);
    if (out->cell_count == 0 && subject->plain) {
        out->cell_count =
            imx_pieces_find(out->cells, IMX_LAYOUT_MAX_CELLS, reduced, inside, subject->background);
        out->pieces = out->cell_count > 0;
    }
    uint32_t outer = out->cell_count;
    add_cells_of_cells(out, reduced, inside);
    for (uint32_t i = 0; i < out->cell_count; ++i) {
        bool shape =
            out->pieces && i < outer && !is_photo(out->cells[i], reduced, subject->background);
        out->cells[i] = map_rect(map, out->cells[i], shape ? SUBJECT_MARGIN : 0);
    }
    if (out->cell_count == 0) {
        out->inset_count = imx_insets_find(out->insets, reduced, inside);
    }
    for (uint32_t i = 0; i < out->inset_count; ++i) {
        out->insets[i] = map_rect(map, out->insets[i], 0);
    }
    out->has_sheet = imx_sheet_find(out->sheet, reduced);
    for (uint32_t i = 0; out->has_sheet && i < 4; ++i) {
        out->sheet[i].x *= (float)map->x_scale;
        out->sheet[i].y *= (float)map->y_scale;
    }
}

static void find_all(imx_layout *out, imx_pixels picture, imx_pixels reduced,
                     imx_layout_scope scope) {
    mapping map = {(double)picture.width / reduced.width,
                   (double)picture.height / reduced.height,
                   {0, 0, 0, 0}};
    imx_border border;
    imx_border_find(&border, reduced, false);
    out->inside = refine_inside(&border, picture, map.x_scale, map.y_scale);
    out->has_border = out->inside.width < picture.width || out->inside.height < picture.height;
    map.bounds = out->inside;

    imx_subject subject;
    imx_subject_find(&subject, reduced, border.inside);
    out->has_subject = subject.found && is_within(&map, subject.box);
    out->subject = out->has_subject ? map_rect(&map, subject.box, SUBJECT_MARGIN) : out->inside;
    out->subject_share = (float)((double)subject.count / ((double)reduced.width * reduced.height));

    measure_detail(out, reduced);
    if (scope == IMX_LAYOUT_WITH_PARTS) {
        find_parts(out, &map, reduced, border.inside, &subject);
    }
}

imgmatch_status imx_layout_find(imx_layout *out, imx_pixels picture, imx_layout_scope scope,
                                imgmatch_diag *diag) {
    *out = (imx_layout){0};
    uint32_t longer = picture.width > picture.height ? picture.width : picture.height;
    if (picture.width == 0 || picture.height == 0) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "no pixels");
    }
    if (longer <= IMX_LAYOUT_MAX_SIDE) {
        find_all(out, picture, picture, scope);
        return IMGMATCH_OK;
    }
    double scale = (double)IMX_LAYOUT_MAX_SIDE / longer;
    uint32_t width = (uint32_t)(picture.width * scale + 0.5);
    uint32_t height = (uint32_t)(picture.height * scale + 0.5);
    width = width == 0 ? 1 : width;
    height = height == 0 ? 1 : height;
    uint8_t *pixels = imx_new_array_raw((size_t)width * height, 3);
    if (pixels == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_resample(pixels, width, height, picture, diag);
    if (status == IMGMATCH_OK) {
        imx_pixels reduced = {pixels, width, height, 3 * (size_t)width};
        find_all(out, picture, reduced, scope);
    }
    free(pixels);
    return status;
}
