/*
 * A main index file with any damage. An input is laid over a sound file by exclusive or (so zeros
 * change nothing), after a byte that says how: bit 0 makes the header's checksum right again, bit 1
 * those of the sections that are read by our own code, bit 2 cuts the file at 16 times the next
 * two bytes. FAISS's own bytes keep their checksum: no byte that fails it may reach FAISS.
 */
#include "fuzz.h"

#include "base/checksum.h"
#include "catalogue/index_file.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 4u
#define ROWS 6u
#define PAGE 4096u
#define HEADER_BYTES 160u /* What of the header's page is not zero. */

/* Offsets in the header; index_file.c has the same as a struct. */
#define SECTIONS_AT 56u
#define SECTION_BYTES 24u
#define CHECKSUM_AT (SECTIONS_AT + 4 * SECTION_BYTES)

static const imx_index_stamp stamp = {.catalogue_number = 7,
                                      .generation = 3,
                                      .covered_seq = 9,
                                      .item_count = 4,
                                      .dimension = DIMENSION};

static void index_path(char out[128]) { (void)snprintf(out, 128, "%s/index-3.imx", fuzz_folder()); }

/* The bytes of a sound file. */
static const uint8_t *sound_file(size_t *size) {
    static uint8_t *bytes;
    static size_t bytes_size;
    if (bytes == NULL) {
        static const int64_t seqs[ROWS] = {1, 1, 4, 7, 7, 9};
        static const int views[ROWS] = {0, 1, 0, 0, 1, 0};
        imx_random random = {5};
        imx_segment *segment = NULL;
        fuzz_require(imx_segment_new(&segment, DIMENSION, ROWS, NULL) == IMGMATCH_OK);
        for (size_t i = 0; i < ROWS; i++) {
            imgmatch_pdq pdq;
            float direction[DIMENSION];
            sample_hash(&pdq, &random);
            sample_direction(direction, DIMENSION, &random);
            imx_segment_row row = {
                .seq = seqs[i], .view = views[i], .hash = pdq.hash, .floats = direction};
            fuzz_require(imx_segment_append(segment, &row, NULL) == IMGMATCH_OK);
        }
        fuzz_require(imx_segment_seal(segment, NULL) == IMGMATCH_OK);
        fuzz_require(imx_index_file_write(fuzz_folder(), &stamp, segment, NULL) == IMGMATCH_OK);
        imx_segment_release(segment);
        char path[128];
        index_path(path);
        bytes = sample_read_file(&bytes_size, path);
        fuzz_require(bytes != NULL && bytes_size > 4 * PAGE);
    }
    *size = bytes_size;
    return bytes;
}

static void overlay(uint8_t *bytes, size_t size, fuzz_input *input) {
    for (size_t i = 0; i < size && input->left > 0; i++) {
        bytes[i] ^= fuzz_take_byte(input);
    }
}

static void put_u64(uint8_t *to, uint64_t value) { memcpy(to, &value, sizeof value); }

static void seal(uint8_t *bytes, bool sections, bool header) {
    static const size_t sizes[] = {8 * ROWS, ROWS, IMGMATCH_PDQ_BYTES * ROWS};
    for (size_t i = 0; sections && i < 3; i++) {
        put_u64(bytes + SECTIONS_AT + i * SECTION_BYTES + 16,
                imx_checksum(bytes + (i + 1) * PAGE, sizes[i]));
    }
    if (header) {
        put_u64(bytes + CHECKSUM_AT, 0);
        put_u64(bytes + CHECKSUM_AT, imx_checksum(bytes, PAGE));
    }
}

/* Searching relies on what reading checked. */
static void search(const imx_segment *segment) {
    const float query[DIMENSION] = {1, 0, 0, 0};
    const imx_seq_set gone = {0};
    imgmatch_pdq pdq = {.quality = 50};
    imx_hash_query hash_query;
    imx_nearest nearest;
    fuzz_require(segment->row_count == ROWS && segment->item_count == stamp.item_count);
    fuzz_require(imx_nearest_init(&nearest, ROWS));
    fuzz_require(imx_segment_search_embedding(&nearest, segment, query, &gone, NULL) ==
                 IMGMATCH_OK);
    fuzz_require(nearest.count <= segment->item_count);
    imx_nearest_free(&nearest);
    fuzz_require(imx_nearest_init(&nearest, ROWS));
    imx_hash_query_init(&hash_query, &pdq, 1);
    fuzz_require(imx_segment_search_hash(&nearest, segment, &hash_query, 256, &gone, NULL) ==
                 IMGMATCH_OK);
    fuzz_require(nearest.count == segment->item_count);
    imx_nearest_free(&nearest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    size_t file_size;
    const uint8_t *sound = sound_file(&file_size);
    uint8_t *bytes = malloc(file_size);
    fuzz_require(bytes != NULL);
    memcpy(bytes, sound, file_size);
    uint8_t how = fuzz_take_byte(&input);
    size_t kept = how & 4 ? (size_t)fuzz_take_u16(&input) * 16 : file_size;
    overlay(bytes, HEADER_BYTES, &input);
    overlay(bytes + PAGE, 8 * ROWS, &input);
    overlay(bytes + 2 * PAGE, ROWS, &input);
    overlay(bytes + 3 * PAGE, IMGMATCH_PDQ_BYTES * ROWS, &input);
    overlay(bytes + 4 * PAGE, file_size - 4 * PAGE, &input);
    seal(bytes, how & 2, how & 1);
    char path[128];
    index_path(path);
    fuzz_require(sample_write_file(path, bytes, kept < file_size ? kept : file_size));
    free(bytes);
    imx_segment *segment = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_index_file_read(&segment, fuzz_folder(), &stamp, &diag);
    if (status == IMGMATCH_OK) {
        search(segment);
        imx_segment_release(segment);
    } else {
        fuzz_require(status == IMGMATCH_ERR_CATALOGUE && segment == NULL);
        fuzz_require(diag.message[0] != '\0');
    }
    return 0;
}
