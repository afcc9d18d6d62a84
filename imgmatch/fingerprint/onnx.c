/*
 * ONNX Runtime, used so that answers are the same everywhere and a model can do nothing but
 * compute: one thread a run, the deterministic kernels, no files besides the bytes given, no
 * output on stderr.
 *
 * Pictures are run one at a time. MLAS picks its kernels by the number of rows of a product, so a
 * picture's last bits would depend on how many others share its batch; and with one thread a run,
 * batches gain little on convolutional networks: of the default model, two or four at a time took
 * 1 to 5% less, eight no less.
 */
#include "fingerprint/onnx.h"

#include "base/diag.h"
#include "base/memory.h"

#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The oldest API that has all we call; newer libraries serve it too. */
#define ORT_API_USED 21

/* Most values of an output for one picture: a feature map of 4096 channels, 64 x 64. */
#define MAX_OUTPUT_VALUES (4096u * 64u * 64u)

struct imx_onnx {
    const OrtApi *api;
    OrtEnv *env;
    OrtSession *session;
    OrtMemoryInfo *memory; /* "Plain memory of the processor", for tensors of ours. */
    char *input_name;
    char *output_name;
    int64_t input_shape[4];
    size_t input_count;
    imx_onnx_shape output;
};

struct imx_onnx_runner {
    const imx_onnx *onnx;
    float *input;
    float *output;
    OrtValue *input_tensor; /* Views of the two above. */
    OrtValue *output_tensor;
};

/* The library never prints; what matters comes back as a status. */
static void ORT_API_CALL ignore_log(void *user, OrtLoggingLevel severity, const char *category,
                                    const char *id, const char *location, const char *message) {
    (void)user;
    (void)severity;
    (void)category;
    (void)id;
    (void)location;
    (void)message;
}

/* Turn ONNX Runtime's status (freed here) into ours: its message on one line. */
static imgmatch_status check(const OrtApi *api, OrtStatus *ort_status, imgmatch_diag *diag) {
    if (ort_status == NULL) {
        return IMGMATCH_OK;
    }
    const char *message = api->GetErrorMessage(ort_status);
    imgmatch_status status;
    if (strstr(message, "bad_alloc") != NULL || strstr(message, "Failed to allocate") != NULL) {
        status = imx_fail_memory(diag);
    } else {
        char line[400];
        size_t size = strlen(message) < sizeof line ? strlen(message) : sizeof line - 1;
        memcpy(line, message, size);
        line[size] = '\0';
        for (char *c = line; *c != '\0'; c++) {
            *c = (unsigned char)*c < 0x20 ? ' ' : *c;
        }
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "ONNX Runtime: %s", line);
    }
    api->ReleaseStatus(ort_status);
    return status;
}

static imgmatch_status set_options(const OrtApi *api, OrtSessionOptions *options,
                                   imgmatch_diag *diag) {
    static const char *const entries[][2] = {
        {"session.load_model_format", "ONNX"},
        {"session.intra_op.allow_spinning", "0"},
        {"session.inter_op.allow_spinning", "0"},
        /* Weights are kept outside the arena, which would round their room up to a power of 2. */
        {"session.use_device_allocator_for_initializers", "1"},
        /* Weights in other files were not covered by the SHA-256: there is no such folder. */
        {"session.model_external_initializers_file_folder_path", "/dev/null/external"},
    };
    imgmatch_status status = check(api, api->SetIntraOpNumThreads(options, 1), diag);
    if (status == IMGMATCH_OK) {
        status = check(api, api->SetInterOpNumThreads(options, 1), diag);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->SetSessionExecutionMode(options, ORT_SEQUENTIAL), diag);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL), diag);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->SetDeterministicCompute(options, true), diag);
    }
    for (size_t i = 0; i < sizeof entries / sizeof entries[0] && status == IMGMATCH_OK; i++) {
        status =
            check(api, api->AddSessionConfigEntry(options, entries[i][0], entries[i][1]), diag);
    }
    return status;
}

static imgmatch_status make_session(imx_onnx *onnx, const void *bytes, size_t size,
                                    imgmatch_diag *diag) {
    const OrtApi *api = onnx->api;
    OrtSessionOptions *options = NULL;
    imgmatch_status status =
        check(api,
              api->CreateEnvWithCustomLogger(ignore_log, NULL, ORT_LOGGING_LEVEL_ERROR, "imgmatch",
                                             &onnx->env),
              diag);
    if (status == IMGMATCH_OK) {
        status = check(api, api->CreateSessionOptions(&options), diag);
    }
    if (status == IMGMATCH_OK) {
        status = set_options(api, options, diag);
    }
    if (status == IMGMATCH_OK) {
        status =
            check(api, api->CreateSessionFromArray(onnx->env, bytes, size, options, &onnx->session),
                  diag);
    }
    if (options != NULL) {
        api->ReleaseSessionOptions(options);
    }
    if (status == IMGMATCH_OK) {
        status = check(
            api, api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &onnx->memory),
            diag);
    }
    return status;
}

/* One side of the network: its inputs or its outputs. */
typedef struct direction {
    const char *noun;
    OrtStatus *(ORT_API_CALL *count)(const OrtSession *, size_t *);
    OrtStatus *(ORT_API_CALL *name)(const OrtSession *, size_t, OrtAllocator *, char **);
    OrtStatus *(ORT_API_CALL *type)(const OrtSession *, size_t, OrtTypeInfo **);
} direction;

/* Find the input or output called `wanted` among `count`; else say which there are. */
static imgmatch_status find_name(size_t *index, size_t count, const imx_onnx *onnx,
                                 const direction *side, const char *wanted, imgmatch_diag *diag) {
    const OrtApi *api = onnx->api;
    OrtAllocator *allocator = NULL;
    char seen[200] = "";
    imgmatch_status status = check(api, api->GetAllocatorWithDefaultOptions(&allocator), diag);
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        char *name = NULL;
        status = check(api, side->name(onnx->session, i, allocator, &name), diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
        bool found = strcmp(name, wanted) == 0;
        size_t used = strlen(seen);
        (void)snprintf(seen + used, sizeof seen - used, "%s\"%s\"", i == 0 ? "" : ", ", name);
        status = check(api, api->AllocatorFree(allocator, name), diag);
        if (found) {
            *index = i;
            return status;
        }
    }
    if (status == IMGMATCH_OK) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "the network has no %s \"%.80s\"; it has %s",
                          side->noun, wanted, seen);
    }
    return status;
}

/* Element type and sizes of an input or output; unknown sizes are -1. */
static imgmatch_status read_type(int64_t sizes[IMX_ONNX_MAX_RANK], size_t *rank,
                                 const imx_onnx *onnx, const direction *side, size_t index,
                                 imgmatch_diag *diag) {
    const OrtApi *api = onnx->api;
    OrtTypeInfo *type = NULL;
    const OrtTensorTypeAndShapeInfo *tensor = NULL;
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    imgmatch_status status = check(api, side->type(onnx->session, index, &type), diag);
    if (status == IMGMATCH_OK) {
        status = check(api, api->CastTypeInfoToTensorInfo(type, &tensor), diag);
    }
    if (status == IMGMATCH_OK && tensor != NULL) {
        status = check(api, api->GetTensorElementType(tensor, &element), diag);
    }
    if (status == IMGMATCH_OK && element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "the network's %s is not a tensor of float32",
                          side->noun);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->GetDimensionsCount(tensor, rank), diag);
    }
    if (status == IMGMATCH_OK && (*rank < 1 || *rank > IMX_ONNX_MAX_RANK)) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "the network's %s has %zu dimensions",
                          side->noun, *rank);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->GetDimensions(tensor, sizes, *rank), diag);
    }
    if (type != NULL) {
        api->ReleaseTypeInfo(type);
    }
    return status;
}

static imgmatch_status find_tensor(int64_t sizes[IMX_ONNX_MAX_RANK], size_t *rank,
                                   const imx_onnx *onnx, const direction *side, const char *wanted,
                                   imgmatch_diag *diag) {
    size_t count = 0;
    size_t index = 0;
    imgmatch_status status = check(onnx->api, side->count(onnx->session, &count), diag);
    if (status == IMGMATCH_OK) {
        status = find_name(&index, count, onnx, side, wanted, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_type(sizes, rank, onnx, side, index, diag);
    }
    return status;
}

static imgmatch_status check_input(const imx_onnx *onnx, imgmatch_diag *diag) {
    const OrtApi *api = onnx->api;
    const direction inputs = {"input", api->SessionGetInputCount, api->SessionGetInputName,
                              api->SessionGetInputTypeInfo};
    int64_t sizes[IMX_ONNX_MAX_RANK];
    size_t rank = 0;
    size_t count = 0;
    imgmatch_status status = check(api, inputs.count(onnx->session, &count), diag);
    if (status == IMGMATCH_OK && count != 1) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "the network has %zu inputs, not one", count);
    }
    if (status == IMGMATCH_OK) {
        status = find_tensor(sizes, &rank, onnx, &inputs, onnx->input_name, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    const int64_t *wanted = onnx->input_shape;
    bool fits = rank == 4;
    for (size_t i = 0; i < 4 && fits; i++) {
        fits = sizes[i] == wanted[i] || sizes[i] < 0;
    }
    if (!fits && rank == 4) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "the network's input is %lld x %lld x %lld x %lld (-1: any), the manifest "
                        "wants %lld x %lld x %lld x %lld",
                        (long long)sizes[0], (long long)sizes[1], (long long)sizes[2],
                        (long long)sizes[3], (long long)wanted[0], (long long)wanted[1],
                        (long long)wanted[2], (long long)wanted[3]);
    }
    return fits ? IMGMATCH_OK
                : imx_fail(diag, IMGMATCH_ERR_MODEL,
                           "the network's input has %zu dimensions, not 4", rank);
}

static imgmatch_status check_output(const imx_onnx *onnx, imgmatch_diag *diag) {
    const OrtApi *api = onnx->api;
    const direction outputs = {"output", api->SessionGetOutputCount, api->SessionGetOutputName,
                               api->SessionGetOutputTypeInfo};
    int64_t sizes[IMX_ONNX_MAX_RANK];
    size_t rank = 0;
    return find_tensor(sizes, &rank, onnx, &outputs, onnx->output_name, diag);
}

/* The shape that came out of a run: names and -1 in the file say too little. */
static imgmatch_status read_output_shape(imx_onnx_shape *out, const OrtApi *api,
                                         const OrtValue *value, imgmatch_diag *diag) {
    OrtTensorTypeAndShapeInfo *info = NULL;
    imgmatch_status status = check(api, api->GetTensorTypeAndShape(value, &info), diag);
    if (status == IMGMATCH_OK) {
        status = check(api, api->GetDimensionsCount(info, &out->rank), diag);
    }
    if (status == IMGMATCH_OK && (out->rank < 1 || out->rank > IMX_ONNX_MAX_RANK)) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL, "the network's output has %zu dimensions",
                          out->rank);
    }
    if (status == IMGMATCH_OK) {
        status = check(api, api->GetDimensions(info, out->sizes, out->rank), diag);
    }
    out->count = 1;
    for (size_t i = 0; i < out->rank && status == IMGMATCH_OK; i++) {
        if (out->sizes[i] < 1 || !imx_mul_size(&out->count, out->count, (size_t)out->sizes[i]) ||
            out->count > MAX_OUTPUT_VALUES) {
            status = imx_fail(diag, IMGMATCH_ERR_MODEL,
                              "the network's output for one picture is empty or too large");
        }
    }
    if (info != NULL) {
        api->ReleaseTensorTypeAndShapeInfo(info);
    }
    return status;
}

static imgmatch_status make_view(OrtValue **out, const imx_onnx *onnx, float *values, size_t count,
                                 const int64_t *shape, size_t rank, imgmatch_diag *diag) {
    return check(onnx->api,
                 onnx->api->CreateTensorWithDataAsOrtValue(
                     onnx->memory, values, count * sizeof *values, shape, rank,
                     ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, out),
                 diag);
}

/* `*output` NULL: the session makes a tensor for it. */
static imgmatch_status run_once(OrtValue **output, const imx_onnx *onnx, const OrtValue *input,
                                imgmatch_diag *diag) {
    const char *input_name = onnx->input_name;
    const char *output_name = onnx->output_name;
    return check(
        onnx->api,
        onnx->api->Run(onnx->session, NULL, &input_name, &input, 1, &output_name, 1, output), diag);
}

/* Run the network on a black picture: it works, and how large is what comes out? */
static imgmatch_status probe(imx_onnx *onnx, imgmatch_diag *diag) {
    OrtValue *input = NULL;
    OrtValue *output = NULL;
    float *zeros = imx_new_array(onnx->input_count, sizeof *zeros);
    imgmatch_status status = zeros == NULL ? imx_fail_memory(diag)
                                           : make_view(&input, onnx, zeros, onnx->input_count,
                                                       onnx->input_shape, 4, diag);
    if (status == IMGMATCH_OK) {
        status = run_once(&output, onnx, input, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_output_shape(&onnx->output, onnx->api, output, diag);
    }
    if (output != NULL) {
        onnx->api->ReleaseValue(output);
    }
    if (input != NULL) {
        onnx->api->ReleaseValue(input);
    }
    free(zeros);
    return status;
}

imgmatch_status imx_onnx_open(imx_onnx **out, const void *bytes, size_t size,
                              const imx_onnx_spec *spec, imgmatch_diag *diag) {
    *out = NULL;
    const OrtApi *api = OrtGetApiBase()->GetApi(ORT_API_USED);
    if (api == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                        "ONNX Runtime %s is too old: 1.%d or newer is needed",
                        OrtGetApiBase()->GetVersionString(), ORT_API_USED);
    }
    imx_onnx *onnx = imx_new_array(1, sizeof *onnx);
    if (onnx == NULL) {
        return imx_fail_memory(diag);
    }
    onnx->api = api;
    onnx->input_name = imx_copy_text(spec->input_name);
    onnx->output_name = imx_copy_text(spec->output_name);
    onnx->input_count = 1;
    for (size_t i = 0; i < 4; i++) {
        onnx->input_shape[i] = spec->input_shape[i];
        onnx->input_count *= (size_t)spec->input_shape[i];
    }
    imgmatch_status status = onnx->input_name == NULL || onnx->output_name == NULL
                                 ? imx_fail_memory(diag)
                                 : make_session(onnx, bytes, size, diag);
    if (status == IMGMATCH_OK) {
        status = check_input(onnx, diag);
    }
    if (status == IMGMATCH_OK) {
        status = check_output(onnx, diag);
    }
    if (status == IMGMATCH_OK) {
        status = probe(onnx, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_onnx_close(onnx);
        return status;
    }
    *out = onnx;
    return IMGMATCH_OK;
}

void imx_onnx_close(imx_onnx *onnx) {
    if (onnx == NULL) {
        return;
    }
    if (onnx->memory != NULL) {
        onnx->api->ReleaseMemoryInfo(onnx->memory);
    }
    if (onnx->session != NULL) {
        onnx->api->ReleaseSession(onnx->session);
    }
    if (onnx->env != NULL) {
        onnx->api->ReleaseEnv(onnx->env);
    }
    free(onnx->input_name);
    free(onnx->output_name);
    free(onnx);
}

const imx_onnx_shape *imx_onnx_output_shape(const imx_onnx *onnx) { return &onnx->output; }

imgmatch_status imx_onnx_runner_new(imx_onnx_runner **out, const imx_onnx *onnx,
                                    imgmatch_diag *diag) {
    *out = NULL;
    imx_onnx_runner *runner = imx_new_array(1, sizeof *runner);
    if (runner == NULL) {
        return imx_fail_memory(diag);
    }
    runner->onnx = onnx;
    runner->input = imx_new_array(onnx->input_count, sizeof *runner->input);
    runner->output = imx_new_array(onnx->output.count, sizeof *runner->output);
    imgmatch_status status = runner->input == NULL || runner->output == NULL
                                 ? imx_fail_memory(diag)
                                 : make_view(&runner->input_tensor, onnx, runner->input,
                                             onnx->input_count, onnx->input_shape, 4, diag);
    if (status == IMGMATCH_OK) {
        status = make_view(&runner->output_tensor, onnx, runner->output, onnx->output.count,
                           onnx->output.sizes, onnx->output.rank, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_onnx_runner_free(runner);
        return status;
    }
    *out = runner;
    return IMGMATCH_OK;
}

void imx_onnx_runner_free(imx_onnx_runner *runner) {
    if (runner == NULL) {
        return;
    }
    if (runner->input_tensor != NULL) {
        runner->onnx->api->ReleaseValue(runner->input_tensor);
    }
    if (runner->output_tensor != NULL) {
        runner->onnx->api->ReleaseValue(runner->output_tensor);
    }
    free(runner->input);
    free(runner->output);
    free(runner);
}

float *imx_onnx_runner_input(imx_onnx_runner *runner) { return runner->input; }

const float *imx_onnx_runner_output(const imx_onnx_runner *runner) { return runner->output; }

imgmatch_status imx_onnx_runner_run(imx_onnx_runner *runner, imgmatch_diag *diag) {
    return run_once(&runner->output_tensor, runner->onnx, runner->input_tensor, diag);
}
