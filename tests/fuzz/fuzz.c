#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

void fuzz_require_at(bool holds, const char *condition, const char *file, int line) {
    if (!holds) {
        (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
        abort();
    }
}

void fuzz_take_bytes(void *out, size_t size, fuzz_input *input) {
    size_t there = size < input->left ? size : input->left;
    memset(out, 0, size);
    if (there > 0) {
        memcpy(out, input->at, there);
        input->at += there;
        input->left -= there;
    }
}

uint8_t fuzz_take_byte(fuzz_input *input) {
    uint8_t byte;
    fuzz_take_bytes(&byte, 1, input);
    return byte;
}

uint32_t fuzz_take_u16(fuzz_input *input) {
    uint32_t low = fuzz_take_byte(input);
    return low | (uint32_t)fuzz_take_byte(input) << 8;
}

uint64_t fuzz_take_u64(fuzz_input *input) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        value |= (uint64_t)fuzz_take_byte(input) << shift;
    }
    return value;
}

void fuzz_take_text(char *out, size_t capacity, fuzz_input *input) {
    size_t size = 0;
    while (size + 1 < capacity && (out[size] = (char)fuzz_take_byte(input)) != '\0') {
        size++;
    }
    out[size] = '\0';
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folder(void) { (void)nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

const char *fuzz_folder(void) {
    if (folder[0] == '\0') {
        bool in_memory = access("/dev/shm", W_OK) == 0;
        (void)snprintf(folder, sizeof folder, "%s/imgmatch-fuzz-XXXXXX",
                       in_memory ? "/dev/shm" : "/tmp");
        fuzz_require(mkdtemp(folder) != NULL);
        fuzz_require(atexit(remove_folder) == 0);
    }
    return folder;
}
