#include "catalogue/successor.h"

#include "catalogue/folder_files.h"
#include "catalogue/record_source.h"
#include "catalogue/store_parts.h"

#include "base/diag.h"
#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The text that says it. Texts are not deleted: an empty one says nothing. */
#define NOTE_KEY "takes the place of"

typedef struct predecessor {
    bool known;
    uint64_t number;
    uint64_t generation;
} predecessor;

static imgmatch_status read_note(predecessor *out, const imx_store *store, imgmatch_diag *diag) {
    char *note = NULL;
    *out = (predecessor){.known = false};
    imgmatch_status status = imx_store_get_value(&note, store, NOTE_KEY, diag);
    if (status == IMGMATCH_OK && note != NULL && note[0] != '\0') {
        out->known = sscanf(note, "%16" SCNx64 " %20" SCNu64, &out->number, &out->generation) == 2;
        if (!out->known) {
            status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                              "%s does not say in a known way whose place it takes", store->folder);
        }
    }
    free(note);
    return status;
}

imgmatch_status imx_successor_claim(imx_store *successor, const imx_store *store,
                                    imgmatch_diag *diag) {
    const imx_state *state = &store->current->snapshot->state;
    uint64_t number = store->identity.number;
    predecessor noted;
    imgmatch_status status = read_note(&noted, successor, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    bool same = noted.known && noted.number == number;
    if (!same && successor->current->snapshot->state.item_count > 0) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "%.200s is a catalogue that was not begun for this one: move it away or "
                        "delete it, then try again",
                        successor->folder);
    }
    if (same && noted.generation == state->generation) {
        return IMGMATCH_OK;
    }
    char note[64];
    (void)snprintf(note, sizeof note, "%016" PRIx64 " %" PRIu64, number, state->generation);
    return imx_store_set_value(successor, NOTE_KEY, note, diag);
}

static imgmatch_status fail_other(const imx_store *store, const char *beside, imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                    "%.200s is not the catalogue whose place %.200s took, or was changed since: "
                    "move it away, then try again",
                    beside, store->folder);
}

static imgmatch_status check_database(const imx_store *store, const predecessor *of,
                                      const char *beside, imgmatch_diag *diag) {
    imx_record_source *left = NULL;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_record_source_open(&left, beside, NULL, &own);
    if (status != IMGMATCH_OK) {
        return imx_fail(diag, status, "what %.200s took the place of is not deleted unread: %s",
                        store->folder, own.message);
    }
    if (imx_record_source_number(left) != of->number ||
        imx_record_source_generation(left) != of->generation) {
        status = fail_other(store, beside, diag);
    }
    imx_record_source_close(left);
    return status;
}

/* The folder is locked: nobody changes what is about to be deleted. */
static imgmatch_status clear_locked(const imx_store *store, const predecessor *of,
                                    const char *beside, bool database, imgmatch_diag *diag) {
    imgmatch_status status = database ? check_database(store, of, beside, diag) : IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        /* The catalogue has its name for good before the other one goes. */
        status = imx_file_sync_with_parent(store->folder, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_folder_files_move_others(store->folder, beside, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_folder_files_delete(beside, diag);
    }
    return status == IMGMATCH_OK ? imx_file_sync_with_parent(store->folder, diag) : status;
}

static imgmatch_status clear_away(const imx_store *store, const predecessor *of, const char *beside,
                                  imgmatch_diag *diag) {
    struct stat info;
    if (lstat(beside, &info) != 0) {
        return errno == ENOENT ? IMGMATCH_OK : imx_fail_errno(diag, errno, "open", beside);
    }
    if (!S_ISDIR(info.st_mode)) {
        return fail_other(store, beside, diag);
    }
    imx_folder_survey found;
    imgmatch_status status = imx_folder_files_survey(&found, beside, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (found.others && !found.own) {
        return fail_other(store, beside, diag);
    }
    imx_lock *lock = NULL;
    status = imx_lock_take(&lock, beside, diag);
    if (status == IMGMATCH_OK) {
        status = clear_locked(store, of, beside, found.database, diag);
    }
    imx_lock_release(lock);
    return status;
}

imgmatch_status imx_successor_finish(bool *finished, imx_store *store, const char *beside,
                                     imgmatch_diag *diag) {
    *finished = false;
    predecessor of;
    imgmatch_status status = read_note(&of, store, diag);
    if (status != IMGMATCH_OK || !of.known) {
        return status;
    }
    status = clear_away(store, &of, beside, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_set_value(store, NOTE_KEY, "", diag);
    }
    *finished = status == IMGMATCH_OK;
    return status;
}
