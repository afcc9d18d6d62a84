#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/handles.h"

#include <stdatomic.h>

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

void handle_balance_check(const handle_balance *before, const char *job, const char *fault,
                          long n) {
    for (int i = 0; i < HANDLE_KINDS; i++) {
        long held = handles_held((handle_kind)i);
        if (held != before->held[i]) {
            fail_msg("%s, call %ld of %s: %ld of %s are held, not %ld", job, n, fault, held,
                     names[i], before->held[i]);
        }
    }
}
