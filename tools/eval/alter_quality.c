/* Alterations that cost detail: encoders, resampling, filters, noise. */
#include "eval/kinds.h"
#include "eval/lettering.h"

#include <math.h>

bool eval_alter_jpeg(eval_draft *draft) {
    draft->quality = (int)eval_draft_value(draft, (eval_range){{50, 75}, {20, 35}, {5, 10}});
    eval_draft_note(draft, "quality=%d", draft->quality);
    return true;
}

bool eval_alter_webp(eval_draft *draft) {
    int quality = (int)eval_draft_value(draft, (eval_range){{50, 70}, {20, 35}, {2, 8}});
    void *bytes = NULL;
    size_t size = 0;
    imgmatch_image *image = NULL;
    eval_picture decoded = {NULL, 0, 0};
    eval_draft_note(draft, "quality=%d", quality);
    bool made = eval_encode_webp(&bytes, &size, &draft->picture, quality) &&
                imgmatch_image_decode(&image, bytes, size, NULL, NULL) == IMGMATCH_OK &&
                eval_picture_from_image(&decoded, image, 0);
    if (made)
        eval_picture_take(&draft->picture, &decoded);
    imgmatch_image_free(image);
    eval_free_webp(bytes);
    return made;
}

bool eval_alter_downscale(eval_draft *draft) {
    static const int parts[EVAL_STRENGTHS] = {2, 4, 8};
    const eval_picture *in = &draft->picture;
    eval_picture small;
    /* The library refuses a side under 16 pixels. */
    double least = fmin(in->width, in->height), scale = 1.0 / parts[draft->strength];
    scale = fmin(1, fmax(scale, 20 / least));
    eval_draft_note(draft, "scale=%.3f", scale);
    if (!eval_picture_resize(&small, in, (int)(in->width * scale), (int)(in->height * scale)))
        return false;
    eval_picture_take(&draft->picture, &small);
    return true;
}

bool eval_alter_blur(eval_draft *draft) {
    double share =
        eval_draft_value(draft, (eval_range){{0.003, 0.005}, {0.008, 0.012}, {0.018, 0.025}});
    /* Under 0.4 pixels nothing is blurred. */
    double sigma = fmax(0.4, share * fmin(draft->picture.width, draft->picture.height));
    eval_draft_note(draft, "sigma=%.2f", sigma);
    return eval_picture_blur(&draft->picture, sigma);
}

bool eval_alter_sharpen(eval_draft *draft) {
    double amount = eval_draft_value(draft, (eval_range){{0.8, 1.2}, {2, 3}, {4, 6}});
    eval_picture soft;
    eval_draft_note(draft, "amount=%.2f", amount);
    if (!eval_picture_copy(&soft, &draft->picture))
        return false;
    bool made = eval_picture_blur(&soft, 1.4);
    size_t count = 3 * (size_t)soft.width * (size_t)soft.height;
    for (size_t i = 0; made && i < count; i++) {
        uint8_t *level = &draft->picture.rgb[i];
        *level = eval_level(*level + amount * (*level - soft.rgb[i]));
    }
    eval_picture_free(&soft);
    return made;
}

bool eval_alter_noise(eval_draft *draft) {
    double deviation = eval_draft_value(draft, (eval_range){{5, 9}, {16, 22}, {34, 46}});
    size_t count = 3 * (size_t)draft->picture.width * (size_t)draft->picture.height;
    eval_draft_note(draft, "deviation=%.1f", deviation);
    for (size_t i = 0; i < count; i++) {
        /* The sum of four 16-bit numbers is near enough to a normal deviate. */
        uint64_t bits = eval_dice_next(&draft->dice);
        double sum = (double)(bits & 0xffff) + (double)(bits >> 16 & 0xffff) +
                     (double)(bits >> 32 & 0xffff) + (double)(bits >> 48);
        double normal = (sum / 65535 - 2) * 1.7320508;
        draft->picture.rgb[i] = eval_level(draft->picture.rgb[i] + deviation * normal);
    }
    return true;
}
