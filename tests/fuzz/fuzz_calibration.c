/* Any text as a calibration that a catalogue keeps. One that is taken says what it can be asked,
 * and is written as it was read. */
#include "fuzz.h"

#include "facade/calibration_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rates fall, or stay, where the score rises, and no bound is under its rate. */
static void check_rates(const imx_calibration *rates) {
    imx_false_alert_rate last = imx_calibration_rate(rates, 0);
    for (int i = 0; i <= 16; i++) {
        imx_false_alert_rate rate = imx_calibration_rate(rates, i / 16.0);
        fuzz_require(rate.alerts <= rates->negatives);
        fuzz_require(rate.estimate >= 0 && rate.estimate <= rate.bound);
        fuzz_require(rate.bound <= IMX_PER_MILLION);
        fuzz_require(rate.estimate <= last.estimate && rate.bound <= last.bound);
        last = rate;
    }
}

static void check_thresholds(const imx_calibration *rates) {
    for (double per_million = 1; per_million < 2e6; per_million *= 10) {
        double score = -1;
        if (imx_calibration_threshold(&score, rates, per_million, 1)) {
            fuzz_require(score >= 0 && score <= nextafter(1, 2));
            fuzz_require(imx_calibration_rate(rates, score).bound <= per_million);
        }
    }
}

static void check_text(const imx_stored_calibration *stored) {
    char *text = NULL, *again = NULL;
    imx_stored_calibration *copy = NULL;
    fuzz_require(imx_calibration_write_text(&text, stored, NULL) == IMGMATCH_OK);
    fuzz_require(imx_calibration_read_text(&copy, text, NULL) == IMGMATCH_OK);
    fuzz_require(!copy->foreign && copy->rates.step_count == stored->rates.step_count);
    fuzz_require(imx_calibration_write_text(&again, copy, NULL) == IMGMATCH_OK);
    fuzz_require(strcmp(text, again) == 0);
    imx_stored_calibration_release(copy);
    free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    imx_stored_calibration *stored = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    char *text = malloc(size + 1);
    fuzz_require(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    imgmatch_status status = imx_calibration_read_text(&stored, text, &diag);
    if (status == IMGMATCH_OK && !stored->foreign) {
        check_rates(&stored->rates);
        check_thresholds(&stored->rates);
        check_text(stored);
    } else if (status != IMGMATCH_OK) {
        fuzz_require(status == IMGMATCH_ERR_CATALOGUE && stored == NULL);
        fuzz_require(diag.message[0] != '\0');
    }
    imx_stored_calibration_release(stored);
    free(text);
    return 0;
}
