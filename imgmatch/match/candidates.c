/*
 * Each view is looked up twice, by hash and by embedding. What was found by either is put on one
 * scale, 0..1, and a reference counts by its best hit, with a little more for being found twice:
 * exact enough to choose what is verified, and nothing else depends on it. Tiles are many, and with
 * each comes something that looks like it; so the best of the other views are kept in any case.
 */
#include "match/candidates.h"

#include "base/diag.h"
#include "base/memory.h"
#include "match/evidence.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_QUALITY 5 /* Of a view's hash; below it is noise. */
#define CHANCE 0.2F     /* Similarity that unrelated photos have. */
#define SECOND_HIT 0.1  /* Of the promise of a second signal. */

/* Hits of all views become entries, of which those of one reference are put together then. */
typedef struct collection {
    imx_candidate *entries; /* Room for two searches of each view. */
    size_t count;
    imx_hit *hits; /* Room for one search of all views at once. */
    size_t hit_counts[IMX_PLAN_MAX];
    size_t hits_wanted; /* Of a view. */
} collection;

static bool start(collection *all, const imx_prints *query, size_t hits_wanted) {
    size_t room = query->count * hits_wanted;
    *all = (collection){.entries = imx_new_array_raw(2 * room, sizeof *all->entries),
                        .hits = imx_new_array_raw(room, sizeof *all->hits),
                        .hits_wanted = hits_wanted};
    return all->entries != NULL && all->hits != NULL;
}

/* `found`: by a view of what layout found, among its first hits: those that a standard look has. */
static void offer(collection *all, const imx_hit *hit, double promise, bool found) {
    if (promise > 0) {
        all->entries[all->count++] =
            (imx_candidate){hit->seq, hit->rank, promise, found ? promise : 0};
    }
}

static imgmatch_status search_embeddings(collection *all, const imx_snapshot *snapshot,
                                         const imx_prints *query, imgmatch_diag *diag) {
    imgmatch_status status =
        imx_snapshot_search_embeddings(all->hits, all->hit_counts, snapshot, query->embeddings,
                                       query->count, all->hits_wanted, diag);
    for (uint32_t view = 0; view < query->count && status == IMGMATCH_OK; view++) {
        const imx_hit *hits = all->hits + view * all->hits_wanted;
        for (size_t i = 0; i < all->hit_counts[view]; i++) {
            offer(all, &hits[i], (double)((hits[i].similarity - CHANCE) / (1 - CHANCE)),
                  view < query->found && i < IMX_CANDIDATES_SURE);
        }
    }
    return status;
}

static imgmatch_status search_hashes(collection *all, const imx_snapshot *snapshot,
                                     const imx_prints *query, uint32_t number,
                                     imgmatch_diag *diag) {
    const imx_view_print *view = &query->views[number];
    if (view->mirrored || view->pdq[0].quality < LEAST_QUALITY) {
        return IMGMATCH_OK;
    }
    size_t count = 0;
    imgmatch_status status =
        imx_snapshot_search_hash(all->hits, &count, snapshot, view->pdq, IMGMATCH_ORIENT_COUNT,
                                 IMX_HASH_TELLS, all->hits_wanted, diag);
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        offer(all, &all->hits[i], 1.0 - (double)all->hits[i].distance / (IMX_HASH_TELLS + 1),
              number < query->found && i < IMX_CANDIDATES_SURE);
    }
    return status;
}

static int by_seq(const void *a, const void *b) {
    const imx_candidate *left = a;
    const imx_candidate *right = b;
    if (left->seq != right->seq) {
        return left->seq < right->seq ? -1 : 1;
    }
    return (left->promise < right->promise) - (left->promise > right->promise);
}

static int by_rank(const imx_candidate *left, const imx_candidate *right) {
    if (left->rank != right->rank) {
        return left->rank < right->rank ? -1 : 1;
    }
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static int by_promise(const void *a, const void *b) {
    const imx_candidate *left = a;
    const imx_candidate *right = b;
    if (left->promise != right->promise) {
        return left->promise > right->promise ? -1 : 1;
    }
    return by_rank(left, right);
}

static int by_found(const void *a, const void *b) {
    const imx_candidate *left = a;
    const imx_candidate *right = b;
    if (left->found != right->found) {
        return left->found > right->found ? -1 : 1;
    }
    return by_rank(left, right);
}

/* One entry for each reference, in place. */
static void merge(collection *all) {
    size_t kept = 0;
    size_t hits = 0;  /* Of the entry that was kept last, */
    size_t found = 0; /* and those by views of what layout found. */
    qsort(all->entries, all->count, sizeof *all->entries, by_seq);
    for (size_t i = 0; i < all->count; i++) {
        imx_candidate entry = all->entries[i];
        if (kept == 0 || entry.seq != all->entries[kept - 1].seq) {
            all->entries[kept++] = entry;
            hits = 1;
            found = entry.found > 0;
            continue;
        }
        imx_candidate *one = &all->entries[kept - 1];
        one->promise += ++hits == 2 ? SECOND_HIT * entry.promise : 0;
        found += entry.found > 0;
        if (entry.found > 0 && found <= 2) {
            one->found += found == 1 ? entry.found : SECOND_HIT * entry.found;
        }
    }
    all->count = kept;
}

/* The best `most` to the front, best first. */
static size_t choose(collection *all, size_t most) {
    size_t sure = 0;
    size_t most_sure = most < IMX_CANDIDATES_SURE ? most : IMX_CANDIDATES_SURE;
    qsort(all->entries, all->count, sizeof *all->entries, by_found);
    while (sure < most_sure && sure < all->count && all->entries[sure].found > 0) {
        sure++;
    }
    qsort(all->entries + sure, all->count - sure, sizeof *all->entries, by_promise);
    size_t count = all->count < most ? all->count : most;
    qsort(all->entries, count, sizeof *all->entries, by_promise);
    return count;
}

imgmatch_status imx_candidates_find_among(imx_candidate *out, size_t *count,
                                          const imx_snapshot *snapshot, const imx_prints *query,
                                          const imx_candidates_depth *depth, imgmatch_diag *diag) {
    collection all;
    *count = 0;
    if (depth->most == 0 || query->count == 0) { /* A limit of none. */
        return IMGMATCH_OK;
    }
    imgmatch_status status = start(&all, query, depth->hits)
                                 ? search_embeddings(&all, snapshot, query, diag)
                                 : imx_fail_memory(diag);
    for (uint32_t i = 0; i < query->count && status == IMGMATCH_OK; i++) {
        status = search_hashes(&all, snapshot, query, i, diag);
    }
    if (status == IMGMATCH_OK) {
        merge(&all);
        *count = choose(&all, depth->most);
        memcpy(out, all.entries, *count * sizeof *out);
    }
    free(all.entries);
    free(all.hits);
    return status;
}

imgmatch_status imx_candidates_find(imx_candidate *out, size_t *count, const imx_snapshot *snapshot,
                                    const imx_prints *query, size_t most, imgmatch_diag *diag) {
    const imx_candidates_depth depth = {.most = most, .hits = most};
    return imx_candidates_find_among(out, count, snapshot, query, &depth, diag);
}
