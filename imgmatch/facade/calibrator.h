/* The parts of a calibrator: what a person said, how one photo is measured, and the pairs to look
 * at. */
#ifndef IMX_FACADE_CALIBRATOR_H
#define IMX_FACADE_CALIBRATOR_H

#include "base/diag.h"
#include "facade/handle.h"
#include "match/calibration.h"

#include <imgmatch/calibration.h>

/* ---- labels (calibrator_labels.c) ---- */

/* What a person found out of a photo and an item. */
typedef struct imx_label {
    char *path;
    char *id;      /* "": all items; then it is no copy. */
    char *product; /* Of the item; "" when not known. */
    bool copy;
    bool measured; /* On the first label of a path: the photo was. */
    size_t order;  /* In which they were read. */
} imx_label;

typedef struct imx_label_set {
    imx_label *labels; /* By path, then id. */
    size_t count;
    size_t capacity;
} imx_label_set;

void imx_label_set_free(imx_label_set *set);

typedef enum imx_word { IMX_WORD_NONE, IMX_WORD_COPY, IMX_WORD_NO_COPY } imx_word;

/* What was said of a photo and an item; of its product, where nothing is said of itself. */
imx_word imx_label_set_find(const imx_label_set *set, const char *path, const char *id,
                            const char *product);

/* The first label of a path; NULL when there is none. */
imx_label *imx_label_set_first(const imx_label_set *set, const char *path);

/* ---- one photo (calibrator_measure.c) ---- */

/* A photo whose false alerts are measured; all borrowed. */
typedef struct imx_negative {
    imgmatch_photo photo;
    const char *own_id; /* Of the item that it is; NULL for a photo from elsewhere. */
    const char *own_sha256;
} imx_negative;

/* An item that a photo resembles. */
typedef struct imx_near {
    char *id;
    double score;
    imgmatch_pair_kind kind;
} imx_near;

#define IMX_NEAR_MAX 17 /* The best one that counts, and some that were left out. */

typedef struct imx_measurement {
    imgmatch_diag diag; /* IMGMATCH_ERR_PHOTO: it cannot be used. */
    bool is_item;       /* That is why: the catalogue has the very file. */
    bool crowded;       /* Too many relatives: not measured. */
    char sha256[65];    /* "" when its bytes could not be read. */
    double score;       /* The best one that counts; 0 without any. */
    uint64_t left_out;
    size_t near_count;
    imx_near near[IMX_NEAR_MAX];
} imx_measurement;

/* Thread-safe. What went wrong is in the measurement's diag. */
void imx_measure(imx_measurement *out, const imgmatch_calibrator *calibrator,
                 const imx_negative *negative);
void imx_measurement_free(imx_measurement *measurement);

/* ---- pairs (calibrator_pairs.c) ---- */

typedef struct imx_pair {
    imgmatch_pair pair;
    char *path;
    char *id;
    char *own_id; /* NULL for a photo from elsewhere. */
} imx_pair;

/* The pairs with the highest scores. */
typedef struct imx_pair_list {
    imx_pair *pairs;
    size_t count;
    bool sorted;
} imx_pair_list;

imgmatch_status imx_pair_list_add(imx_pair_list *list, const imx_negative *negative,
                                  const imx_near *near, imgmatch_diag *diag);
void imx_pair_list_sort(imx_pair_list *list);
void imx_pair_list_free(imx_pair_list *list);

/* ---- photos that are there several times (calibrator_repeats.c) ---- */

typedef struct imx_photo_digest {
    char hex[64]; /* Not ended by a NUL; it starts with one in a free slot. */
} imx_photo_digest;

typedef struct imx_photo_set {
    imx_photo_digest *slots;
    size_t capacity; /* A power of two, or 0. */
    size_t count;
} imx_photo_set;

/* *added is false when bytes with that SHA-256 (64 hexadecimal digits) are in already. */
imgmatch_status imx_photo_set_add(bool *added, imx_photo_set *set, const char *sha256,
                                  imgmatch_diag *diag);
void imx_photo_set_free(imx_photo_set *set);

/* ---- the calibrator (calibrator.c) ---- */

struct imgmatch_calibrator {
    imgmatch_catalogue *catalogue;
    imgmatch_calibrator_options options;
    imgmatch_calibrator_report report;
    size_t looks; /* References that a query looks at. */
    imx_label_set labels;
    imx_pair_list pairs;
    imx_photo_set counted;
    imx_negative_score *scores; /* report.negatives of them. */
    size_t capacity;
};

/* Measure some photos on all threads. */
imgmatch_status imx_calibrator_measure(imgmatch_calibrator *calibrator,
                                       const imx_negative *negatives, size_t count,
                                       imgmatch_diag *diag);

/* Tell the caller of a photo or a line that cannot be used. */
void imx_calibrator_problem(const imgmatch_calibrator *calibrator, const char *format, ...)
    IMX_PRINTF(2, 3);

#endif
