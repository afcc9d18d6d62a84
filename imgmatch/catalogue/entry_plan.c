/*
 * Phases: group the rows with equal embeddings, by a checksum first; choose centres by k-means over
 * a sample of the groups; find the nearest centre of each group; count, then place, the groups list
 * by list. A group becomes an entry.
 *
 * Groups are numbered by their checksums, which is as good as at random: the sample is an honest
 * one, and the plan is the same in whatever order the items came into the catalogue.
 */
#include "catalogue/entry_plan.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "catalogue/vector_index.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_A_LIST 48
#define MIN_SAMPLES_A_LIST 8
#define MAX_LISTS 65536u
#define ASSIGN_ENTRIES 1024

/* ---- groups ---- */

typedef struct keyed_row {
    uint64_t key;
    uint32_t row;
} keyed_row;

static int compare_keyed(const void *left, const void *right) {
    const keyed_row *a = left, *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return (a->row > b->row) - (a->row < b->row);
}

static const uint16_t *halves_of(const imx_bulk *bulk, size_t row) {
    return bulk->halves + row * bulk->dimension;
}

/* groups[row] becomes the number of the row's group, heads[group] one's first row. Returns how many
 * groups there are. */
static uint32_t find_groups(uint32_t *groups, uint32_t *heads, keyed_row *keyed,
                            const imx_bulk *bulk) {
    uint32_t count = 0;
    size_t size = bulk->dimension * sizeof *bulk->halves;
    for (size_t row = 0; row < bulk->row_count; row++) {
        keyed[row] = (keyed_row){imx_checksum(halves_of(bulk, row), size), (uint32_t)row};
    }
    qsort(keyed, bulk->row_count, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < bulk->row_count; i++) {
        /* Different embeddings with one checksum may lead to an entry too many, nothing worse. */
        if (i == 0 || keyed[i].key != keyed[i - 1].key ||
            memcmp(halves_of(bulk, keyed[i].row), halves_of(bulk, heads[count - 1]), size) != 0) {
            heads[count++] = keyed[i].row;
        }
        groups[keyed[i].row] = count - 1;
    }
    return count;
}

/* ---- lists ---- */

/* About 2 sqrt(n), a power of two, with enough to train on. */
static uint32_t choose_list_count(uint32_t group_count) {
    uint32_t count = 1;
    while (count < MAX_LISTS && (uint64_t)count * count < 2 * (uint64_t)group_count) {
        count *= 2;
    }
    while (count > 1 && group_count / count < MIN_SAMPLES_A_LIST) {
        count /= 2;
    }
    return count;
}

static imgmatch_status train(imx_entry_plan *plan, const imx_bulk *bulk, const uint32_t *heads,
                             imgmatch_diag *diag) {
    uint32_t dimension = bulk->dimension;
    size_t samples = (size_t)plan->list_count * SAMPLES_A_LIST, floats = 0;
    samples = samples < plan->entry_count ? samples : plan->entry_count;
    float *vectors = imx_mul_size(&floats, samples, dimension)
                         ? imx_new_array_raw(floats, sizeof *vectors)
                         : NULL;
    plan->centres = imx_new_array_raw((size_t)plan->list_count * dimension, sizeof *plan->centres);
    if (vectors == NULL || plan->centres == NULL) {
        free(vectors);
        return imx_fail_memory(diag);
    }
    for (size_t i = 0; i < samples; i++) {
        size_t group = i * plan->entry_count / samples;
        imx_half_to_float(vectors + i * dimension, halves_of(bulk, heads[group]), dimension);
    }
    imgmatch_status status =
        imx_vector_centres(plan->centres, plan->list_count, vectors, samples, dimension, diag);
    free(vectors);
    return status;
}

typedef struct assignment {
    const imx_bulk *bulk;
    const uint32_t *heads;
    uint32_t group_count;
    uint32_t *lists; /* Of the groups. */
    const imx_vector_index *centres;
    float *scratch; /* ASSIGN_ENTRIES vectors a worker. */
    atomic_int status;
} assignment;

static void assign_some(void *context, size_t index, int worker) {
    assignment *self = context;
    uint32_t dimension = self->bulk->dimension;
    float *vectors = self->scratch + (size_t)worker * ASSIGN_ENTRIES * dimension;
    size_t first = index * ASSIGN_ENTRIES, left = self->group_count - first;
    size_t count = left < ASSIGN_ENTRIES ? left : ASSIGN_ENTRIES;
    int64_t nearest[ASSIGN_ENTRIES];
    for (size_t i = 0; i < count; i++) {
        imx_half_to_float(vectors + i * dimension, halves_of(self->bulk, self->heads[first + i]),
                          dimension);
    }
    imgmatch_status status = imx_vector_index_nearest(nearest, self->centres, vectors, count, NULL);
    if (status != IMGMATCH_OK) {
        atomic_store(&self->status, (int)status);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        self->lists[first + i] = (uint32_t)(nearest[i] < 0 ? 0 : nearest[i]);
    }
}

static imgmatch_status assign(uint32_t *lists, const imx_entry_plan *plan, const imx_bulk *bulk,
                              const uint32_t *heads, imgmatch_diag *diag) {
    size_t jobs = ((size_t)plan->entry_count + ASSIGN_ENTRIES - 1) / ASSIGN_ENTRIES, done = 0;
    int threads = imx_parallel_threads(0, jobs);
    imx_vector_index *centres = NULL;
    assignment self = {
        .bulk = bulk, .heads = heads, .group_count = plan->entry_count, .lists = lists};
    atomic_init(&self.status, (int)IMGMATCH_OK);
    self.scratch =
        imx_new_array_raw((size_t)threads * ASSIGN_ENTRIES * bulk->dimension, sizeof(float));
    imgmatch_status status = self.scratch == NULL
                                 ? imx_fail_memory(diag)
                                 : imx_vector_index_new(&centres, bulk->dimension, diag);
    if (status == IMGMATCH_OK) {
        status = imx_vector_index_add(centres, plan->centres, plan->list_count, diag);
    }
    if (status == IMGMATCH_OK) {
        self.centres = centres;
        status = imx_parallel_run(&done, jobs, threads, assign_some, &self, NULL, NULL, diag);
    }
    if (status == IMGMATCH_OK && atomic_load(&self.status) != (int)IMGMATCH_OK) {
        status = imx_fail(diag, (imgmatch_status)atomic_load(&self.status),
                          "embeddings could not be put into lists");
    }
    imx_vector_index_free(centres);
    free(self.scratch);
    return status;
}

/* entries[group]: its place in the order of lists, then groups. */
static imgmatch_status order_by_list(uint32_t *entries, imx_entry_plan *plan, const uint32_t *lists,
                                     imgmatch_diag *diag) {
    uint32_t *starts = imx_new_array((size_t)plan->list_count + 2, sizeof *starts);
    if (starts == NULL) {
        return imx_fail_memory(diag);
    }
    for (uint32_t group = 0; group < plan->entry_count; group++) {
        starts[lists[group] + 2]++;
    }
    for (uint32_t list = 2; list < plan->list_count + 2; list++) {
        starts[list] += starts[list - 1];
    }
    /* starts[list + 1] moves on to where the next list begins. */
    for (uint32_t group = 0; group < plan->entry_count; group++) {
        entries[group] = starts[lists[group] + 1]++;
    }
    plan->list_starts = starts;
    return IMGMATCH_OK;
}

static imgmatch_status make_lists(uint32_t *entries, imx_entry_plan *plan, const imx_bulk *bulk,
                                  const uint32_t *heads, imgmatch_diag *diag) {
    plan->list_count = choose_list_count(plan->entry_count);
    uint32_t *lists = imx_new_array_raw(plan->entry_count, sizeof *lists);
    imgmatch_status status = lists == NULL ? imx_fail_memory(diag) : train(plan, bulk, heads, diag);
    if (status == IMGMATCH_OK) {
        status = assign(lists, plan, bulk, heads, diag);
    }
    if (status == IMGMATCH_OK) {
        status = order_by_list(entries, plan, lists, diag);
    }
    free(lists);
    return status;
}

/* ---- all of it ---- */

/* From entries of groups to entries of rows, and back. */
static imgmatch_status link_rows(imx_entry_plan *plan, const uint32_t *entries, size_t row_count,
                                 imgmatch_diag *diag) {
    uint32_t *starts = imx_new_array((size_t)plan->entry_count + 2, sizeof *starts);
    plan->entry_starts = starts;
    plan->entry_rows = imx_new_array_raw(row_count, sizeof *plan->entry_rows);
    if (starts == NULL || plan->entry_rows == NULL) {
        return imx_fail_memory(diag);
    }
    for (size_t row = 0; row < row_count; row++) {
        plan->row_entries[row] = entries[plan->row_entries[row]];
        starts[plan->row_entries[row] + 2]++;
    }
    for (uint32_t entry = 2; entry < plan->entry_count + 2; entry++) {
        starts[entry] += starts[entry - 1];
    }
    for (uint32_t row = 0; row < row_count; row++) {
        plan->entry_rows[starts[plan->row_entries[row] + 1]++] = row;
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_entry_plan_make(imx_entry_plan *out, const imx_bulk *bulk, bool lists,
                                    imgmatch_diag *diag) {
    *out = (imx_entry_plan){.entry_count = 0};
    keyed_row *keyed = imx_new_array_raw(bulk->row_count, sizeof *keyed);
    uint32_t *heads = imx_new_array_raw(bulk->row_count, sizeof *heads);
    uint32_t *entries = imx_new_array_raw(bulk->row_count, sizeof *entries);
    out->row_entries = imx_new_array_raw(bulk->row_count, sizeof *out->row_entries);
    imgmatch_status status =
        keyed == NULL || heads == NULL || entries == NULL || out->row_entries == NULL
            ? imx_fail_memory(diag)
            : IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        out->entry_count = find_groups(out->row_entries, heads, keyed, bulk);
        for (uint32_t group = 0; group < out->entry_count; group++) {
            entries[group] = group;
        }
    }
    free(keyed);
    if (status == IMGMATCH_OK && lists) {
        status = make_lists(entries, out, bulk, heads, diag);
    }
    if (status == IMGMATCH_OK) {
        status = link_rows(out, entries, bulk->row_count, diag);
    }
    free(heads);
    free(entries);
    if (status != IMGMATCH_OK) {
        imx_entry_plan_free(out);
    }
    return status;
}

void imx_entry_plan_free(imx_entry_plan *plan) {
    free(plan->centres);
    free(plan->list_starts);
    free(plan->row_entries);
    free(plan->entry_starts);
    free(plan->entry_rows);
    *plan = (imx_entry_plan){.entry_count = 0};
}
