/* Alterations of colour and tone. */
#include "eval/kinds.h"
#include "eval/recolour.h"

#include <math.h>

static size_t pixel_count(const eval_picture *picture) {
    return (size_t)picture->width * (size_t)picture->height;
}

static double luma(const uint8_t *rgb) { return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]; }

void eval_recolour(uint8_t *rgb, double degrees, double saturation) {
    const double turn = degrees * 0.017453292519943295;
    double y = luma(rgb), blue = (rgb[2] - y) * saturation, red = (rgb[0] - y) * saturation;
    double u = 0.493 * blue, v = 0.877 * red; /* YUV: hue is the angle of (u, v). */
    double u2 = u * cos(turn) - v * sin(turn), v2 = u * sin(turn) + v * cos(turn);
    rgb[0] = eval_level(y + v2 / 0.877);
    rgb[1] = eval_level(y - 0.395 * u2 - 0.581 * v2);
    rgb[2] = eval_level(y + u2 / 0.493);
}

bool eval_alter_hue(eval_draft *draft) {
    static const double spread[EVAL_STRENGTHS] = {0.1, 0.35, 0.5};
    double degrees = eval_draft_value(draft, (eval_range){{8, 14}, {25, 40}, {80, 180}});
    double saturation =
        eval_dice_between(&draft->dice, 1 - spread[draft->strength], 1 + spread[draft->strength]);
    if (eval_dice_below(&draft->dice, 2) == 0)
        degrees = -degrees;
    eval_draft_note(draft, "hue=%.0f saturation=%.2f", degrees, saturation);
    for (size_t i = 0; i < pixel_count(&draft->picture); i++)
        eval_recolour(draft->picture.rgb + 3 * i, degrees, saturation);
    return true;
}

bool eval_alter_grey(eval_draft *draft) {
    static const double tints[][3] = {{1.07, 1, 0.84}, {0.82, 0.98, 1.12}, {1.1, 0.92, 0.98}};
    bool severe = draft->strength == EVAL_SEVERE;
    int tint = severe ? eval_dice_below(&draft->dice, 3) : 0;
    double share = draft->strength == EVAL_MILD ? 0.5 : 1, gain = severe ? 1.5 : 1;
    eval_draft_note(draft, "share=%.1f tint=%s", share,
                    draft->strength == EVAL_MEDIUM ? "grey"
                    : tint == 0                    ? "sepia"
                    : tint == 1                    ? "cold"
                                                   : "rose");
    for (size_t i = 0; i < pixel_count(&draft->picture); i++) {
        uint8_t *rgb = draft->picture.rgb + 3 * i;
        double y = (luma(rgb) - 128) * gain + 128;
        for (int c = 0; c < 3; c++) {
            double toned = draft->strength == EVAL_MEDIUM ? y : y * tints[tint][c];
            rgb[c] = eval_level(rgb[c] + (toned - rgb[c]) * share);
        }
    }
    return true;
}

/* A change by the draft's strength, up or down. */
static double change(eval_draft *draft) {
    double by = eval_draft_value(draft, (eval_range){{0.03, 0.1}, {0.15, 0.3}, {0.35, 0.6}});
    return eval_dice_below(&draft->dice, 2) == 0 ? by : -by;
}

bool eval_alter_tone(eval_draft *draft) {
    double brightness = 90 * change(draft), contrast = 1 + change(draft);
    double gamma = exp(change(draft));
    uint8_t levels[256];
    eval_draft_note(draft, "brightness=%+.0f contrast=%.2f gamma=%.2f", brightness, contrast,
                    gamma);
    for (int i = 0; i < 256; i++) {
        double curved = 255 * pow(i / 255.0, gamma);
        levels[i] = eval_level((curved - 128) * contrast + 128 + brightness);
    }
    for (size_t i = 0; i < 3 * pixel_count(&draft->picture); i++)
        draft->picture.rgb[i] = levels[draft->picture.rgb[i]];
    return true;
}
