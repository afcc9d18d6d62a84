#include "faults/library_faults.h"

#include <imgmatch/status.h>

#define MAY(status) (1u << (status))

static const struct {
    const char *name;
    unsigned statuses;
} kinds[LIBRARY_FAULT_COUNT] = {
    [LIBRARY_SQLITE_IO] = {"SQLite (I/O)", MAY(IMGMATCH_ERR_IO)},
    [LIBRARY_SQLITE_MEMORY] = {"SQLite (memory)", MAY(IMGMATCH_ERR_MEMORY)},
    [LIBRARY_FAISS] = {"FAISS", MAY(IMGMATCH_ERR_INTERNAL) | MAY(IMGMATCH_ERR_IO)},
    /* It does not say why it could not write. */
    [LIBRARY_FAISS_MEMORY] = {"FAISS (memory)", MAY(IMGMATCH_ERR_MEMORY) | MAY(IMGMATCH_ERR_IO)},
    [LIBRARY_ONNX] = {"ONNX Runtime", MAY(IMGMATCH_ERR_MODEL)},
    [LIBRARY_MMAP] = {"mmap", MAY(IMGMATCH_ERR_MEMORY)},
};

const char *library_fault_name(library_fault kind) { return kinds[kind].name; }

unsigned library_fault_statuses(library_fault kind) { return kinds[kind].statuses; }
