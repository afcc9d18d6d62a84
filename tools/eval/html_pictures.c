/*
 * The worst mistakes as pictures: copies whose reference has the lowest score, or is beaten, and
 * queries whose best wrong reference has the highest score. Photos are drawn anew, small, as JPEG
 * in the page itself, so nothing of the original files gets into it.
 */
#include "eval/report.h"

#include "eval/files.h"

#include "common/html.h"

#include <stdlib.h>

#define MOST_SHOWN 24
#define SIDE 192

static void print_base64(FILE *file, const uint8_t *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < size)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < size)
            three |= bytes[i + 2];
        fputc(digits[three >> 18], file);
        fputc(digits[three >> 12 & 63], file);
        fputc(i + 1 < size ? digits[three >> 6 & 63] : '=', file);
        fputc(i + 2 < size ? digits[three & 63] : '=', file);
    }
}

/* A photo as an <img>; nothing when it cannot be read. Results of unknown origin may name any file,
 * so those outside of the benchmark are not shown. */
static void print_photo(FILE *file, const eval_intake *intake, const char *folder,
                        const char *name) {
    if (!eval_stays_inside(name))
        return;
    imgmatch_image *image = NULL, *thumbnail = NULL;
    eval_picture small = {NULL, 0, 0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    char *path = eval_join(folder, name);
    if (path && eval_open_photo(&image, intake, path, NULL) == IMGMATCH_OK &&
        eval_picture_from_image(&small, image, SIDE) &&
        imgmatch_image_from_rgb(&thumbnail, small.rgb, (uint32_t)small.width,
                                (uint32_t)small.height, 3 * (size_t)small.width,
                                NULL) == IMGMATCH_OK &&
        imgmatch_image_encode(&bytes, &size, thumbnail, IMGMATCH_FORMAT_JPEG, 72, NULL) ==
            IMGMATCH_OK) {
        fputs("<img alt=\"\" src=\"data:image/jpeg;base64,", file);
        print_base64(file, bytes, size);
        fputs("\">", file);
    }
    imgmatch_free(bytes);
    imgmatch_image_free(thumbnail);
    imgmatch_image_free(image);
    eval_picture_free(&small);
    free(path);
}

static void print_side(FILE *file, const eval_intake *intake, const char *folder, const char *name,
                       const char *what) {
    fputs("<span>", file);
    print_photo(file, intake, folder, name);
    fprintf(file, "%s<br>", what);
    cli_html_text(file, name);
    fputs("</span>\n", file);
}

static void print_figure(FILE *file, const eval_report *report, size_t index) {
    const eval_query *query = &report->benchmark->queries[index];
    const eval_seen *seen = &report->figures->seen[index];
    const char *folder = report->benchmark->folder;
    char *references = eval_join(folder, "references");
    fputs("<figure><div>", file);
    print_side(file, report->intake, folder, query->path, "query");
    if (references && query->reference[0])
        print_side(file, report->intake, references, query->reference, "right");
    if (references && seen->wrong && seen->top != seen->right)
        print_side(file, report->intake, references, seen->wrong->reference, "answered");
    fputs("</div><figcaption>", file);
    cli_html_text(file, report->benchmark->classes[query->class]);
    fprintf(file, ", %s", eval_strength_name(query->strength));
    if (query->reference[0] && seen->right)
        fprintf(file, "; right %.4f", seen->right->score);
    else if (query->reference[0])
        fputs("; right reference not among the answers", file);
    if (seen->wrong)
        fprintf(file, "; wrong %.4f", seen->wrong->score);
    fputs("</figcaption></figure>\n", file);
    free(references);
}

typedef struct ranked {
    double badness;
    size_t query;
} ranked;

static int compare_badness(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->badness != right->badness)
        return left->badness > right->badness ? -1 : 1;
    return (left->query > right->query) - (left->query < right->query);
}

static void print_worst(FILE *file, const eval_report *report, ranked *worst, size_t count,
                        const char *head) {
    qsort(worst, count, sizeof *worst, compare_badness);
    size_t shown = count < MOST_SHOWN ? count : MOST_SHOWN;
    fprintf(file, "<h2>%s</h2>\n<p>%zu in all", head, count);
    if (shown < count)
        fprintf(file, ", the worst %zu of them", shown);
    fputs("</p>\n<div class=\"shots\">\n", file);
    for (size_t i = 0; i < shown; i++)
        print_figure(file, report, worst[i].query);
    fputs("</div>\n", file);
}

void eval_html_misses(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    const eval_point *point = &figures->operating[1];
    ranked *worst = calloc(report->benchmark->count + 1, sizeof *worst);
    size_t count = 0;
    for (size_t i = 0; worst && i < report->benchmark->count; i++) {
        const eval_seen *seen = &figures->seen[i];
        if (!report->benchmark->queries[i].reference[0])
            continue;
        double score = seen->right ? seen->right->score : -1;
        bool first = seen->right && seen->top == seen->right;
        /* Those that are beaten come before those that are only unsure. */
        if (!first || !point->reached || score < point->score)
            worst[count++] = (ranked){(first ? 0 : 2) - score, i};
    }
    if (count > 0)
        print_worst(file, report, worst, count, "Misses");
    free(worst);
}

void eval_html_alerts(FILE *file, const eval_report *report) {
    ranked *worst = calloc(report->benchmark->count + 1, sizeof *worst);
    size_t count = 0;
    for (size_t i = 0; worst && i < report->benchmark->count; i++) {
        const eval_seen *seen = &report->figures->seen[i];
        if (!report->benchmark->queries[i].reference[0] && seen->top && seen->top->score >= 0.5)
            worst[count++] = (ranked){seen->top->score, i};
    }
    if (count > 0)
        print_worst(file, report, worst, count, "False alerts");
    free(worst);
}
