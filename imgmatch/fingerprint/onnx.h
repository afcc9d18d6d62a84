/*
 * An ONNX network with one picture in and one float tensor out (the one place that includes ONNX
 * Runtime). Sessions may be used by any number of threads, each with a runner of its own.
 */
#ifndef IMX_FINGERPRINT_ONNX_H
#define IMX_FINGERPRINT_ONNX_H

#include <imgmatch/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct imx_onnx imx_onnx;
typedef struct imx_onnx_runner imx_onnx_runner;

/* What the network is expected to look like. Names are borrowed during the call. */
typedef struct imx_onnx_spec {
    const char *input_name;
    int64_t input_shape[4]; /* Of one picture: the first is 1. */
    const char *output_name;
} imx_onnx_spec;

#define IMX_ONNX_MAX_RANK 4u

/* The shape of the output for one picture. */
typedef struct imx_onnx_shape {
    size_t rank; /* 1..IMX_ONNX_MAX_RANK */
    int64_t sizes[IMX_ONNX_MAX_RANK];
    size_t count; /* Their product. */
} imx_onnx_shape;

/* Make a session of the ONNX file `bytes`, which are not needed afterwards. Input and output are
 * checked against `spec`, and the network is run once to see its output's shape. */
imgmatch_status imx_onnx_open(imx_onnx **out, const void *bytes, size_t size,
                              const imx_onnx_spec *spec, imgmatch_diag *diag);
void imx_onnx_close(imx_onnx *onnx);

const imx_onnx_shape *imx_onnx_output_shape(const imx_onnx *onnx);

/* One picture's tensors, made once and used for any number of runs. The session is borrowed. */
imgmatch_status imx_onnx_runner_new(imx_onnx_runner **out, const imx_onnx *onnx,
                                    imgmatch_diag *diag);
void imx_onnx_runner_free(imx_onnx_runner *runner);

float *imx_onnx_runner_input(imx_onnx_runner *runner);
const float *imx_onnx_runner_output(const imx_onnx_runner *runner);
imgmatch_status imx_onnx_runner_run(imx_onnx_runner *runner, imgmatch_diag *diag);

#endif
