/*
 * Any bytes as a file that is imported: an export, or a list of hashes. Whatever goes in is counted
 * right, passes verification, and comes out as an export that goes in again as it is.
 */
#include "fuzz.h"

#include "base/buffer.h"
#include "integration/catalogue/samples.h"

#include <imgmatch/imgmatch.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_EXPORT_BYTES (64u << 20)

/* An empty catalogue, made once; each run begins with copies of it. */
static const char *empty_catalogue(void) {
    static char path[512];
    if (path[0] == '\0') {
        char folder[128];
        (void)snprintf(folder, sizeof folder, "%s/empty", fuzz_folder());
        fuzz_require(mkdir(folder, 0700) == 0);
        sample_catalogue_create(path, folder);
    }
    return path;
}

static imgmatch_catalogue *open_copy(const char *path, const imgmatch_limits *limits) {
    imgmatch_catalogue *catalogue = NULL;
    imgmatch_open_options options = IMGMATCH_OPEN_OPTIONS_INIT;
    options.writable = true;
    options.limits = limits;
    fuzz_require(sample_folder_copy(path, empty_catalogue()));
    fuzz_require(imgmatch_catalogue_open(&catalogue, path, &options, NULL) == IMGMATCH_OK);
    return catalogue;
}

static void count_problem(void *user, const char *line) {
    uint64_t *problems = user;
    fuzz_require(line[0] != '\0');
    ++*problems;
}

static bool count_item(void *user, const imgmatch_item *item) {
    uint64_t *items = user;
    fuzz_require(item->id[0] != '\0');
    ++*items;
    return true;
}

static bool append(void *user, const char *bytes, size_t size) {
    return imx_buffer_append(user, bytes, size);
}

static void export_all(imx_buffer *out, const imgmatch_catalogue *catalogue) {
    imx_buffer_init(out, MOST_EXPORT_BYTES);
    fuzz_require(imgmatch_catalogue_export(catalogue, IMGMATCH_EXPORT_JSONL, append, out, NULL) ==
                 IMGMATCH_OK);
}

/* What is exported goes in again, all of it, and is exported alike. */
static void expect_return(const imx_buffer *exported, uint64_t items, const char *file) {
    char path[128];
    imx_buffer again;
    imgmatch_exchange_report report;
    (void)snprintf(path, sizeof path, "%s/second", fuzz_folder());
    imgmatch_catalogue *catalogue = open_copy(path, NULL);
    fuzz_require(sample_write_file(file, exported->bytes, exported->size));
    fuzz_require(imgmatch_catalogue_import(&report, catalogue, file, NULL, NULL) == IMGMATCH_OK);
    fuzz_require(report.added == items && report.failed == 0);
    export_all(&again, catalogue);
    fuzz_require(again.size == exported->size &&
                 memcmp(again.bytes, exported->bytes, again.size) == 0);
    imx_buffer_free(&again);
    imgmatch_catalogue_close(catalogue);
    sample_folder_remove(path);
}

static void check_contents(const imgmatch_catalogue *catalogue, uint64_t added, const char *file) {
    uint64_t items = 0;
    imx_buffer exported;
    fuzz_require(imgmatch_catalogue_list(catalogue, count_item, &items, NULL) == IMGMATCH_OK);
    fuzz_require(items == added);
    if (items > 0) {
        fuzz_require(imgmatch_catalogue_verify(catalogue, NULL, NULL, NULL) == IMGMATCH_OK);
        export_all(&exported, catalogue);
        expect_return(&exported, items, file);
        imx_buffer_free(&exported);
    }
}

static void check_report(imgmatch_status status, const imgmatch_exchange_report *report,
                         uint64_t problems, size_t size, const imgmatch_diag *diag) {
    if (status == IMGMATCH_OK) {
        fuzz_require(problems <= report->failed);
        /* A line has an item at the most, and each item a line. */
        fuzz_require(report->added + report->replaced + report->unchanged + report->kept <= size);
    } else {
        fuzz_require(status == IMGMATCH_ERR_SYNTAX || status == IMGMATCH_ERR_MISMATCH);
        fuzz_require(diag->message[0] != '\0' && report->added == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* A catalogue that nothing went into serves again, which is many times as fast. */
    static imgmatch_catalogue *catalogue;
    char path[128], file[128];
    (void)snprintf(path, sizeof path, "%s/first", fuzz_folder());
    (void)snprintf(file, sizeof file, "%s/file", fuzz_folder());
    if (catalogue == NULL) {
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
        limits.max_line_bytes = 3300;
        limits.max_metadata_bytes = 200;
        limits.max_json_depth = 6;
        catalogue = open_copy(path, &limits);
    }
    fuzz_require(sample_write_file(file, data, size));
    uint64_t problems = 0;
    imgmatch_exchange_options options = IMGMATCH_EXCHANGE_OPTIONS_INIT;
    options.on_conflict = (imgmatch_conflict)(size % 3);
    options.problem = count_problem;
    options.user = &problems;
    imgmatch_exchange_report report;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_catalogue_import(&report, catalogue, file, &options, &diag);
    check_report(status, &report, problems, size, &diag);
    check_contents(catalogue, report.added, file);
    if (report.added > 0) {
        imgmatch_catalogue_close(catalogue);
        sample_folder_remove(path);
        catalogue = NULL;
    }
    return 0;
}
