/* Alterations that lay something over the photo. */
#include "eval/kinds.h"
#include "eval/lettering.h"

#include <math.h>
#include <stdio.h>

static const eval_colour white = {{255, 255, 255}}, black = {{0, 0, 0}};

static const char *choose(eval_draft *draft, const char *const *texts, int count) {
    return texts[eval_dice_below(&draft->dice, count)];
}

/* Text that is as wide as `width` allows and no higher than `height`. */
static bool fit_text(eval_picture *out, const char *text, int width, int height) {
    eval_picture mask;
    if (!eval_lettering(&mask, text, height > 4 ? height : 4))
        return false;
    if (mask.width <= width) {
        *out = mask;
        return true;
    }
    int lower = (int)((int64_t)mask.height * width / mask.width);
    bool made = eval_picture_resize(out, &mask, width > 1 ? width : 1, lower > 1 ? lower : 1);
    eval_picture_free(&mask);
    return made;
}

bool eval_alter_corner_mark(eval_draft *draft) {
    static const char *const marks[] = {"BestDeals24", "(c) mega-outlet", "TopShop Online",
                                        "www.super-price.shop", "Fashion + More"};
    const eval_picture *in = &draft->picture;
    double share = eval_draft_value(draft, (eval_range){{0.15, 0.22}, {0.3, 0.4}, {0.55, 0.75}});
    const char *text = choose(draft, marks, 5);
    int corner = eval_dice_below(&draft->dice, 4);
    eval_picture mask;
    if (!fit_text(&mask, text, (int)(in->width * share), in->height / 4))
        return false;
    int margin = in->width / 40;
    int left = corner % 2 ? in->width - mask.width - margin : margin;
    int top = corner / 2 ? in->height - mask.height - margin : margin;
    eval_draft_note(draft, "width=%.2f corner=%d", share, corner);
    eval_picture_stamp(in, &mask, left + 1, top + 1, black, 0.6);
    eval_picture_stamp(in, &mask, left, top, white, 0.85);
    eval_picture_free(&mask);
    return true;
}

bool eval_alter_tiled_mark(eval_draft *draft) {
    static const char *const marks[] = {"SAMPLE", "shop-direct", "PREVIEW", "outlet world"};
    const eval_picture *in = &draft->picture;
    double alpha = eval_draft_value(draft, (eval_range){{0.12, 0.18}, {0.28, 0.38}, {0.55, 0.7}});
    const char *text = choose(draft, marks, 4);
    int columns = 2 + eval_dice_below(&draft->dice, 3);
    eval_colour colour =
        eval_dice_below(&draft->dice, 2) == 0 ? white : (eval_colour){{90, 90, 90}};
    eval_picture mask;
    if (!fit_text(&mask, text, in->width * 4 / (5 * columns), in->height / 8))
        return false;
    int step = mask.height * 3;
    for (int row = 0; row * step < in->height; row++) {
        for (int column = -1; column <= columns; column++) {
            int left = column * in->width / columns + row % 2 * in->width / (2 * columns);
            eval_picture_stamp(in, &mask, left, row * step + mask.height, colour, alpha);
        }
    }
    eval_draft_note(draft, "alpha=%.2f columns=%d", alpha, columns);
    eval_picture_free(&mask);
    return true;
}

bool eval_alter_banner(eval_draft *draft) {
    static const char *const texts[] = {"FREE SHIPPING",    "NEW IN STOCK",     "-50% TODAY ONLY",
                                        "BUY 2 GET 1 FREE", "ORIGINAL QUALITY", "LAST PIECES"};
    const eval_picture *in = &draft->picture;
    double share = eval_draft_value(draft, (eval_range){{0.08, 0.12}, {0.18, 0.24}, {0.33, 0.42}});
    int height = (int)fmax(4, in->height * share);
    bool at_top = eval_dice_below(&draft->dice, 2) == 0;
    int top = at_top ? 0 : in->height - height;
    const char *text = choose(draft, texts, 6);
    eval_picture mask;
    if (!fit_text(&mask, text, in->width * 9 / 10, height * 6 / 10))
        return false;
    eval_draft_note(draft, "height=%.2f %s", share, at_top ? "top" : "bottom");
    eval_picture_tint(in, 0, top, in->width, height, eval_draft_colour(draft), 1);
    eval_picture_stamp(in, &mask, (in->width - mask.width) / 2, top + (height - mask.height) / 2,
                       white, 1);
    eval_picture_free(&mask);
    return true;
}

/* A disc, or a star with `points` points, of the given diameter, as a mask. */
static bool draw_shape(eval_picture *out, int diameter, int points) {
    if (!eval_picture_new(out, diameter, diameter, black))
        return false;
    double radius = diameter / 2.0;
    for (int y = 0; y < diameter; y++) {
        for (int x = 0; x < diameter; x++) {
            double dx = x + 0.5 - radius, dy = y + 0.5 - radius;
            double wave = points ? 0.84 + 0.16 * cos(points * atan2(dy, dx)) : 1;
            double inside = radius * wave - hypot(dx, dy) + 0.5;
            for (int c = 0; c < 3; c++)
                eval_pixel(out, x, y)[c] = eval_level(255 * fmin(1, fmax(0, inside)));
        }
    }
    return true;
}

bool eval_alter_badge(eval_draft *draft) {
    const eval_picture *in = &draft->picture;
    double share = eval_draft_value(draft, (eval_range){{0.16, 0.2}, {0.28, 0.34}, {0.44, 0.52}});
    int diameter = (int)fmax(8, share * fmin(in->width, in->height));
    int left = (int)eval_dice_between(&draft->dice, 0, in->width - diameter);
    int top = (int)eval_dice_between(&draft->dice, 0, in->height - diameter);
    int points = 12 * eval_dice_below(&draft->dice, 2);
    char price[16];
    eval_picture shape, text;
    snprintf(price, sizeof price, "%d.99", 3 + eval_dice_below(&draft->dice, 96));
    if (!draw_shape(&shape, diameter, points))
        return false;
    eval_picture_stamp(in, &shape, left, top, eval_draft_colour(draft), 1);
    eval_picture_free(&shape);
    if (!fit_text(&text, price, diameter * 7 / 10, diameter / 3))
        return false;
    eval_picture_stamp(in, &text, left + (diameter - text.width) / 2,
                       top + (diameter - text.height) / 2, white, 1);
    eval_picture_free(&text);
    eval_draft_note(draft, "diameter=%.2f left=%d top=%d", share, left, top);
    return true;
}

/* A round face with eyes and a mouth. */
static bool draw_face(eval_draft *draft, int diameter, int left, int top) {
    eval_picture disc, dot;
    if (!draw_shape(&disc, diameter, 0))
        return false;
    eval_picture_stamp(&draft->picture, &disc, left, top, (eval_colour){{255, 205, 60}}, 1);
    eval_picture_free(&disc);
    int eye = diameter / 7 > 0 ? diameter / 7 : 1;
    if (!draw_shape(&dot, eye, 0))
        return false;
    eval_colour dark = {{70, 40, 10}};
    for (int side = 0; side < 2; side++)
        eval_picture_stamp(&draft->picture, &dot, left + diameter * (side ? 6 : 3) / 10,
                           top + diameter * 3 / 10, dark, 1);
    for (int i = -8; i <= 8; i++) {
        int x = left + diameter / 2 + diameter * i / 32;
        int y = top + diameter * 7 / 10 - diameter * i * i / 600;
        eval_picture_stamp(&draft->picture, &dot, x - eye / 2, y - eye / 2, dark, 0.9);
    }
    eval_picture_free(&dot);
    return true;
}

/* A star or a plain shape. */
static bool draw_sticker(eval_draft *draft, int diameter, int left, int top) {
    eval_picture shape;
    static const int points[] = {5, 6, 8};
    if (!draw_shape(&shape, diameter, points[eval_dice_below(&draft->dice, 3)]))
        return false;
    eval_picture_stamp(&draft->picture, &shape, left, top, eval_draft_colour(draft), 1);
    eval_picture_free(&shape);
    return true;
}

bool eval_alter_stickers(eval_draft *draft) {
    static const int counts[EVAL_STRENGTHS] = {1, 3, 6};
    static const double sizes[EVAL_STRENGTHS] = {0.14, 0.2, 0.24};
    const eval_picture *in = &draft->picture;
    int diameter = (int)fmax(8, sizes[draft->strength] * fmin(in->width, in->height));
    bool made = true;
    for (int i = 0; made && i < counts[draft->strength]; i++) {
        double x = eval_dice_between(&draft->dice, 0.2, 0.8);
        double y = eval_dice_between(&draft->dice, 0.2, 0.8);
        int left = (int)(x * in->width) - diameter / 2, top = (int)(y * in->height) - diameter / 2;
        made = eval_dice_below(&draft->dice, 2) == 0 ? draw_face(draft, diameter, left, top)
                                                     : draw_sticker(draft, diameter, left, top);
    }
    eval_draft_note(draft, "count=%d diameter=%d", counts[draft->strength], diameter);
    return made;
}

bool eval_alter_blurred_patch(eval_draft *draft) {
    const eval_picture *in = &draft->picture;
    double share = eval_draft_value(draft, (eval_range){{0.12, 0.16}, {0.24, 0.3}, {0.4, 0.5}});
    int width = (int)fmin(in->width, fmax(4, in->width * share));
    int height = (int)fmin(in->height, fmax(4, in->height * share));
    int left = (int)((in->width - width) * eval_dice_between(&draft->dice, 0.2, 0.8));
    int top = (int)((in->height - height) * eval_dice_between(&draft->dice, 0.2, 0.8));
    eval_picture patch;
    eval_draft_note(draft, "side=%.2f left=%d top=%d", share, left, top);
    if (!eval_picture_cut(&patch, in, left, top, width, height))
        return false;
    bool made = eval_picture_blur(&patch, fmax(2, width / 6.0));
    if (made)
        eval_picture_put(in, &patch, left, top);
    eval_picture_free(&patch);
    return made;
}
