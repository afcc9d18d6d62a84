#include "remarks.h"

#include <stdio.h>
#include <string.h>

const char *cli_remark_code(uint64_t remarks, unsigned bit) {
    return (remarks >> bit & 1) ? imgmatch_reason_code((imgmatch_reason)(32 + bit)) : "";
}

void cli_join_remarks(char *out, size_t size, uint64_t remarks, const char *separator) {
    size_t used = 0;
    out[0] = '\0';
    for (unsigned bit = 0; bit < CLI_REMARK_COUNT && used < size; bit++) {
        const char *code = cli_remark_code(remarks, bit);
        if (code[0])
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? separator : "", code);
    }
}
