#include "faults/answers.h"

#include <string.h>

/* From each `from` up to the next `to`, both included. */
static void cut(char *text, const char *from, const char *to) {
    for (char *start = strstr(text, from); start != NULL; start = strstr(start, from)) {
        const char *end = strstr(start + strlen(from), to);
        end = end == NULL ? start + strlen(from) : end + strlen(to);
        memmove(start, end, strlen(end) + 1);
    }
}

void answer_forget_times(char *json) {
    cut(json, ",\"timing_ms\":{", "}");
    cut(json, ",\"added_at\":\"", "\"");
}

imgmatch_status answer_of_result(char **out, const imgmatch_result *result, imgmatch_diag *diag) {
    imgmatch_status status = imgmatch_result_to_json(out, result, diag);
    if (status == IMGMATCH_OK) {
        answer_forget_times(*out);
    }
    return status;
}
