/* ONNX Runtime's functions are reached through a table; imgmatch gets a copy of it with its own. */
#include "faults/handles.h"
#include "faults/library_faults.h"
#include "faults/trigger.h"

#include <onnxruntime_c_api.h>
#include <stddef.h>

static const OrtApi *real;

static OrtStatus *failure(void) { return real->CreateStatus(ORT_FAIL, "made to fail"); }

static OrtStatus *counted(OrtStatus *status) {
    if (status != NULL) {
        handle_made(HANDLE_ORT_STATUS);
    }
    return status;
}

/* A function of the table that gives a status. */
#define FAILING(name, parameters, arguments)                                                       \
    static OrtStatus *ORT_API_CALL failing_##name parameters {                                     \
        return counted(fault_now(LIBRARY_ONNX) ? failure() : real->name arguments);                \
    }
/* One that makes an object as well. */
#define MAKING(kind, name, parameters, arguments)                                                  \
    static OrtStatus *ORT_API_CALL failing_##name parameters {                                     \
        OrtStatus *status = fault_now(LIBRARY_ONNX) ? failure() : real->name arguments;            \
        if (status == NULL) {                                                                      \
            handle_made(kind);                                                                     \
        }                                                                                          \
        return counted(status);                                                                    \
    }
#define RELEASING(kind, name, type)                                                                \
    static void ORT_API_CALL counting_##name(type *handle) {                                       \
        handle_released(kind, handle);                                                             \
        real->name(handle);                                                                        \
    }

FAILING(SetIntraOpNumThreads, (OrtSessionOptions * options, int n), (options, n))
FAILING(SetInterOpNumThreads, (OrtSessionOptions * options, int n), (options, n))
FAILING(SetSessionExecutionMode, (OrtSessionOptions * options, ExecutionMode mode), (options, mode))
FAILING(SetSessionGraphOptimizationLevel,
        (OrtSessionOptions * options, GraphOptimizationLevel level), (options, level))
FAILING(SetDeterministicCompute, (OrtSessionOptions * options, bool value), (options, value))
FAILING(AddSessionConfigEntry, (OrtSessionOptions * options, const char *key, const char *value),
        (options, key, value))
MAKING(HANDLE_ORT_ENV, CreateEnvWithCustomLogger,
       (OrtLoggingFunction log, void *user, OrtLoggingLevel level, const char *id, OrtEnv **out),
       (log, user, level, id, out))
MAKING(HANDLE_ORT_OPTIONS, CreateSessionOptions, (OrtSessionOptions * *out), (out))
MAKING(HANDLE_ORT_SESSION, CreateSessionFromArray,
       (const OrtEnv *env, const void *bytes, size_t size, const OrtSessionOptions *options,
        OrtSession **out),
       (env, bytes, size, options, out))
MAKING(HANDLE_ORT_MEMORY_INFO, CreateCpuMemoryInfo,
       (enum OrtAllocatorType allocator, enum OrtMemType memory, OrtMemoryInfo **out),
       (allocator, memory, out))
FAILING(GetAllocatorWithDefaultOptions, (OrtAllocator * *out), (out))
FAILING(SessionGetInputCount, (const OrtSession *session, size_t *out), (session, out))
FAILING(SessionGetOutputCount, (const OrtSession *session, size_t *out), (session, out))
MAKING(HANDLE_ORT_NAME, SessionGetInputName,
       (const OrtSession *session, size_t index, OrtAllocator *allocator, char **out),
       (session, index, allocator, out))
MAKING(HANDLE_ORT_NAME, SessionGetOutputName,
       (const OrtSession *session, size_t index, OrtAllocator *allocator, char **out),
       (session, index, allocator, out))
MAKING(HANDLE_ORT_TYPE_INFO, SessionGetInputTypeInfo,
       (const OrtSession *session, size_t index, OrtTypeInfo **out), (session, index, out))
MAKING(HANDLE_ORT_TYPE_INFO, SessionGetOutputTypeInfo,
       (const OrtSession *session, size_t index, OrtTypeInfo **out), (session, index, out))
FAILING(CastTypeInfoToTensorInfo, (const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo **out),
        (type, out))
FAILING(GetTensorElementType,
        (const OrtTensorTypeAndShapeInfo *info, enum ONNXTensorElementDataType *out), (info, out))
FAILING(GetDimensionsCount, (const OrtTensorTypeAndShapeInfo *info, size_t *out), (info, out))
FAILING(GetDimensions, (const OrtTensorTypeAndShapeInfo *info, int64_t *out, size_t count),
        (info, out, count))
MAKING(HANDLE_ORT_SHAPE_INFO, GetTensorTypeAndShape,
       (const OrtValue *value, OrtTensorTypeAndShapeInfo **out), (value, out))
MAKING(HANDLE_ORT_VALUE, CreateTensorWithDataAsOrtValue,
       (const OrtMemoryInfo *info, void *bytes, size_t size, const int64_t *shape, size_t rank,
        ONNXTensorElementDataType type, OrtValue **out),
       (info, bytes, size, shape, rank, type, out))

/* Makes those outputs that are not there yet. */
static OrtStatus *ORT_API_CALL failing_Run(OrtSession *session, const OrtRunOptions *options,
                                           const char *const *input_names,
                                           const OrtValue *const *inputs, size_t input_count,
                                           const char *const *output_names, size_t output_count,
                                           OrtValue **outputs) {
    if (fault_now(LIBRARY_ONNX)) {
        return counted(failure());
    }
    size_t before = 0, after = 0;
    for (size_t i = 0; i < output_count; i++) {
        before += outputs[i] != NULL;
    }
    OrtStatus *status = real->Run(session, options, input_names, inputs, input_count, output_names,
                                  output_count, outputs);
    for (size_t i = 0; i < output_count; i++) {
        after += outputs[i] != NULL;
    }
    for (; before < after; before++) {
        handle_made(HANDLE_ORT_VALUE);
    }
    return counted(status);
}

/* The name is gone either way: what could be done about it otherwise? */
static OrtStatus *ORT_API_CALL failing_AllocatorFree(OrtAllocator *allocator, void *name) {
    handle_released(HANDLE_ORT_NAME, name);
    OrtStatus *status = real->AllocatorFree(allocator, name);
    return counted(status == NULL && fault_now(LIBRARY_ONNX) ? failure() : status);
}

RELEASING(HANDLE_ORT_STATUS, ReleaseStatus, OrtStatus)
RELEASING(HANDLE_ORT_ENV, ReleaseEnv, OrtEnv)
RELEASING(HANDLE_ORT_OPTIONS, ReleaseSessionOptions, OrtSessionOptions)
RELEASING(HANDLE_ORT_SESSION, ReleaseSession, OrtSession)
RELEASING(HANDLE_ORT_MEMORY_INFO, ReleaseMemoryInfo, OrtMemoryInfo)
RELEASING(HANDLE_ORT_TYPE_INFO, ReleaseTypeInfo, OrtTypeInfo)
RELEASING(HANDLE_ORT_SHAPE_INFO, ReleaseTensorTypeAndShapeInfo, OrtTensorTypeAndShapeInfo)
RELEASING(HANDLE_ORT_VALUE, ReleaseValue, OrtValue)

static OrtApi make_table(void) {
    OrtApi table = *real;
    table.SetIntraOpNumThreads = failing_SetIntraOpNumThreads;
    table.SetInterOpNumThreads = failing_SetInterOpNumThreads;
    table.SetSessionExecutionMode = failing_SetSessionExecutionMode;
    table.SetSessionGraphOptimizationLevel = failing_SetSessionGraphOptimizationLevel;
    table.SetDeterministicCompute = failing_SetDeterministicCompute;
    table.AddSessionConfigEntry = failing_AddSessionConfigEntry;
    table.CreateEnvWithCustomLogger = failing_CreateEnvWithCustomLogger;
    table.CreateSessionOptions = failing_CreateSessionOptions;
    table.CreateSessionFromArray = failing_CreateSessionFromArray;
    table.CreateCpuMemoryInfo = failing_CreateCpuMemoryInfo;
    table.GetAllocatorWithDefaultOptions = failing_GetAllocatorWithDefaultOptions;
    table.SessionGetInputCount = failing_SessionGetInputCount;
    table.SessionGetOutputCount = failing_SessionGetOutputCount;
    table.SessionGetInputName = failing_SessionGetInputName;
    table.SessionGetOutputName = failing_SessionGetOutputName;
    table.SessionGetInputTypeInfo = failing_SessionGetInputTypeInfo;
    table.SessionGetOutputTypeInfo = failing_SessionGetOutputTypeInfo;
    table.CastTypeInfoToTensorInfo = failing_CastTypeInfoToTensorInfo;
    table.GetTensorElementType = failing_GetTensorElementType;
    table.GetDimensionsCount = failing_GetDimensionsCount;
    table.GetDimensions = failing_GetDimensions;
    table.GetTensorTypeAndShape = failing_GetTensorTypeAndShape;
    table.CreateTensorWithDataAsOrtValue = failing_CreateTensorWithDataAsOrtValue;
    table.Run = failing_Run;
    table.AllocatorFree = failing_AllocatorFree;
    table.ReleaseStatus = counting_ReleaseStatus;
    table.ReleaseEnv = counting_ReleaseEnv;
    table.ReleaseSessionOptions = counting_ReleaseSessionOptions;
    table.ReleaseSession = counting_ReleaseSession;
    table.ReleaseMemoryInfo = counting_ReleaseMemoryInfo;
    table.ReleaseTypeInfo = counting_ReleaseTypeInfo;
    table.ReleaseTensorTypeAndShapeInfo = counting_ReleaseTensorTypeAndShapeInfo;
    table.ReleaseValue = counting_ReleaseValue;
    return table;
}

const OrtApiBase *__real_OrtGetApiBase(void);
const OrtApiBase *__wrap_OrtGetApiBase(void);

static const OrtApi *ORT_API_CALL get_table(uint32_t version) {
    static OrtApi table;
    if (real == NULL) { /* The tests open their first model before they start threads. */
        real = __real_OrtGetApiBase()->GetApi(version);
        table = make_table();
    }
    return &table;
}

const OrtApiBase *__wrap_OrtGetApiBase(void) {
    static OrtApiBase base;
    if (base.GetApi == NULL) {
        base = *__real_OrtGetApiBase();
        base.GetApi = get_table;
    }
    return &base;
}
