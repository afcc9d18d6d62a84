/* Labels: a CSV file, read line by line into a sorted array. */
#include "facade/calibrator.h"

#include "base/diag.h"
#include "base/memory.h"
#include "facade/photo_list.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LABELS 1000000u
#define NO_COLUMN SIZE_MAX

/* A file that is being read. */
typedef struct label_file {
    imgmatch_calibrator *calibrator;
    imx_list_source source;
    imx_csv_record record;
    uint64_t line;
    size_t columns; /* Of the header. */
    size_t path_column;
    size_t id_column;
    size_t label_column;
} label_file;

static void free_label(imx_label *label) {
    free(label->path);
    free(label->id);
    free(label->product);
}

void imx_label_set_free(imx_label_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        free_label(&set->labels[i]);
    }
    free(set->labels);
    *set = (imx_label_set){.labels = NULL};
}

static int by_pair(const void *a, const void *b) {
    const imx_label *left = a;
    const imx_label *right = b;
    int order = strcmp(left->path, right->path);
    order = order != 0 ? order : strcmp(left->id, right->id);
    return order != 0 ? order : (left->order > right->order) - (left->order < right->order);
}

imx_label *imx_label_set_first(const imx_label_set *set, const char *path) {
    size_t from = 0;
    size_t end = set->count;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (strcmp(set->labels[middle].path, path) < 0) {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    bool found = from < set->count && strcmp(set->labels[from].path, path) == 0;
    return found ? &set->labels[from] : NULL;
}

imx_word imx_label_set_find(const imx_label_set *set, const char *path, const char *id,
                            const char *product) {
    imx_word word = IMX_WORD_NONE;
    const imx_label *first = imx_label_set_first(set, path);
    if (first == NULL) {
        return word;
    }
    const imx_label *end = set->labels + set->count;
    for (const imx_label *label = first; label < end && strcmp(label->path, path) == 0; label++) {
        if (strcmp(label->id, id) == 0) {
            return label->copy ? IMX_WORD_COPY : IMX_WORD_NO_COPY;
        }
        if (label->copy && product[0] != '\0' && strcmp(label->product, product) == 0) {
            word = IMX_WORD_COPY;
        } else if (label->id[0] == '\0' && word == IMX_WORD_NONE) {
            word = IMX_WORD_NO_COPY;
        }
    }
    return word;
}

/* ---- reading ---- */

static void refuse(label_file *file, const char *why) {
    file->calibrator->report.failed_lines++;
    imx_calibrator_problem(file->calibrator, "%s, line %llu: %s", file->source.name,
                           (unsigned long long)file->line, why);
}

/* Without the apostrophe that the tools put before what looks like a formula. */
static const char *field(const label_file *file, size_t column) {
    const char *text = imx_csv_field(&file->record, column);
    bool guarded = text[0] == '\'' && text[1] != '\0' && strchr("=+-@\t\r\n'", text[1]) != NULL;
    return guarded ? text + 1 : text;
}

/* Bring the next record that can be read; lines that cannot are reported and passed by. *found is
 * false at the end of the file. */
static imgmatch_status next_record(bool *found, label_file *file, imgmatch_diag *diag) {
    for (;;) {
        imgmatch_diag own = IMGMATCH_DIAG_INIT;
        imgmatch_status status =
            imx_list_next_record(found, &file->line, &file->record, &file->source, &own);
        if (status == IMGMATCH_OK) {
            return status;
        }
        if (status != IMGMATCH_ERR_SYNTAX) {
            return imx_fail(diag, status, "%s", own.message);
        }
        refuse(file, own.message);
    }
}

static imgmatch_status read_header(label_file *file, imgmatch_diag *diag) {
    bool found = false;
    imgmatch_status status = next_record(&found, file, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    file->path_column = file->id_column = file->label_column = NO_COLUMN;
    file->columns = found ? file->record.count : 0;
    for (size_t i = 0; i < file->columns; i++) {
        const char *name = imx_csv_field(&file->record, i);
        name += i == 0 && strncmp(name, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        size_t *column = strcmp(name, "path") == 0    ? &file->path_column
                         : strcmp(name, "id") == 0    ? &file->id_column
                         : strcmp(name, "label") == 0 ? &file->label_column
                                                      : NULL;
        if (column != NULL && *column != NO_COLUMN) {
            return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%.200s: column \"%s\" is there twice",
                            file->source.name, name);
        }
        if (column != NULL) {
            *column = i;
        }
    }
    if (file->path_column == NO_COLUMN || file->id_column == NO_COLUMN ||
        file->label_column == NO_COLUMN) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "%.200s: the header needs the columns \"path\", \"id\" and \"label\"",
                        file->source.name);
    }
    return IMGMATCH_OK;
}

static imgmatch_status append(imx_label_set *set, imx_label *label, imgmatch_diag *diag) {
    if (set->count == MOST_LABELS) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "there are more than %u labels", MOST_LABELS);
    }
    imx_label *labels = imx_grow_array(set->labels, &set->capacity, set->count, sizeof *labels);
    if (labels == NULL) {
        return imx_fail_memory(diag);
    }
    set->labels = labels;
    label->order = set->count;
    set->labels[set->count++] = *label;
    *label = (imx_label){.path = NULL};
    return IMGMATCH_OK;
}

static imgmatch_status keep(label_file *file, const char *product, bool copy, imgmatch_diag *diag) {
    imx_label label = {.path = imx_copy_text(field(file, file->path_column)),
                       .id = imx_copy_text(field(file, file->id_column)),
                       .product = imx_copy_text(product),
                       .copy = copy};
    imgmatch_status status = label.path == NULL || label.id == NULL || label.product == NULL
                                 ? imx_fail_memory(diag)
                                 : append(&file->calibrator->labels, &label, diag);
    free_label(&label); /* What was not taken. */
    file->calibrator->report.labels += status == IMGMATCH_OK;
    return status;
}

static imgmatch_status take_record(label_file *file, imgmatch_diag *diag) {
    if (file->record.count != file->columns) {
        refuse(file, "it has another number of columns than the header");
        return IMGMATCH_OK;
    }
    const char *id = field(file, file->id_column);
    const char *label = field(file, file->label_column);
    if (label[0] == '\0') {
        return IMGMATCH_OK; /* Not decided. */
    }
    bool copy = strcmp(label, "1") == 0;
    const char *why = field(file, file->path_column)[0] == '\0' ? "there is no path"
                      : !copy && strcmp(label, "0") != 0        ? "the label is neither 0 nor 1"
                      : copy && id[0] == '\0'                   ? "label 1 needs the id of the item"
                                                                : NULL;
    if (why != NULL || id[0] == '\0') {
        if (why != NULL) {
            refuse(file, why);
        }
        return why != NULL ? IMGMATCH_OK : keep(file, "", false, diag);
    }
    imgmatch_item *item = NULL;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_store_get(&item, file->calibrator->catalogue->store, id, &own);
    if (status == IMGMATCH_ERR_NOT_FOUND) {
        refuse(file, own.message);
        return IMGMATCH_OK;
    }
    status = status == IMGMATCH_OK ? keep(file, item->product, copy, diag)
                                   : imx_fail(diag, status, "%s", own.message);
    imgmatch_item_free(item);
    return status;
}

/* Sort, and drop what was said twice: the first word stands. */
static void settle(imgmatch_calibrator *calibrator) {
    imx_label_set *set = &calibrator->labels;
    size_t kept = 0;
    if (set->count > 0) {
        qsort(set->labels, set->count, sizeof *set->labels, by_pair);
    }
    for (size_t i = 0; i < set->count; i++) {
        imx_label *label = &set->labels[i];
        const imx_label *before = kept > 0 ? &set->labels[kept - 1] : NULL;
        if (before == NULL || strcmp(before->path, label->path) != 0 ||
            strcmp(before->id, label->id) != 0) {
            set->labels[kept++] = *label;
            continue;
        }
        calibrator->report.labels--;
        if (before->copy != label->copy) {
            calibrator->report.failed_lines++;
            imx_calibrator_problem(calibrator,
                                   "%.4096s, %.512s: labelled 0 and 1; the first counts",
                                   label->path, label->id);
        }
        free_label(label);
    }
    set->count = kept;
    for (size_t i = 0; i < set->count; i++) {
        set->labels[i].order = i; /* Before all that another file says. */
    }
}

imgmatch_status imgmatch_calibrator_read_labels(imgmatch_calibrator *calibrator, const char *path,
                                                imgmatch_diag *diag) {
    if (calibrator == NULL || path == NULL || path[0] == '\0') {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is missing");
    }
    label_file *file = imx_new_array(1, sizeof *file);
    if (file == NULL) {
        return imx_fail_memory(diag);
    }
    const char *slash = strrchr(path, '/');
    const char *name = strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : path;
    file->calibrator = calibrator;
    file->source.fd = -1;
    imx_buffer_init(&file->record.text, SIZE_MAX / 4); /* The window bounds a record. */
    imgmatch_status status = imx_list_source_open(
        &file->source, path, name, calibrator->catalogue->limits.max_line_bytes, diag);
    file->source.cr_ends = true;
    bool found = status == IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        status = read_header(file, diag);
    }
    while (status == IMGMATCH_OK && found) {
        status = next_record(&found, file, diag);
        if (status == IMGMATCH_OK && found) {
            status = take_record(file, diag);
        }
    }
    settle(calibrator);
    imx_list_source_close(&file->source);
    imx_buffer_free(&file->record.text);
    free(file);
    return status;
}
