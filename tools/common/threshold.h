/* Numbers that people type again as thresholds: printed so that they let through what they are of.
 */
#ifndef TOOLS_COMMON_THRESHOLD_H
#define TOOLS_COMMON_THRESHOLD_H

/* A score, 0 to 1, to six decimals, never above it. */
double cli_score_below(double score);

#define CLI_THRESHOLD_BYTES 32

/* Six significant digits, "%g", of any scale, never above the value, or never below it. */
void cli_threshold_below(char out[CLI_THRESHOLD_BYTES], double value);
void cli_threshold_above(char out[CLI_THRESHOLD_BYTES], double value);

#endif
