/*
 * What the fuzz targets share. Each target is one LLVMFuzzerTestOneInput, the entry that libFuzzer,
 * AFL++ (through its driver for libFuzzer targets) and replay.c call with one input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is; a finding otherwise. */
#define fuzz_require(condition) fuzz_require_at((condition), #condition, __FILE__, __LINE__)
void fuzz_require_at(bool holds, const char *condition, const char *file, int line);

/* An input that is taken apart from its start; zeros follow its end. */
typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
} fuzz_input;

uint8_t fuzz_take_byte(fuzz_input *input);
uint32_t fuzz_take_u16(fuzz_input *input);
uint64_t fuzz_take_u64(fuzz_input *input);
/* Up to its next NUL, at most `capacity` - 1 bytes. */
void fuzz_take_text(char *out, size_t capacity, fuzz_input *input);
void fuzz_take_bytes(void *out, size_t size, fuzz_input *input);

/* A folder of this process for files, in memory where there is /dev/shm; removed at exit. */
const char *fuzz_folder(void);

#endif
