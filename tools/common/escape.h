/*
 * Texts of unknown origin, written so that they do no harm and can be read back.
 *
 * Names of photos come from the people whom the photos are to convict: they hold line ends, quotes,
 * terminal commands, spreadsheet formulas and bytes that are no UTF-8.
 */
#ifndef IMGMATCH_TOOLS_ESCAPE_H
#define IMGMATCH_TOOLS_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * For terminals: control characters, characters that change the direction of writing, and bytes
 * that are no UTF-8 come out as \n, \t, \r or \xNN (one for each byte); a backslash is doubled.
 */
void cli_print_visible(FILE *file, const char *text);

/* The first `size` bytes of it; no character may go over that end. */
void cli_print_visible_part(FILE *file, const char *text, size_t size);

/* Columns that cli_print_visible takes on a terminal. */
size_t cli_visible_width(const char *text);

/* Which end of a text that is too long for its cell is kept. */
typedef enum cli_keep { CLI_KEEP_START, CLI_KEEP_END } cli_keep;

/* As cli_print_visible, in exactly `width` columns (at least 4): padded, or cut with "...". */
void cli_print_cell(FILE *file, const char *text, size_t width, cli_keep keep);

/*
 * One CSV field (RFC 4180). A text that a spreadsheet would take for a formula (it starts with
 * = + - @, a tab or a line end), or that starts with an apostrophe, gets an apostrophe in front:
 * whoever reads it back drops one leading apostrophe. All bytes are kept.
 */
void cli_print_csv(FILE *file, const char *text);

/* A JSON string, in quotes. Bytes that are no UTF-8 come out as \udc80..\udcff, the
 * "surrogateescape" form. Byte by byte what the library writes: lines of exports are found by it.
 */
void cli_print_json(FILE *file, const char *text);
/* A sound JSON text, on one line and without what a terminal may take for commands. */
void cli_print_json_value(FILE *file, const char *json);

#endif
