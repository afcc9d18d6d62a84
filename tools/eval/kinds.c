#include "eval/kinds.h"

#include <string.h>

/* The numbers are the ranges in the alterations' own files. */
static const eval_kind kinds[EVAL_KIND_COUNT] = {
    {"jpeg",
     EVAL_LAYER_CODEC,
     eval_alter_jpeg,
     {"JPEG quality 50 to 75", "quality 20 to 35", "quality 5 to 10"},
     "re-encoded",
     ""},
    {"webp",
     EVAL_LAYER_CODEC,
     eval_alter_webp,
     {"WebP quality 50 to 70", "quality 20 to 35", "quality 2 to 8"},
     "re-encoded",
     ""},
    {"downscale",
     EVAL_LAYER_CODEC,
     eval_alter_downscale,
     {"half of the side", "a quarter", "an eighth"},
     "resized|blurred",
     ""},
    {"blur",
     EVAL_LAYER_COLOUR,
     eval_alter_blur,
     {"Gaussian of 0.3 to 0.5% of the side", "0.8 to 1.2%", "1.8 to 2.5%"},
     "blurred",
     ""},
    {"sharpen",
     EVAL_LAYER_COLOUR,
     eval_alter_sharpen,
     {"unsharp mask of 0.8 to 1.2", "2 to 3", "4 to 6"},
     "sharpened",
     ""},
    {"noise",
     EVAL_LAYER_CODEC,
     eval_alter_noise,
     {"deviation of 5 to 9 levels", "16 to 22", "34 to 46"},
     "",
     ""},
    {"hue",
     EVAL_LAYER_COLOUR,
     eval_alter_hue,
     {"hue turned by 8 to 14 degrees", "25 to 40 degrees, saturation changed",
      "80 to 180 degrees, saturation changed"},
     "recoloured",
     ""},
    {"grey",
     EVAL_LAYER_COLOUR,
     eval_alter_grey,
     {"half of the way to sepia", "grey", "sepia or two tones, more contrast"},
     "greyscale|recoloured",
     "contrast raised|contrast lowered|darkened|brightened"},
    {"tone",
     EVAL_LAYER_COLOUR,
     eval_alter_tone,
     {"brightness, contrast and gamma by up to 10%", "15 to 30%", "35 to 60%"},
     "darkened|brightened|contrast raised|contrast lowered",
     ""},
    {"crop",
     EVAL_LAYER_SHAPE,
     eval_alter_crop,
     {"65 to 80% of the area left", "38 to 50%", "20 to 27%"},
     "cropped",
     ""},
    {"mirror",
     EVAL_LAYER_SHAPE,
     eval_alter_mirror,
     {"left and right exchanged", "and JPEG quality 30", "and cropped to 55% of the area"},
     "mirrored",
     "cropped"},
    {"turn",
     EVAL_LAYER_SHAPE,
     eval_alter_turn,
     {"upside down", "a quarter turn", "a quarter turn, cropped to 55% of the area"},
     "rotated",
     "cropped"},
    {"rotate",
     EVAL_LAYER_SHAPE,
     eval_alter_rotate,
     {"by 3 to 6 degrees", "9 to 14", "18 to 25"},
     "rotated",
     "cropped|resized"},
    {"aspect",
     EVAL_LAYER_SHAPE,
     eval_alter_aspect,
     {"stretched by 10 to 18%", "30 to 45%", "70 to 95%"},
     "stretched",
     "resized"},
    {"border",
     EVAL_LAYER_SCENE,
     eval_alter_border,
     {"a frame or letterbox of 4 to 8% of the side", "12 to 18%", "25 to 40%"},
     "border|pasted into a larger picture",
     ""},
    {"perspective",
     EVAL_LAYER_SHAPE,
     eval_alter_perspective,
     {"corners moved by up to 5% of the side", "8 to 12%", "16 to 22%"},
     "perspective|rotated",
     "resized|stretched"},
    {"corner-mark",
     EVAL_LAYER_OVERLAY,
     eval_alter_corner_mark,
     {"a watermark of 15 to 22% of the width", "30 to 40%", "55 to 75%"},
     "overlay|banner",
     "watermark"},
    {"tiled-mark",
     EVAL_LAYER_OVERLAY,
     eval_alter_tiled_mark,
     {"watermarks all over at 12 to 18% opacity", "28 to 38%", "55 to 70%"},
     "overlay|watermark",
     ""},
    {"banner",
     EVAL_LAYER_OVERLAY,
     eval_alter_banner,
     {"text over 8 to 12% of the height", "18 to 24%", "33 to 42%"},
     "banner|overlay",
     ""},
    {"badge",
     EVAL_LAYER_OVERLAY,
     eval_alter_badge,
     {"a price badge of 16 to 20% of the side", "28 to 34%", "44 to 52%"},
     "overlay|banner",
     ""},
    {"stickers",
     EVAL_LAYER_OVERLAY,
     eval_alter_stickers,
     {"one sticker of 14% of the side on the product", "three of 20%", "six of 24%"},
     "overlay|banner",
     ""},
    {"blurred-patch",
     EVAL_LAYER_OVERLAY,
     eval_alter_blurred_patch,
     {"a patch of 12 to 16% of the side made unreadable", "24 to 30%", "40 to 50%"},
     "overlay|blurred patch|blurred|banner",
     ""},
    {"collage",
     EVAL_LAYER_SCENE,
     eval_alter_collage,
     {"one of two photos", "one of four", "one of nine"},
     "collage|pasted into a larger picture",
     "resized"},
    {"paste",
     EVAL_LAYER_SCENE,
     eval_alter_paste,
     {"on 55 to 70% of another photo", "22 to 30%", "10 to 13%"},
     "pasted into a larger picture|collage",
     "resized"},
    {"background",
     EVAL_LAYER_SCENE,
     eval_alter_background,
     {"the product on a plain colour", "on a slope of colours", "on another photo"},
     "overlay|pasted into a larger picture|background replaced",
     ""},
    {"screenshot",
     EVAL_LAYER_SCENE,
     eval_alter_screenshot,
     {"a screenshot's bars around it", "on half of a shop's page", "on a third of a shop's page"},
     "screenshot|pasted into a larger picture|border",
     ""},
    {"screen-photo",
     EVAL_LAYER_SCENE,
     eval_alter_screen_photo,
     {"photographed from a screen: moire, perspective, gamma", "stronger", "and askew"},
     "screenshot|pasted into a larger picture|border|perspective",
     "resized|stretched|rotated|darkened|brightened|contrast raised|contrast lowered|blurred"},
};

const eval_kind *eval_kinds(void) { return kinds; }

const eval_kind *eval_kind_find(const char *name) {
    for (int i = 0; i < EVAL_KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

const char *eval_strength_name(int strength) {
    static const char *const names[EVAL_STRENGTHS] = {"mild", "medium", "severe"};
    return names[strength];
}

bool eval_stack_apply(eval_draft *draft, int count) {
    const int strongest = draft->strength;
    int chosen[EVAL_MOST_STACK], strengths[EVAL_MOST_STACK];
    for (int i = 0; i < count; i++) {
        bool again = true;
        while (again) {
            again = false;
            chosen[i] = eval_dice_below(&draft->dice, EVAL_KIND_COUNT);
            for (int j = 0; j < i; j++)
                again = again || chosen[j] == chosen[i];
        }
        strengths[i] = strongest > i ? strongest - i : EVAL_MILD;
    }
    for (int layer = EVAL_LAYER_COLOUR; layer <= EVAL_LAYER_CODEC; layer++) {
        for (int i = 0; i < count; i++) {
            if ((int)kinds[chosen[i]].layer != layer)
                continue;
            draft->strength = strengths[i];
            eval_draft_note(draft, "[%s %s]", kinds[chosen[i]].name,
                            eval_strength_name(strengths[i]));
            if (!kinds[chosen[i]].apply(draft))
                return false;
        }
    }
    draft->strength = strongest;
    return true;
}
