#include "html.h"

#include "escape.h"

#include <stdbool.h>
#include <string.h>

static const char common_style[] =
    ":root{--page:#fbfbfc;--card:#fff;--ink:#1c1d22;--dim:#666b78;--line:#dfe1e8;--blue:#2463c4;"
    "--red:#c5352f;--low:#f3d3cf;--high:#cfe8d5}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#15161a;--card:#1e2026;--ink:#e8e9ee;"
    "--dim:#9a9fae;--line:#363943;--blue:#78a8f5;--red:#f0817b;--low:#6b2a26;--high:#1f5a34}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
    "font:15px/1.5 system-ui,sans-serif}main{max-width:1120px;margin:0 auto;padding:28px 20px}"
    "h1{font-size:26px;margin:0}h2{font-size:19px;margin:36px 0 10px}"
    "p{margin:4px 0;color:var(--dim)}\n";

void cli_html_begin(FILE *file, const char *title, const char *pictures, const char *style) {
    fprintf(file,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
            "img-src %s;style-src 'unsafe-inline'\">\n<title>%s</title>\n<style>\n%s%s</style>"
            "</head><body><main>\n<h1>%s</h1>\n",
            pictures, title, common_style, style, title);
}

void cli_html_end(FILE *file) { fputs("</main></body></html>\n", file); }

void cli_html_text(FILE *file, const char *text) {
    while (*text) {
        size_t plain = strcspn(text, "<>&\"'");
        cli_print_visible_part(file, text, plain);
        text += plain;
        if (*text)
            fprintf(file, "&#%d;", *text++);
    }
}

void cli_html_address(FILE *file, const char *name) {
    for (; *name; name++) {
        unsigned char byte = (unsigned char)*name;
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z') || strchr("-._~", byte);
        fprintf(file, plain ? "%c" : "%%%02X", byte);
    }
}
