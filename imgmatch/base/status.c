#include <imgmatch/status.h>
#include <imgmatch/version.h>

const char *imgmatch_version(void) { return IMGMATCH_VERSION_STRING; }

const char *imgmatch_status_text(imgmatch_status status) {
    switch (status) {
    case IMGMATCH_OK:
        return "no error";
    case IMGMATCH_ERR_ARGUMENT:
        return "invalid argument";
    case IMGMATCH_ERR_MEMORY:
        return "out of memory";
    case IMGMATCH_ERR_IO:
        return "input/output error";
    case IMGMATCH_ERR_NOT_FOUND:
        return "not found";
    case IMGMATCH_ERR_EXISTS:
        return "already exists";
    case IMGMATCH_ERR_PHOTO:
        return "photo cannot be used";
    case IMGMATCH_ERR_MODEL:
        return "invalid model";
    case IMGMATCH_ERR_CATALOGUE:
        return "damaged catalogue";
    case IMGMATCH_ERR_MISMATCH:
        return "catalogue and model do not belong together";
    case IMGMATCH_ERR_BUSY:
        return "catalogue is being written by somebody else";
    case IMGMATCH_ERR_CANCELLED:
        return "cancelled";
    case IMGMATCH_ERR_UNSUPPORTED:
        return "not supported";
    case IMGMATCH_ERR_SYNTAX:
        return "malformed text";
    case IMGMATCH_ERR_INTERNAL:
        return "internal error";
    }
    return "unknown status";
}

const char *imgmatch_reason_code(imgmatch_reason reason) {
    switch (reason) {
    case IMGMATCH_REASON_NONE:
        return "";
    case IMGMATCH_REASON_NOT_FOUND:
        return "not_found";
    case IMGMATCH_REASON_NOT_A_FILE:
        return "not_a_file";
    case IMGMATCH_REASON_NO_PERMISSION:
        return "no_permission";
    case IMGMATCH_REASON_READ_ERROR:
        return "read_error";
    case IMGMATCH_REASON_EMPTY:
        return "empty";
    case IMGMATCH_REASON_UNSUPPORTED:
        return "unsupported";
    case IMGMATCH_REASON_TRUNCATED:
        return "truncated";
    case IMGMATCH_REASON_CORRUPT:
        return "corrupt";
    case IMGMATCH_REASON_TOO_LARGE:
        return "too_large";
    case IMGMATCH_REASON_TOO_COMPLEX:
        return "too_complex";
    case IMGMATCH_REASON_TOO_SMALL:
        return "too_small";
    case IMGMATCH_REASON_OUT_OF_MEMORY:
        return "out_of_memory";
    case IMGMATCH_REASON_CANCELLED:
        return "cancelled";
    case IMGMATCH_REASON_DUPLICATE_ID:
        return "duplicate_id";
    case IMGMATCH_REASON_BAD_ENTRY:
        return "bad_entry";
    case IMGMATCH_REASON_INTERNAL:
        return "internal";
    case IMGMATCH_REASON_DECODER_CRASHED:
        return "decoder_crashed";
    case IMGMATCH_REASON_DECODER_TIMEOUT:
        return "decoder_timeout";
    case IMGMATCH_REASON_FLAT:
        return "flat";
    case IMGMATCH_REASON_SMALL_SUBJECT:
        return "small_subject";
    case IMGMATCH_REASON_UNSTABLE_HASH:
        return "unstable_hash";
    case IMGMATCH_REASON_TEXT_ONLY:
        return "text_only";
    case IMGMATCH_REASON_FEW_FEATURES:
        return "few_features";
    case IMGMATCH_REASON_AMBIGUOUS:
        return "ambiguous";
    }
    return "unknown";
}
