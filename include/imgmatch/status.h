/*
 * Status codes, reason codes and diagnostics.
 *
 * Every call that can fail returns an imgmatch_status and takes, as its last parameter, a
 * caller-owned `imgmatch_diag *` which may be NULL. On failure the diag holds the first message
 * that was set; outputs are NULL or zero. On success the diag is left as it was. The library keeps
 * no global or thread-local error, prints nothing and never exits.
 */
#ifndef IMGMATCH_STATUS_H
#define IMGMATCH_STATUS_H

#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define IMGMATCH_API __attribute__((visibility("default")))
#define IMGMATCH_MUST_USE __attribute__((warn_unused_result))
#else
#define IMGMATCH_API
#define IMGMATCH_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a call. The numbers are fixed and never reused. */
typedef enum imgmatch_status {
    IMGMATCH_OK = 0,
    IMGMATCH_ERR_ARGUMENT = 1,     /**< A parameter is NULL, out of range or contradicts another. */
    IMGMATCH_ERR_MEMORY = 2,       /**< An allocation failed; nothing was changed. */
    IMGMATCH_ERR_IO = 3,           /**< Reading or writing failed (disk full, read error, ...). */
    IMGMATCH_ERR_NOT_FOUND = 4,    /**< No such file, item, catalogue or model. */
    IMGMATCH_ERR_EXISTS = 5,       /**< What was to be created is already there. */
    IMGMATCH_ERR_PHOTO = 6,        /**< The photo cannot be used; imgmatch_diag.reason says why. */
    IMGMATCH_ERR_MODEL = 7,        /**< The model or its manifest is invalid. */
    IMGMATCH_ERR_CATALOGUE = 8,    /**< A catalogue file is damaged or not a catalogue. */
    IMGMATCH_ERR_MISMATCH = 9,     /**< Catalogue and model (or format) do not belong together. */
    IMGMATCH_ERR_BUSY = 10,        /**< Another writer holds the catalogue. */
    IMGMATCH_ERR_CANCELLED = 11,   /**< The caller's progress callback asked to stop. */
    IMGMATCH_ERR_UNSUPPORTED = 12, /**< Not available in this build or for this object. */
    IMGMATCH_ERR_SYNTAX = 13,      /**< A manifest, CSV or JSON text is malformed. */
    IMGMATCH_ERR_INTERNAL = 14     /**< A defect in imgmatch or in a library below it. */
} imgmatch_status;

/**
 * Why a photo could not be used, or is hard to judge. The numbers are fixed and never reused.
 * Reasons up to 31 mean that there are no fingerprints; those from 32 are remarks on a photo that
 * was fingerprinted and lower what can be said of it.
 */
typedef enum imgmatch_reason {
    IMGMATCH_REASON_NONE = 0,
    IMGMATCH_REASON_NOT_FOUND = 1,     /**< "not_found": no such file. */
    IMGMATCH_REASON_NOT_A_FILE = 2,    /**< "not_a_file": a directory, a device, a socket. */
    IMGMATCH_REASON_NO_PERMISSION = 3, /**< "no_permission" */
    IMGMATCH_REASON_READ_ERROR = 4,    /**< "read_error": the disk or network failed. */
    IMGMATCH_REASON_EMPTY = 5,         /**< "empty": no bytes. */
    IMGMATCH_REASON_UNSUPPORTED = 6,   /**< "unsupported": no photo format that is known here. */
    IMGMATCH_REASON_TRUNCATED = 7,     /**< "truncated": the file ends too early. */
    IMGMATCH_REASON_CORRUPT = 8,       /**< "corrupt": the decoder rejects the data. */
    IMGMATCH_REASON_TOO_LARGE = 9,     /**< "too_large": bytes, pixels or a side over the limit. */
    IMGMATCH_REASON_TOO_COMPLEX = 10, /**< "too_complex": frames, scans or chunks over the limit. */
    IMGMATCH_REASON_TOO_SMALL = 11,   /**< "too_small": a side below imgmatch_limits.min_side. */
    IMGMATCH_REASON_OUT_OF_MEMORY = 12, /**< "out_of_memory" */
    IMGMATCH_REASON_CANCELLED = 13,     /**< "cancelled": the run was stopped before this photo. */
    IMGMATCH_REASON_DUPLICATE_ID = 14, /**< "duplicate_id": an earlier photo of the batch has it. */
    IMGMATCH_REASON_BAD_ENTRY = 15,    /**< "bad_entry": the manifest's line cannot be used. */
    IMGMATCH_REASON_INTERNAL = 16,     /**< "internal": a defect; please report the photo. */
    IMGMATCH_REASON_DECODER_CRASHED = 17, /**< "decoder_crashed": an isolated decoder died on it. */
    IMGMATCH_REASON_DECODER_TIMEOUT = 18, /**< "decoder_timeout": over max_decode_ms. */
    IMGMATCH_REASON_FLAT = 32,            /**< "flat": almost no detail; nothing can be matched. */
    IMGMATCH_REASON_SMALL_SUBJECT = 33,   /**< "small_subject": most of the picture is empty. */
    IMGMATCH_REASON_UNSTABLE_HASH = 34,   /**< "unstable_hash": many hash bits are near the cut. */
    IMGMATCH_REASON_TEXT_ONLY = 35,       /**< "text_only": looks like text, not like a photo. */
    IMGMATCH_REASON_FEW_FEATURES = 36,    /**< "few_features": too plain to verify by geometry. */
    IMGMATCH_REASON_AMBIGUOUS = 37 /**< "ambiguous": no match of a query with effort fast, as it
                                      looks like several references as much. More effort tells
                                      which, of references with photos. */
} imgmatch_reason;

/** Longest message in a diag, with its terminating NUL. Of a longer one the middle is left out. */
#define IMGMATCH_DIAG_MESSAGE_BYTES 512

/** A caller-owned diagnostic. Start with IMGMATCH_DIAG_INIT; the first message wins. */
typedef struct imgmatch_diag {
    imgmatch_status status;                    /**< The status of the call that failed first. */
    imgmatch_reason reason;                    /**< Set with IMGMATCH_ERR_PHOTO. */
    char message[IMGMATCH_DIAG_MESSAGE_BYTES]; /**< English, a line, with names as they are. */
} imgmatch_diag;

#define IMGMATCH_DIAG_INIT                                                                         \
    {                                                                                              \
        IMGMATCH_OK, IMGMATCH_REASON_NONE, { 0 }                                                   \
    }

/** A short English text for a status ("out of memory"). Never NULL. Thread-safe. */
IMGMATCH_API const char *imgmatch_status_text(imgmatch_status status);

/** The code of a reason as results print it ("truncated"; "" for NONE). Never NULL. Thread-safe. */
IMGMATCH_API const char *imgmatch_reason_code(imgmatch_reason reason);

#ifdef __cplusplus
}
#endif
#endif
