/* One item of a catalogue, in each of the formats. */
#ifndef IMGMATCH_TOOLS_INDEX_ITEM_PRINT_H
#define IMGMATCH_TOOLS_INDEX_ITEM_PRINT_H

#include <imgmatch/catalogue.h>

#include <stdio.h>

void index_print_table_head(FILE *file);
void index_print_table_row(FILE *file, const imgmatch_item *item);

void index_print_csv_head(FILE *file);
void index_print_csv_row(FILE *file, const imgmatch_item *item);

/* One line of JSON. */
void index_print_json(FILE *file, const imgmatch_item *item);

/* "key: value" lines for a person. */
void index_print_text(FILE *file, const imgmatch_item *item);

#endif
