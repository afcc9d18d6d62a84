#include "failures.h"

#include "escape.h"
#include "message.h"

#include <errno.h>
#include <string.h>

/* With more failures than this, standard error is no place to read them. */
#define SHOWN_MAX 20

cli_exit cli_failures_open(cli_failures *failures, const char *program, const char *path,
                           bool append) {
    memset(failures, 0, sizeof *failures);
    failures->program = program;
    failures->path = path;
    if (!path)
        return CLI_GO_ON;
    failures->file = fopen(path, append ? "ae" : "we");
    if (failures->file)
        return CLI_GO_ON;
    cli_message(program, "cannot write '%s': %s", path, strerror(errno));
    return CLI_FAILED;
}

static void write_text(FILE *file, const char **before, const char *key, const char *text) {
    if (!text || !text[0])
        return;
    fprintf(file, "%s\"%s\":", *before, key);
    cli_print_json(file, text);
    *before = ",";
}

static void write_line(FILE *file, const cli_failure_entry *entry) {
    const char *before = "{";
    write_text(file, &before, "reason", imgmatch_reason_code(entry->reason));
    write_text(file, &before, "path", entry->path);
    write_text(file, &before, "id", entry->id);
    write_text(file, &before, "manifest", entry->list);
    if (entry->line > 0)
        fprintf(file, "%s\"line\":%llu", before, (unsigned long long)entry->line);
    write_text(file, &before, "message", entry->message);
    fputs("}\n", file);
}

static void show(const cli_failures *failures, const cli_failure_entry *entry) {
    const char *code = imgmatch_reason_code(entry->reason);
    const char *message = entry->message ? entry->message : "";
    if (entry->reason == IMGMATCH_REASON_NONE)
        cli_message(failures->program, "%s", message);
    else if (entry->path)
        cli_message(failures->program, "%s: %s: %s", entry->path, code, message);
    else
        cli_message(failures->program, "%s:%llu: %s: %s", entry->list ? entry->list : "",
                    (unsigned long long)entry->line, code, message);
}

void cli_failures_add(cli_failures *failures, const cli_failure_entry *entry) {
    failures->total++;
    if ((unsigned)entry->reason < CLI_REASON_COUNT)
        failures->by_reason[entry->reason]++;
    if (failures->file) {
        write_line(failures->file, entry);
        /* At once: what was known is not lost with a run that is killed. */
        (void)fflush(failures->file);
        cli_keep_write_error(&failures->write_error, failures->file);
        return;
    }
    if (failures->total <= SHOWN_MAX)
        show(failures, entry);
    if (failures->total == SHOWN_MAX + 1)
        cli_message(failures->program,
                    "further failures are only counted; --errors=FILE keeps all");
}

void cli_failures_print_counts(FILE *file, const cli_failures *failures) {
    const char *separator = "";
    for (int reason = 0; reason < CLI_REASON_COUNT; reason++) {
        if (failures->by_reason[reason] == 0)
            continue;
        fprintf(file, "%s%s %llu", separator, imgmatch_reason_code((imgmatch_reason)reason),
                (unsigned long long)failures->by_reason[reason]);
        separator = ", ";
    }
}

cli_exit cli_failures_close(cli_failures *failures) {
    cli_exit status = failures->total > 0 ? CLI_SOME_FAILED : CLI_DONE;
    if (!failures->file)
        return status;
    cli_exit closed =
        cli_close_written(failures->file, failures->write_error, failures->program, failures->path);
    failures->file = NULL;
    return closed == CLI_GO_ON ? status : closed;
}
