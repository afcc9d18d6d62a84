/*
 * Do small parts of the picture stay where the alignment puts them? Another piece in the same pose,
 * or the same one laid out again, agrees in brightness nearly everywhere, but its parts are moved
 * against each other; those of a copy are not, however small or blurred it is.
 *
 * In windows of a third of each side, how far the query's pixels are moved comes from one linear
 * regression of their brightness on the reference's brightness and gradient (Lucas and Kanade 1981,
 * with gain and offset). Across an edge a move is seen, along it it is not (the aperture problem):
 * only directions whose move is known well count. What an affine transform of the whole explains is
 * the alignment's own error and is taken away, robustly, since a window may hold a sticker.
 */
#include "match/agreement_parts.h"
#include "match/median.h"
#include "match/normal_equations.h"
#include "match/overlay.h"
#include "match/transform.h"

#include <math.h>
#include <string.h>

#define CELLS IMX_AGREEMENT_CELLS
#define WINDOWS (CELLS - 1) /* Of two by two cells, in each direction. */
#define UNKNOWNS 4          /* Gain, moves times the gain, offset. */
#define NOISE 16.0          /* Variance of brightness that moves do not explain, levels squared. */
#define LARGE_MOVE 2.0      /* Pixels; a priori. */
#define LEAST_GAIN 0.15
#define LEAST_EXPLAINED 0.5 /* Share of the variance. */
#define CERTAIN 0.15        /* Standard error of a move that counts, pixels. */
#define AFFINE 6
#define LEAST_MOVES (AFFINE + 4)
#define ROUNDS 4
#define STRAY 0.3 /* Pixels from which a move weighs less than half. */

typedef struct window_sums {
    double normal[UNKNOWNS][UNKNOWNS];
    double right[UNKNOWNS];
    double squares; /* Of the query. */
    double count;
} window_sums;

/* A move along one direction, at a place in -1/2..1/2. */
typedef struct part_move {
    double direction[2];
    double place[2];
    double pixels;
} part_move;

typedef struct part_moves {
    part_move all[2 * WINDOWS * WINDOWS];
    size_t count;
} part_moves;

static void add_pixel(window_sums *sums, const double v[UNKNOWNS], double query) {
    for (size_t j = 0; j < UNKNOWNS; j++) {
        for (size_t k = 0; k < UNKNOWNS; k++) {
            sums->normal[j][k] += v[j] * v[k];
        }
        sums->right[j] += v[j] * query;
    }
    sums->squares += query * query;
    sums->count += 1;
}

static void add_sums(window_sums *sums, const window_sums *more) {
    for (size_t j = 0; j < UNKNOWNS; j++) {
        for (size_t k = 0; k < UNKNOWNS; k++) {
            sums->normal[j][k] += more->normal[j][k];
        }
        sums->right[j] += more->right[j];
    }
    sums->squares += more->squares;
    sums->count += more->count;
}

static void sum_cells(window_sums cells[CELLS][CELLS], const imx_overlay *overlay,
                      const imx_sketch *reference) {
    uint32_t width = overlay->width;
    for (uint32_t y = 1; y + 1 < overlay->height; y++) {
        for (uint32_t x = 1; x + 1 < width; x++) {
            size_t i = (size_t)y * width + x;
            if (!overlay->inside[i]) {
                continue;
            }
            const uint8_t *at = reference->luma + i;
            double v[UNKNOWNS] = {at[0], (at[1] - *(at - 1)) / 2.0,
                                  (at[width] - *(at - width)) / 2.0, 1};
            add_pixel(&cells[y * CELLS / overlay->height][x * CELLS / width], v,
                      (double)overlay->luma[i]);
        }
    }
}

/* How a window moved; false when it is not the reference's. */
static bool solve_window(double move[2], double *gain, const window_sums *sums) {
    double normal[UNKNOWNS * UNKNOWNS];
    double right[UNKNOWNS];
    memcpy(normal, sums->normal, sizeof normal);
    memcpy(right, sums->right, sizeof right);
    normal[0] += 1e-3;
    normal[1 * UNKNOWNS + 1] += NOISE / (LARGE_MOVE * LARGE_MOVE);
    normal[2 * UNKNOWNS + 2] += NOISE / (LARGE_MOVE * LARGE_MOVE);
    if (!imx_solve(normal, right, UNKNOWNS) || !(right[0] >= LEAST_GAIN)) {
        return false;
    }
    double left = sums->squares;
    for (size_t j = 0; j < UNKNOWNS; j++) {
        left -= right[j] * sums->right[j];
    }
    double mean = sums->right[UNKNOWNS - 1] / sums->count;
    double variance = sums->squares - sums->count * mean * mean;
    *gain = right[0];
    move[0] = right[1] / right[0];
    move[1] = right[2] / right[0];
    return left <= (1 - LEAST_EXPLAINED) * variance;
}

/* The part of a window's move along a direction with so much gradient, if it is certain. */
static void take_move(part_moves *moves, const double move[2], const double place[2], double angle,
                      double power) {
    if (!(power * CERTAIN * CERTAIN >= NOISE)) {
        return;
    }
    part_move *next = &moves->all[moves->count++];
    *next = (part_move){{cos(angle), sin(angle)}, {place[0], place[1]}, 0};
    next->pixels = next->direction[0] * move[0] + next->direction[1] * move[1];
}

static void find_moves(part_moves *moves, window_sums cells[CELLS][CELLS]) {
    moves->count = 0;
    for (size_t row = 0; row < WINDOWS; row++) {
        for (size_t column = 0; column < WINDOWS; column++) {
            window_sums sums = cells[row][column];
            add_sums(&sums, &cells[row][column + 1]);
            add_sums(&sums, &cells[row + 1][column]);
            add_sums(&sums, &cells[row + 1][column + 1]);
            double move[2];
            double gain;
            if (sums.count < 2 * AFFINE || !solve_window(move, &gain, &sums)) {
                continue;
            }
            /* The directions of most and of least gradient. */
            double xx = sums.normal[1][1];
            double xy = sums.normal[1][2];
            double yy = sums.normal[2][2];
            double angle = atan2(2 * xy, xx - yy) / 2;
            double spread = hypot((xx - yy) / 2, xy);
            double place[2] = {(double)(column + 1) / CELLS - 0.5, (double)(row + 1) / CELLS - 0.5};
            double square = gain * gain;
            take_move(moves, move, place, angle, square * ((xx + yy) / 2 + spread));
            take_move(moves, move, place, angle + acos(0), square * ((xx + yy) / 2 - spread));
        }
    }
}

static double left_of(const part_move *move, const double affine[AFFINE]) {
    double explained = 0;
    for (size_t i = 0; i < 2; i++) {
        explained += move->direction[i] * (affine[i] + affine[2 + 2 * i] * move->place[0] +
                                           affine[3 + 2 * i] * move->place[1]);
    }
    return move->pixels - explained;
}

/* The affine transform that explains most of the moves. */
static bool fit_affine(double affine[AFFINE], const part_moves *moves) {
    memset(affine, 0, AFFINE * sizeof *affine);
    for (int round = 0; round < ROUNDS; round++) {
        imx_normal_equations equations = {.unknowns = AFFINE};
        for (size_t i = 0; i < moves->count; i++) {
            const part_move *move = &moves->all[i];
            double stray = round == 0 ? 0 : left_of(move, affine) / STRAY;
            const double *e = move->direction;
            const double *p = move->place;
            const double row[AFFINE] = {e[0],        e[1],        e[0] * p[0],
                                        e[0] * p[1], e[1] * p[0], e[1] * p[1]};
            imx_normal_equations_add(&equations, row, move->pixels, 1 / (1 + stray * stray));
        }
        if (!imx_normal_equations_solve(affine, &equations, 1e-3)) {
            return false;
        }
    }
    return true;
}

void imx_agreement_measure_shifts(imx_agreement *out, const imx_overlay *overlay,
                                  const imx_sketch *reference) {
    window_sums cells[CELLS][CELLS] = {{{{{0}}, {0}, 0, 0}}};
    part_moves moves;
    double affine[AFFINE];
    sum_cells(cells, overlay, reference);
    find_moves(&moves, cells);
    if (moves.count < LEAST_MOVES || !fit_affine(affine, &moves)) {
        return;
    }
    float left[2 * WINDOWS * WINDOWS];
    for (size_t i = 0; i < moves.count; i++) {
        left[i] = (float)fabs(left_of(&moves.all[i], affine));
    }
    out->shifts = (int)moves.count;
    out->shift = imx_median(left, moves.count);
    out->shift_most = left[3 * moves.count / 4];
}
