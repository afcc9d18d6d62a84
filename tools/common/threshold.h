/* Numbers that people type again as thresholds: printed so that they let through what they are of.
 */
#ifndef TOOLS_COMMON_THRESHOLD_H
#define TOOLS_COMMON_THRESHOLD_H

/* A score, 0 to 1, to so many decimals (0 to 6), never above it: 0.9996 is no 1.000. */
double cli_score_below(double score, int decimals);

#define CLI_THRESHOLD_BYTES 32

/* Six significant digits, "%g", of any scale, never above the value, or never below it. */
void cli_threshold_below(char out[CLI_THRESHOLD_BYTES], double value);
void cli_threshold_above(char out[CLI_THRESHOLD_BYTES], double value);

#endif
