/* Alterations that make the photo a part of a larger picture. */
#include "eval/kinds.h"
#include "eval/lettering.h"
#include "eval/recolour.h"

#include <math.h>

static const eval_colour white = {{255, 255, 255}};

/* Fill a rectangle with the middle of another photo. */
static bool put_filler(eval_draft *draft, const eval_picture *onto, int left, int top, int width,
                       int height) {
    const eval_picture *filler = eval_draft_filler(draft);
    double scale = fmax((double)width / filler->width, (double)height / filler->height);
    int wide = (int)fmax(width, ceil(filler->width * scale));
    int high = (int)fmax(height, ceil(filler->height * scale));
    eval_picture resized, part = {NULL, 0, 0};
    if (!eval_picture_resize(&resized, filler, wide, high))
        return false;
    bool made =
        eval_picture_cut(&part, &resized, (wide - width) / 2, (high - height) / 2, width, height);
    if (made)
        eval_picture_put(onto, &part, left, top);
    eval_picture_free(&part);
    eval_picture_free(&resized);
    return made;
}

bool eval_alter_collage(eval_draft *draft) {
    static const int columns[EVAL_STRENGTHS] = {2, 2, 3}, rows[EVAL_STRENGTHS] = {1, 2, 3};
    static const double shrunk[EVAL_STRENGTHS] = {0.9, 0.7, 0.6};
    const eval_picture *in = &draft->picture;
    int across = columns[draft->strength], down = rows[draft->strength];
    int width = (int)fmax(24, in->width * shrunk[draft->strength]);
    int height = (int)fmax(24, in->height * shrunk[draft->strength]);
    int gutter = eval_dice_below(&draft->dice, 2) * (width / 40 + 1);
    int place = eval_dice_below(&draft->dice, across * down);
    eval_picture whole, cell = {NULL, 0, 0};
    if (!eval_picture_new(&whole, across * (width + gutter) + gutter,
                          down * (height + gutter) + gutter, white))
        return false;
    bool made = eval_picture_resize(&cell, in, width, height);
    for (int i = 0; made && i < across * down; i++) {
        int left = gutter + i % across * (width + gutter);
        int top = gutter + i / across * (height + gutter);
        if (i == place)
            eval_picture_put(&whole, &cell, left, top);
        else
            made = put_filler(draft, &whole, left, top, width, height);
    }
    eval_draft_note(draft, "cells=%dx%d place=%d gutter=%d", across, down, place, gutter);
    if (made)
        eval_picture_take(&draft->picture, &whole);
    eval_picture_free(&cell);
    eval_picture_free(&whole);
    return made;
}

bool eval_alter_paste(eval_draft *draft) {
    double share = eval_draft_value(draft, (eval_range){{0.55, 0.7}, {0.22, 0.3}, {0.1, 0.13}});
    const eval_picture *in = &draft->picture;
    /* The scene grows as the photo's share falls, so that the photo keeps some pixels. */
    double scale = draft->strength == EVAL_SEVERE ? 1.6 : 1.2, side = sqrt(share);
    int width = (int)(in->width * scale), height = (int)(in->height * scale);
    double wide = width * side, high = height * side, corners[4][2];
    double left = eval_dice_between(&draft->dice, 0, width - wide);
    double top = eval_dice_between(&draft->dice, 0, height - high);
    for (int i = 0; i < 4; i++) {
        corners[i][0] = left + (i == 1 || i == 2 ? wide : 0);
        corners[i][1] = top + (i >= 2 ? high : 0);
    }
    eval_picture scene;
    if (!eval_picture_new(&scene, width, height, white))
        return false;
    bool made = put_filler(draft, &scene, 0, 0, width, height) &&
                eval_picture_draw(&scene, in, (const double(*)[2])corners);
    eval_draft_note(draft, "area=%.2f left=%.0f top=%.0f", share, left, top);
    if (made)
        eval_picture_take(&draft->picture, &scene);
    eval_picture_free(&scene);
    return made;
}

/* The new ground: a plain colour, a slope of two colours, or another photo. */
static bool make_ground(eval_picture *out, eval_draft *draft) {
    eval_colour one = eval_draft_colour(draft), other = eval_draft_colour(draft);
    if (!eval_picture_new(out, draft->picture.width, draft->picture.height, one))
        return false;
    if (draft->strength == EVAL_MILD) { /* Pale, as backdrops are. */
        eval_picture_tint(out, 0, 0, out->width, out->height, white, 0.55);
    } else if (draft->strength == EVAL_MEDIUM) {
        for (int y = 0; y < out->height; y++)
            eval_picture_tint(out, 0, y, out->width, 1, other, (double)y / out->height);
    } else if (!put_filler(draft, out, 0, 0, out->width, out->height)) {
        eval_picture_free(out);
        return false;
    }
    return true;
}

bool eval_alter_background(eval_draft *draft) {
    eval_picture mask, ground;
    bool plain = false;
    if (!make_ground(&ground, draft))
        return false;
    bool made = eval_find_subject(&mask, &plain, &draft->picture);
    size_t count = 3 * (size_t)ground.width * (size_t)ground.height;
    for (size_t i = 0; made && i < count; i++) {
        double share = mask.rgb[i] / 255.0;
        ground.rgb[i] = eval_level(draft->picture.rgb[i] * share + ground.rgb[i] * (1 - share));
    }
    eval_draft_note(draft, "subject=%s", plain ? "found" : "oval");
    if (made) {
        eval_picture_take(&draft->picture, &ground);
        eval_picture_free(&mask);
    }
    eval_picture_free(&ground);
    return made;
}

/* A line of text in a box; nothing when there is no room for letters. */
static bool put_text(const eval_picture *onto, const char *text, int left, int top, int height,
                     eval_colour colour) {
    eval_picture mask;
    if (height < 5)
        return true;
    if (!eval_lettering(&mask, text, height))
        return false;
    eval_picture_stamp(onto, &mask, left, top, colour, 1);
    eval_picture_free(&mask);
    return true;
}

bool eval_alter_screenshot(eval_draft *draft) {
    static const double widths[EVAL_STRENGTHS] = {1, 0.72, 0.58};
    static const double heights[EVAL_STRENGTHS] = {1.3, 1.9, 2.6}; /* In widths of the photo. */
    const eval_picture *in = &draft->picture;
    bool dark = eval_dice_below(&draft->dice, 2) == 0;
    eval_colour page = dark ? (eval_colour){{24, 24, 28}} : white;
    eval_colour ink = dark ? (eval_colour){{230, 230, 230}} : (eval_colour){{40, 40, 44}};
    eval_colour bar = dark ? (eval_colour){{44, 44, 52}} : (eval_colour){{236, 236, 240}};
    int width = (int)(in->width / widths[draft->strength]), unit = width / 24 + 1;
    int height = (int)fmax(in->width * heights[draft->strength], in->height + 6 * unit);
    int top = 4 * unit, left = (width - in->width) / 2;
    eval_picture screen;
    if (!eval_picture_new(&screen, width, height, page))
        return false;
    eval_picture_tint(&screen, 0, 0, width, 3 * unit, bar, 1);
    bool made = put_text(&screen, "9:41", unit, unit / 3, unit * 3 / 4, ink) &&
                put_text(&screen, "shop.example", unit, unit * 3 / 2, unit, ink);
    eval_picture_put(&screen, in, left, top);
    int below = top + in->height + unit;
    made = made && put_text(&screen, "Only 3 left, order now", left, below, unit, ink) &&
           put_text(&screen, "In stock", left, below + 2 * unit, unit * 3 / 4, ink);
    /* Lines of text that are too small to be read. */
    for (int y = below + 4 * unit; y < height - 2 * unit; y += unit)
        eval_picture_tint(&screen, left, y,
                          (int)(in->width * eval_dice_between(&draft->dice, 0.5, 0.95)), unit / 2,
                          bar, 1);
    eval_picture_tint(&screen, 0, height - 3 * unit / 2, width, 2 * unit, bar, 1);
    eval_draft_note(draft, "photo=%.2f %s",
                    (double)in->width * in->height / ((double)width * height),
                    dark ? "dark" : "light");
    if (made)
        eval_picture_take(&draft->picture, &screen);
    eval_picture_free(&screen);
    return made;
}

/* What the camera makes of the screen's grid: two slow waves across the picture, and its gamma. */
static void shoot(eval_draft *draft, double depth, double gamma) {
    const eval_picture *picture = &draft->picture;
    double period = eval_dice_between(&draft->dice, 3.2, 6),
           turn = eval_dice_between(&draft->dice, 0, 3.1);
    double across = 6.2831853 * cos(turn) / period, down = 6.2831853 * sin(turn) / period;
    uint8_t levels[256];
    for (int i = 0; i < 256; i++)
        levels[i] = eval_level(12 + 240 * pow(i / 255.0, gamma));
    for (int y = 0; y < picture->height; y++) {
        for (int x = 0; x < picture->width; x++) {
            uint8_t *pixel = eval_pixel(picture, x, y);
            for (int c = 0; c < 3; c++) {
                double wave = sin(across * x + down * y + 2.1 * c) +
                              0.6 * sin(0.13 * across * x - 0.17 * down * y + c);
                pixel[c] = eval_level(levels[pixel[c]] * (1 + depth * wave));
            }
        }
    }
}

bool eval_alter_screen_photo(eval_draft *draft) {
    static const double margins[EVAL_STRENGTHS] = {0.03, 0.06, 0.1};
    double depth = eval_draft_value(draft, (eval_range){{0.03, 0.05}, {0.08, 0.11}, {0.15, 0.2}});
    double gamma = eval_draft_value(draft, (eval_range){{0.9, 1.1}, {1.15, 1.35}, {1.5, 1.8}});
    double tilt = eval_draft_value(draft, (eval_range){{0.01, 0.03}, {0.05, 0.08}, {0.1, 0.15}});
    const eval_picture *in = &draft->picture;
    double margin = margins[draft->strength], corners[4][2];
    for (int i = 0; i < 4; i++) {
        double x = margin + eval_dice_between(&draft->dice, 0, tilt);
        double y = margin + eval_dice_between(&draft->dice, 0, tilt);
        corners[i][0] = in->width * (i == 1 || i == 2 ? 1 - x : x);
        corners[i][1] = in->height * (i >= 2 ? 1 - y : y);
    }
    eval_picture photo;
    if (!eval_picture_new(&photo, in->width, in->height, (eval_colour){{18, 18, 20}}))
        return false;
    bool made = eval_picture_draw(&photo, in, (const double(*)[2])corners);
    if (made)
        eval_picture_take(&draft->picture, &photo);
    eval_picture_free(&photo);
    if (!made)
        return false;
    shoot(draft, depth, gamma);
    eval_draft_note(draft, "moire=%.2f gamma=%.2f tilt=%.2f", depth, gamma, tilt);
    return eval_picture_blur(&draft->picture, 0.6);
}
