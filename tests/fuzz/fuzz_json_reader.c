/* Any bytes as JSON: what was read can be written, and read again as the same. */
#include "fuzz.h"

#include "base/json_reader.h"
#include "base/json_scan.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32u

static size_t visit(const imx_json *value, uint32_t depth) {
    fuzz_require(depth <= MAX_DEPTH);
    size_t count = 1;
    double number;
    int64_t integer;
    bool truth;
    if (imx_json_get_integer(value, &integer)) {
        fuzz_require(imx_json_get_number(value, &number));
    }
    if (imx_json_get_bool(value, &truth) || imx_json_is_null(value)) {
        fuzz_require(imx_json_get_text(value) == NULL);
    }
    for (size_t i = 0; i < imx_json_array_size(value); i++) {
        count += visit(imx_json_array_get(value, i), depth + 1);
    }
    const char *key = NULL;
    const imx_json *member = NULL;
    void *iterator = NULL;
    while (imx_json_is_object(value) &&
           (iterator = imx_json_object_next(value, iterator, &key, &member)) != NULL) {
        fuzz_require(imx_json_get(value, key) == member);
        count += visit(member, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    imx_json *root = NULL, *again = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_json_parse(&root, (const char *)data, size, MAX_DEPTH, &diag);
    if (status != IMGMATCH_OK) {
        fuzz_require(status == IMGMATCH_ERR_SYNTAX && root == NULL && diag.message[0] != '\0');
        return 0;
    }
    size_t count = visit(root, 0);
    char *text = imx_json_to_text(root);
    fuzz_require(text != NULL);
    fuzz_require(imx_json_is_object(root) == imx_json_is_object_text(text));
    fuzz_require(imx_json_parse(&again, text, strlen(text), MAX_DEPTH, NULL) == IMGMATCH_OK);
    fuzz_require(visit(again, 0) == count);
    char *text_again = imx_json_to_text(again);
    fuzz_require(text_again != NULL && strcmp(text, text_again) == 0);
    free(text_again);
    free(text);
    imx_json_free(again);
    imx_json_free(root);
    return 0;
}
