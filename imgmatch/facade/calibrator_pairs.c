/* The list grows to twice what is wanted and is then cut to the best: a pair costs little however
 * many there are. */
#include "facade/calibrator.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PAIRS 1000u
#define ROOM (2 * MOST_PAIRS)

const char *imgmatch_pair_kind_name(imgmatch_pair_kind kind) {
    switch (kind) {
    case IMGMATCH_PAIR_COUNTED:
        return "counted";
    case IMGMATCH_PAIR_SAME_BYTES:
        return "same_bytes";
    case IMGMATCH_PAIR_SAME_PHOTO:
        return "same_photo";
    case IMGMATCH_PAIR_VARIANT:
        return "variant";
    }
    return "unknown";
}

static void free_pair(imx_pair *pair) {
    free(pair->path);
    free(pair->id);
    free(pair->own_id);
}

void imx_pair_list_free(imx_pair_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free_pair(&list->pairs[i]);
    }
    free(list->pairs);
    *list = (imx_pair_list){.pairs = NULL};
}

static int by_score(const void *a, const void *b) {
    const imx_pair *left = a;
    const imx_pair *right = b;
    if (left->pair.score != right->pair.score) {
        return left->pair.score > right->pair.score ? -1 : 1;
    }
    int order = strcmp(left->path, right->path);
    return order != 0 ? order : strcmp(left->id, right->id);
}

/* The names of the two, the lesser first when both are items. */
static void name_both(const char *names[2], const imx_pair *pair) {
    bool swap = pair->own_id != NULL && strcmp(pair->own_id, pair->id) > 0;
    const char *first = pair->own_id != NULL ? pair->own_id : pair->path;
    names[0] = swap ? pair->id : first;
    names[1] = swap ? first : pair->id;
}

/* Both directions of a pair of items side by side, the higher score first. */
static int by_names(const void *a, const void *b) {
    const imx_pair *left = a;
    const imx_pair *right = b;
    const char *names[2][2];
    int order = (left->own_id == NULL) - (right->own_id == NULL);
    name_both(names[0], left);
    name_both(names[1], right);
    order = order != 0 ? order : strcmp(names[0][0], names[1][0]);
    order = order != 0 ? order : strcmp(names[0][1], names[1][1]);
    return order != 0 ? order : by_score(a, b);
}

static bool same_names(const imx_pair *a, const imx_pair *b) {
    const char *names[2][2];
    name_both(names[0], a);
    name_both(names[1], b);
    return (a->own_id == NULL) == (b->own_id == NULL) && strcmp(names[0][0], names[1][0]) == 0 &&
           strcmp(names[0][1], names[1][1]) == 0;
}

void imx_pair_list_sort(imx_pair_list *list) {
    if (list->sorted || list->count == 0) {
        return;
    }
    size_t kept = 0;
    qsort(list->pairs, list->count, sizeof *list->pairs, by_names);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && same_names(&list->pairs[kept - 1], &list->pairs[i])) {
            free_pair(&list->pairs[i]);
        } else {
            list->pairs[kept++] = list->pairs[i];
        }
    }
    qsort(list->pairs, kept, sizeof *list->pairs, by_score);
    while (kept > MOST_PAIRS) {
        free_pair(&list->pairs[--kept]);
    }
    list->count = kept;
    list->sorted = true;
}

imgmatch_status imx_pair_list_add(imx_pair_list *list, const imx_negative *negative,
                                  const imx_near *near, imgmatch_diag *diag) {
    if (list->pairs == NULL) {
        list->pairs = imx_new_array(ROOM, sizeof *list->pairs);
        if (list->pairs == NULL) {
            return imx_fail_memory(diag);
        }
    }
    if (list->count == ROOM) {
        imx_pair_list_sort(list);
    }
    imx_pair pair = {.path = imx_copy_text(imx_photo_source(&negative->photo)),
                     .id = imx_copy_text(near->id),
                     .own_id = negative->own_id != NULL ? imx_copy_text(negative->own_id) : NULL};
    if (pair.path == NULL || pair.id == NULL || (negative->own_id != NULL && pair.own_id == NULL)) {
        free_pair(&pair);
        return imx_fail_memory(diag);
    }
    pair.pair =
        (imgmatch_pair){.path = pair.path, .id = pair.id, .score = near->score, .kind = near->kind};
    list->pairs[list->count++] = pair;
    list->sorted = false;
    return IMGMATCH_OK;
}

const imgmatch_pair *imgmatch_calibrator_pair(imgmatch_calibrator *calibrator, size_t index) {
    if (calibrator == NULL) {
        return NULL;
    }
    imx_pair_list_sort(&calibrator->pairs);
    return index < calibrator->pairs.count ? &calibrator->pairs.pairs[index].pair : NULL;
}
