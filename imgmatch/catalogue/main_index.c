/*
 * Opening: the header says where the sections are; their sizes have to be what the counts say, so
 * that no offset inside of them leads out of the file.
 */
#include "catalogue/main_index.h"

#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/graph_check.h"
#include "catalogue/main_index_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the header ---- */

/* Each section behind the other, and as large as the counts say. */
static bool sections_fit(const imx_main_fields *fields) {
    uint64_t rows = fields->prefix.row_count, entries = fields->entry_count;
    uint64_t lists = fields->list_count, dimension = fields->prefix.dimension;
    bool ivf = fields->kind == IMGMATCH_INDEX_IVF;
    bool codes = imx_main_has_codes(fields->kind), tables = imx_main_has_tables(fields->kind);
    if (rows > UINT32_MAX || entries > rows || fields->prefix.item_count > rows || dimension < 1 ||
        dimension > UINT16_MAX + 1u || lists > entries ||
        (ivf ? lists < 1 || fields->probes < 1 || fields->probes > lists
             : lists > 0 ||
                   (fields->kind != IMGMATCH_INDEX_HNSW && fields->kind != IMGMATCH_INDEX_EXACT))) {
        return false;
    }
    const uint64_t sizes[MAIN_GRAPH] = {
        [MAIN_SEQS] = 8 * rows,
        [MAIN_VIEWS] = rows,
        [MAIN_RANKS] = 8 * rows,
        [MAIN_ENTRY_STARTS] = 4 * (entries + 1),
        [MAIN_ENTRY_ROWS] = 4 * rows,
        [MAIN_LIST_STARTS] = ivf ? 4 * (lists + 1) : 0,
        [MAIN_CENTRES] = 4 * lists * dimension,
        [MAIN_TABLE_STARTS] = tables ? IMX_HASH_STARTS_BYTES : 0,
        [MAIN_HASHES] = rows * IMGMATCH_PDQ_BYTES,
        [MAIN_TABLE_ROWS] = tables ? rows * IMX_HASH_ROWS_BYTES : 0,
        [MAIN_ROW_ENTRIES] = 4 * rows,
        [MAIN_SCALES] = codes ? 4 * entries : 0,
        [MAIN_CODES] = codes ? entries * dimension : 0,
        [MAIN_HALVES] = 2 * entries * dimension,
    };
    uint64_t end = IMX_BLOCK_BYTES;
    for (size_t i = 0; i < MAIN_SECTION_COUNT; i++) {
        const imx_main_section *part = &fields->sections[i];
        if (part->offset != imx_main_align(end) || part->size > UINT64_MAX / 2 ||
            (i < MAIN_GRAPH && part->size != sizes[i])) {
            return false;
        }
        end = part->offset + part->size;
    }
    return end == fields->table.covered;
}

static imgmatch_status check_page(const imx_main_page *page, const imx_index_stamp *stamp,
                                  const char *path, imgmatch_diag *diag) {
    if (page->fields.checksum != imx_main_page_checksum(page)) {
        return imx_index_fail_damaged(diag, path, "its header does not fit its checksum");
    }
    imgmatch_status status = imx_index_prefix_check(&page->fields.prefix, stamp, path, diag);
    if (status == IMGMATCH_OK && !sections_fit(&page->fields)) {
        status = imx_index_fail_damaged(diag, path, "its sections are not what its header says");
    }
    return status;
}

/* ---- the sections ---- */

static void *section_at(const imx_main_index *index, const imx_main_fields *fields, int which) {
    return imx_mapped_file_at(index->file, fields->sections[which].offset);
}

static void find_sections(imx_segment *segment, const imx_main_fields *fields) {
    imx_main_index *index = segment->index;
    segment->dimension = fields->prefix.dimension;
    segment->row_count = (size_t)fields->prefix.row_count;
    segment->seqs = section_at(index, fields, MAIN_SEQS);
    segment->views = section_at(index, fields, MAIN_VIEWS);
    segment->ranks = section_at(index, fields, MAIN_RANKS);
    segment->hashes = section_at(index, fields, MAIN_HASHES);
    index->kind = (imgmatch_index_kind)fields->kind;
    index->entry_count = fields->entry_count;
    index->entry_starts = section_at(index, fields, MAIN_ENTRY_STARTS);
    index->entry_rows = section_at(index, fields, MAIN_ENTRY_ROWS);
    index->row_entries = section_at(index, fields, MAIN_ROW_ENTRIES);
    index->halves = section_at(index, fields, MAIN_HALVES);
    index->tables =
        (imx_hash_tables){.starts = section_at(index, fields, MAIN_TABLE_STARTS),
                          .rows = section_at(index, fields, MAIN_TABLE_ROWS),
                          .hashes = segment->hashes,
                          .count = imx_main_has_tables(fields->kind) ? segment->row_count : 0};
    index->ivf = (imx_ivf){.dimension = fields->prefix.dimension,
                           .list_count = fields->list_count,
                           .entry_count = fields->entry_count,
                           .probes = fields->probes,
                           .list_starts = section_at(index, fields, MAIN_LIST_STARTS),
                           .scales = section_at(index, fields, MAIN_SCALES),
                           .codes = section_at(index, fields, MAIN_CODES),
                           .file = index->file};
}

/* From 0 up to `most`, never falling. */
static bool starts_are_sound(const uint32_t *starts, size_t count, uint64_t most) {
    bool sound = starts[0] == 0 && starts[count] == most;
    for (size_t i = 0; i < count; i++) {
        sound = sound && starts[i] <= starts[i + 1];
    }
    return sound;
}

static bool ways_are_sound(const imx_segment *segment) {
    const imx_main_index *index = segment->index;
    bool sound = starts_are_sound(index->entry_starts, index->entry_count, segment->row_count);
    for (size_t i = 0; i < segment->row_count; i++) {
        sound = sound && index->entry_rows[i] < segment->row_count;
    }
    for (size_t i = 0; i < IMX_HASH_TABLES && index->tables.count > 0; i++) {
        sound = sound && starts_are_sound(index->tables.starts + i * IMX_HASH_TABLE_STARTS,
                                          IMX_HASH_TABLE_STARTS - 1, segment->row_count);
    }
    return sound &&
           (index->ivf.list_count == 0 ||
            starts_are_sound(index->ivf.list_starts, index->ivf.list_count, index->entry_count));
}

static imgmatch_status open_centres(imx_ivf *ivf, const float *centres, imgmatch_diag *diag) {
    imgmatch_status status = imx_vector_index_new(&ivf->centroids, ivf->dimension, diag);
    return status == IMGMATCH_OK
               ? imx_vector_index_add(ivf->centroids, centres, ivf->list_count, diag)
               : status;
}

static imgmatch_status read_graph(imx_main_index *index, const imx_main_fields *fields,
                                  uint8_t *bytes, const char *path, imgmatch_diag *diag) {
    size_t size = (size_t)fields->sections[MAIN_GRAPH].size;
    if (!imx_graph_is_sound(bytes, size, fields->prefix.dimension, fields->entry_count)) {
        return imx_index_fail_damaged(diag, path, "its graph leads out of itself");
    }
    FILE *file = fmemopen(bytes, size, "rb");
    if (file == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_vector_index_read_graph(
        &index->graph, file, fields->prefix.dimension, fields->entry_count, path, diag);
    (void)fclose(file);
    return status;
}

/* FAISS gets the very bytes that were looked over: those of the file may be others by then. In
 * pages of their own, since what malloc() gives for so much it may keep afterwards. */
static imgmatch_status open_graph(imx_main_index *index, const imx_main_fields *fields,
                                  const char *path, imgmatch_diag *diag) {
    const imx_main_section *part = &fields->sections[MAIN_GRAPH]; /* The last one. */
    size_t size = (size_t)part->size + 1;                         /* None cannot be mapped. */
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_mapped_file_read_end(bytes, index->file, part->offset, diag);
    if (status == IMGMATCH_OK) {
        status = read_graph(index, fields, bytes, path, diag);
    }
    (void)munmap(bytes, size);
    return status;
}

static imgmatch_status open_sections(imx_segment *segment, const imx_main_fields *fields,
                                     const imx_index_stamp *stamp, const char *path,
                                     imgmatch_diag *diag) {
    imx_main_index *index = segment->index;
    find_sections(segment, fields);
    const imx_main_section *last = &fields->sections[MAIN_TABLE_STARTS];
    uint64_t first = fields->sections[MAIN_SEQS].offset;
    imgmatch_status status =
        imx_mapped_file_verify(index->file, imx_mapped_file_at(index->file, first),
                               (size_t)(last->offset + last->size - first), diag);
    if (status == IMGMATCH_OK && index->kind == IMGMATCH_INDEX_EXACT) {
        status = imx_mapped_file_verify_all(index->file, diag);
    }
    if (status == IMGMATCH_OK &&
        (!imx_index_rows_are_sound(segment, stamp) || !ways_are_sound(segment))) {
        status = imx_index_fail_damaged(diag, path, "its rows are out of order");
    }
    if (status == IMGMATCH_OK && index->kind == IMGMATCH_INDEX_IVF) {
        status = open_centres(&index->ivf, section_at(index, fields, MAIN_CENTRES), diag);
    }
    if (status == IMGMATCH_OK && index->kind == IMGMATCH_INDEX_HNSW) {
        status = open_graph(index, fields, path, diag);
    }
    return status;
}

imgmatch_status imx_main_index_read(imx_segment **out, FILE *file, const uint8_t *page,
                                    uint64_t file_size, const imx_index_stamp *stamp,
                                    const char *path, imgmatch_diag *diag) {
    *out = NULL;
    imx_main_page copy;
    memcpy(copy.bytes, page, sizeof copy.bytes);
    imgmatch_status status = check_page(&copy, stamp, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_main_index *index = imx_new_array(1, sizeof *index);
    imx_segment *segment = index != NULL ? imx_segment_new_main_take(index) : NULL;
    if (segment == NULL) {
        free(index);
        return imx_fail_memory(diag);
    }
    status =
        imx_mapped_file_new(&index->file, fileno(file), file_size, &copy.fields.table, path, diag);
    if (status == IMGMATCH_OK) {
        status = open_sections(segment, &copy.fields, stamp, path, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_segment_release(segment);
        return status;
    }
    *out = segment;
    return IMGMATCH_OK;
}

void imx_main_index_free(imx_main_index *index) {
    if (index != NULL) {
        imx_vector_index_free(index->ivf.centroids);
        imx_vector_index_free(index->graph);
        imx_mapped_file_free(index->file);
        free(index);
    }
}
