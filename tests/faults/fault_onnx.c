/* ONNX Runtime's functions are reached through a table; imgmatch gets a copy of it with its own. */
#include "faults/library_faults.h"
#include "faults/trigger.h"

#include <onnxruntime_c_api.h>
#include <stddef.h>

static const OrtApi *real;

/* A function of the table that gives a status. */
#define FAILING(name, parameters, arguments)                                                       \
    static OrtStatus *ORT_API_CALL failing_##name parameters {                                     \
        return fault_now(LIBRARY_ONNX) ? real->CreateStatus(ORT_FAIL, "made to fail")              \
                                       : real->name arguments;                                     \
    }

FAILING(SetIntraOpNumThreads, (OrtSessionOptions * options, int n), (options, n))
FAILING(SetInterOpNumThreads, (OrtSessionOptions * options, int n), (options, n))
FAILING(SetSessionExecutionMode, (OrtSessionOptions * options, ExecutionMode mode), (options, mode))
FAILING(SetSessionGraphOptimizationLevel,
        (OrtSessionOptions * options, GraphOptimizationLevel level), (options, level))
FAILING(SetDeterministicCompute, (OrtSessionOptions * options, bool value), (options, value))
FAILING(AddSessionConfigEntry, (OrtSessionOptions * options, const char *key, const char *value),
        (options, key, value))
FAILING(CreateEnvWithCustomLogger,
        (OrtLoggingFunction log, void *user, OrtLoggingLevel level, const char *id, OrtEnv **out),
        (log, user, level, id, out))
FAILING(CreateSessionOptions, (OrtSessionOptions * *out), (out))
FAILING(CreateSessionFromArray,
        (const OrtEnv *env, const void *bytes, size_t size, const OrtSessionOptions *options,
         OrtSession **out),
        (env, bytes, size, options, out))
FAILING(CreateCpuMemoryInfo,
        (enum OrtAllocatorType allocator, enum OrtMemType memory, OrtMemoryInfo **out),
        (allocator, memory, out))
FAILING(GetAllocatorWithDefaultOptions, (OrtAllocator * *out), (out))
FAILING(SessionGetInputCount, (const OrtSession *session, size_t *out), (session, out))
FAILING(SessionGetOutputCount, (const OrtSession *session, size_t *out), (session, out))
FAILING(SessionGetInputName,
        (const OrtSession *session, size_t index, OrtAllocator *allocator, char **out),
        (session, index, allocator, out))
FAILING(SessionGetOutputName,
        (const OrtSession *session, size_t index, OrtAllocator *allocator, char **out),
        (session, index, allocator, out))
FAILING(SessionGetInputTypeInfo, (const OrtSession *session, size_t index, OrtTypeInfo **out),
        (session, index, out))
FAILING(SessionGetOutputTypeInfo, (const OrtSession *session, size_t index, OrtTypeInfo **out),
        (session, index, out))
FAILING(CastTypeInfoToTensorInfo, (const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo **out),
        (type, out))
FAILING(GetTensorElementType,
        (const OrtTensorTypeAndShapeInfo *info, enum ONNXTensorElementDataType *out), (info, out))
FAILING(GetDimensionsCount, (const OrtTensorTypeAndShapeInfo *info, size_t *out), (info, out))
FAILING(GetDimensions, (const OrtTensorTypeAndShapeInfo *info, int64_t *out, size_t count),
        (info, out, count))
FAILING(GetTensorTypeAndShape, (const OrtValue *value, OrtTensorTypeAndShapeInfo **out),
        (value, out))
FAILING(CreateTensorWithDataAsOrtValue,
        (const OrtMemoryInfo *info, void *bytes, size_t size, const int64_t *shape, size_t rank,
         ONNXTensorElementDataType type, OrtValue **out),
        (info, bytes, size, shape, rank, type, out))
FAILING(Run,
        (OrtSession * session, const OrtRunOptions *options, const char *const *input_names,
         const OrtValue *const *inputs, size_t input_count, const char *const *output_names,
         size_t output_count, OrtValue **outputs),
        (session, options, input_names, inputs, input_count, output_names, output_count, outputs))

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
