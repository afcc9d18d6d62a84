#include "catalogue/added_at.h"

#include <string.h>
#include <time.h>

void imx_added_at_now(char out[IMX_ADDED_AT_BYTES]) {
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(out, IMX_ADDED_AT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

static int two_digits(const char *text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

static int days_of(int month, int year) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leaps ? 1 : 0);
}

bool imx_added_at_is_valid(const char *text) {
    static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof form - 1; i++) {
        bool fits = form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
        if (!fits) {
            return false;
        }
    }
    int year = two_digits(text) * 100 + two_digits(text + 2);
    int month = two_digits(text + 5), day = two_digits(text + 8);
    return month >= 1 && month <= 12 && day >= 1 && day <= days_of(month, year) &&
           two_digits(text + 11) < 24 && two_digits(text + 14) < 60 &&
           two_digits(text + 17) <= 60; /* A leap second is one. */
}
