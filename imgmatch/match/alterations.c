/*
 * From measurements to names.
 *
 * The alignment tells position, size, turn and mirror. The query's pixels outside of the reference
 * tell a frame from a scene. The cells inside tell what was laid over it; tone and colour are taken
 * only where the cells agree, so that a banner is not a change of colour. Detail by octaves tells
 * blur and sharpening, where most of both pictures is the same.
 *
 * Tone, contrast, blur and marks come from the remainder (remainder.h), hue and cast from one turn
 * of all colours (colour_change.h).
 *
 * The thresholds below were set on altered photos of clothes, groceries and waste; those of hue,
 * cast, contrast, sharpness, marks and patches on 1,055 copies of clothes.
 */
#include "match/alterations.h"

#include "match/colour_change.h"
#include "match/detail.h"
#include "match/marks.h"
#include "match/remainder.h"
#include "match/transform.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_TURN 3.0F     /* Degrees. */
#define LEAST_CROP 0.95F    /* Share of the reference that is left. */
#define LEAST_OUTSIDE 0.05F /* Share of the query around the reference. */
#define SIDE 0.025F         /* Margin on one side, as a share of the query's side. */
#define PLAIN_OUTSIDE 0.8F  /* Share of what is outside that has one colour. */
#define BARE 0.95F          /* The same for a letterbox; a screenshot's bars hold something. */
#define PAGE 0.9F           /* The same of a page with text, which has cells as a collage has. */
#define PLAIN_TOLERANCE 24  /* Levels of brightness about it. */
#define LEAST_FRAME 0.35F   /* Share of the query inside a border; else it is pasted. */
#define LEAST_STRETCH 1.06F /* Ratio of the two directions' scales. */
#define GREYSCALE 0.3F      /* Ratio of chroma, */
#define LEAST_CHROMA 5.0F   /* where the reference has so much of it. */
#define LEAST_TURNED_CHROMA 3.0F /* In the plane of U and V. */
#define RECOLOURED_HUE 6.0F      /* Degrees, */
#define CERTAIN 4.5F             /* and so many standard errors. */
#define UNCERTAIN 4.0F           /* Standard error, in degrees, with which nothing is said. */
#define SATURATION_UP 1.35F
#define SATURATION_DOWN 0.6F
#define RECOLOURED_CAST 3.0F /* U and V that all colours moved by, */
#define RECOLOURED_CAST_SHARE                                                                      \
    0.07F               /* beside a share of their mean: encoders change colours, too. */
#define BRIGHTNESS 5.0F /* Levels. */
#define CONTRAST_UP 1.035F
#define CONTRAST_DOWN 0.96F
#define SPOILED 0.55F       /* Correlation of a cell under something else. */
#define LEAST_OVERLAY 0.05F /* Share of the cells, */
#define LEAST_MARKS 0.0015F /* with so much of the pixels laid over; or of these alone. */
#define MOST_MARKS 0.1F     /* With which detail can be compared. */
#define LETTERED 0.01F      /* With which more detail is no sharpening. */
#define WATERMARKED 0.4F    /* Share of the cells with marks, */
#define BESIDE 0.25F        /* Share of the cells that may be marked besides a banner's. */
#define FAINT 0.25F         /* none of them covering much. */
#define REPEATS 0.5F        /* Correlation of the remainder with itself, of marks; */
#define FAINT_REPEATS 0.55F /* of those that cannot be told one by one. */
#define SMOOTHED_MARKS 1.0F /* Marks that smoothing makes, times its share. */
#define MOST_OVERLAY 0.6F
#define RIM 2             /* The reference's pixels that mix with what is around it. */
#define GROUND_LEFT 9.0F  /* CIE delta E beside tone and cast of a ground that was replaced, */
#define SUBJECT_KEPT 0.4F /* and share of its whole change that the subject may have undergone. */
#define SPOILED_SIDE 4    /* Of the 6 cells of each side, */
#define SPOILED_MIDDLE                                                                             \
    0 /* and of the 4 in the middle, where another ground than a plain one is.                     \
       */
#define GROUND_MARKS 0.02F /* Marks that it leaves: a steep curve of tone spoils cells, too. */
#define LEAST_PERSPECTIVE 0.007F /* Sides by which a corner is off from the rectangle's. */
#define BLURRED (-0.75F)         /* Octaves of detail lost, */
#define SOFT 0.1F                /* or half the variance of a blur, in thumbnail pixels; */
#define SHARPENED_PART 0.55F     /* octaves won, where a part or another size is compared, */
#define SHARPENED 0.34F          /* octaves won, */
#define NOISE_SLOPE 2.2F         /* with a power so much larger than in the next octave. */
#define SMALLER 0.8F             /* Ratio of sides in pixels. */
#define CELLS IMX_AGREEMENT_CELLS

/* What the names are chosen from. */
typedef struct evidence {
    const imx_features *query;
    const imx_sketch *reference;
    const imx_agreement *agreement;
    const imx_alteration_hints *hints;
    imx_geometry at;     /* From the best matrix known. */
    bool square;         /* Turned by a multiple of 90 degrees. */
    float margins[4];    /* Left, right, top, bottom of the reference's box in the query. */
    float outside;       /* Share of the query around the reference, */
    float outside_plain; /* and of that, share of one colour. */
    bool pasted;
    bool perspective;
    bool replaced; /* The ground is another one. */
    imx_marks marks;
    imx_colour_change colours;
    float spoiled;      /* Share of the cells that something else covers, */
    bool spoiled_rows;  /* being whole rows of cells at the top or the bottom, */
    bool spoiled_edges; /* or whole rows or columns at the sides. */
    imx_remainder remainder;
    imx_detail_change detail;
    bool blurred;
    bool sharpened;
    bool noisy;
} evidence;

__attribute__((format(printf, 2, 3))) static void name(imx_alterations *out, const char *format,
                                                       ...) {
    if (out->count < IMX_ALTERATIONS_MAX) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(out->names[out->count++], IMX_ALTERATION_BYTES, format, arguments);
        va_end(arguments);
    }
}

static int percent(float share) {
    int value = (int)lroundf(share * 100);
    return value < 1 ? 1 : value > 99 ? 99 : value;
}

static float clamp01(float value) { return fminf(fmaxf(value, 0), 1); }

static void find_margins(evidence *self) {
    float left = 1, right = 0, top = 1, bottom = 0;
    for (int corner = 0; corner < 4; corner++) {
        imx_point from = {(float)(corner & 1), (float)(corner >> 1)};
        imx_point to = imx_transform_apply(&self->at.matrix, from);
        left = fminf(left, clamp01(to.x));
        right = fmaxf(right, clamp01(to.x));
        top = fminf(top, clamp01(to.y));
        bottom = fmaxf(bottom, clamp01(to.y));
    }
    self->margins[0] = left;
    self->margins[1] = 1 - right;
    self->margins[2] = top;
    self->margins[3] = 1 - bottom;
}

static bool in_reference(const imx_inverse *inverse, float x, float y) {
    imx_point at = imx_inverse_apply(inverse, (imx_point){x, y});
    return at.x > -0.02F && at.x < 1.02F && at.y > -0.02F && at.y < 1.02F;
}

/* How much of the query lies around the reference, and how much of that has one brightness. */
static void look_outside(evidence *self) {
    imx_inverse inverse;
    self->outside = 1 - self->at.query_overlap;
    if (!imx_transform_invert(&inverse, &self->at.matrix) || self->query->level_count == 0) {
        return;
    }
    uint32_t index = self->query->level_count > 2 ? 2 : self->query->level_count - 1;
    const imx_level *level = &self->query->levels[index];
    uint32_t histogram[256] = {0};
    uint32_t total = 0;
    for (uint32_t y = 0; y < level->height; y++) {
        for (uint32_t x = 0; x < level->width; x++) {
            if (!in_reference(&inverse, ((float)x + 0.5F) / (float)level->width,
                              ((float)y + 0.5F) / (float)level->height)) {
                total++;
                histogram[level->planes[0][(size_t)y * level->width + x]]++;
            }
        }
    }
    int commonest = 0;
    for (int i = 1; i < 256; i++) {
        commonest = histogram[i] > histogram[commonest] ? i : commonest;
    }
    uint32_t near = 0;
    for (int i = 0; i < 256; i++) {
        near += abs(i - commonest) < PLAIN_TOLERANCE ? histogram[i] : 0;
    }
    self->outside_plain = total > 0 ? (float)near / (float)total : 0;
}

static bool spoiled_cell(const imx_agreement *agreement, size_t row, size_t column) {
    float value = agreement->cells[row * CELLS + column];
    return value > -2 && value < SPOILED;
}

/* Spoiled cells in whole lines at either end, with those of the line that they end in. */
static size_t at_edges(const size_t lines[CELLS]) {
    size_t total = 0;
    for (int end = 0; end < 2; end++) {
        bool whole = true;
        for (size_t i = 0; i < CELLS / 2 && whole; i++) {
            size_t count = lines[end == 0 ? i : CELLS - 1 - i];
            whole = count >= CELLS - 2;
            total += whole || i > 0 ? count : 0;
        }
    }
    return total;
}

static void look_inside(evidence *self) {
    const imx_agreement *agreement = self->agreement;
    size_t covered = 0;
    size_t spoiled = 0;
    size_t rows[CELLS] = {0};
    size_t columns[CELLS] = {0};
    for (size_t row = 0; row < CELLS; row++) {
        for (size_t column = 0; column < CELLS; column++) {
            covered += agreement->cells[row * CELLS + column] > -2;
            if (spoiled_cell(agreement, row, column)) {
                spoiled++;
                rows[row]++;
                columns[column]++;
            }
        }
    }
    if (!agreement->measured || covered == 0) {
        return;
    }
    self->spoiled = (float)spoiled / (float)covered;
    size_t in_rows = at_edges(rows);
    size_t in_columns = at_edges(columns);
    self->spoiled_rows = spoiled > 0 && in_rows * 5 >= spoiled * 4;
    self->spoiled_edges = spoiled > 0 && (in_rows + in_columns) * 5 >= spoiled * 4;
}

/* Another ground: a plain one has another colour, which the subject has not; any other is spoiled
 * on all sides, and the middle is not. */
static bool is_ground_replaced(const evidence *self) {
    if (self->colours.ground_left > GROUND_LEFT &&
        self->colours.subject_median < SUBJECT_KEPT * self->colours.ground_shift) {
        return true;
    }
    size_t sides[4] = {0};
    size_t middle = 0;
    for (size_t i = 0; i < CELLS; i++) {
        sides[0] += spoiled_cell(self->agreement, 0, i);
        sides[1] += spoiled_cell(self->agreement, CELLS - 1, i);
        sides[2] += spoiled_cell(self->agreement, i, 0);
        sides[3] += spoiled_cell(self->agreement, i, CELLS - 1);
        for (size_t k = 0; k < CELLS; k++) {
            bool is_middle = i >= 2 && i < CELLS - 2 && k >= 2 && k < CELLS - 2;
            middle += is_middle && spoiled_cell(self->agreement, i, k);
        }
    }
    bool around = true;
    for (size_t i = 0; i < 4; i++) {
        around = around && sides[i] >= SPOILED_SIDE;
    }
    return self->agreement->measured && around && middle <= SPOILED_MIDDLE &&
           self->marks.share > GROUND_MARKS && self->marks.repeats < REPEATS;
}

static void name_turn(imx_alterations *out, const evidence *self) {
    float turn = self->at.rotation;
    float square = 90 * roundf(turn / 90);
    int quarter = (int)lroundf(turn / 90);
    if (self->at.mirrored && self->square && (quarter == 2 || quarter == -2)) {
        name(out, "flipped");
        return;
    }
    if (self->at.mirrored) {
        name(out, "mirrored");
    }
    if (fabsf(turn) < LEAST_TURN) {
        return;
    }
    if (fabsf(turn - square) < LEAST_TURN) {
        name(out, "rotated %d", ((int)square + 360) % 360);
    } else {
        name(out, "rotated %ld degrees", lroundf(turn));
    }
}

/* How far the corners are from those of the nearest affine transform, in sides of the image. */
static float perspective_of(const imx_geometry *at) {
    const imx_transform affine = imx_transform_affine(&at->matrix);
    const imx_point corner = {0, 0};
    imx_point exact = imx_transform_apply(&at->matrix, corner);
    imx_point flat = imx_transform_apply(&affine, corner);
    float side = sqrtf(fabsf(imx_transform_determinant(&affine)));
    return fmaxf(fabsf(exact.x - flat.x), fabsf(exact.y - flat.y)) / fmaxf(side, 1e-3F);
}

static void name_perspective(imx_alterations *out, evidence *self) {
    self->perspective = perspective_of(&self->at) > LEAST_PERSPECTIVE;
    if (self->perspective) {
        name(out, "perspective");
    }
}

/* How the query goes on around the reference. */
static void name_surroundings(imx_alterations *out, evidence *self) {
    const float *margin = self->margins;
    int sides = 0;
    for (int i = 0; i < 4; i++) {
        sides += margin[i] > SIDE;
    }
    float inside = self->at.query_overlap;
    bool across = margin[0] <= SIDE && margin[1] <= SIDE;
    bool along = margin[2] <= SIDE && margin[3] <= SIDE;
    bool plain = self->outside_plain >= PLAIN_OUTSIDE;
    if (self->outside < LEAST_OUTSIDE || sides == 0) {
        return;
    }
    if (self->hints->cell_count >= 2 && inside < 0.7F && self->outside_plain < PAGE) {
        name(out, "collage");
        self->pasted = true;
    } else if (plain && inside > LEAST_FRAME &&
               (self->perspective || (!self->square && (across || along)))) {
        return; /* The corners that a tilt or a rotation leaves. */
    } else if (across && sides == 1 && inside > LEAST_FRAME) {
        name(out, "banner");
    } else if (across && sides == 2 && self->outside_plain < BARE && inside > LEAST_FRAME) {
        name(out, "screenshot");
    } else if (plain && inside > LEAST_FRAME && (sides == 4 || (sides == 2 && (across || along)))) {
        name(out, "border");
    } else {
        name(out, "pasted into a larger picture (%d%% of it)", percent(inside));
        self->pasted = true;
    }
}

static void name_crop_and_overlay(imx_alterations *out, const evidence *self) {
    float left = self->at.reference_overlap;
    bool marked = self->marks.share >= LEAST_MARKS;
    bool spoiled = marked && self->spoiled >= LEAST_OVERLAY && self->spoiled <= MOST_OVERLAY;
    if (spoiled && self->spoiled_edges && self->pasted) {
        left *= 1 - self->spoiled; /* The part that was pasted ends before the reference does. */
        spoiled = marked = false;
    }
    if (left < LEAST_CROP && (self->square || left < 0.85F)) {
        name(out, "cropped to %d%%", percent(left));
    }
    const imx_marks *marks = &self->marks;
    bool faint = marked && marks->spread >= WATERMARKED && marks->share < FAINT;
    if (self->replaced) {
        name(out, "background replaced");
    } else if (spoiled && self->spoiled_rows && marks->spread < self->spoiled + BESIDE) {
        name(out, "banner");
    } else if (marks->smoothed > 0 && marks->share < SMOOTHED_MARKS * marks->smoothed) {
        name(out, "blurred patch (%d%% of it)", percent(marks->smoothed));
    } else if ((faint && (!spoiled || marks->repeats > REPEATS)) ||
               (marks->repeats > FAINT_REPEATS && !spoiled &&
                self->outside < LEAST_OUTSIDE)) { /* The grid of a screen repeats, too. */
        name(out, "watermark");
    } else if (marked) {
        name(out, "overlay (%d%% of it)",
             percent(spoiled ? fmaxf(self->spoiled, marks->share) : marks->share));
    }
}

static bool is_recoloured(const imx_colour_change *colours) {
    bool turned = colours->chroma > LEAST_TURNED_CHROMA && colours->turned > RECOLOURED_HUE &&
                  colours->turned > CERTAIN * colours->turned_error;
    bool scaled = colours->chroma > LEAST_TURNED_CHROMA &&
                  (colours->saturation > SATURATION_UP || colours->saturation < SATURATION_DOWN);
    bool certain = colours->turned_error < UNCERTAIN;
    return ((turned || scaled) && certain) ||
           colours->cast > RECOLOURED_CAST + RECOLOURED_CAST_SHARE * colours->middle;
}

static void name_colour(imx_alterations *out, const evidence *self) {
    const imx_agreement *agreement = self->agreement;
    if (!agreement->measured) {
        return;
    }
    if (agreement->subject_chroma > LEAST_CHROMA && agreement->subject_chroma_ratio < GREYSCALE) {
        name(out, "greyscale");
    } else if (!self->replaced && is_recoloured(&self->colours)) {
        name(out, "recoloured");
    }
    if (self->replaced) {
        return; /* The cells hold some of the ground: it is not tone that changed them. */
    }
    const imx_remainder *tone = &self->remainder;
    bool marked = self->marks.share >= LEAST_MARKS;
    if (tone->brightness < -BRIGHTNESS && !self->noisy) {
        name(out, "darkened");
    } else if (tone->brightness > BRIGHTNESS) {
        name(out, "brightened");
    } else if (tone->contrast > CONTRAST_UP) {
        name(out, "contrast raised");
    } else if (tone->contrast < CONTRAST_DOWN && !self->noisy && !self->blurred && !marked) {
        /* Noise is cut off at black and white, a large blur mixes with the white around, and marks
         * are flat. */
        name(out, "contrast lowered");
    }
}

/* Octaves of detail lost or won, where most of both pictures is the same. */
static void compare_detail(evidence *self) {
    bool most = self->at.query_overlap > 0.85F && self->at.reference_overlap > 0.6F &&
                self->marks.share < MOST_MARKS;
    bool whole = self->at.reference_overlap > 0.85F && self->at.scale > SMALLER;
    if (most) {
        imx_detail_compare(&self->detail, &self->query->facts, &self->reference->facts,
                           self->at.scale);
    }
    self->blurred = self->detail.won < BLURRED || self->remainder.softness > SOFT;
    self->sharpened = self->detail.won > (whole ? SHARPENED : SHARPENED_PART);
    self->noisy = self->detail.won > SHARPENED && self->detail.slope > NOISE_SLOPE;
}

static void name_quality(imx_alterations *out, const evidence *self) {
    const imx_marks *marks = &self->marks;
    if (self->at.stretch > LEAST_STRETCH && self->square && !self->perspective) {
        name(out, "stretched");
    }
    if (self->blurred) {
        name(out, "blurred");
    } else if (self->sharpened && !self->noisy && marks->share < LETTERED &&
               marks->repeats < FAINT_REPEATS) { /* Letters are sharp. */
        name(out, "sharpened");
    }
    if (self->at.scale < SMALLER && !self->pasted && self->at.query_overlap > 0.5F) {
        name(out, "resized to %d%%", percent(self->at.scale));
    }
}

void imx_alterations_name(imx_alterations *out, const imx_features *query,
                          const imx_sketch *reference, const imx_geometry *geometry,
                          const imx_agreement *agreement, const imx_alteration_hints *hints) {
    memset(out, 0, sizeof *out);
    if (hints->same_bytes || !(geometry->found || agreement->measured)) {
        return;
    }
    evidence self = {.query = query,
                     .reference = reference,
                     .agreement = agreement,
                     .hints = hints,
                     .at = *geometry};
    if (agreement->measured) {
        self.at.matrix = agreement->matrix;
    }
    imx_geometry_from_matrix(&self.at, &query->facts, &reference->facts);
    float turn = self.at.rotation;
    self.square = fabsf(turn - 90 * roundf(turn / 90)) < LEAST_TURN;
    find_margins(&self);
    look_outside(&self);
    look_inside(&self);
    imx_remainder_measure(&self.remainder, query, reference, &self.at.matrix);
    imx_marks_find(&self.marks, &self.remainder, self.outside > 0.5F * LEAST_OUTSIDE ? RIM : 0);
    compare_detail(&self);
    imx_colour_change_measure(&self.colours, agreement, query, reference, self.remainder.contrast);
    self.replaced = is_ground_replaced(&self);
    name_turn(out, &self);
    name_perspective(out, &self);
    name_surroundings(out, &self);
    name_crop_and_overlay(out, &self);
    name_colour(out, &self);
    name_quality(out, &self);
    if (out->count == 0 && hints->jpeg) {
        name(out, "re-encoded");
    }
}
