/*
 * imgmatch-score-inputs MODEL CATALOGUE EFFORT < PATHS
 *
 * Looks the photos on standard input (one path a line) up and prints a line for each reference that
 * was looked at: path, id, similarity, PDQ distance, score, whether pixels were compared (1 or 0),
 * and then the inputs of score.h, with tabs between. It sees the library's inside, because results
 * keep only some of the evidence.
 */
#include "facade/calibration_cache.h"
#include "facade/search.h"
#include "match/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setting {
    imgmatch_model *model;
    imgmatch_catalogue *catalogue;
    imgmatch_effort effort;
} setting;

static void print_found(const char *path, const imx_found *found) {
    double inputs[IMX_INPUT_COUNT];
    imx_score_inputs(inputs, &found->evidence);
    printf("%s\t%s\t%.6g\t%d\t%.9g\t%d", path, found->reference.id,
           (double)found->evidence.similarity, found->evidence.pdq_distance, found->score.copy,
           found->evidence.agreement.measured);
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        printf("\t%.6g", inputs[i]);
    }
    putchar('\n');
}

static imgmatch_status look_up(const setting *at, const char *path, imgmatch_diag *diag) {
    imgmatch_photo photo = IMGMATCH_PHOTO_INIT;
    photo.path = path;
    imx_intake intake;
    imx_portrait portrait = {0};
    imx_search search = {0};
    imgmatch_status status = imx_intake_read(&intake, &photo, &at->catalogue->limits, diag);
    if (status == IMGMATCH_OK) {
        const imx_portrait_means means = imx_catalogue_means(at->catalogue);
        status = imx_portrait_query(&portrait, &intake, &means, at->effort, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_search_run(&search, at->catalogue, &portrait, at->effort, 1, diag);
    }
    for (size_t i = 0; i < search.count && status == IMGMATCH_OK; i++) {
        print_found(path, &search.found[i]);
    }
    imx_search_free(&search);
    imx_portrait_free(&portrait);
    imx_intake_free(&intake);
    return status;
}

static bool effort_of(imgmatch_effort *out, const char *name) {
    for (imgmatch_effort i = IMGMATCH_EFFORT_FAST; i <= IMGMATCH_EFFORT_THOROUGH; i++) {
        if (strcmp(name, imx_effort_name(i)) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static imgmatch_status look_all_up(const setting *at, imgmatch_diag *diag) {
    char *line = NULL;
    size_t capacity = 0;
    imgmatch_status status = IMGMATCH_OK;
    ssize_t size;
    while (status == IMGMATCH_OK && (size = getline(&line, &capacity, stdin)) > 0) {
        if (line[size - 1] == '\n') {
            line[size - 1] = '\0';
        }
        status = look_up(at, line, diag);
    }
    free(line);
    return status;
}

int main(int argc, char **argv) {
    setting at = {.model = NULL};
    if (argc != 4 || !effort_of(&at.effort, argv[3])) {
        fputs("usage: imgmatch-score-inputs MODEL CATALOGUE fast|standard|thorough < PATHS\n",
              stderr);
        return 2;
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_model_open(&at.model, argv[1], &diag);
    if (status == IMGMATCH_OK) {
        imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
        options.model = at.model;
        status = imgmatch_catalogue_open(&at.catalogue, argv[2], &options, &diag);
    }
    if (status == IMGMATCH_OK) {
        status = look_all_up(&at, &diag);
    }
    if (status != IMGMATCH_OK) {
        fprintf(stderr, "imgmatch-score-inputs: %s\n", diag.message);
    }
    imgmatch_catalogue_close(at.catalogue);
    imgmatch_model_close(at.model);
    return status == IMGMATCH_OK ? 0 : 1;
}
