/* Any bytes as a photo list; FUZZ_LIST_NAME says whether it is CSV or JSON Lines. */
#include "fuzz.h"

#include "base/json_reader.h"

#include <imgmatch/imgmatch.h>

#include <stdio.h>
#include <string.h>

static void check_photo(const imgmatch_photo *photo, const imgmatch_limits *limits) {
    fuzz_require(photo->path != NULL && photo->path[0] != '\0');
    fuzz_require(photo->id != NULL && photo->data == NULL);
    if (photo->metadata != NULL) {
        size_t size = strlen(photo->metadata);
        imx_json *metadata = NULL;
        fuzz_require(size <= limits->max_metadata_bytes);
        fuzz_require(imx_json_parse(&metadata, photo->metadata, size, limits->max_json_depth + 1,
                                    NULL) == IMGMATCH_OK);
        fuzz_require(imx_json_is_object(metadata));
        imx_json_free(metadata);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), FUZZ_LIST_NAME);
    FILE *file = fopen(path, "wb");
    fuzz_require(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_line_bytes = 300;
    limits.max_metadata_bytes = 200;
    limits.max_json_depth = 6;
    imgmatch_photo_list *list = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_photo_list_open(&list, path, &limits, &diag);
    if (status != IMGMATCH_OK) {
        fuzz_require(status == IMGMATCH_ERR_SYNTAX && list == NULL);
        return 0;
    }
    uint64_t line = 0;
    /* Each call takes a byte at least, or is the last. */
    for (size_t calls = 0;; calls++) {
        const imgmatch_photo *photo = NULL;
        imgmatch_diag problem = IMGMATCH_DIAG_INIT;
        int fd = -1;
        fuzz_require(calls <= size + 1);
        fuzz_require(!imgmatch_photo_list_waits(&fd, list)); /* A file has it all. */
        status = imgmatch_photo_list_next(&photo, list, &problem);
        fuzz_require(status == IMGMATCH_OK || status == IMGMATCH_ERR_SYNTAX);
        fuzz_require(imgmatch_photo_list_line(list) >= line);
        line = imgmatch_photo_list_line(list);
        if (status == IMGMATCH_ERR_SYNTAX) {
            fuzz_require(photo == NULL && problem.message[0] != '\0');
        } else if (photo == NULL) {
            break;
        } else {
            check_photo(photo, &limits);
        }
    }
    imgmatch_photo_list_close(list);
    return 0;
}
