#include "eval/variants.h"

#include "eval/dice.h"
#include "eval/files.h"
#include "eval/picture.h"
#include "eval/recolour.h"

#include "common/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_CHROMA 24 /* Levels between a pixel's channels that show another hue at a glance. */

/* Turn the hues where the mask says so; tells whether the product has another colour then: most of
 * it has to be colourful, not a label on a white bottle alone. */
static bool recolour_subject(const eval_picture *picture, const eval_picture *mask,
                             double degrees) {
    size_t count = (size_t)picture->width * (size_t)picture->height;
    double colourful = 0, weight = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t *rgb = picture->rgb + 3 * i, turned[3] = {rgb[0], rgb[1], rgb[2]};
        double share = mask->rgb[3 * i] / 255.0;
        double low = fmin(rgb[0], fmin(rgb[1], rgb[2])), high = fmax(rgb[0], fmax(rgb[1], rgb[2]));
        colourful += high - low >= LEAST_CHROMA ? share : 0;
        weight += share;
        eval_recolour(turned, degrees, 1);
        for (int c = 0; c < 3; c++)
            rgb[c] = eval_level(rgb[c] + share * (turned[c] - rgb[c]));
    }
    return colourful > weight / 2;
}

/* A smaller JPEG of a picture as variants/`number`-`what`.jpg, and its row. */
static imgmatch_status write_one(FILE *rows, const eval_variants_options *options,
                                 const eval_picture *picture, size_t number, const char *what,
                                 const char *reference, imgmatch_diag *diag) {
    char name[64];
    eval_picture small;
    snprintf(name, sizeof name, "variants/%04zu-%s.jpg", number, what);
    char *path = eval_join(options->folder, name);
    if (!path)
        return IMGMATCH_ERR_MEMORY;
    imgmatch_status status = IMGMATCH_ERR_MEMORY;
    if (eval_picture_resize(&small, picture, (int)(picture->width * 0.85),
                            (int)(picture->height * 0.85))) {
        status = eval_write_picture(path, &small, 80, diag);
        eval_picture_free(&small);
    }
    free(path);
    fprintf(rows, "%s,", name);
    cli_print_csv(rows, reference);
    fprintf(rows, ",%s\r\n", what);
    return status;
}

/* `*made` stays false when the photo has no colourful subject on a plain ground. */
static imgmatch_status write_pair(bool *made, FILE *rows, const eval_variants_options *options,
                                  const eval_intake *intake, const eval_photo *photo, size_t number,
                                  imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    eval_picture copy = {NULL, 0, 0}, variant = {NULL, 0, 0}, mask = {NULL, 0, 0};
    eval_dice dice = eval_dice_new(options->seed, photo->id);
    double degrees = eval_dice_between(&dice, 60, 180);
    bool plain = false;
    *made = false;
    imgmatch_status status = eval_open_photo(&image, intake, photo->path, diag);
    if (status == IMGMATCH_OK &&
        !(eval_picture_from_image(&copy, image, EVAL_LONGEST_SIDE) &&
          eval_picture_copy(&variant, &copy) && eval_find_subject(&mask, &plain, &copy)))
        status = IMGMATCH_ERR_MEMORY;
    if (eval_dice_below(&dice, 2) == 0)
        degrees = -degrees;
    if (status == IMGMATCH_OK && plain && recolour_subject(&variant, &mask, degrees)) {
        *made = true;
        status = write_one(rows, options, &copy, number, "copy", photo->id, diag);
        if (status == IMGMATCH_OK)
            status = write_one(rows, options, &variant, number, "variant", photo->id, diag);
    }
    eval_picture_free(&copy);
    eval_picture_free(&variant);
    eval_picture_free(&mask);
    imgmatch_image_free(image);
    return status;
}

imgmatch_status eval_variants_write(const eval_collection *collection,
                                    const eval_variants_options *options, imgmatch_diag *diag) {
    char *path = eval_join(options->folder, "variants.csv");
    FILE *rows = path ? fopen(path, "we") : NULL;
    imgmatch_status status = rows ? IMGMATCH_OK : path ? IMGMATCH_ERR_IO : IMGMATCH_ERR_MEMORY;
    free(path);
    if (!rows)
        return status;
    fputs("query,reference,expected\r\n", rows);
    size_t pairs = 0;
    for (size_t i = 0;
         i < collection->reference_count && pairs < options->count && status == IMGMATCH_OK; i++) {
        const eval_photo *photo = &collection->photos[collection->references[i]];
        bool made = false;
        status = write_pair(&made, rows, options, collection->intake, photo, pairs, diag);
        pairs += made;
    }
    if (ferror(rows) && status == IMGMATCH_OK)
        status = IMGMATCH_ERR_IO;
    if (fclose(rows) != 0 && status == IMGMATCH_OK)
        status = IMGMATCH_ERR_IO;
    return status;
}
