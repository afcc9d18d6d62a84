/*
 * Fingerprints: the PDQ perceptual hash, and the embedding of a model.
 *
 * PDQ is the hash of Facebook's "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
 * Algorithm" (2019): 256 bits, compared by Hamming distance (0 the same, about 128 unrelated; up
 * to 31 is the usual threshold), with a quality of 0..100 that is low on featureless pictures.
 */
#ifndef IMGMATCH_FINGERPRINT_H
#define IMGMATCH_FINGERPRINT_H

#include "image.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IMGMATCH_PDQ_BYTES 32
#define IMGMATCH_PDQ_HEX_BYTES 65 /**< 64 hexadecimal digits and a NUL. */

/**
 * A turn of a picture: the eight symmetries of the square. Each is an operation that is carried out
 * on a picture, as the comments say it.
 *
 * Hash k of imgmatch_pdq_compute is near the hash that the picture would have after operation k:
 * within a few bits, because a filter of even width reaches one pixel further to one side.
 *
 * imgmatch_signals.pdq_orientation is therefore the operation that turns the query back into the
 * reference: a photo that was turned by a quarter counter-clockwise has ROT270, a quarter turn
 * clockwise. The number in the name is by how many degrees clockwise it was turned. All others undo
 * themselves.
 */
typedef enum imgmatch_orientation {
    IMGMATCH_ORIENT_NONE = 0,       /**< "none" */
    IMGMATCH_ORIENT_ROT90 = 1,      /**< "rotated_90": a quarter turn counter-clockwise. */
    IMGMATCH_ORIENT_ROT180 = 2,     /**< "rotated_180": upside down, by rotation. */
    IMGMATCH_ORIENT_ROT270 = 3,     /**< "rotated_270": a quarter turn clockwise. */
    IMGMATCH_ORIENT_FLIP_X = 4,     /**< "flipped": top and bottom exchanged, PDQ's flipx. */
    IMGMATCH_ORIENT_FLIP_Y = 5,     /**< "mirrored": left and right exchanged, PDQ's flipy. */
    IMGMATCH_ORIENT_FLIP_PLUS = 6,  /**< "transposed": top left stays, PDQ's flipplus1. */
    IMGMATCH_ORIENT_FLIP_MINUS = 7, /**< "transversed": top right stays, PDQ's flipminus1. */
    IMGMATCH_ORIENT_COUNT = 8
} imgmatch_orientation;

/** A PDQ hash. */
typedef struct imgmatch_pdq {
    uint8_t hash[IMGMATCH_PDQ_BYTES]; /**< In the order in which the hex form prints them. */
    uint8_t quality;                  /**< 0..100. */
    uint8_t
        unstable; /**< Bits, 0..255, whose coefficient is so near the cut that noise flips it. */
} imgmatch_pdq;

/** The name of an orientation as results print it ("mirrored"). Never NULL. */
IMGMATCH_API const char *imgmatch_orientation_name(imgmatch_orientation orientation);

/**
 * The PDQ hashes of a picture in all eight orientations, out of one transform.
 *
 * A side under 5 pixels gives quality 0 and zero hashes, as in the reference. Thread-safe.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_pdq_compute(
    imgmatch_pdq out[IMGMATCH_ORIENT_COUNT], const imgmatch_image *image, imgmatch_diag *diag);

/** Hamming distance, 0..256; 256, as far as can be, where one is NULL. Thread-safe. */
IMGMATCH_API int imgmatch_pdq_distance(const imgmatch_pdq *a, const imgmatch_pdq *b);

/** Print as 64 lower-case hexadecimal digits; "" for a hash that is NULL. */
IMGMATCH_API void imgmatch_pdq_to_hex(char out[IMGMATCH_PDQ_HEX_BYTES], const imgmatch_pdq *pdq);

/** Read 64 hexadecimal digits; quality becomes 100. IMGMATCH_ERR_SYNTAX for anything else. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_pdq_from_hex(imgmatch_pdq *out,
                                                                     const char *hex,
                                                                     imgmatch_diag *diag);

/**
 * An embedding model: an ONNX file and the manifest.json that describes it.
 *
 * Threads: any number of threads may use one model at the same time; it must outlive them.
 */
typedef struct imgmatch_model imgmatch_model;

/** Facts on a model. Borrowed from it. */
typedef struct imgmatch_model_info {
    const char *name;     /**< As the manifest says, e.g. "imgmatch-1". */
    const char *licence;  /**< SPDX expression or a free text. */
    char sha256[65];      /**< Of the ONNX file, lower-case hex. */
    uint32_t input_width; /**< Pixels. */
    uint32_t input_height;
    uint32_t dimension;       /**< Length of an embedding. */
    char settings_sha256[65]; /**< Of what the manifest says on input, pooling and whitening:
                                   with other settings the same file gives other embeddings. */
} imgmatch_model_info;

/**
 * Open a model.
 *
 * \param path  A manifest, whose name ends in .json, or a folder that holds a manifest.json. NULL
 *              takes the folder named by the environment variable IMGMATCH_MODEL (which a program
 *              that has more rights than its caller ignores), else the one installed with the
 *              library, which is found from where the library is: an installed tree may be moved.
 *
 * IMGMATCH_ERR_NOT_FOUND when there is none, IMGMATCH_ERR_MODEL when the manifest is invalid, the
 * ONNX file has another SHA-256 than the manifest says, or its inputs and outputs do not fit.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_model_open(imgmatch_model **out,
                                                                   const char *path,
                                                                   imgmatch_diag *diag);

/** Close a model. NULL is allowed. */
IMGMATCH_API void imgmatch_model_close(imgmatch_model *model);

/** NULL for NULL. */
IMGMATCH_API const imgmatch_model_info *imgmatch_model_get_info(const imgmatch_model *model);

/**
 * Embed a picture: `dimension` floats of Euclidean length 1, compared by inner product
 * (cosine similarity, -1..1).
 *
 * \param out       Room for `capacity` floats.
 * \param capacity  At least imgmatch_model_info.dimension.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_model_embed(float *out, size_t capacity,
                                                                    const imgmatch_model *model,
                                                                    const imgmatch_image *image,
                                                                    imgmatch_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
