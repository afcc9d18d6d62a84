#include "centres.h"

#include "common/folder.h"

#include <imgmatch/image.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* False only when the model fails: what is no photo is left out. */
static bool take(float *out, size_t *count, const imgmatch_model *model, const char *path) {
    size_t dimension = imgmatch_model_get_info(model)->dimension;
    imgmatch_image *image = NULL;
    if (imgmatch_image_open(&image, path, NULL, NULL) != IMGMATCH_OK) {
        return true;
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imgmatch_model_embed(out + *count * dimension, dimension, model, image, &diag);
    imgmatch_image_free(image);
    if (status != IMGMATCH_OK) {
        (void)fprintf(stderr, "imgmatch-bench: %s: %s\n", path, diag.message);
        return false;
    }
    (*count)++;
    return true;
}

float *bench_centres_of_folder(size_t *count, const imgmatch_model *model, const char *folder,
                               size_t most) {
    *count = 0;
    float *centres = calloc(most * imgmatch_model_get_info(model)->dimension, sizeof *centres);
    cli_folder *walk = cli_folder_open(folder);
    bool good = centres != NULL && walk != NULL;
    cli_found found = CLI_FOUND_OTHER;
    while (good && *count < most && found != CLI_FOUND_END) {
        const char *path = NULL;
        good = cli_folder_next(&found, &path, walk) == IMGMATCH_OK;
        if (good && found == CLI_FOUND_FILE) {
            good = take(centres, count, model, path);
        }
    }
    cli_folder_close(walk);
    if (!good || *count == 0) {
        (void)fprintf(stderr, "imgmatch-bench: %s: no embeddings to start from\n", folder);
        free(centres);
        return NULL;
    }
    return centres;
}
