/* A model's manifest, and its ONNX Runtime session. */
#ifndef IMX_FINGERPRINT_MODEL_H
#define IMX_FINGERPRINT_MODEL_H

#include <imgmatch/fingerprint.h>

#include <stdbool.h>

/* What runs a model: scratch tensors for one thread, made once and used for many batches. */
typedef struct imx_embedder imx_embedder;

/* Pictures in one run of the network. */
#define IMX_EMBED_BATCH 8

/* `max_batch` 1..IMX_EMBED_BATCH. The model is borrowed. */
imgmatch_status imx_embedder_new(imx_embedder **out, const imgmatch_model *model,
                                 uint32_t max_batch, imgmatch_diag *diag);
void imx_embedder_free(imx_embedder *embedder);

/* Where to put picture `index` of the next batch: input_width x input_height packed RGB bytes. */
uint8_t *imx_embedder_input(imx_embedder *embedder, uint32_t index);

/* Embed the first `count` inputs into out[count * dimension], each of Euclidean length 1. Nothing
 * is allocated by us. The same picture gives the same bits at any place in a batch of any size. */
imgmatch_status imx_embedder_run(float *out, imx_embedder *embedder, uint32_t count,
                                 imgmatch_diag *diag);

/* The version of everything between decoded pixels and the network (resize rule, rounding). Part
 * of a catalogue's identity. */
#define IMX_PREPROCESSING_VERSION 1

#endif
