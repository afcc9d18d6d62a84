/*
 * Pages for people: one file, its style inside, without scripts. They follow the reader's choice of
 * light or dark. Texts of unknown origin are written so that they are text and nothing else.
 */
#ifndef IMGMATCH_TOOLS_HTML_H
#define IMGMATCH_TOOLS_HTML_H

#include <stdio.h>

/* All up to the page's first heading, which is the title. `pictures` are the sources that a browser
 * may take pictures from, as in a Content-Security-Policy; `style` comes behind the common one. */
void cli_html_begin(FILE *file, const char *title, const char *pictures, const char *style);

void cli_html_end(FILE *file);

/* As cli_print_visible, and no character of HTML. */
void cli_html_text(FILE *file, const char *text);

/* The name of a file as a relative address, in an attribute. All bytes come through. */
void cli_html_address(FILE *file, const char *name);

#endif
