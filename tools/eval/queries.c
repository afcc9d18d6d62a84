/*
 * Every query is planned first (what is done to which photo), then made on any thread with random
 * numbers of its own, and then written down in the order of the plan.
 */
#include "eval/queries.h"

#include "eval/files.h"
#include "eval/kinds.h"
#include "eval/variants.h"
#include "eval/workers.h"

#include "common/escape.h"
#include "common/message.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILLERS 32
#define STACKS (EVAL_MOST_STACK - EVAL_LEAST_STACK + 1)
#define CLASSES (EVAL_KIND_COUNT + STACKS)

typedef struct plan {
    size_t photo; /* In the collection. */
    bool distractor;
    int what; /* A kind, or from EVAL_KIND_COUNT on a stack. */
    int strength;
    char name[64];      /* Of the file, without its end. */
    const char *suffix; /* Known when it was made, as are the parameters. */
    char parameters[EVAL_PARAMETER_BYTES];
} plan;

typedef struct kitchen {
    const eval_collection *collection;
    const eval_queries_options *options;
    plan *plans;
    size_t count;
    eval_picture fillers[MOST_FILLERS];
    int filler_count;
    pthread_mutex_t lock;
    imgmatch_diag diag; /* Of the first failure; under the lock. */
} kitchen;

static void class_name(char *out, size_t size, int what) {
    if (what < EVAL_KIND_COUNT)
        snprintf(out, size, "%s", eval_kinds()[what].name);
    else
        snprintf(out, size, "stack-%d", what - EVAL_KIND_COUNT + EVAL_LEAST_STACK);
}

static void name_plan(plan *one, size_t number) {
    char what[32];
    class_name(what, sizeof what, one->what);
    snprintf(one->name, sizeof one->name, "%s%s-%s-%04zu", one->distractor ? "other-" : "", what,
             eval_strength_name(one->strength), number);
}

static bool plan_all(kitchen *self) {
    const eval_collection *photos = self->collection;
    size_t altered = (size_t)CLASSES * EVAL_STRENGTHS * self->options->each;
    self->count = altered + photos->distractor_count;
    self->plans = calloc(self->count, sizeof *self->plans);
    if (!self->plans)
        return false;
    for (size_t i = 0; i < self->count; i++) {
        plan *one = &self->plans[i];
        one->distractor = i >= altered;
        size_t at = one->distractor ? i - altered : i;
        /* Copies go through the references in turn; each distractor is one query. */
        size_t class = one->distractor ? at : at / self->options->each;
        one->what = (int)(class / EVAL_STRENGTHS % CLASSES);
        one->strength = (int)(class % EVAL_STRENGTHS);
        one->photo = one->distractor ? photos->distractors[at]
                                     : photos->references[at % photos->reference_count];
        name_plan(one, one->distractor ? at : at % self->options->each);
    }
    return true;
}

static imgmatch_status open_picture(eval_picture *out, const eval_collection *photos, size_t photo,
                                    imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    imgmatch_status status =
        eval_open_photo(&image, photos->intake, photos->photos[photo].path, diag);
    if (status == IMGMATCH_OK && !eval_picture_from_image(out, image, EVAL_LONGEST_SIDE))
        status = IMGMATCH_ERR_MEMORY;
    imgmatch_image_free(image);
    return status;
}

/* The photos beside and behind the altered ones are distractors. */
static imgmatch_status open_fillers(kitchen *self) {
    const eval_collection *photos = self->collection;
    imgmatch_status status = IMGMATCH_OK;
    while (status == IMGMATCH_OK && self->filler_count < MOST_FILLERS &&
           (size_t)self->filler_count < photos->distractor_count) {
        size_t photo = photos->distractors[self->filler_count];
        status = open_picture(&self->fillers[self->filler_count], photos, photo, &self->diag);
        if (status == IMGMATCH_OK)
            self->filler_count++;
    }
    return status;
}

static imgmatch_status make_query(kitchen *self, plan *one, imgmatch_diag *diag) {
    eval_draft draft = {.dice = eval_dice_new(self->options->seed, one->name),
                        .strength = one->strength,
                        .fillers = self->fillers,
                        .filler_count = self->filler_count};
    imgmatch_status status = open_picture(&draft.picture, self->collection, one->photo, diag);
    draft.quality =
        eval_dice_below(&draft.dice, 6) == 0 ? 0 : 80 + eval_dice_below(&draft.dice, 16);
    if (status == IMGMATCH_OK) {
        int stack = one->what - EVAL_KIND_COUNT + EVAL_LEAST_STACK;
        bool made = one->what < EVAL_KIND_COUNT ? eval_kinds()[one->what].apply(&draft)
                                                : eval_stack_apply(&draft, stack);
        if (!made)
            status = IMGMATCH_ERR_MEMORY;
    }
    one->suffix = draft.quality ? "jpg" : "png";
    memcpy(one->parameters, draft.parameters, sizeof one->parameters);
    if (status == IMGMATCH_OK) {
        char name[96];
        snprintf(name, sizeof name, "queries/%s.%s", one->name, one->suffix);
        char *path = eval_join(self->options->folder, name);
        status = path ? eval_write_picture(path, &draft.picture, draft.quality, diag)
                      : IMGMATCH_ERR_MEMORY;
        free(path);
    }
    eval_picture_free(&draft.picture);
    return status;
}

static bool make_one(void *user, size_t index) {
    kitchen *self = user;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = make_query(self, &self->plans[index], &diag);
    if (status == IMGMATCH_OK)
        return true;
    diag.status = status;
    (void)pthread_mutex_lock(&self->lock);
    if (self->diag.status == IMGMATCH_OK)
        self->diag = diag;
    (void)pthread_mutex_unlock(&self->lock);
    return false;
}

static bool write_truth(const kitchen *self) {
    char *path = eval_join(self->options->folder, "truth.csv");
    FILE *file = path ? fopen(path, "we") : NULL;
    free(path);
    if (!file)
        return false;
    fputs("query,reference,kind,strength,parameters,photo\r\n", file);
    for (size_t i = 0; i < self->count; i++) {
        const plan *one = &self->plans[i];
        const char *id = self->collection->photos[one->photo].id;
        char what[32];
        class_name(what, sizeof what, one->what);
        fprintf(file, "queries/%s.%s,", one->name, one->suffix);
        cli_print_csv(file, one->distractor ? "" : id);
        fprintf(file, ",%s,%s,", what, eval_strength_name(one->strength));
        cli_print_csv(file, one->parameters);
        fputc(',', file);
        cli_print_csv(file, id);
        fputs("\r\n", file);
    }
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

static cli_exit make_all(kitchen *self, const char *program) {
    cli_progress progress;
    imgmatch_status status = plan_all(self) ? open_fillers(self) : IMGMATCH_ERR_MEMORY;
    if (status != IMGMATCH_OK)
        return cli_failure(program, "opening photos", status, &self->diag);
    cli_progress_start(&progress, cli_progress_wanted(self->options->quiet), self->count);
    const eval_work work = {make_one, self, self->count, self->options->threads, &progress};
    if (!eval_work_all(&work)) {
        status = self->diag.status == IMGMATCH_OK ? IMGMATCH_ERR_CANCELLED : self->diag.status;
        return cli_failure(program, "altering photos", status, &self->diag);
    }
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (!write_truth(self))
        return cli_failure(program, "writing truth.csv", IMGMATCH_ERR_IO, &diag);
    const eval_variants_options variants = {.folder = self->options->folder,
                                            .count = self->options->variants,
                                            .seed = self->options->seed};
    status = eval_variants_write(self->collection, &variants, &diag);
    return status == IMGMATCH_OK ? CLI_GO_ON
                                 : cli_failure(program, "making colour variants", status, &diag);
}

cli_exit eval_queries_write(size_t *count, const char *program, const eval_collection *collection,
                            const eval_queries_options *options) {
    kitchen *self = calloc(1, sizeof *self);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (!self)
        return cli_failure(program, "starting", IMGMATCH_ERR_MEMORY, &diag);
    self->collection = collection;
    self->options = options;
    (void)pthread_mutex_init(&self->lock, NULL);
    cli_exit step = make_all(self, program);
    *count = self->count;
    for (int i = 0; i < self->filler_count; i++)
        eval_picture_free(&self->fillers[i]);
    (void)pthread_mutex_destroy(&self->lock);
    free(self->plans);
    free(self);
    return step;
}
