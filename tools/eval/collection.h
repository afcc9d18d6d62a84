/*
 * The photos of a folder, and which of them a benchmark uses for what.
 *
 * Photos are taken in an order that the seed decides. One that is as near as `near` bits by PDQ, in
 * any orientation, to one that was taken before is left out, so that no two photos of a benchmark
 * are the same picture.
 */
#ifndef IMGMATCH_TOOLS_EVAL_COLLECTION_H
#define IMGMATCH_TOOLS_EVAL_COLLECTION_H

#include "eval/intake.h"

#include "common/exit_status.h"

#include <imgmatch/imgmatch.h>

#include <stdbool.h>
#include <stdint.h>

typedef enum eval_role {
    EVAL_ROLE_UNUSED,
    EVAL_ROLE_REFERENCE,
    EVAL_ROLE_DISTRACTOR,
    EVAL_ROLE_NEAR,       /* Too near to the photo `nearest`. */
    EVAL_ROLE_UNREADABLE, /* Or under 48 pixels, or without any detail. */
} eval_role;

typedef struct eval_photo {
    char *path;
    const char *id; /* The part of `path` below the folder. */
    imgmatch_pdq pdq[IMGMATCH_ORIENT_COUNT];
    eval_role role;
    size_t nearest;
    int distance;
} eval_photo;

typedef struct eval_collection {
    eval_photo *photos; /* In the order of their paths' bytes. */
    size_t count;
    size_t capacity;
    size_t *references; /* Places in `photos`, in the order in which they were taken. */
    size_t reference_count;
    size_t *distractors;
    size_t distractor_count;
    const eval_intake *intake; /* Borrowed. */
} eval_collection;

typedef struct eval_collection_options {
    const char *folder;
    const eval_intake *intake;
    size_t references; /* Most of each; less when there are too few photos, in proportion. */
    size_t distractors;
    int near; /* Bits, 0..255. */
    uint64_t seed;
    int threads;
    bool quiet;
} eval_collection_options;

/* CLI_GO_ON, or CLI_FAILED, which has been said. Free `out` in any case. */
cli_exit eval_collection_choose(eval_collection *out, const char *program,
                                const eval_collection_options *options);

/* One CSV row a photo: id, role, and what it was too near to. False when it cannot be written. */
bool eval_collection_report(const eval_collection *collection, const char *path);

void eval_collection_free(eval_collection *collection);

#endif
