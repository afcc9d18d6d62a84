#include "eval/collection.h"

#include "eval/dice.h"
#include "eval/picture.h"
#include "eval/workers.h"

#include "common/escape.h"
#include "common/folder.h"
#include "common/message.h"
#include "common/photo_kind.h"
#include "common/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_SIDE 48 /* Also of what is left of it when it was shrunk. */

static bool append(eval_collection *collection, const cli_folder *folder, const char *path) {
    if (collection->count == collection->capacity) {
        size_t capacity = collection->capacity ? 2 * collection->capacity : 256;
        eval_photo *more = realloc(collection->photos, capacity * sizeof *more);
        if (!more)
            return false;
        collection->photos = more;
        collection->capacity = capacity;
    }
    eval_photo *photo = &collection->photos[collection->count];
    memset(photo, 0, sizeof *photo);
    photo->path = strdup(path);
    if (!photo->path)
        return false;
    photo->id = photo->path + (cli_folder_relative(folder, path) - path);
    collection->count++;
    return true;
}

/* CLI_GO_ON, or CLI_FAILED, which has been said. */
static cli_exit list_photos(eval_collection *collection, const char *program, const char *path) {
    cli_folder *folder = cli_folder_open(path);
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = folder ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    cli_found found = CLI_FOUND_FILE;
    size_t unread = 0;
    while (status == IMGMATCH_OK && found != CLI_FOUND_END) {
        const char *entry = NULL;
        status = cli_folder_next(&found, &entry, folder);
        if (status == IMGMATCH_OK && found == CLI_FOUND_UNREADABLE) {
            cli_message(program, "'%s' cannot be read: %s", entry, strerror(errno));
            unread++;
        }
        if (status != IMGMATCH_OK || found != CLI_FOUND_FILE)
            continue;
        if ((cli_has_photo_suffix(entry) || cli_has_photo_content(entry)) &&
            !append(collection, folder, entry))
            status = IMGMATCH_ERR_MEMORY;
    }
    cli_folder_close(folder);
    if (status != IMGMATCH_OK)
        return cli_failure(program, "listing the photos", status, &diag);
    if (collection->count > 0)
        return CLI_GO_ON;
    if (unread == 0)
        cli_message(program, "there are no photos in '%s'", path);
    return CLI_FAILED;
}

static bool is_large_enough(const imgmatch_image_info *info) {
    uint32_t longer = info->width > info->height ? info->width : info->height;
    uint32_t shorter = info->width > info->height ? info->height : info->width;
    double scale = longer > EVAL_LONGEST_SIDE ? (double)EVAL_LONGEST_SIDE / longer : 1;
    return shorter * scale >= LEAST_SIDE;
}

static bool hash_photo(void *user, size_t index) {
    const eval_collection *collection = user;
    eval_photo *photo = &collection->photos[index];
    imgmatch_image *image = NULL;
    imgmatch_status status = eval_open_photo(&image, collection->intake, photo->path, NULL);
    photo->role = EVAL_ROLE_UNREADABLE;
    if (status == IMGMATCH_OK) {
        status = imgmatch_pdq_compute(photo->pdq, image, NULL);
        if (status == IMGMATCH_OK && is_large_enough(imgmatch_image_get_info(image)) &&
            photo->pdq[0].quality > 0)
            photo->role = EVAL_ROLE_UNUSED;
    }
    imgmatch_image_free(image);
    return status != IMGMATCH_ERR_MEMORY;
}

/* Is it near to one of the `taken` photos? Says to which. */
static bool is_near(eval_photo *photo, const eval_collection *collection, const size_t *taken,
                    size_t count, int bound) {
    photo->distance = 256;
    for (size_t i = 0; i < count; i++) {
        const imgmatch_pdq *other = &collection->photos[taken[i]].pdq[IMGMATCH_ORIENT_NONE];
        for (int turn = 0; turn < IMGMATCH_ORIENT_COUNT; turn++) {
            int distance = imgmatch_pdq_distance(&photo->pdq[turn], other);
            if (distance < photo->distance) {
                photo->distance = distance;
                photo->nearest = taken[i];
            }
        }
        if (photo->distance <= bound)
            return true;
    }
    return false;
}

static bool shuffled(size_t **out, size_t count, uint64_t seed) {
    eval_dice dice = eval_dice_new(seed, "choice");
    *out = malloc((count + 1) * sizeof **out);
    if (!*out)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)eval_dice_below(&dice, (int)(i + 1));
        (*out)[i] = (*out)[j];
        (*out)[j] = i;
    }
    return true;
}

/* Take different photos until there are enough; gives back how many. `order` is overwritten with
 * their places. */
static size_t take_different(eval_collection *collection, size_t *order, size_t wanted, int bound) {
    size_t taken = 0;
    for (size_t i = 0; i < collection->count && taken < wanted; i++) {
        eval_photo *photo = &collection->photos[order[i]];
        if (photo->role == EVAL_ROLE_UNREADABLE)
            continue;
        if (is_near(photo, collection, order, taken, bound))
            photo->role = EVAL_ROLE_NEAR;
        else
            order[taken++] = order[i];
    }
    return taken;
}

static cli_exit split(eval_collection *collection, const char *program, size_t taken,
                      const eval_collection_options *options) {
    size_t wanted = options->references + options->distractors;
    size_t references = options->references;
    if (taken < wanted) {
        references = taken * options->references / wanted;
        cli_message(program,
                    "different photos in '%s': %zu, of which %zu become references and %zu "
                    "distractors",
                    options->folder, taken, references, taken - references);
    }
    if (references < 1 || taken - references < 1) {
        cli_message(program, "too few different photos for a benchmark");
        return CLI_FAILED;
    }
    collection->distractors = collection->references + references;
    collection->reference_count = references;
    collection->distractor_count = taken - references;
    for (size_t i = 0; i < taken; i++)
        collection->photos[collection->references[i]].role =
            i < references ? EVAL_ROLE_REFERENCE : EVAL_ROLE_DISTRACTOR;
    return CLI_GO_ON;
}

cli_exit eval_collection_choose(eval_collection *out, const char *program,
                                const eval_collection_options *options) {
    cli_progress progress;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    memset(out, 0, sizeof *out);
    out->intake = options->intake;
    if (list_photos(out, program, options->folder) != CLI_GO_ON)
        return CLI_FAILED;
    if (!shuffled(&out->references, out->count, options->seed))
        return cli_failure(program, "choosing photos", IMGMATCH_ERR_MEMORY, &diag);
    cli_progress_start(&progress, cli_progress_wanted(options->quiet), out->count);
    const eval_work work = {hash_photo, out, out->count, options->threads, &progress};
    if (!eval_work_all(&work))
        return cli_failure(program, "hashing the photos", IMGMATCH_ERR_CANCELLED, &diag);
    size_t taken = take_different(out, out->references, options->references + options->distractors,
                                  options->near);
    return split(out, program, taken, options);
}

bool eval_collection_report(const eval_collection *collection, const char *path) {
    static const char *const roles[] = {"unused", "reference", "distractor", "near_duplicate",
                                        "unusable"};
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    fputs("photo,role,near,distance\r\n", file);
    for (size_t i = 0; i < collection->count; i++) {
        const eval_photo *photo = &collection->photos[i];
        cli_print_csv(file, photo->id);
        fprintf(file, ",%s,", roles[photo->role]);
        if (photo->role == EVAL_ROLE_NEAR) {
            cli_print_csv(file, collection->photos[photo->nearest].id);
            fprintf(file, ",%d", photo->distance);
        } else {
            fputc(',', file);
        }
        fputs("\r\n", file);
    }
    bool written = !ferror(file);
    return fclose(file) == 0 && written;
}

void eval_collection_free(eval_collection *collection) {
    for (size_t i = 0; i < collection->count; i++)
        free(collection->photos[i].path);
    free(collection->photos);
    free(collection->references);
    memset(collection, 0, sizeof *collection);
}
