#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/trial.h"

#include "faults/trigger.h"

#include "catalogue/lock.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is looked at ---- */

static bool has_line(const char *text, const char *line, size_t size) {
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + (strchr(at, '\n') != NULL)) {
        if (strcspn(at, "\n") == size && memcmp(at, line, size) == 0) {
            return true;
        }
    }
    return false;
}

static size_t count_lines(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

/* Behind the header, which has their number: is each item of `some` in `all` or in `others`? */
static bool are_in(const char *some, const char *all, const char *others) {
    const char *at = strchr(some, '\n') + 1;
    while (*at != '\0') {
        size_t size = strcspn(at, "\n");
        if (!has_line(all, at, size) && (others == NULL || !has_line(others, at, size))) {
            return false;
        }
        at += size + 1;
    }
    return true;
}

/* Items that the job leaves alone are there, the others as before or as after. */
static bool nothing_is_lost(const char *found, const undisturbed *right) {
    const char *at = strchr(right->before, '\n') + 1;
    for (size_t size = 0; *at != '\0'; at += size + 1) {
        size = strcspn(at, "\n");
        if (has_line(right->after, at, size) && !has_line(found, at, size)) {
            return false;
        }
    }
    return are_in(found, right->before, right->after) &&
           count_lines(found) >= count_lines(right->before);
}

static bool says_in(const char *found, const char *id) {
    char text[64];
    (void)snprintf(text, sizeof text, "\"id\":\"%s\"", id);
    return id == NULL || strstr(found, text) != NULL;
}

static const char *check_items(const attempt *at, const system_job *job, const undisturbed *right,
                               bool done) {
    char *found = stage_items(at->path);
    const char *wrong = NULL;
    if (found == NULL) {
        return "a reader cannot read it, or verify objects";
    }
    if (done
            ? strcmp(found, right->after) != 0
            : job->whole && strcmp(found, right->before) != 0 && strcmp(found, right->after) != 0) {
        wrong = "a reader finds other items";
    } else if (!done && !job->whole && !nothing_is_lost(found, right)) {
        wrong = "items are lost";
    }
    for (size_t i = 0; i < STAGE_MOST_IDS; i++) {
        wrong = says_in(found, at->in[i]) ? wrong : "an acknowledged item is lost";
    }
    free(found);
    return wrong;
}

static long count_descriptors(void) {
    long count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    (void)closedir(folder);
    return count;
}

static bool is_mapped(const char *folder) {
    char line[4096];
    bool found = false;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        found = found || strstr(line, folder) != NULL;
    }
    (void)fclose(file);
    return found;
}

/* What was acknowledged is noted, so that its loss would be seen. */
static bool is_noted(const char *path) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_catalogue_stat stat;
    uint64_t noted = 0;
    bool damaged = true;
    assert_int_equal(imgmatch_catalogue_open(&catalogue, path, NULL, NULL), IMGMATCH_OK);
    assert_int_equal(imgmatch_catalogue_get_stat(&stat, catalogue, NULL), IMGMATCH_OK);
    assert_int_equal(imx_lock_read_noted(&noted, &damaged, path, NULL), IMGMATCH_OK);
    imgmatch_catalogue_close(catalogue);
    return !damaged && noted == stat.generation;
}

/* ---- attempts ---- */

static const char *check_status(imgmatch_status status, const imgmatch_diag *diag,
                                const attempt *at, const system_job *job, const trial_fault *fault,
                                const char *answer) {
    if (status == IMGMATCH_OK) {
        return strcmp(at->answer, answer) == 0 ? NULL : "another answer";
    }
    unsigned allowed = fault->statuses | job->statuses;
    return fault->harmless                ? "it is to make no difference"
           : diag->message[0] == '\0'     ? "no message"
           : (allowed & MAY(status)) == 0 ? "the status does not fit"
           : diag->status != status       ? "the message is one of another status"
                                          : NULL;
}

static const char *ask_again(attempt *at, const system_job *job, const undisturbed *right,
                             imgmatch_diag *diag) {
    at->answer[0] = '\0';
    *diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    imgmatch_status status = job->run(at, diag);
    /* What was done by the first one after all. */
    if (status != IMGMATCH_OK && !(job->changes && status == IMGMATCH_ERR_EXISTS)) {
        return "it does not get done when it is asked again";
    }
    if (!job->changes && strcmp(at->answer, right->answer) != 0) {
        return "another answer when it is asked again";
    }
    const char *wrong = check_items(at, job, right, true);
    return wrong == NULL && job->check != NULL ? job->check(at, true) : wrong;
}

static const char *look_at(const attempt *at, const system_job *job, const undisturbed *right,
                           const trial_fault *fault, bool done) {
    const char *wrong = is_mapped(at->folder) ? "a mapping is left" : NULL;
    wrong = wrong == NULL ? check_items(at, job, right, done) : wrong;
    if (wrong == NULL && job->check != NULL) {
        wrong = job->check(at, done);
    }
    return wrong == NULL && fault->harmless && !is_noted(at->path) ? "the generation is not noted"
                                                                   : wrong;
}

bool trial_run(const stage *on, const system_job *job, const undisturbed *right,
               const trial_fault *fault) {
    attempt at;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    attempt_open(&at, on, job->kind);
    at.photo_reason = fault->photo_reason;
    long descriptors = count_descriptors();
    fault_arm(fault->kind, fault->n, fault->lasts);
    imgmatch_status status = job->run(&at, &diag);
    bool hit = fault_disarm();
    bool done = status == IMGMATCH_OK;
    const char *wrong = !hit && !done ? "it failed undisturbed"
                                      : check_status(status, &diag, &at, job, fault, right->answer);
    if (wrong == NULL && count_descriptors() != descriptors) {
        wrong = "descriptors are left";
    }
    wrong = wrong == NULL ? look_at(&at, job, right, fault, done) : wrong;
    if (wrong == NULL && hit) {
        wrong = ask_again(&at, job, right, &diag);
    }
    if (wrong != NULL) {
        fail_msg("%s, %s %ld%s, %s (%s): %s", job->name, fault->name, fault->n,
                 fault->lasts ? " and all after it" : "", imgmatch_status_text(status),
                 diag.message, wrong);
    }
    attempt_close(&at);
    return hit;
}

undisturbed undisturbed_run(const stage *on, const system_job *job) {
    undisturbed out;
    attempt at;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    attempt_open(&at, on, job->kind);
    out.before = stage_items(at.path);
    if (job->run(&at, &diag) != IMGMATCH_OK) {
        fail_msg("%s: %s", job->name, diag.message);
    }
    out.after = stage_items(at.path);
    out.answer = strdup(at.answer);
    assert_true(out.before != NULL && out.after != NULL && out.answer != NULL);
    attempt_close(&at);
    return out;
}

void undisturbed_free(undisturbed *right) {
    free(right->before);
    free(right->after);
    free(right->answer);
}
