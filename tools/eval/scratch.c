#include "eval/scratch.h"

#include "eval/files.h"

#include "common/message.h"
#include "common/photo_run.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct add_job {
    imgmatch_catalogue *catalogue;
    int threads;
    imgmatch_outcome outcomes[CLI_BATCH_PHOTOS];
} add_job;

static cli_exit add_batch(cli_photo_run *run, const cli_photo_batch *batch) {
    add_job *job = run->user;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    const imgmatch_add_options options = {job->threads, cli_photo_run_progress, run};
    imgmatch_status status = imgmatch_catalogue_add(job->outcomes, job->catalogue, batch->photos,
                                                    batch->count, &options, &diag);
    cli_progress_batch_done(&run->progress, batch->count);
    if (status != IMGMATCH_OK)
        return cli_failure(run->program, "indexing the references", status, &diag);
    for (size_t i = 0; i < batch->count; i++) {
        const imgmatch_outcome *outcome = &job->outcomes[i];
        if (outcome->kind != IMGMATCH_OUTCOME_FAILED)
            continue;
        const cli_failure_entry entry = {.path = batch->photos[i].path,
                                         .id = batch->photos[i].id,
                                         .reason = outcome->reason,
                                         .message = outcome->message};
        cli_failures_add(&run->failures, &entry);
    }
    return CLI_GO_ON;
}

static cli_exit add_all(const char *program, const char *folder, const char *catalogue,
                        const imgmatch_model *model, const eval_measure_options *options) {
    char *path = eval_join(folder, "references");
    add_job *job = calloc(1, sizeof *job);
    cli_exit step = path && job ? CLI_GO_ON : CLI_FAILED;
    if (step == CLI_GO_ON)
        step =
            eval_open_catalogue(&job->catalogue, program, catalogue, model, options->intake, true);
    if (step == CLI_GO_ON) {
        job->threads = options->threads;
        cli_photo_run run = {.program = program,
                             .photos = {.paths = &path, .path_count = 1},
                             .quiet = options->quiet,
                             .work = add_batch,
                             .user = job};
        step = cli_photo_run_all(&run);
        /* A reference that cannot be used is a copy that will not be found: the figures say it. */
        if (step == CLI_DONE || step == CLI_SOME_FAILED)
            step = CLI_GO_ON;
    }
    if (job)
        imgmatch_catalogue_close(job->catalogue);
    free(job);
    free(path);
    return step;
}

cli_exit eval_scratch_index(eval_scratch *out, const char *program, const eval_benchmark *benchmark,
                            const imgmatch_model *model, const eval_measure_options *options) {
    const char *temporary = getenv("TMPDIR");
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    out->catalogue =
        eval_join(temporary && *temporary ? temporary : "/tmp", "imgmatch-eval-XXXXXX");
    if (!out->catalogue)
        return cli_failure(program, "starting", IMGMATCH_ERR_MEMORY, &diag);
    if (!mkdtemp(out->catalogue)) {
        cli_message(program, "no folder can be made for the index: %s", strerror(errno));
        free(out->catalogue);
        out->catalogue = NULL;
        return CLI_FAILED;
    }
    imgmatch_status status = imgmatch_catalogue_create(out->catalogue, "benchmark", model, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(program, "making an index", status, &diag);
    return add_all(program, benchmark->folder, out->catalogue, model, options);
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *place) {
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

void eval_scratch_remove(eval_scratch *scratch) {
    if (scratch->catalogue)
        (void)nftw(scratch->catalogue, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(scratch->catalogue);
    scratch->catalogue = NULL;
}
