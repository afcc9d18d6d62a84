/* Answers of the library as texts that can be compared: the same question has the same one. */
#ifndef TESTS_FAULTS_ANSWERS_H
#define TESTS_FAULTS_ANSWERS_H

#include <imgmatch/imgmatch.h>

/* Cut what depends on the clock out of a text in JSON: "timing_ms" and every "added_at". */
void answer_forget_times(char *json);

/* The result's JSON without its times. NULL on failure; freed with imgmatch_free. */
imgmatch_status answer_of_result(char **out, const imgmatch_result *result, imgmatch_diag *diag);

#endif
