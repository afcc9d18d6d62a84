/* Alterations of the frame: cuts, turns, stretches, tilts. */
#include "eval/kinds.h"

#include <math.h>
#include <string.h>

/* Keep `area` of the picture, with another shape, somewhere. A side keeps 20 pixels. */
static bool crop_to(eval_draft *draft, double area) {
    const eval_picture *in = &draft->picture;
    double shape = eval_dice_between(&draft->dice, 0.85, 1.18);
    double across = fmin(1, sqrt(area) * shape), down = fmin(1, area / across);
    int width = (int)fmin(in->width, fmax(20, in->width * across));
    int height = (int)fmin(in->height, fmax(20, in->height * down));
    /* Around the middle, where the product is: a fifth of the room is kept on either side. */
    double x = eval_dice_between(&draft->dice, 0.2, 0.8),
           y = eval_dice_between(&draft->dice, 0.2, 0.8);
    int left = (int)((in->width - width) * x), top = (int)((in->height - height) * y);
    eval_picture part;
    eval_draft_note(draft, "area=%.2f left=%d top=%d",
                    (double)width * height / ((double)in->width * in->height), left, top);
    if (!eval_picture_cut(&part, in, left, top, width, height))
        return false;
    eval_picture_take(&draft->picture, &part);
    return true;
}

bool eval_alter_crop(eval_draft *draft) {
    return crop_to(draft,
                   eval_draft_value(draft, (eval_range){{0.65, 0.8}, {0.38, 0.5}, {0.2, 0.27}}));
}

bool eval_alter_mirror(eval_draft *draft) {
    const eval_picture *picture = &draft->picture;
    for (int y = 0; y < picture->height; y++) {
        for (int x = 0; x < picture->width / 2; x++) {
            uint8_t kept[3], *left = eval_pixel(picture, x, y),
                             *right = eval_pixel(picture, picture->width - 1 - x, y);
            memcpy(kept, left, 3);
            memcpy(left, right, 3);
            memcpy(right, kept, 3);
        }
    }
    eval_draft_note(draft, "mirrored");
    if (draft->strength >= EVAL_MEDIUM)
        draft->quality = 30;
    return draft->strength < EVAL_SEVERE || crop_to(draft, 0.55);
}

bool eval_alter_turn(eval_draft *draft) {
    const eval_picture *in = &draft->picture;
    int quarters = draft->strength == EVAL_MILD ? 2 : 1 + 2 * eval_dice_below(&draft->dice, 2);
    bool upright = quarters == 2;
    eval_picture turned;
    eval_draft_note(draft, "clockwise=%d", 90 * quarters);
    if (!eval_picture_new(&turned, upright ? in->width : in->height,
                          upright ? in->height : in->width, (eval_colour){{0, 0, 0}}))
        return false;
    for (int y = 0; y < in->height; y++) {
        for (int x = 0; x < in->width; x++) {
            int u = quarters == 2 ? in->width - 1 - x : quarters == 1 ? in->height - 1 - y : y;
            int v = quarters == 2 ? in->height - 1 - y : quarters == 1 ? x : in->width - 1 - x;
            memcpy(eval_pixel(&turned, u, v), eval_pixel(in, x, y), 3);
        }
    }
    eval_picture_take(&draft->picture, &turned);
    return draft->strength < EVAL_SEVERE || crop_to(draft, 0.55);
}

/* Draw the picture into a quadrilateral of an empty one of its own size, on white, black or the
 * colour of its corner. */
static bool redraw(eval_draft *draft, const double corners[4][2]) {
    static const eval_colour plain[] = {{{255, 255, 255}}, {{0, 0, 0}}};
    eval_picture drawn;
    int choice = eval_dice_below(&draft->dice, 3);
    eval_colour ground = plain[choice % 2];
    if (choice == 2)
        memcpy(ground.rgb, draft->picture.rgb, 3);
    if (!eval_picture_new(&drawn, draft->picture.width, draft->picture.height, ground))
        return false;
    bool made = eval_picture_draw(&drawn, &draft->picture, corners);
    if (made)
        eval_picture_take(&draft->picture, &drawn);
    eval_picture_free(&drawn);
    return made;
}

bool eval_alter_rotate(eval_draft *draft) {
    double degrees = eval_draft_value(draft, (eval_range){{3, 6}, {9, 14}, {18, 25}});
    double width = draft->picture.width, height = draft->picture.height, corners[4][2];
    /* Half of them keep the whole photo and show the ground at their corners, half are enlarged
     * and lose their corners. */
    bool enlarged = eval_dice_below(&draft->dice, 2) == 0;
    if (eval_dice_below(&draft->dice, 2) == 0)
        degrees = -degrees;
    double turn = degrees * 0.017453292519943295, c = cos(turn), s = sin(turn);
    double shrink = fmin(width / (width * fabs(c) + height * fabs(s)),
                         height / (width * fabs(s) + height * fabs(c)));
    double scale = enlarged ? 1 / sqrt(shrink) : shrink;
    for (int i = 0; i < 4; i++) {
        double x = (i == 1 || i == 2 ? 0.5 : -0.5) * width * scale;
        double y = (i >= 2 ? 0.5 : -0.5) * height * scale;
        corners[i][0] = width / 2 + x * c - y * s;
        corners[i][1] = height / 2 + x * s + y * c;
    }
    eval_draft_note(draft, "degrees=%.1f scale=%.2f", degrees, scale);
    return redraw(draft, (const double(*)[2])corners);
}

bool eval_alter_aspect(eval_draft *draft) {
    double by = eval_draft_value(draft, (eval_range){{1.1, 1.18}, {1.3, 1.45}, {1.7, 1.95}});
    const eval_picture *in = &draft->picture;
    bool wider = eval_dice_below(&draft->dice, 2) == 0;
    double across = wider ? sqrt(by) : 1 / sqrt(by);
    eval_picture stretched;
    eval_draft_note(draft, "%s=%.2f", wider ? "wider" : "higher", by);
    if (!eval_picture_resize(&stretched, in, (int)fmax(20, in->width * across),
                             (int)fmax(20, in->height / across)))
        return false;
    eval_picture_take(&draft->picture, &stretched);
    return true;
}

bool eval_alter_border(eval_draft *draft) {
    static const eval_colour plain[] = {{{255, 255, 255}}, {{0, 0, 0}}, {{128, 128, 128}}};
    double share = eval_draft_value(draft, (eval_range){{0.04, 0.08}, {0.12, 0.18}, {0.25, 0.4}});
    int choice = eval_dice_below(&draft->dice, 4), form = eval_dice_below(&draft->dice, 3);
    eval_colour ground = choice < 3 ? plain[choice] : eval_draft_colour(draft);
    const eval_picture *in = &draft->picture;
    /* All around, above and below, or left and right. */
    int across = form == 1 ? 0 : (int)ceil(in->width * share);
    int down = form == 2 ? 0 : (int)ceil(in->height * share);
    eval_picture framed;
    eval_draft_note(draft, "left=%d top=%d colour=%02x%02x%02x", across, down, ground.rgb[0],
                    ground.rgb[1], ground.rgb[2]);
    if (!eval_picture_new(&framed, in->width + 2 * across, in->height + 2 * down, ground))
        return false;
    eval_picture_put(&framed, in, across, down);
    eval_picture_take(&draft->picture, &framed);
    return true;
}

bool eval_alter_perspective(eval_draft *draft) {
    double width = draft->picture.width, height = draft->picture.height, corners[4][2];
    double most = 0;
    /* One of the corners stays where it was, so that the tilt differs from a zoom. */
    int still = eval_dice_below(&draft->dice, 4);
    for (int i = 0; i < 4; i++) {
        eval_range range = {{0.01, 0.05}, {0.08, 0.12}, {0.16, 0.22}};
        double x = eval_draft_value(draft, range), y = eval_draft_value(draft, range);
        if (i == still)
            x = y = 0;
        most = fmax(most, fmax(x, y));
        corners[i][0] = width * (i == 1 || i == 2 ? 1 - x : x);
        corners[i][1] = height * (i >= 2 ? 1 - y : y);
    }
    eval_draft_note(draft, "most=%.2f", most);
    return redraw(draft, (const double(*)[2])corners);
}
