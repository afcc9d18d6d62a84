#include "eval/report.h"

#include "common/html.h"

#include <math.h>
#include <string.h>

static const char style[] =
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;"
    "margin-top:20px}.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:12px 14px}.tile b{display:block;font-size:24px;font-weight:650}"
    ".tile span{color:var(--dim);font-size:13px}.two{display:grid;"
    "grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:16px}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px;"
    "overflow-x:auto}svg{display:block;width:100%;height:auto}svg text{fill:var(--dim);"
    "font:12px system-ui,sans-serif}table{border-collapse:collapse;width:100%;"
    "font-variant-numeric:tabular-nums}th{font-weight:600;text-align:right;padding:4px 9px;"
    "font-size:13px;color:var(--dim)}td{text-align:right;padding:4px 9px;"
    "border-top:1px solid "
    "var(--line)}th[colspan]{text-align:center}th:first-child,td:first-child{text-align:left}"
    ".shots{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:12px}"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:10px}figure div{display:flex;gap:8px}figure div>span{flex:1;min-width:0;"
    "font-size:11px;color:var(--dim);overflow-wrap:anywhere}figure img{display:block;height:96px;"
    "max-width:100%;object-fit:contain;background:#fff;border-radius:4px;margin-bottom:3px}"
    "figcaption{font-size:13px;margin-top:6px;overflow-wrap:anywhere}\n";

static void tile(FILE *file, const char *name, double value, int digits) {
    fputs("<div class=\"tile\"><b>", file);
    if (isnan(value))
        fputs("&ndash;", file);
    else
        fprintf(file, "%.*f", digits, value);
    fprintf(file, "</b><span>%s</span></div>\n", name);
}

static void tiles(FILE *file, const eval_figures *figures) {
    static const char *const names[EVAL_OPERATING_POINTS] = {
        "recall at 90% precision", "recall at 99% precision", "recall at 99.9% precision"};
    fputs("<div class=\"tiles\">\n", file);
    tile(file, "micro-AP", figures->micro_ap, 3);
    for (int i = 0; i < EVAL_OPERATING_POINTS; i++)
        tile(file, names[i], figures->operating[i].recall, 3);
    tile(file, "recall@1", figures->recall_at_1, 3);
    tile(file, "score for 99% precision", figures->operating[1].score, 3);
    tile(file, "distractors matched at 0.5", (double)figures->alerts_at_half, 0);
    tile(file, "distractors matched at 99% precision", (double)figures->alerts_at_threshold, 0);
    if (figures->all.nameable > 0)
        tile(file, "found copies whose alteration is named",
             eval_share(figures->all.named, figures->all.nameable), 3);
    if (figures->all.judged > 0)
        tile(file, "found copies with a wrong name",
             eval_share(figures->all.misnamed, figures->all.judged), 3);
    if (figures->has_variants)
        tile(file, "copies and colour variants told apart", eval_variant_accuracy(figures), 3);
    tile(file, "ms a query, p50", figures->p50_ms, 1);
    tile(file, "ms a query, p99", figures->p99_ms, 1);
    tile(file, "queries a second", figures->per_second, 1);
    fputs("</div>\n", file);
}

/* A cell whose ground goes from red at 0 to green at 1. */
static void heat(FILE *file, size_t part, size_t whole) {
    double share = eval_share(part, whole);
    if (isnan(share))
        fputs("<td>&ndash;</td>", file);
    else
        fprintf(file,
                "<td style=\"background:color-mix(in srgb,var(--high) %.0f%%,var(--low))\" "
                "title=\"%zu of %zu\">%.3f</td>",
                100 * share * share * share, part, whole, share);
}

static void heat_row(FILE *file, const char *name, const eval_cell cells[EVAL_STRENGTHS],
                     const eval_cell *all) {
    fputs("<tr><td>", file);
    cli_html_text(file, name);
    fputs("</td>", file);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++)
        heat(file, cells[strength].first, cells[strength].count);
    heat(file, all->first, all->count);
    for (int strength = 0; strength < EVAL_STRENGTHS; strength++)
        heat(file, cells[strength].found, cells[strength].count);
    heat(file, all->found, all->count);
    heat(file, all->named, all->nameable);
    heat(file, all->judged - all->misnamed, all->judged);
    fputs("</tr>\n", file);
}

static void heat_map(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    fputs("<h2>Kinds and strengths</h2>\n<p>First: the right reference has the highest score. "
          "Found: and the score reaches the threshold for 99% precision. Named: of those that are "
          "first, the alteration is named. Clean: and "
          "nothing is named that was not done.</p>\n<div class=\"card\"><table>\n<tr><th></th>"
          "<th colspan=\"4\">first</th><th "
          "colspan=\"4\">found</th><th></th><th></th></tr>\n<tr><th>kind</th>",
          file);
    for (int i = 0; i < 2; i++)
        fputs("<th>mild</th><th>medium</th><th>severe</th><th>all</th>", file);
    fputs("<th>named</th><th>clean</th></tr>\n", file);
    for (int class = 0; class < report->benchmark->class_count; class ++) {
        if (figures->classes[class].count > 0)
            heat_row(file, report->benchmark->classes[class], figures->cells[class],
                     &figures->classes[class]);
    }
    heat_row(file, "all", figures->strengths, &figures->all);
    fputs("</table></div>\n", file);
}

static void names(FILE *file, const eval_names *names) {
    if (names->count == 0)
        return;
    fputs("<h2>Names of alterations</h2>\n<p>How often each is said of copies with one alteration, "
          "and how often nothing of that name was done.</p>\n<div class=\"card\"><table>\n"
          "<tr><th>name</th><th>said</th><th>wrong</th><th>right</th></tr>\n",
          file);
    for (size_t i = 0; i < names->count; i++) {
        const eval_name *name = &names->all[i];
        fputs("<tr><td>", file);
        cli_html_text(file, name->text);
        fprintf(file, "</td><td>%zu</td><td>%zu</td>", name->said, name->wrong);
        heat(file, name->said - name->wrong, name->said);
        fputs("</tr>\n", file);
    }
    fputs("</table></div>\n", file);
}

static void verdicts(FILE *file, const char *head, const char *const names[2],
                     const size_t counts[2][EVAL_VERDICTS]) {
    fprintf(file, "<div class=\"card\"><table>\n<tr><th>%s</th>", head);
    for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
        fprintf(file, "<th>%s</th>", imgmatch_verdict_name((imgmatch_verdict)verdict));
    fputs("</tr>\n", file);
    for (int row = 0; row < 2; row++) {
        fprintf(file, "<tr><td>%s</td>", names[row]);
        for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
            fprintf(file, "<td>%zu</td>", counts[row][verdict]);
        fputs("</tr>\n", file);
    }
    fputs("</table></div>\n", file);
}

static void all_verdicts(FILE *file, const eval_report *report) {
    static const char *const truth[2] = {"distractor", "copy"};
    static const char *const pairs[2] = {"copy", "colour variant"};
    const eval_figures *figures = report->figures;
    if (figures->with_verdict == 0 && !figures->has_variants)
        return;
    fputs("<h2>Verdicts</h2>\n<div class=\"two\">\n", file);
    if (figures->with_verdict > 0)
        verdicts(file, "query", truth, figures->verdicts);
    if (figures->has_variants)
        verdicts(file, "pair", pairs, figures->variants);
    fputs("</div>\n", file);
}

void eval_report_html(FILE *file, const eval_report *report) {
    const eval_figures *figures = report->figures;
    cli_html_begin(file, "How well altered copies are found", "data:", style);
    fputs("<p>", file);
    cli_html_text(file, report->title);
    fprintf(file, " &middot; %zu altered copies, %zu distractors</p>\n", figures->copies,
            figures->distractors);
    tiles(file, figures);
    fputs("<h2>Precision, recall and scores</h2>\n<div class=\"two\">\n", file);
    eval_html_curve(file, report);
    eval_html_histogram(file, report);
    fputs("</div>\n", file);
    heat_map(file, report);
    names(file, &figures->names);
    all_verdicts(file, report);
    eval_html_misses(file, report);
    eval_html_alerts(file, report);
    cli_html_end(file);
}
