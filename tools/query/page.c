#include "page.h"

#include "print.h"

#include "common/effort_names.h"
#include "common/html.h"
#include "common/message.h"
#include "common/remarks.h"
#include "common/threshold.h"

#include <imgmatch/version.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#define PATH_BYTES 4096
#define TEXT_BYTES 512

static const char style[] =
    "article{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:14px 16px;margin-top:16px}article h2{margin:0;overflow-wrap:anywhere}"
    "article img{display:block;max-width:100%;margin:10px 0;background:#fff;border-radius:4px}"
    "article p{color:var(--ink);overflow-wrap:anywhere}.copy{color:var(--red)}"
    ".variant,.same_product{color:var(--blue)}dl{display:grid;"
    "grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0 0}dt{color:var(--dim)}"
    "dd{margin:0;overflow-wrap:anywhere}@media print{article{break-inside:avoid}}\n";

cli_exit query_page_begin(query_page *page) {
    *page = (query_page){.entries = tmpfile()};
    if (page->entries)
        return CLI_GO_ON;
    cli_message(QUERY_PROGRAM, "the page of --overlay: no temporary file: %s", strerror(errno));
    return CLI_FAILED;
}

static void add_term(FILE *file, const char *term, const char *text) {
    if (!text || !text[0])
        return;
    fprintf(file, "<dt>%s</dt><dd>", term);
    cli_html_text(file, text);
    fputs("</dd>\n", file);
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = end ? strlen(end) : 0;
    return tail <= length && strcmp(text + length - tail, end ? end : "") == 0;
}

static void add_evidence(FILE *file, const imgmatch_match *match) {
    const imgmatch_signals *signals = &match->signals;
    const imgmatch_alignment *alignment = &match->alignment;
    fputs("<dt>evidence</dt><dd>", file);
    if (signals->pdq_distance >= 0)
        fprintf(file, "PDQ hashes differ in %d of 256 bits", signals->pdq_distance);
    if (!isnan(signals->similarity))
        fprintf(file, "%scosine similarity of the embeddings %.3f",
                signals->pdq_distance >= 0 ? "; " : "", (double)signals->similarity);
    if (signals->inliers >= 0)
        fprintf(file, "; %d local features agree on where it lies", signals->inliers);
    if (!isnan(signals->agreement))
        fprintf(file, "; the aligned pixels correlate by %.3f", (double)signals->agreement);
    if (!isnan(signals->colour_shift))
        fprintf(file, " and differ in colour by &Delta;E %.1f", (double)signals->colour_shift);
    if (alignment->known)
        fprintf(file, "; %.0f%% of the reference is seen, on %.0f%% of the photo",
                100 * (double)alignment->reference_overlap, 100 * (double)alignment->query_overlap);
    fputs("</dd>\n", file);
}

static void add_others(FILE *file, const imgmatch_result *result) {
    size_t count = imgmatch_result_match_count(result);
    if (count < 2)
        return;
    fputs("<dt>other matches</dt><dd>", file);
    for (size_t i = 1; i < count; i++) {
        const imgmatch_match *match = imgmatch_result_match(result, i);
        fputs(i > 1 ? "; " : "", file);
        cli_html_text(file, match->id);
        fprintf(file, " (%s, %.3f)", imgmatch_verdict_name(match->verdict),
                cli_score_below(match->score, 3));
    }
    fputs("</dd>\n", file);
}

static void add_verdict(FILE *file, const imgmatch_match *match) {
    const char *verdict = imgmatch_verdict_name(match->verdict);
    fprintf(file, "<p><b class=\"%s\">%s</b> of <b>", verdict, verdict);
    cli_html_text(file, match->id);
    fprintf(file, "</b>, score %.4f", cli_score_below(match->score, 4));
    if (match->verdict == IMGMATCH_VERDICT_VARIANT)
        fprintf(file, ", as the same shot %.4f", cli_score_below(match->shot_score, 4));
    if (!isnan(match->false_alerts_per_million))
        fprintf(file, "; of a million photos that copy nothing at most %.0f reach it",
                ceil(match->false_alerts_per_million));
    fputs("</p>\n", file);
}

void query_page_add(query_page *page, const imgmatch_photo *photo, const imgmatch_result *result,
                    const char *picture, const char *why_none) {
    if (!page->entries)
        return;
    page->photos++;
    page->unusable += imgmatch_result_failure(result) != IMGMATCH_REASON_NONE;
    const imgmatch_match *match = imgmatch_result_match(result, 0);
    if (!match)
        return;
    page->matched++;
    FILE *file = page->entries;
    char text[TEXT_BYTES];
    fputs("<article><h2>", file);
    cli_html_text(file, query_photo_name(photo));
    fputs("</h2>\n", file);
    add_verdict(file, match);
    if (picture) {
        fputs("<img loading=\"lazy\" alt=\"the photo, the reference, and the one laid onto the "
              "other\" src=\"",
              file);
        cli_html_address(file, picture);
        fputs("\">\n", file);
    }
    fputs("<dl>\n", file);
    add_term(file, "no picture", picture ? NULL : why_none);
    query_join_alterations(text, sizeof text, match, ", ");
    add_term(file, "alterations", text);
    add_evidence(file, match);
    add_term(file, "id of the photo",
             ends_with(query_photo_name(photo), photo->id) ? NULL : photo->id);
    add_term(file, "product", match->product);
    add_term(file, "brand", match->brand);
    add_term(file, "reference's file", match->source);
    cli_join_remarks(text, sizeof text, imgmatch_result_remarks(result), ", ");
    add_term(file, "remarks", text);
    add_term(file, match->signals.inliers >= 0 ? "fits better" : "also looks like", match->rival);
    add_others(file, result);
    fputs("</dl></article>\n", file);
}

static void write_head(FILE *file, const query_page *page, const char *catalogue,
                       const query_options *options) {
    cli_html_begin(file, "Photos that match", "'self' file:", style);
    fputs("<p>", file);
    if (catalogue) {
        fputs("Looked up in ", file);
        cli_html_text(file, catalogue);
        fputs(": ", file);
    }
    fprintf(file, "%llu %s, of which %llu %s", (unsigned long long)page->photos,
            page->photos == 1 ? "photo" : "photos", (unsigned long long)page->matched,
            page->matched == 1 ? "matches" : "match");
    if (page->unusable > 0)
        fprintf(file, " and %llu could not be used", (unsigned long long)page->unusable);
    if (options->skip > 0)
        fprintf(file, "; from photo %llu on", (unsigned long long)options->skip + 1);
    fprintf(file, ". imgmatch %s, effort %s, scores from %g.</p>\n", imgmatch_version(),
            cli_effort_names[options->effort], catalogue ? options->min_score : 0.0);
    fputs(
        "<p>In each picture: the photo, outlined where it shows the reference; the reference, "
        "outlined where it is seen; and that part laid onto the reference, red where they differ. "
        "A dot marks the same corner. A score is an estimated probability: a reason to look, and "
        "no proof.</p>\n",
        file);
}

static bool copy_entries(FILE *to, FILE *from) {
    char bytes[1 << 14];
    size_t count;
    rewind(from);
    while ((count = fread(bytes, 1, sizeof bytes, from)) > 0)
        if (fwrite(bytes, 1, count, to) != count)
            return false;
    return !ferror(from);
}

static bool write_page(const char *path, const query_page *page, const char *catalogue,
                       const query_options *options) {
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    write_head(file, page, catalogue, options);
    bool whole = fflush(page->entries) == 0 && copy_entries(file, page->entries);
    cli_html_end(file);
    whole = whole && !ferror(file);
    return fclose(file) == 0 && whole;
}

cli_exit query_page_end(query_page *page, const char *folder, const char *catalogue,
                        const query_options *options) {
    if (!page->entries)
        return CLI_GO_ON;
    char path[PATH_BYTES], unfinished[PATH_BYTES + 8], number[24] = "";
    if (options->skip > 0)
        snprintf(number, sizeof number, "-%llu", (unsigned long long)options->skip + 1);
    int length = snprintf(path, sizeof path, "%s/matches%s.html", folder, number);
    snprintf(unfinished, sizeof unfinished, "%s.new", path);
    errno = 0;
    bool whole = length < (int)sizeof path && write_page(unfinished, page, catalogue, options) &&
                 rename(unfinished, path) == 0;
    if (!whole) {
        cli_message(QUERY_PROGRAM, "%s: not written: %s", path, strerror(errno));
        (void)remove(unfinished);
    }
    fclose(page->entries);
    *page = (query_page){0};
    return whole ? CLI_GO_ON : CLI_FAILED;
}
