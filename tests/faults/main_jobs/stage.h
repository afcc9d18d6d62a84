/* What the main jobs work on: catalogues, photos and lists in files, made once, and
 * a copy of the catalogue for each attempt. */
#ifndef TESTS_FAULTS_MAIN_JOBS_STAGE_H
#define TESTS_FAULTS_MAIN_JOBS_STAGE_H

#include <imgmatch/imgmatch.h>
#include <stddef.h>

#define STAGE_MOST_IDS 4
#define STAGE_ANSWER_BYTES (1u << 20)
#define STAGE_OLD_PICTURE "a picture of before"
#define STAGE_NOTES "notes.txt"

typedef struct stage {
    char *folder;
    char originals[IMGMATCH_INDEX_IVF + 1][512]; /* By the kind of their main index. */
    char listing[512];                           /* A crop of the item "p1". */
    char photos[2][512];                         /* Of no item. */
    char other[512];    /* A catalogue with items that the others do not have, */
    char exported[512]; /* and its export. */
    char hashes[512];
    char labels[512];
    imgmatch_model *model;        /* Of the catalogues, */
    imgmatch_model *next;         /* and another one. */
    imgmatch_alignment alignment; /* Of the listing and p1's photo, */
    char p1[512];                 /* which is this. */
} stage;

void stage_open(stage *out);
void stage_close(stage *on);

typedef struct attempt {
    const stage *on;
    char folder[512];               /* With nothing in it but what follows. */
    char path[600];                 /* Of the catalogue, with a file in it that is the user's. */
    char picture[600];              /* A file that is there. */
    imgmatch_reason photo_reason;   /* That a photo may fail for. */
    char *answer;                   /* Of a job that is OK. */
    const char *in[STAGE_MOST_IDS]; /* Ids of items that the job says are in. */
} attempt;

void attempt_open(attempt *out, const stage *on, imgmatch_index_kind kind);
void attempt_close(attempt *at);

imgmatch_status attempt_open_catalogue(imgmatch_catalogue **out, const attempt *at, bool writable,
                                       imgmatch_diag *diag);
/* Go on with the answer. Allocates nothing, since that might be what fails. */
void attempt_say(attempt *at, const char *bytes, size_t size);

imgmatch_photo photo_at(const char *path, const char *id);
/* Say that a photo or an item failed, as a call does that goes on without it. */
imgmatch_status fail_photo(imgmatch_diag *diag, const char *message);

/* All items of the catalogue as a reader finds them now, one a line, without the times at which
 * they were added; NULL with a message on standard error when it cannot be read, or verify finds
 * something. The caller frees. */
char *stage_items(const char *path);

#endif
