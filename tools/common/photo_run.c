#include "photo_run.h"

#include "interrupt.h"
#include "message.h"

#include <string.h>

bool cli_photo_run_progress(void *user, size_t done, size_t total) {
    cli_photo_run *run = user;
    (void)total; /* Of the batch, which means nothing to the user. */
    cli_progress_show(&run->progress, done);
    return !cli_interrupted();
}

static cli_failures *failures_of(cli_photo_run *run) {
    return run->shared ? run->shared : &run->failures;
}

static cli_exit close_failures(cli_photo_run *run) {
    return run->shared ? CLI_DONE : cli_failures_close(&run->failures);
}

/* Read over what an earlier run has worked on. */
static cli_exit skip_photos(cli_photo_run *run, cli_photo_source *source, cli_photo_batch *batch) {
    while (run->done < run->skip && !cli_interrupted()) {
        uint64_t left = run->skip - run->done;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status = cli_photo_source_next(
            batch, source, left < CLI_BATCH_PHOTOS ? (size_t)left : CLI_BATCH_PHOTOS, &diag);
        if (cli_interrupted())
            break;
        if (status != IMGMATCH_OK)
            return cli_failure(run->program, "reading the list of photos", status, &diag);
        if (batch->count == 0) {
            cli_message(run->program, "there are only %llu photos to skip",
                        (unsigned long long)run->done);
            return CLI_FAILED;
        }
        run->done += batch->count;
        cli_progress_batch_done(&run->progress, batch->count);
    }
    return CLI_GO_ON;
}

static cli_exit work_on_batches(cli_photo_run *run, cli_photo_source *source,
                                cli_photo_batch *batch) {
    cli_exit step = CLI_GO_ON;
    while (step == CLI_GO_ON) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_status status = cli_photo_source_next(batch, source, CLI_BATCH_PHOTOS, &diag);
        /* Ctrl-C also ends a read that waits for more input; that is no error of the input. */
        if (cli_interrupted())
            break;
        if (status != IMGMATCH_OK)
            step = cli_failure(run->program, "reading the list of photos", status, &diag);
        else if (batch->count == 0)
            break;
        else
            step = run->work(run, batch);
    }
    return step;
}

static cli_exit work_on_all(cli_photo_run *run, cli_photo_source *source) {
    cli_photo_batch batch = {0};
    cli_exit step = skip_photos(run, source, &batch);
    run->done = run->skip; /* Also when it was interrupted before: these are done. */
    /* The earlier run told of what was before. */
    cli_photo_source_report(source, failures_of(run));
    if (step == CLI_GO_ON)
        step = run->work_on_source ? run->work_on_source(run, source)
                                   : work_on_batches(run, source, &batch);
    cli_photo_batch_free(&batch);
    return step;
}

/* Most likely that is a mistake: another list was meant. Folders were named one by one. */
static void tell_of_no_photos(const cli_photo_run *run) {
    if (run->skip > 0) {
        cli_message(run->program, "no photos are left behind the first %llu",
                    (unsigned long long)run->skip);
    } else if (run->photos.manifest) {
        cli_message(run->program, "no photos in '%s'", run->photos.manifest);
    }
}

cli_exit cli_photo_run_all(cli_photo_run *run) {
    cli_photo_source *source = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (!run->shared && cli_failures_open(&run->failures, run->program, run->errors_path,
                                          run->skip > 0) != CLI_GO_ON)
        return CLI_FAILED;
    cli_catch_signals();
    imgmatch_status status = cli_photo_source_open(&source, &run->photos,
                                                   run->skip > 0 ? NULL : failures_of(run), &diag);
    if (status != IMGMATCH_OK) {
        (void)close_failures(run);
        return cli_failure(run->program, "opening the list of photos", status, &diag);
    }
    run->source = source;
    bool show = cli_progress_wanted(run->quiet);
    cli_progress_start(&run->progress, show, show ? cli_photo_source_count(&run->photos) : 0);
    cli_exit step = work_on_all(run, source);
    run->skipped = cli_photo_source_skipped(source);
    cli_photo_source_close(source);
    run->source = NULL;
    cli_exit closed = close_failures(run);
    if (step == CLI_GO_ON && cli_interrupted()) {
        cli_message(run->program, "interrupted after %llu photos", (unsigned long long)run->done);
        step = CLI_FAILED;
    }
    step = step == CLI_GO_ON || step == CLI_DONE ? closed : step;
    if (step == CLI_DONE && run->done == run->skip)
        tell_of_no_photos(run);
    return step;
}
