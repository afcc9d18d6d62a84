#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/main_jobs/jobs.h"

#include "faults/answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static imgmatch_status open_model(attempt *at, imgmatch_diag *diag) {
    imgmatch_model *model = NULL;
    imgmatch_status status = imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", diag);
    assert_int_equal(model != NULL, status == IMGMATCH_OK);
    if (status == IMGMATCH_OK) {
        attempt_say(at, imgmatch_model_get_info(model)->settings_sha256, 64);
    }
    imgmatch_model_close(model);
    return status;
}

/* A photo that cannot be read is no error of the call. */
static imgmatch_status take_result(attempt *at, const imgmatch_result *result,
                                   imgmatch_diag *diag) {
    if (imgmatch_result_failure(result) != IMGMATCH_REASON_NONE) {
        assert_int_equal(imgmatch_result_failure(result), at->photo_reason);
        assert_int_equal(imgmatch_result_verdict(result), IMGMATCH_VERDICT_UNDECIDABLE);
        return fail_photo(diag, imgmatch_result_message(result));
    }
    char *text = NULL;
    imgmatch_status status = answer_of_result(&text, result, diag);
    attempt_say(at, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    imgmatch_free(text);
    return status;
}

/* By embedding, by hash, and by the local features of what they find. */
static imgmatch_status query(attempt *at, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_result *result = NULL;
    imgmatch_photo photo = photo_at(at->on->listing, "listing");
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, false, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_query(&result, catalogue, &photo, NULL, diag);
        assert_int_equal(result != NULL, status == IMGMATCH_OK);
    }
    if (status == IMGMATCH_OK) {
        status = take_result(at, result, diag);
    }
    if (status == IMGMATCH_OK) {
        assert_string_equal(imgmatch_result_match(result, 0)->id, "p1");
    }
    imgmatch_result_free(result);
    imgmatch_catalogue_close(catalogue);
    return status;
}

static bool append(void *user, const char *bytes, size_t size) {
    attempt_say(user, bytes, size);
    return true;
}

static imgmatch_status export_items(attempt *at, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, false, diag);
    for (int format = IMGMATCH_EXPORT_JSONL; format <= IMGMATCH_EXPORT_PDQ; format++) {
        if (status == IMGMATCH_OK) {
            status = imgmatch_catalogue_export(catalogue, (imgmatch_export_format)format, append,
                                               at, diag);
        }
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

static bool append_id(void *user, const imgmatch_item *item) {
    return append(user, item->id, strlen(item->id)) && append(user, " ", 1);
}

static imgmatch_status look_around(attempt *at, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_catalogue_stat stat;
    char figures[64];
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, false, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_list(catalogue, append_id, at, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_get_stat(&stat, catalogue, diag);
    }
    if (status == IMGMATCH_OK) {
        (void)snprintf(figures, sizeof figures, "%" PRIu64 " %" PRIu64 " %" PRIu64, stat.items,
                       stat.hash_only, stat.indexed);
        attempt_say(at, figures, strlen(figures));
        status = imgmatch_catalogue_verify(catalogue, NULL, NULL, diag);
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

static imgmatch_status find_traces(attempt *at, imgmatch_diag *diag) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_trace_query sought = IMGMATCH_TRACE_QUERY_INIT;
    imgmatch_trace_report report;
    char figures[64];
    sought.id = "a removed one";
    imgmatch_status status = attempt_open_catalogue(&catalogue, at, false, diag);
    if (status == IMGMATCH_OK) {
        status = imgmatch_catalogue_find_traces(&report, catalogue, &sought, NULL, NULL, diag);
    }
    if (status == IMGMATCH_OK) {
        (void)snprintf(figures, sizeof figures, "%" PRIu64 " %" PRIu64, report.files,
                       report.traces);
        attempt_say(at, figures, strlen(figures));
    }
    imgmatch_catalogue_close(catalogue);
    return status;
}

const system_job reading_jobs[] = {
    {"open a model", IMGMATCH_INDEX_EXACT, open_model, READS, 0, false, false, NULL},
    {"query, exact", IMGMATCH_INDEX_EXACT, query, READS, MAY(IMGMATCH_ERR_PHOTO), false, false,
     NULL},
    {"query, ivf", IMGMATCH_INDEX_IVF, query, READS, MAY(IMGMATCH_ERR_PHOTO), false, false, NULL},
    {"query, hnsw", IMGMATCH_INDEX_HNSW, query, READS, MAY(IMGMATCH_ERR_PHOTO), false, false, NULL},
    {"export", IMGMATCH_INDEX_EXACT, export_items, READS, 0, false, false, NULL},
    /* What verify says of what it could not read. */
    {"look around", IMGMATCH_INDEX_IVF, look_around, READS, MAY(IMGMATCH_ERR_CATALOGUE), false,
     false, NULL},
    {"find traces", IMGMATCH_INDEX_HNSW, find_traces, READS | FOLDERS, 0, false, false, NULL},
    {.name = NULL}};
