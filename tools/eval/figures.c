#include "eval/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double eval_precisions[EVAL_OPERATING_POINTS] = {0.9, 0.99, 0.999};

double eval_share(size_t part, size_t whole) {
    return whole > 0 ? (double)part / (double)whole : NAN;
}

double eval_variant_accuracy(const eval_figures *figures) {
    size_t all = 0;
    for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++)
        all += figures->variants[0][verdict] + figures->variants[1][verdict];
    return eval_share(figures->variants[0][IMGMATCH_VERDICT_COPY] +
                          figures->variants[1][IMGMATCH_VERDICT_VARIANT],
                      all);
}

static bool is_right(const eval_benchmark *benchmark, const eval_answer *answer) {
    const char *expected = benchmark->queries[answer->query].reference;
    return expected[0] != '\0' && strcmp(expected, answer->reference) == 0;
}

static void see(eval_figures *self, const eval_benchmark *benchmark, const eval_answer *answer) {
    eval_seen *seen = &self->seen[answer->query];
    const eval_answer **place = is_right(benchmark, answer) ? &seen->right : &seen->wrong;
    if (!*place || answer->score > (*place)->score)
        *place = answer;
}

/* The right reference of a query counts once, with its best score, however often it comes. */
static void collect_pairs(eval_figures *self, const eval_benchmark *benchmark,
                          const eval_answers *answers) {
    for (size_t i = 0; i < answers->count; i++) {
        const eval_answer *answer = &answers->all[i];
        if (answer->reference[0] == '\0')
            continue;
        see(self, benchmark, answer);
        if (!is_right(benchmark, answer))
            self->pairs[self->pair_count++] = (eval_pair){answer->score, false};
    }
    for (size_t query = 0; query < benchmark->count; query++) {
        eval_seen *seen = &self->seen[query];
        if (seen->right)
            self->pairs[self->pair_count++] = (eval_pair){seen->right->score, true};
        bool first = seen->right && (!seen->wrong || seen->right->score > seen->wrong->score);
        seen->top = first ? seen->right : seen->wrong;
    }
    eval_sort_pairs(self->pairs, self->pair_count);
}

static void count_in(eval_cell *cell, const eval_cell *one) {
    cell->count += one->count;
    cell->first += one->first;
    cell->found += one->found;
    cell->judged += one->judged;
    cell->misnamed += one->misnamed;
    cell->nameable += one->nameable;
    cell->named += one->named;
}

static void count_copy(eval_figures *self, const eval_benchmark *benchmark,
                       const eval_answers *answers, size_t index) {
    const eval_query *query = &benchmark->queries[index];
    const eval_seen *seen = &self->seen[index];
    const eval_kind *kind = eval_kind_find(benchmark->classes[query->class]);
    const eval_point *point = &self->operating[1];
    bool first = seen->right && seen->top == seen->right;
    eval_cell one = {.count = 1, .first = first};
    one.found = first && point->reached && seen->right->score >= point->score;
    if (first && answers->tell_alterations && kind) {
        const char *told = seen->right->alterations;
        one.judged = 1;
        one.misnamed = eval_names_count(&self->names, kind, told) > 0;
        one.nameable = kind->names[0] != '\0';
        one.named = one.nameable && eval_names_tell(kind, told);
    }
    count_in(&self->all, &one);
    count_in(&self->classes[query->class], &one);
    count_in(&self->strengths[query->strength], &one);
    count_in(&self->cells[query->class][query->strength], &one);
}

static void count_distractor(eval_figures *self, size_t index) {
    const eval_answer *top = self->seen[index].top;
    const eval_point *point = &self->operating[1];
    self->alerts_at_half += top && top->score >= 0.5;
    self->alerts_at_threshold += top && point->reached && top->score >= point->score;
}

static void count_verdict(eval_figures *self, const eval_benchmark *benchmark,
                          const eval_answer *answer) {
    bool copy = benchmark->queries[answer->query].reference[0] != '\0';
    for (int verdict = 0; verdict < EVAL_VERDICTS; verdict++) {
        if (strcmp(answer->verdict, imgmatch_verdict_name((imgmatch_verdict)verdict)) == 0) {
            self->verdicts[copy][verdict]++;
            self->with_verdict++;
        }
    }
}

/* The columns that are the same in all rows of a query are taken from its first row. */
static imgmatch_status count_rows(eval_figures *self, const eval_benchmark *benchmark,
                                  const eval_answers *answers) {
    double *times = malloc((benchmark->count + 1) * sizeof *times);
    bool *seen = calloc(benchmark->count + 1, sizeof *seen);
    imgmatch_status status = times && seen ? IMGMATCH_OK : IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; status == IMGMATCH_OK && i < answers->count; i++) {
        const eval_answer *answer = &answers->all[i];
        if (seen[answer->query])
            continue;
        seen[answer->query] = true;
        count_verdict(self, benchmark, answer);
        if (answer->milliseconds[0] != '\0')
            times[self->timed++] = strtod(answer->milliseconds, NULL);
    }
    if (status == IMGMATCH_OK) {
        self->p50_ms = eval_percentile(times, self->timed, 0.5);
        self->p99_ms = eval_percentile(times, self->timed, 0.99);
    }
    free(times);
    free(seen);
    return status;
}

imgmatch_status eval_figures_compute(eval_figures *out, const eval_benchmark *benchmark,
                                     const eval_answers *answers) {
    memset(out, 0, sizeof *out);
    out->per_second = NAN;
    out->pairs = calloc(answers->count + 1, sizeof *out->pairs);
    out->seen = calloc(benchmark->count + 1, sizeof *out->seen);
    if (!out->pairs || !out->seen)
        return IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; i < benchmark->count; i++)
        *(benchmark->queries[i].reference[0] ? &out->copies : &out->distractors) += 1;
    collect_pairs(out, benchmark, answers);
    out->micro_ap = eval_micro_ap(out->pairs, out->pair_count, out->copies);
    for (int i = 0; i < EVAL_OPERATING_POINTS; i++)
        out->operating[i] =
            eval_recall_at(out->pairs, out->pair_count, out->copies, eval_precisions[i]);
    for (size_t i = 0; i < benchmark->count; i++) {
        if (benchmark->queries[i].reference[0])
            count_copy(out, benchmark, answers, i);
        else
            count_distractor(out, i);
    }
    out->recall_at_1 = eval_share(out->all.first, out->all.count);
    return count_rows(out, benchmark, answers);
}

void eval_figures_free(eval_figures *figures) {
    free(figures->pairs);
    free(figures->seen);
    memset(figures, 0, sizeof *figures);
}
