#include "faults/handles.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_long made[HANDLE_KINDS];
static atomic_long released[HANDLE_KINDS];

static const char *const names[HANDLE_KINDS] = {
    [HANDLE_FAISS_INDEX] = "FaissIndex",
    [HANDLE_FAISS_CLUSTERING] = "FaissClustering",
    [HANDLE_FAISS_SPACE] = "FaissParameterSpace",
    [HANDLE_ORT_STATUS] = "OrtStatus",
    [HANDLE_ORT_ENV] = "OrtEnv",
    [HANDLE_ORT_OPTIONS] = "OrtSessionOptions",
    [HANDLE_ORT_SESSION] = "OrtSession",
    [HANDLE_ORT_MEMORY_INFO] = "OrtMemoryInfo",
    [HANDLE_ORT_NAME] = "name of an input or output",
    [HANDLE_ORT_TYPE_INFO] = "OrtTypeInfo",
    [HANDLE_ORT_SHAPE_INFO] = "OrtTensorTypeAndShapeInfo",
    [HANDLE_ORT_VALUE] = "OrtValue",
};

void handle_made(handle_kind kind) { (void)atomic_fetch_add(&made[kind], 1); }

void handle_released(handle_kind kind, const void *handle) {
    if (handle != NULL) {
        (void)atomic_fetch_add(&released[kind], 1);
    }
}

const char *handle_name(handle_kind kind) { return names[kind]; }

long handles_held(handle_kind kind) {
    return atomic_load(&made[kind]) - atomic_load(&released[kind]);
}

long handles_ever_made(handle_kind kind) { return atomic_load(&made[kind]); }

handle_balance handle_balance_now(void) {
    handle_balance now;
    for (int i = 0; i < HANDLE_KINDS; i++) {
        now.held[i] = handles_held((handle_kind)i);
    }
    return now;
}

handle_kind handle_balance_upset(const handle_balance *before) {
    int i = 0;
    while (i < HANDLE_KINDS && handles_held((handle_kind)i) == before->held[i]) {
        i++;
    }
    return (handle_kind)i;
}
