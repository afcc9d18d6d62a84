#include "lines.h"

#include "diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 512u

imgmatch_status cli_lines_open(cli_lines *out, const char *path, bool cr_ends, uint32_t max_bytes,
                               imgmatch_diag *diag) {
    *out = (cli_lines){.path = path, .cr_ends = cr_ends, .max_bytes = max_bytes};
    out->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!out->file)
        return cli_fail(diag, IMGMATCH_ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    return IMGMATCH_OK;
}

/* Room for one byte more, and the NUL. */
static imgmatch_status make_room(cli_lines *lines, imgmatch_diag *diag) {
    if (lines->size == lines->max_bytes)
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "%s, line %llu: longer than %u bytes (--max-line-bytes)", lines->path,
                        (unsigned long long)lines->number, lines->max_bytes);
    if (lines->size + 2 <= lines->capacity)
        return IMGMATCH_OK;
    size_t capacity = lines->capacity ? 2 * lines->capacity : FIRST_CAPACITY;
    if (capacity > (size_t)lines->max_bytes + 1)
        capacity = (size_t)lines->max_bytes + 1;
    char *text = realloc(lines->text, capacity);
    if (!text)
        return cli_fail(diag, IMGMATCH_ERR_MEMORY, "%s", imgmatch_status_text(IMGMATCH_ERR_MEMORY));
    lines->text = text;
    lines->capacity = capacity;
    return IMGMATCH_OK;
}

/* A CR is half of a line end when an LF follows it. */
static bool ends_line(const cli_lines *lines, int byte) {
    if (byte != '\r' || !lines->cr_ends)
        return byte == '\n';
    int next = getc_unlocked(lines->file);
    if (next != EOF)
        (void)ungetc(next, lines->file);
    return next != '\n';
}

static void leave_mark_out(cli_lines *lines) {
    static const char mark[] = "\xef\xbb\xbf"; /* As spreadsheets put it before UTF-8. */
    const size_t size = sizeof mark - 1;
    if (lines->size < size || memcmp(lines->text, mark, size) != 0)
        return;
    lines->size -= size;
    memmove(lines->text, lines->text + size, lines->size + 1);
}

imgmatch_status cli_lines_next(bool *found, cli_lines *lines, imgmatch_diag *diag) {
    int byte = EOF;
    *found = false;
    lines->size = 0;
    lines->number++;
    bool ended = false;
    while (!ended && (byte = getc_unlocked(lines->file)) != EOF) {
        imgmatch_status status = make_room(lines, diag);
        if (status != IMGMATCH_OK)
            return status;
        lines->text[lines->size++] = (char)byte;
        ended = ends_line(lines, byte);
    }
    if (byte == EOF && ferror(lines->file))
        return cli_fail(diag, IMGMATCH_ERR_IO, "cannot read '%s': %s", lines->path,
                        strerror(errno));
    if (lines->size == 0)
        return IMGMATCH_OK;
    *found = true;
    lines->text[lines->size] = '\0';
    if (memchr(lines->text, '\0', lines->size))
        return cli_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "%s, line %llu: there is a NUL byte; it has to be text in UTF-8",
                        lines->path, (unsigned long long)lines->number);
    if (lines->number == 1)
        leave_mark_out(lines);
    return IMGMATCH_OK;
}

void cli_lines_cut_end(cli_lines *lines) {
    char *text = lines->text;
    if (lines->size > 0 && text[lines->size - 1] == '\n')
        lines->size--;
    if (lines->size > 0 && text[lines->size - 1] == '\r')
        lines->size--;
    text[lines->size] = '\0';
}

void cli_lines_close(cli_lines *lines) {
    if (lines->file && lines->file != stdin)
        (void)fclose(lines->file);
    free(lines->text);
    *lines = (cli_lines){.path = lines->path};
}
