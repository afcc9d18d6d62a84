/*
 * The C API has no constructors for binary indexes, but it reads them: an empty one is written here
 * as FAISS 1.7 writes it (faiss/impl/index_write.cpp), read, and filled through the API.
 */
#include "faiss_binary.h"

#include <dlfcn.h>
#include <faiss/c_api/IndexBinary_c.h>
#include <faiss/c_api/impl/AuxIndexStructures_c.h>
#include <faiss/c_api/index_io_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_BITS 256
#define PIECES 16

struct bench_faiss_binary {
    FaissIndexBinary *inner;
};

static void put_int(FILE *file, int value) { (void)fwrite(&value, sizeof value, 1, file); }

static void put_size(FILE *file, uint64_t value) { (void)fwrite(&value, sizeof value, 1, file); }

static void put_header(FILE *file, const char *kind) {
    const int metric = 1;
    (void)fwrite(kind, 4, 1, file);
    put_int(file, HASH_BITS);
    put_int(file, HASH_BITS / 8);
    put_size(file, 0);    /* Hashes. */
    (void)fputc(1, file); /* Trained. */
    put_int(file, metric);
}

static void put_empty_index(FILE *file, int flips) {
    if (flips >= 0) {
        put_header(file, "IBHm");
    }
    put_header(file, "IBxF");
    put_size(file, 0);
    if (flips < 0) {
        return;
    }
    put_int(file, HASH_BITS / PIECES);
    put_int(file, PIECES);
    put_int(file, flips);
    for (int piece = 0; piece < PIECES; piece++) {
        put_int(file, 0);  /* Bits of a number. */
        put_size(file, 0); /* Values. */
        put_size(file, 0); /* Bytes. */
    }
}

bench_faiss_binary *bench_faiss_binary_new(const uint8_t *hashes, size_t count, int flips) {
    bench_faiss_binary *index = calloc(1, sizeof *index);
    FILE *file = tmpfile();
    bool done = index != NULL && file != NULL;
    if (done) {
        put_empty_index(file, flips);
        done = fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0 &&
               faiss_read_index_binary(file, 0, &index->inner) == 0 &&
               faiss_IndexBinary_add(index->inner, (idx_t)count, hashes) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!done) {
        bench_faiss_binary_free(index);
        return NULL;
    }
    return index;
}

void bench_faiss_binary_free(bench_faiss_binary *index) {
    if (index != NULL) {
        faiss_IndexBinary_free(index->inner);
        free(index);
    }
}

long bench_faiss_binary_search(const bench_faiss_binary *index, const uint8_t *queries,
                               size_t query_count, int limit) {
    FaissRangeSearchResult *result = NULL;
    if (faiss_RangeSearchResult_new(&result, (idx_t)query_count) != 0) {
        return -1;
    }
    long found = -1;
    /* FAISS's radius is exclusive. */
    if (faiss_IndexBinary_range_search(index->inner, (idx_t)query_count, queries, limit + 1,
                                       result) == 0) {
        size_t *limits = NULL;
        faiss_RangeSearchResult_lims(result, &limits);
        found = (long)limits[query_count];
    }
    faiss_RangeSearchResult_free(result);
    return found;
}

void bench_faiss_set_threads(int threads) {
    void *symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    void (*set_threads)(int) = NULL;
    memcpy(&set_threads, &symbol, sizeof set_threads); /* ISO C has no cast for it. */
    if (set_threads != NULL) {
        set_threads(threads);
    }
}
