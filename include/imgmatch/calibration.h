/*
 * Calibration: what a score means among one's own photos.
 *
 * A score is an estimate of a probability, made from other photos than yours. A calibration
 * measures, in a catalogue, the best scores of photos that copy nothing in it ("negatives"), beside
 * the other references as in an answer (imgmatch_match.rival), and
 * keeps with the catalogue how many of them reach a score: the false alerts that a threshold at
 * that score lets through, per million queries. From then on every match of that effort has
 * imgmatch_match.false_alerts_per_million, and imgmatch_query_options.max_false_alerts is a
 * threshold.
 *
 * The figure is not the rate that was seen but the upper end of it (one-sided, 95% confidence,
 * Clopper-Pearson), and is never lower than what the number of negatives can show: with n of them
 * and none at that score it is 3,000,000 / n, or twice that when they are the catalogue's own
 * photos, which resemble one another in pairs.
 *
 * It speaks of queries that are like the negatives. So the best negatives are photos from where the
 * queries will come from, of which it is known that they copy no reference. The catalogue's own
 * photos can stand in for them: each is looked up among the references of other products. They are
 * cleaner than listings and resemble one another in ways that listings may not, and what one photo
 * of a product is mistaken for, the others may be, too: a bound that comes from them is a guide, no
 * promise.
 *
 * A calibration belongs to an effort, a score, a model and the size of the catalogue. Where these
 * differ, there is no figure, and imgmatch_calibration_state says why. Where the catalogue has
 * grown since, rates are multiplied by its growth, since each new reference is one more to be
 * mistaken for; when it has more than doubled, they are given up. With effort fast, scores rise
 * where look-alikes are removed (imgmatch_match.rival): calibrate anew when many were.
 *
 * Threads: the calls on a const catalogue may run on any number of threads. A calibrator is used by
 * one thread at a time, and the catalogue may answer queries meanwhile.
 */
#ifndef IMGMATCH_CALIBRATION_H
#define IMGMATCH_CALIBRATION_H

#include "catalogue.h"
#include "query.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A calibration of a catalogue. Plain data. */
typedef struct imgmatch_calibration {
    imgmatch_calibration_state state; /**< For a query with default limits. */
    uint64_t negatives;               /**< Photos that were measured; 0 without a calibration. */
    uint64_t own;                     /**< Of these, the catalogue's own. */
    uint64_t items;                   /**< Of the catalogue, when it was calibrated. */
    double least_per_million;         /**< The lowest max_false_alerts that can be asked for; NaN
                                           unless the state is CURRENT. */
    char made_at[32];                 /**< UTC, ISO 8601; "" without a calibration. */
} imgmatch_calibration;

/** What a catalogue's calibration for an effort is, and whether it can be used. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_get_calibration(imgmatch_calibration *out, const imgmatch_catalogue *catalogue,
                                   imgmatch_effort effort, imgmatch_diag *diag);

/** False alerts at a threshold. Plain data. */
typedef struct imgmatch_false_alerts {
    uint64_t seen;               /**< Negatives with a best score as high. */
    double estimate_per_million; /**< The rate that was seen. */
    double bound_per_million;    /**< What matches carry, and max_false_alerts is held against. */
} imgmatch_false_alerts;

/**
 * The false alerts that a threshold at `score`, 0..1, lets through. Both rates fall where the score
 * rises.
 *
 * IMGMATCH_ERR_UNSUPPORTED when the catalogue has no current calibration for the effort.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_false_alerts(imgmatch_false_alerts *out, const imgmatch_catalogue *catalogue,
                                imgmatch_effort effort, double score, imgmatch_diag *diag);

/**
 * The lowest score, 0 to just above 1, at which the bound is at most `max_false_alerts` per
 * million.
 *
 * IMGMATCH_ERR_UNSUPPORTED when the catalogue has no current calibration for the effort, or so low
 * a rate is more than its negatives can show; the message says what they can.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_catalogue_score_for(double *score, const imgmatch_catalogue *catalogue,
                             imgmatch_effort effort, double max_false_alerts, imgmatch_diag *diag);

/** Measures negatives; the catalogue gets the calibration at the end, or keeps the one it had. */
typedef struct imgmatch_calibrator imgmatch_calibrator;

typedef struct imgmatch_calibrator_options {
    imgmatch_effort effort; /**< Of the queries that it is for. */
    int threads; /**< 0: one for each processor; not negative. The outcome does not depend on it. */
    /** Called for each photo or line that cannot be used with a line of text. NULL for none. */
    void (*problem)(void *user, const char *line);
    /** Called now and then from the calling thread with the photos that were measured since it was
        called last; false: stop with IMGMATCH_ERR_CANCELLED. NULL for none. */
    bool (*progress)(void *user, uint64_t more);
    void *user;
} imgmatch_calibrator_options;

#define IMGMATCH_CALIBRATOR_OPTIONS_INIT                                                           \
    { IMGMATCH_EFFORT_STANDARD, 0, NULL, NULL, NULL }

/**
 * Start a calibration. The catalogue is borrowed, was opened with a model and for writing, and is
 * not changed by anybody else until the calibrator is freed.
 *
 * \param options  NULL for IMGMATCH_CALIBRATOR_OPTIONS_INIT.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_calibrator_new(imgmatch_calibrator **out, imgmatch_catalogue *catalogue,
                        const imgmatch_calibrator_options *options, imgmatch_diag *diag);

/**
 * Read what a person has found out: CSV with a header and the columns `path`, `id` and `label`,
 * others are ignored. Label 1: the photo at that path is a copy of that item (or of another photo
 * of its product), which then raises no false alert; 0: it is none; empty: not decided, the line is
 * skipped. With an empty id, 0 says that the photo copies no item at all. Paths are compared, byte
 * by byte, with the sources of photos and items, and relative ones are taken from the working
 * directory. To be called before photos are measured, any number of times.
 *
 * Lines that cannot be used, or that name an item that is not there, are reported with their
 * numbers and counted in imgmatch_calibrator_report.failed_lines. IMGMATCH_ERR_SYNTAX when there is
 * no header that can be used, or over a million labels. Lines are bounded by
 * imgmatch_limits.max_line_bytes.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_calibrator_read_labels(
    imgmatch_calibrator *calibrator, const char *path, imgmatch_diag *diag);

/**
 * Measure photos that copy no item, but for those that their labels name. A photo whose bytes are
 * those of an item is reported as a problem and not counted. About 1 KB a photo is kept until the
 * call ends, so callers with many photos pass some hundred at a time.
 *
 * The same bytes under several names are one photo, the first, as far as rates go: n copies of a
 * file say no more than one. The others are counted in imgmatch_calibrator_report.repeats, and so
 * are the catalogue's own photos that are there more than once.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_calibrator_add_photos(imgmatch_calibrator *calibrator, const imgmatch_photo *photos,
                               size_t count, imgmatch_diag *diag);

/** Measure the labelled photos that were not measured yet. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_calibrator_add_labelled(imgmatch_calibrator *calibrator, imgmatch_diag *diag);

/**
 * Measure the catalogue's own photos, read from the files that the items' sources name. For each,
 * items are left out that are itself, of its product, labelled as copied, or look like the same
 * photo or its variant (imgmatch_pair_kind); what is left out for its looks is listed, so
 * that a person can say otherwise by a label of 0. A photo with more such relatives than can be
 * looked past is not counted.
 *
 * \param most  Photos to measure, chosen by a hash of their ids, so that the choice is the same in
 *              every run; 0: all.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_calibrator_add_own(imgmatch_calibrator *calibrator, uint64_t most, imgmatch_diag *diag);

typedef struct imgmatch_calibrator_report {
    uint64_t negatives;    /**< Photos that were measured. */
    uint64_t own;          /**< Of these, the catalogue's own. */
    uint64_t failed;       /**< Photos that cannot be used. */
    uint64_t crowded;      /**< Own photos with too many relatives. */
    uint64_t left_out;     /**< Pairs that were left out for their looks. */
    uint64_t labels;       /**< Labels that were read, */
    uint64_t failed_lines; /**< and lines that cannot be used. */
    uint64_t repeats;      /**< Photos with the bytes of one that is counted already. */
} imgmatch_calibrator_report;

/** What was measured so far. Borrowed, and kept up to date until the calibrator is freed. */
IMGMATCH_API const imgmatch_calibrator_report *
imgmatch_calibrator_get_report(const imgmatch_calibrator *calibrator);

/** What became of a pair. The numbers are fixed. */
typedef enum imgmatch_pair_kind {
    IMGMATCH_PAIR_COUNTED = 0,    /**< "counted": it is the photo's false alert. */
    IMGMATCH_PAIR_SAME_BYTES = 1, /**< "same_bytes": left out, the files are the same. */
    IMGMATCH_PAIR_SAME_PHOTO = 2, /**< "same_photo": left out, the fingerprints are almost. */
    IMGMATCH_PAIR_VARIANT = 3 /**< "variant": left out, the same shot in other colours or print. */
} imgmatch_pair_kind;

/** The name of a kind as reports print it. Never NULL. */
IMGMATCH_API const char *imgmatch_pair_kind_name(imgmatch_pair_kind kind);

/** A photo and the item that it resembles. Texts are borrowed from the calibrator. */
typedef struct imgmatch_pair {
    const char *path; /**< The photo's source. */
    const char *id;   /**< Of the item. */
    double score;
    imgmatch_pair_kind kind;
} imgmatch_pair;

/**
 * The pairs with the highest scores, which a person should look at before they rely on the
 * calibration: a counted one may be a copy after all, one that was left out may be none. Highest
 * first, at most 1000; of two of the catalogue's photos that resemble each other one pair. NULL
 * when out of range. Borrowed until photos are added or the calibrator is freed.
 */
IMGMATCH_API const imgmatch_pair *imgmatch_calibrator_pair(imgmatch_calibrator *calibrator,
                                                           size_t index);

/**
 * Store the calibration with the catalogue, in the place of the one for this effort.
 *
 * IMGMATCH_ERR_ARGUMENT when nothing was measured.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_calibrator_store(imgmatch_calibrator *calibrator, imgmatch_diag *diag);

/** Free a calibrator; what was not stored is lost. NULL is allowed. */
IMGMATCH_API void imgmatch_calibrator_free(imgmatch_calibrator *calibrator);

#ifdef __cplusplus
}
#endif
#endif
