#include "displaced.h"

#include "common/message.h"

#include <stdlib.h>
#include <string.h>

/* *out is NULL when there is no such item. */
static imgmatch_status find(imgmatch_item **out, const imgmatch_catalogue *catalogue,
                            const char *id, imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_get(out, catalogue, id, &own);
    if (status == IMGMATCH_ERR_NOT_FOUND)
        return IMGMATCH_OK;
    if (status != IMGMATCH_OK)
        *diag = own;
    return status;
}

static void forget_batch(index_displaced *self) {
    for (size_t i = 0; i < CLI_BATCH_PHOTOS; i++) {
        imgmatch_item_free(self->before[i]);
        self->before[i] = NULL;
    }
}

imgmatch_status index_displaced_look(index_displaced *self, const imgmatch_catalogue *catalogue,
                                     const cli_photo_batch *batch, imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    forget_batch(self);
    for (size_t i = 0; i < batch->count && status == IMGMATCH_OK; i++)
        status = find(&self->before[i], catalogue, batch->photos[i].id, diag);
    return status;
}

/* Paths may be written in more than one way: "photos/1.jpg", "./photos/1.jpg". */
static bool is_same_file(const char *one, const char *other) {
    if (strcmp(one, other) == 0)
        return true;
    char *resolved_one = realpath(one, NULL);
    char *resolved_other = realpath(other, NULL);
    bool same = resolved_one && resolved_other && strcmp(resolved_one, resolved_other) == 0;
    free(resolved_one);
    free(resolved_other);
    return same;
}

/* A bare hash names no file that a photo could displace. */
static bool is_displaced(const imgmatch_item *before, const imgmatch_item *now) {
    return !before->hash_only && strcmp(before->sha256, now->sha256) != 0 &&
           !is_same_file(before->source, now->source);
}

imgmatch_status index_displaced_count(index_displaced *self, const imgmatch_catalogue *catalogue,
                                      const cli_photo_batch *batch,
                                      const imgmatch_outcome *outcomes, imgmatch_diag *diag) {
    for (size_t i = 0; i < batch->count; i++) {
        imgmatch_item *before = self->before[i], *now = NULL;
        if (!before || outcomes[i].kind != IMGMATCH_OUTCOME_REPLACED)
            continue;
        imgmatch_status status = find(&now, catalogue, batch->photos[i].id, diag);
        if (status != IMGMATCH_OK)
            return status;
        bool displaced = now && is_displaced(before, now);
        if (displaced && self->count++ == 0) {
            self->first_before = before;
            self->first_now = now;
            self->before[i] = NULL;
            continue;
        }
        imgmatch_item_free(now);
    }
    return IMGMATCH_OK;
}

void index_displaced_tell(const index_displaced *self, const char *program) {
    if (self->count > 0)
        cli_message(program,
                    "references replaced by photos from other files: %llu, the first '%s' by '%s'; "
                    "--id-prefix keeps folders apart",
                    (unsigned long long)self->count, self->first_before->source,
                    self->first_now->source);
}

void index_displaced_free(index_displaced *self) {
    forget_batch(self);
    imgmatch_item_free(self->first_before);
    imgmatch_item_free(self->first_now);
}
