/* What a calibration has found, for a person: rates at some scores, and pairs to look at. */
#ifndef IMGMATCH_TOOLS_INDEX_CALIBRATE_REPORT_H
#define IMGMATCH_TOOLS_INDEX_CALIBRATE_REPORT_H

#include "common/exit_status.h"

#include <imgmatch/imgmatch.h>

#include <stdio.h>

/* CLI_GO_ON or CLI_FAILED, which has been said. */
cli_exit index_print_calibration(const char *program, const imgmatch_catalogue *catalogue,
                                 imgmatch_effort effort, imgmatch_calibrator *calibrator);

/* A file that is there is never written over: it may hold labels that a person has filled in. */
cli_exit index_open_review(FILE **file, const char *program, const char *path);

/* Write all pairs as CSV that --pairs takes when its labels are filled in, and close the file. */
cli_exit index_write_review(FILE *file, const char *program, const char *path,
                            imgmatch_calibrator *calibrator);

#endif
