#include "item_print.h"

#include "common/escape.h"
#include "common/remarks.h"

#define ID_WIDTH 32
#define PRODUCT_WIDTH 16
#define BRAND_WIDTH 12

static void join_remarks(char out[512], const imgmatch_item *item, const char *separator) {
    cli_join_remarks(out, 512, item->remarks, separator);
}

void index_print_table_head(FILE *file) {
    fprintf(file, "%-*s %-*s %-*s %11s  %s\n", ID_WIDTH, "ID", PRODUCT_WIDTH, "PRODUCT",
            BRAND_WIDTH, "BRAND", "PIXELS", "REMARKS");
}

void index_print_table_row(FILE *file, const imgmatch_item *item) {
    char size[32], remarks[512];
    if (item->hash_only)
        snprintf(size, sizeof size, "hash only");
    else
        snprintf(size, sizeof size, "%ux%u", item->width, item->height);
    join_remarks(remarks, item, ", ");
    cli_print_cell(file, item->id, ID_WIDTH, CLI_KEEP_END);
    fputc(' ', file);
    cli_print_cell(file, item->product, PRODUCT_WIDTH, CLI_KEEP_START);
    fputc(' ', file);
    cli_print_cell(file, item->brand, BRAND_WIDTH, CLI_KEEP_START);
    fprintf(file, remarks[0] ? " %11s  %s\n" : " %11s\n", size, remarks);
}

void index_print_csv_head(FILE *file) {
    fputs("id,product,brand,source,sha256,size_bytes,width,height,pdq,pdq_quality,views,features,"
          "remarks,hash_only,added_at,metadata\r\n",
          file);
}

void index_print_csv_row(FILE *file, const imgmatch_item *item) {
    char remarks[512], pdq[IMGMATCH_PDQ_HEX_BYTES];
    const char *const texts[] = {item->id, item->product, item->brand, item->source};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cli_print_csv(file, texts[i]);
        fputc(',', file);
    }
    join_remarks(remarks, item, ";");
    imgmatch_pdq_to_hex(pdq, &item->pdq);
    fprintf(file, "%s,%llu,%u,%u,%s,%u,%u,%u,%s,%s,%s,", item->sha256,
            (unsigned long long)item->size_bytes, item->width, item->height, pdq,
            (unsigned)item->pdq.quality, item->views, item->features, remarks,
            item->hash_only ? "true" : "false", item->added_at);
    cli_print_csv(file, item->metadata);
    fputs("\r\n", file);
}

static void print_member(FILE *file, const char *key, const char *text) {
    fprintf(file, "\"%s\":", key);
    cli_print_json(file, text);
    fputc(',', file);
}

void index_print_json(FILE *file, const imgmatch_item *item) {
    char pdq[IMGMATCH_PDQ_HEX_BYTES];
    imgmatch_pdq_to_hex(pdq, &item->pdq);
    fputc('{', file);
    print_member(file, "id", item->id);
    print_member(file, "product", item->product);
    print_member(file, "brand", item->brand);
    print_member(file, "source", item->source);
    fprintf(file,
            "\"sha256\":\"%s\",\"size_bytes\":%llu,\"width\":%u,\"height\":%u,\"pdq\":\"%s\","
            "\"pdq_quality\":%u,\"views\":%u,\"features\":%u,\"remarks\":[",
            item->sha256, (unsigned long long)item->size_bytes, item->width, item->height, pdq,
            (unsigned)item->pdq.quality, item->views, item->features);
    const char *separator = "";
    for (unsigned bit = 0; bit < CLI_REMARK_COUNT; bit++) {
        const char *code = cli_remark_code(item->remarks, bit);
        if (!code[0])
            continue;
        fprintf(file, "%s\"%s\"", separator, code);
        separator = ",";
    }
    fprintf(file, "],\"hash_only\":%s,\"added_at\":\"%s\",\"metadata\":",
            item->hash_only ? "true" : "false", item->added_at);
    /* The library lets only a JSON object in, but older versions kept its line ends. */
    cli_print_json_value(file, item->metadata);
    fputs("}\n", file);
}

static void print_line(FILE *file, const char *key, const char *text) {
    fprintf(file, "%-10s", key);
    cli_print_visible(file, text);
    fputc('\n', file);
}

void index_print_text(FILE *file, const imgmatch_item *item) {
    char remarks[512], pdq[IMGMATCH_PDQ_HEX_BYTES];
    join_remarks(remarks, item, ", ");
    imgmatch_pdq_to_hex(pdq, &item->pdq);
    print_line(file, "id", item->id);
    print_line(file, "product", item->product);
    print_line(file, "brand", item->brand);
    print_line(file, "source", item->source);
    if (item->hash_only)
        fputs("photo     not known: imported as a hash, found by it alone\n", file);
    else
        fprintf(file, "photo     %ux%u pixels, %llu bytes\n", item->width, item->height,
                (unsigned long long)item->size_bytes);
    print_line(file, "sha256", item->sha256);
    fprintf(file, "pdq       %s, quality %u\n", pdq, (unsigned)item->pdq.quality);
    fprintf(file, "views     %u\n", item->views);
    fprintf(file, "features  %u\n", item->features);
    print_line(file, "remarks", remarks);
    print_line(file, "added", item->added_at);
    print_line(file, "metadata", item->metadata);
}
