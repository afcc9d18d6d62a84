/*
 * The sections are written one after another, then the table of checksums, and the header last:
 * a file without one is no index.
 */
#include "catalogue/main_index_format.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Vectors that the graph is trained on, and that it gets at a time. */
#define GRAPH_ENTRIES 16384u

typedef struct writer {
    FILE *file;
    const char *path;
    const imx_bulk *bulk;
    const imx_entry_plan *plan;
    imx_main_fields *fields;
    imgmatch_diag *diag;
} writer;

typedef imgmatch_status write_step(writer *self);

uint64_t imx_main_page_checksum(const imx_main_page *page) {
    imx_main_page copy = *page;
    copy.fields.checksum = 0;
    return imx_checksum(copy.bytes, sizeof copy.bytes);
}

static imgmatch_status fail_write(const writer *self) {
    return imx_fail(self->diag, IMGMATCH_ERR_IO, "%s: cannot be written: %s", self->path,
                    strerror(errno));
}

static imgmatch_status put(writer *self, const void *bytes, size_t size) {
    return fwrite(bytes, 1, size, self->file) == size ? IMGMATCH_OK : fail_write(self);
}

/* Fill up with zeros to where a section may start. */
static imgmatch_status begin(writer *self, int which) {
    static const uint8_t zeros[IMX_INDEX_PAGE_BYTES];
    off_t here = ftello(self->file);
    if (here < 0) {
        return fail_write(self);
    }
    uint64_t start = imx_main_align((uint64_t)here);
    self->fields->sections[which].offset = start;
    return put(self, zeros, (size_t)(start - (uint64_t)here));
}

static imgmatch_status end(writer *self, int which) {
    off_t here = ftello(self->file);
    if (here < 0) {
        return fail_write(self);
    }
    self->fields->sections[which].size = (uint64_t)here - self->fields->sections[which].offset;
    return IMGMATCH_OK;
}

static imgmatch_status put_section(writer *self, int which, const void *bytes, size_t size) {
    imgmatch_status status = begin(self, which);
    if (status == IMGMATCH_OK && size > 0) {
        status = put(self, bytes, size);
    }
    return status == IMGMATCH_OK ? end(self, which) : status;
}

static imgmatch_status put_ways(writer *self) {
    const imx_bulk *bulk = self->bulk;
    const imx_entry_plan *plan = self->plan;
    size_t lists = plan->list_count;
    const struct {
        int which;
        const void *bytes;
        size_t size;
    } parts[] = {
        {MAIN_SEQS, bulk->seqs, bulk->row_count * sizeof *bulk->seqs},
        {MAIN_VIEWS, bulk->views, bulk->row_count},
        {MAIN_RANKS, bulk->ranks, bulk->row_count * sizeof *bulk->ranks},
        {MAIN_ENTRY_STARTS, plan->entry_starts, ((size_t)plan->entry_count + 1) * 4},
        {MAIN_ENTRY_ROWS, plan->entry_rows, bulk->row_count * 4},
        {MAIN_LIST_STARTS, plan->list_starts, lists > 0 ? (lists + 1) * 4 : 0},
        {MAIN_CENTRES, plan->centres, lists * bulk->dimension * sizeof *plan->centres},
    };
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == IMGMATCH_OK; i++) {
        status = put_section(self, parts[i].which, parts[i].bytes, parts[i].size);
    }
    return status;
}

static imgmatch_status put_hashes(writer *self) {
    const imx_bulk *bulk = self->bulk;
    bool tables = imx_main_has_tables(self->fields->kind);
    size_t row_bytes = tables ? bulk->row_count * IMX_HASH_ROWS_BYTES : 0;
    size_t start_bytes = tables ? IMX_HASH_STARTS_BYTES : 0;
    uint32_t *starts = imx_new_array_raw(start_bytes, 1);
    uint32_t *rows = imx_new_array_raw(row_bytes, 1);
    imgmatch_status status = IMGMATCH_OK;
    if (starts == NULL || rows == NULL) {
        status = imx_fail_memory(self->diag);
    } else {
        if (tables) {
            imx_hash_tables_fill(starts, rows, bulk->hashes, bulk->row_count);
        }
        status = put_section(self, MAIN_TABLE_STARTS, starts, start_bytes);
    }
    if (status == IMGMATCH_OK) {
        status = put_section(self, MAIN_HASHES, bulk->hashes, bulk->row_count * IMGMATCH_PDQ_BYTES);
    }
    if (status == IMGMATCH_OK) {
        status = put_section(self, MAIN_TABLE_ROWS, rows, row_bytes);
    }
    free(starts);
    free(rows);
    return status;
}

static imgmatch_status put_row_entries(writer *self) {
    return put_section(self, MAIN_ROW_ENTRIES, self->plan->row_entries, self->bulk->row_count * 4);
}

static const uint16_t *entry_halves(const writer *self, uint32_t entry) {
    size_t row = self->plan->entry_rows[self->plan->entry_starts[entry]];
    return self->bulk->halves + row * self->bulk->dimension;
}

/* Twice through the embeddings, once for the scales and once for the codes: to hold all codes would
 * take half as much memory again as the embeddings do. */
static imgmatch_status put_codes(writer *self) {
    uint32_t dimension = self->bulk->dimension;
    uint32_t count = imx_main_has_codes(self->fields->kind) ? self->plan->entry_count : 0;
    float *vector = imx_new_array_raw(dimension, sizeof *vector);
    float *scales = imx_new_array_raw(count, sizeof *scales);
    int8_t *code = imx_new_array_raw(dimension, sizeof *code);
    imgmatch_status status = vector == NULL || scales == NULL || code == NULL
                                 ? imx_fail_memory(self->diag)
                                 : IMGMATCH_OK;
    for (uint32_t entry = 0; entry < count && status == IMGMATCH_OK; entry++) {
        imx_half_to_float(vector, entry_halves(self, entry), dimension);
        scales[entry] = imx_ivf_encode(code, vector, dimension);
    }
    if (status == IMGMATCH_OK) {
        status = put_section(self, MAIN_SCALES, scales, count * sizeof *scales);
    }
    if (status == IMGMATCH_OK) {
        status = begin(self, MAIN_CODES);
    }
    for (uint32_t entry = 0; entry < count && status == IMGMATCH_OK; entry++) {
        imx_half_to_float(vector, entry_halves(self, entry), dimension);
        (void)imx_ivf_encode(code, vector, dimension);
        status = put(self, code, dimension);
    }
    if (status == IMGMATCH_OK) {
        status = end(self, MAIN_CODES);
    }
    free(code);
    free(scales);
    free(vector);
    return status;
}

static imgmatch_status put_halves(writer *self) {
    imgmatch_status status = begin(self, MAIN_HALVES);
    for (uint32_t entry = 0; entry < self->plan->entry_count && status == IMGMATCH_OK; entry++) {
        status = put(self, entry_halves(self, entry), self->bulk->dimension * sizeof(uint16_t));
    }
    return status == IMGMATCH_OK ? end(self, MAIN_HALVES) : status;
}

static imgmatch_status fill_graph(imx_vector_index *graph, float *vectors, const writer *self) {
    uint32_t dimension = self->bulk->dimension, count = self->plan->entry_count;
    imgmatch_status status = IMGMATCH_OK;
    for (uint32_t first = 0; first < count && status == IMGMATCH_OK; first += GRAPH_ENTRIES) {
        uint32_t some = count - first < GRAPH_ENTRIES ? count - first : GRAPH_ENTRIES;
        for (uint32_t i = 0; i < some; i++) {
            imx_half_to_float(vectors + (size_t)i * dimension, entry_halves(self, first + i),
                              dimension);
        }
        if (first == 0) {
            status = imx_vector_index_train(graph, vectors, some, self->diag);
        }
        if (status == IMGMATCH_OK) {
            status = imx_vector_index_add(graph, vectors, some, self->diag);
        }
    }
    return status;
}

static imgmatch_status build_graph(imx_vector_index **out, const writer *self) {
    float *vectors =
        imx_new_array_raw((size_t)GRAPH_ENTRIES * self->bulk->dimension, sizeof *vectors);
    imgmatch_status status =
        vectors == NULL ? imx_fail_memory(self->diag)
                        : imx_vector_index_new_graph(out, self->bulk->dimension, self->diag);
    if (status == IMGMATCH_OK) {
        status = fill_graph(*out, vectors, self);
    }
    free(vectors);
    return status;
}

static imgmatch_status put_graph(writer *self) {
    imgmatch_status status = begin(self, MAIN_GRAPH);
    imx_vector_index *graph = NULL;
    if (status == IMGMATCH_OK && self->fields->kind == IMGMATCH_INDEX_HNSW) {
        status = build_graph(&graph, self);
        if (status == IMGMATCH_OK) {
            status = imx_vector_index_write(graph, self->file, self->path, self->diag);
        }
        imx_vector_index_free(graph);
    }
    return status == IMGMATCH_OK ? end(self, MAIN_GRAPH) : status;
}

imgmatch_status imx_main_index_write(FILE *file, const imx_index_stamp *stamp, const void *what,
                                     const char *path, imgmatch_diag *diag) {
    const imx_main_source *source = what;
    imx_main_page page;
    memset(&page, 0, sizeof page);
    writer self = {.file = file,
                   .path = path,
                   .bulk = source->bulk,
                   .plan = source->plan,
                   .fields = &page.fields,
                   .diag = diag};
    imx_index_prefix_init(&page.fields.prefix, stamp, source->bulk->row_count);
    page.fields.kind = (uint32_t)source->kind;
    page.fields.entry_count = source->plan->entry_count;
    page.fields.list_count = source->plan->list_count;
    page.fields.probes =
        IMX_IVF_PROBES < source->plan->list_count ? IMX_IVF_PROBES : source->plan->list_count;
    static write_step *const steps[] = {put_ways,  put_hashes, put_row_entries,
                                        put_codes, put_halves, put_graph};
    imgmatch_status status =
        fseeko(file, IMX_BLOCK_BYTES, SEEK_SET) == 0 ? IMGMATCH_OK : fail_write(&self);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == IMGMATCH_OK; i++) {
        status = steps[i](&self);
    }
    if (status == IMGMATCH_OK) {
        status = imx_mapped_file_finish(&page.fields.table, file, path, diag);
    }
    if (status == IMGMATCH_OK) {
        page.fields.checksum = imx_main_page_checksum(&page);
        status = fseeko(file, 0, SEEK_SET) == 0 ? put(&self, page.bytes, sizeof page.bytes)
                                                : fail_write(&self);
    }
    return status;
}
