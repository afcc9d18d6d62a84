#include "print.h"

#include "options.h"

#include "common/message.h"

const char *query_photo_name(const imgmatch_photo *photo) {
    return photo->source ? photo->source : photo->path ? photo->path : "";
}

void query_join_alterations(char *out, size_t size, const imgmatch_match *match,
                            const char *separator) {
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < match->alteration_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? separator : "",
                                 match->alterations[i]);
}

static cli_exit print_json(FILE *file, const imgmatch_result *result) {
    char *text = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_result_to_json(&text, result, &diag);
    if (status != IMGMATCH_OK)
        return cli_failure(QUERY_PROGRAM, "writing a result", status, &diag);
    fputs(text, file);
    fputc('\n', file);
    imgmatch_free(text);
    return CLI_GO_ON;
}

void query_print_fit(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result) {
    if (printer->format == QUERY_TABLE)
        query_table_fit(printer, photo, result);
}

static void print_head(query_printer *printer) {
    if (!printer->started && printer->format == QUERY_TABLE)
        query_table_head(printer);
    if (!printer->started && printer->format == QUERY_CSV)
        query_csv_head(printer->file);
    printer->started = true;
}

cli_exit query_print(query_printer *printer, const imgmatch_photo *photo,
                     const imgmatch_result *result) {
    cli_exit step = CLI_GO_ON;
    print_head(printer);
    if (printer->format == QUERY_JSONL)
        step = print_json(printer->file, result);
    else if (printer->format == QUERY_CSV)
        query_csv_result(printer->file, photo, result);
    else
        query_table_result(printer, photo, result);
    /* Out with it: the reader may be waiting, or gone. */
    return cli_finish_output(QUERY_PROGRAM, step);
}

cli_exit query_print_end(query_printer *printer) {
    print_head(printer);
    return cli_finish_output(QUERY_PROGRAM, CLI_GO_ON);
}
