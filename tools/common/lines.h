/* Text files that the tools read by themselves, line by line, in memory that is bounded. */
#ifndef IMGMATCH_TOOLS_LINES_H
#define IMGMATCH_TOOLS_LINES_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cli_lines {
    const char *path; /* As messages show it; borrowed. */
    FILE *file;
    bool cr_ends;       /* A CR alone ends a line, too: in lists and CSV, not in JSON Lines. */
    uint32_t max_bytes; /* Of a line, with its line end. */
    char *text;         /* The line, with its line end, and a NUL behind. */
    size_t size;        /* Without the NUL. */
    size_t capacity;
    uint64_t number; /* Of the line, from 1. */
} cli_lines;

/* "-" is standard input. The message of IMGMATCH_ERR_IO says what cannot be read, and why. */
imgmatch_status cli_lines_open(cli_lines *out, const char *path, bool cr_ends, uint32_t max_bytes,
                               imgmatch_diag *diag);

/*
 * Read the next line; *found is false at the end of the file. A byte order mark before the first
 * one is left out.
 *
 * IMGMATCH_ERR_SYNTAX: the line has a NUL byte, by which it would be cut short, or is longer than
 * the limit. The message says where, and which option of the tools that is.
 */
imgmatch_status cli_lines_next(bool *found, cli_lines *lines, imgmatch_diag *diag);

/* Take the line end away from the line's text. */
void cli_lines_cut_end(cli_lines *lines);

/* Also one that could not be opened, or was closed. */
void cli_lines_close(cli_lines *lines);

#endif
