/*
 * Photo lists come from spreadsheets, scripts and other people: what is well-formed must be read
 * to the byte, what is not must be named by its line, and one bad line must not cost the next.
 */
#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/random.h"

#include <imgmatch/photo_list.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    char folder[64];
    char path[96];
} fixture;

static int make_folder(void **state) {
    fixture *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return -1;
    }
    (void)strcpy(made->folder, "/tmp/imgmatch-list-XXXXXX");
    *state = made;
    return mkdtemp(made->folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state) {
    fixture *made = *state;
    (void)unlink(made->path);
    (void)rmdir(made->folder);
    free(made);
    return 0;
}

static void write_list(fixture *at, const char *name, const void *text, size_t size) {
    if (at->path[0] != '\0') {
        (void)unlink(at->path);
    }
    (void)snprintf(at->path, sizeof at->path, "%s/%s", at->folder, name);
    FILE *file = fopen(at->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static imgmatch_photo_list *open_text(void **state, const char *name, const char *text,
                                      const imgmatch_limits *limits) {
    fixture *at = *state;
    imgmatch_photo_list *list = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    write_list(at, name, text, strlen(text));
    if (imgmatch_photo_list_open(&list, at->path, limits, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return list;
}

static const imgmatch_photo *next_good(imgmatch_photo_list *list) {
    const imgmatch_photo *photo = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imgmatch_photo_list_next(&photo, list, &diag) != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    return photo;
}

static void expect_entry(imgmatch_photo_list *list, const char *id, uint64_t line) {
    const imgmatch_photo *photo = next_good(list);
    assert_non_null(photo);
    assert_string_equal(photo->id, id);
    assert_int_equal(imgmatch_photo_list_line(list), line);
}

static void expect_bad(imgmatch_photo_list *list, const char *message) {
    const imgmatch_photo *photo = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_photo_list_next(&photo, list, &diag), IMGMATCH_ERR_SYNTAX);
    assert_null(photo);
    assert_string_equal(diag.message, message);
}

static void expect_end(imgmatch_photo_list *list) {
    assert_null(next_good(list));
    assert_null(next_good(list));
    imgmatch_photo_list_close(list);
}

static void expect_refused(void **state, const char *name, const char *text, const char *message) {
    fixture *at = *state;
    imgmatch_photo_list *list = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    write_list(at, name, text, strlen(text));
    assert_int_equal(imgmatch_photo_list_open(&list, at->path, NULL, &diag), IMGMATCH_ERR_SYNTAX);
    assert_null(list);
    assert_string_equal(diag.message, message);
}

static void csv_columns_become_the_photo(void **state) {
    fixture *at = *state;
    imgmatch_photo_list *list = open_text(state, "a.csv",
                                          "colour,path,id,product,brand,source,size\n"
                                          "red,shoe.jpg,s1,sku-1,Acme,https://x/1,\"4,5\"\n"
                                          "blue,/abs/shoe.jpg,,,,,\n",
                                          NULL);
    char resolved[128];
    (void)snprintf(resolved, sizeof resolved, "%s/shoe.jpg", at->folder);
    const imgmatch_photo *photo = next_good(list);
    assert_string_equal(photo->path, resolved);
    assert_string_equal(photo->id, "s1");
    assert_string_equal(photo->product, "sku-1");
    assert_string_equal(photo->brand, "Acme");
    assert_string_equal(photo->source, "https://x/1");
    assert_string_equal(photo->metadata, "{\"colour\":\"red\",\"size\":\"4,5\"}");
    assert_null(photo->data);
    photo = next_good(list);
    assert_string_equal(photo->path, "/abs/shoe.jpg");
    assert_string_equal(photo->id, "/abs/shoe.jpg");
    assert_null(photo->source);
    expect_end(list);
}

static void csv_without_other_columns_has_no_metadata(void **state) {
    imgmatch_photo_list *list = open_text(state, "a.csv", "path\na.jpg\n", NULL);
    const imgmatch_photo *photo = next_good(list);
    assert_string_equal(photo->id, "a.jpg");
    assert_null(photo->metadata);
    expect_end(list);
}

static void csv_takes_quotes_line_ends_and_a_byte_order_mark(void **state) {
    imgmatch_photo_list *list = open_text(state, "A.CSV",
                                          "\xef\xbb\xbf\"path\",id\r\n"
                                          "\"a \"\"big\"\" one.jpg\",1\r\n"
                                          "\r\n"
                                          "\"two\r\nlines\",2\n"
                                          "\n"
                                          "\"a\rb.jpg\",3\n"
                                          "last.jpg,4\r",
                                          NULL);
    const imgmatch_photo *photo = next_good(list);
    assert_non_null(strstr(photo->path, "/a \"big\" one.jpg"));
    assert_int_equal(imgmatch_photo_list_line(list), 2);
    photo = next_good(list);
    assert_non_null(strstr(photo->path, "/two\r\nlines"));
    assert_int_equal(imgmatch_photo_list_line(list), 4);
    photo = next_good(list);
    assert_non_null(strstr(photo->path, "/a\rb.jpg"));
    assert_int_equal(imgmatch_photo_list_line(list), 7);
    expect_entry(list, "4", 9); /* A CR in quotes is a line end, too. */
    expect_end(list);
}

/* "CSV (Macintosh)": read as one long header, it would name no photo and be no error. */
static void csv_takes_lines_that_end_with_cr(void **state) {
    imgmatch_photo_list *list = open_text(state, "a.csv",
                                          "path,id\ra.jpg,1\r\r"
                                          "\"two\rlines\",2\r"
                                          "b\" wide.jpg,3\rc.jpg\r"
                                          "d.jpg,4\r\n"
                                          "\"e.jpg,5\rlast.jpg,6\r",
                                          NULL);
    expect_entry(list, "1", 2);
    expect_entry(list, "2", 4);
    expect_bad(list, "a.csv, line 6: a quote within a field that does not start with one");
    expect_bad(list, "a.csv, line 7: 1 columns, the header has 2");
    expect_entry(list, "4", 8);
    expect_bad(list, "a.csv, line 9: a quote is opened and never closed");
    expect_entry(list, "6", 10);
    expect_end(list);
}

static void csv_paths_keep_bytes_that_are_no_utf8(void **state) {
    imgmatch_photo_list *list =
        open_text(state, "a.csv", "path,note\n/caf\xe9.jpg,caf\xe9\n", NULL);
    const imgmatch_photo *photo = next_good(list);
    assert_string_equal(photo->path, "/caf\xe9.jpg");
    assert_string_equal(photo->metadata, "{\"note\":\"caf\\udce9\"}");
    expect_end(list);
}

static void a_bad_csv_line_is_named_and_the_next_is_read(void **state) {
    imgmatch_photo_list *list = open_text(state, "a.csv",
                                          "path,id\n"
                                          "a.jpg,1\n"
                                          "b.jpg\n"
                                          "c.jpg,3,red\n"
                                          ",4\n"
                                          "e 5\" wide.jpg,5\n"
                                          "\"f.jpg\" ,6\n"
                                          "\"g.jpg,7\n"
                                          "h.jpg,8\n",
                                          NULL);
    expect_entry(list, "1", 2);
    expect_bad(list, "a.csv, line 3: 1 columns, the header has 2");
    expect_bad(list, "a.csv, line 4: 3 columns, the header has 2");
    expect_bad(list, "a.csv, line 5: there is no path");
    expect_bad(list, "a.csv, line 6: a quote within a field that does not start with one");
    expect_bad(list, "a.csv, line 7: text behind a closing quote");
    expect_bad(list, "a.csv, line 8: a quote is opened and never closed");
    expect_entry(list, "8", 9);
    expect_end(list);
}

static void a_csv_header_must_make_sense(void **state) {
    expect_refused(state, "a.csv", "", "a.csv, line 1: there is no header");
    expect_refused(state, "a.csv",
                   "path,gr\xf6\xdf"
                   "e\n",
                   "a.csv, line 1: the name of column 2 is no UTF-8");
    expect_refused(state, "a.csv", "path,a\x01\n",
                   "a.csv, line 1: the name of column 2 is no UTF-8");
    expect_refused(state, "a.csv", "file,id\n", "a.csv, line 1: the header has no column \"path\"");
    expect_refused(state, "a.csv", "path;id\n",
                   "a.csv, line 1: the header has no column \"path\" (columns are separated by "
                   "commas, not semicolons)");
    expect_refused(state, "a.csv", "path\tid\n",
                   "a.csv, line 1: the header has no column \"path\" (columns are separated by "
                   "commas, not tabs)");
    expect_refused(state, "a.csv", "Path,brand,ID\n",
                   "a.csv, line 1: the header has no column \"path\" (names are exact: \"Path\" "
                   "is not \"path\", \"ID\" is not \"id\")");
    expect_refused(state, "a.csv", " path , id ,Paths\n",
                   "a.csv, line 1: the header has no column \"path\" (names are exact: \" path \" "
                   "is not \"path\", \" id \" is not \"id\")");
    expect_refused(state, "a.csv", "path,id,path\n",
                   "a.csv, line 1: column \"path\" is there twice");
    expect_refused(state, "a.csv", "path,,id\n", "a.csv, line 1: column 2 has no name");
}

/* Names that are all meant and all wrong are more than the message holds. */
static void many_wrong_names_are_cut(void **state) {
    fixture *at = *state;
    char text[2000] = "x";
    for (int blanks = 1; blanks < 40; blanks++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, ",%*sid", blanks, "");
    }
    imgmatch_photo_list *list = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    write_list(at, "a.csv", text, strlen(text));
    assert_int_equal(imgmatch_photo_list_open(&list, at->path, NULL, &diag), IMGMATCH_ERR_SYNTAX);
    assert_null(list);
}

/* What spreadsheets save when they are not asked for CSV in UTF-8. */
static void other_tables_and_encodings_are_named(void **state) {
    static const char utf16[] = "\xff\xfep\0a\0t\0h\0\n\0";
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
    } lists[] = {{"a.csv", utf16, sizeof utf16 - 1},
                 {"a.csv", utf16 + 2, sizeof utf16 - 3},
                 {"a.csv", "\xfe\xff\0p\0a", 6},
                 {"a.csv", "\0p\0a\0t\0h", 8},
                 {"a.jsonl", utf16, sizeof utf16 - 1}};
    fixture *at = *state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        imgmatch_photo_list *list = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        write_list(at, lists[i].name, lists[i].bytes, lists[i].size);
        assert_int_equal(imgmatch_photo_list_open(&list, at->path, NULL, &diag),
                         IMGMATCH_ERR_SYNTAX);
        assert_non_null(strstr(diag.message, "looks like UTF-16, and has to be UTF-8"));
    }
    expect_refused(state, "a.TSV", "path\tid\n",
                   "a.TSV: a list is CSV, with commas and a name that ends in .csv, or JSON Lines; "
                   "save it as one of these");
}

static void json_keys_become_the_photo(void **state) {
    imgmatch_photo_list *list = open_text(
        state, "a.jsonl",
        "{\"path\":\"/a.jpg\",\"id\":17,\"z\":{\"b\":[1,2.5,null],\"a\":true},\"brand\":\"Acme\","
        "\"product\":null,\"a\":\"\\u00e9\\n\",\"price\":19.9}\n"
        "\n"
        "  {\"path\":\"/b.jpg\"}  \r\n"
        "{\"path\":\"/c.jpg\"}",
        NULL);
    const imgmatch_photo *photo = next_good(list);
    assert_string_equal(photo->path, "/a.jpg");
    assert_string_equal(photo->id, "17");
    assert_string_equal(photo->brand, "Acme");
    assert_null(photo->product);
    assert_string_equal(photo->metadata, "{\"z\":{\"b\":[1,2.5,null],\"a\":true},"
                                         "\"a\":\"\xc3\xa9\\n\",\"price\":19.9}");
    photo = next_good(list);
    assert_null(photo->metadata);
    assert_int_equal(imgmatch_photo_list_line(list), 3);
    expect_entry(list, "/c.jpg", 4);
    expect_end(list);
}

static void a_bad_json_line_is_named_and_the_next_is_read(void **state) {
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_line_bytes = 200;
    limits.max_json_depth = 3;
    limits.max_metadata_bytes = 20;
    char text[2000];
    char filler[300];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    (void)snprintf(text, sizeof text,
                   "{\"path\":\"/1\"}\n"
                   "[\"path\"]\n"
                   "{\"id\":\"3\"}\n"
                   "{\"path\":4}\n"
                   "{\"path\":\"/5\",\"id\":{}}\n"
                   "{\"path\":\"/6\",\"a\":[[[]]]}\n"
                   "{\"path\":\"/7\",\"a\":\"more than twenty bytes\"}\n"
                   "{\"path\":\"/%s\"}\n"
                   "{\"path\":\"/9\"}\n",
                   filler);
    imgmatch_photo_list *list = open_text(state, "a.jsonl", text, &limits);
    expect_entry(list, "/1", 1);
    expect_bad(list, "a.jsonl, line 2: the line is not a JSON object");
    expect_bad(list, "a.jsonl, line 3: there is no path");
    expect_entry(list, "4", 4);
    expect_bad(list, "a.jsonl, line 5: \"id\" is not a text");
    expect_bad(list, "a.jsonl, line 6: JSON is nested 4 deep, more than the 3 that are allowed");
    expect_bad(list, "a.jsonl, line 7: the metadata is longer than 20 bytes");
    expect_bad(list, "a.jsonl, line 8: longer than 200 bytes");
    expect_entry(list, "/9", 9);
    expect_end(list);
}

/* Each line is text of its own to the parser, whose count of lines would mislead. */
static void csv_under_another_name_is_told_once(void **state) {
    imgmatch_photo_list *list =
        open_text(state, "a.txt", "path,id\n/1,x\n{\"path\":\"/2\"}\n", NULL);
    expect_bad(
        list,
        "a.txt, line 1: not valid JSON: column 1: a value expected, not 'p' (a list is read as "
        "CSV when its name ends in .csv, else as JSON Lines)");
    expect_bad(list, "a.txt, line 2: not valid JSON: column 1: a value expected, not '/'");
    expect_entry(list, "/2", 3);
    expect_end(list);
}

static void json_faults_are_told_by_the_parser(void **state) {
    imgmatch_photo_list *list = open_text(
        state, "a.jsonl",
        "{\"path\":\"/1\",}\n{\"path\":\"/2\",\"path\":\"/3\"}\n{\"path\":\"/4\"}\n", NULL);
    const imgmatch_photo *photo = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_photo_list_next(&photo, list, &diag), IMGMATCH_ERR_SYNTAX);
    assert_non_null(strstr(diag.message, "a.jsonl, line 1: not valid JSON"));
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_photo_list_next(&photo, list, &diag), IMGMATCH_ERR_SYNTAX);
    assert_non_null(strstr(diag.message, "a duplicate key"));
    expect_entry(list, "/4", 3);
    expect_end(list);
}

/* What our own results print can be fed back in, whatever bytes a path is made of. */
static void a_path_printed_as_json_is_read_back(void **state) {
    imx_random random = {7};
    for (int round = 0; round < 200; round++) {
        char path[40] = "/";
        size_t size = 2 + imx_random_below(&random, 36);
        for (size_t i = 1; i < size; i++) {
            path[i] = (char)(1 + imx_random_below(&random, 255));
        }
        imx_buffer buffer;
        imx_json_writer writer;
        imx_buffer_init(&buffer, 1000);
        imx_json_begin(&writer, &buffer);
        imx_json_open_object(&writer);
        imx_json_key(&writer, "path");
        imx_json_text(&writer, path);
        imx_json_key(&writer, "note");
        imx_json_text(&writer, path);
        imx_json_close_object(&writer);
        size_t text_size;
        char *text = (char *)imx_buffer_take(&buffer, &text_size);
        assert_non_null(text);
        imgmatch_photo_list *list = open_text(state, "a.jsonl", text, NULL);
        const imgmatch_photo *photo = next_good(list);
        assert_string_equal(photo->path, path);
        /* Metadata is written by the same rules. */
        assert_non_null(strstr(text, photo->metadata + 1));
        free(text);
        expect_end(list);
    }
}

static void read_long_list(void **state, const char *line_end) {
    fixture *at = *state;
    (void)snprintf(at->path, sizeof at->path, "%s/long.csv", at->folder);
    FILE *file = fopen(at->path, "wb");
    assert_non_null(file);
    (void)fprintf(file, "path,note%s", line_end);
    for (int i = 0; i < 50000; i++) {
        (void)fprintf(file, "/%d.jpg,\"one%sline \"\"two\"\" of %d\"%s", i, line_end, i, line_end);
    }
    assert_int_equal(fclose(file), 0);
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_line_bytes = 97; /* So that records meet the window's end in every way. */
    imgmatch_photo_list *list = NULL;
    assert_int_equal(imgmatch_photo_list_open(&list, at->path, &limits, NULL), IMGMATCH_OK);
    for (uint64_t i = 0; i < 50000; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "/%d.jpg", (int)i);
        expect_entry(list, id, 2 + 2 * i);
    }
    expect_end(list);
}

static void a_long_list_is_read_through_a_small_window(void **state) {
    read_long_list(state, "\n");
    read_long_list(state, "\r\n");
    read_long_list(state, "\r");
}

/* A quote that is never closed, in a line of any length, in a file longer than the limit. */
static void expect_one_line_lost(void **state, const char *line_end, int more) {
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    limits.max_line_bytes = 64;
    char text[4000];
    (void)snprintf(text, sizeof text, "path,note%s/0.jpg,\"5%*s%s", line_end, more, "", line_end);
    for (int i = 1; i < 100; i++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "/%d.jpg,plain%s", i, line_end);
    }
    imgmatch_photo_list *list = open_text(state, "a.csv", text, &limits);
    expect_bad(list, "a.csv, line 2: a quote is opened and never closed");
    for (uint64_t i = 1; i < 100; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "/%d.jpg", (int)i);
        expect_entry(list, id, 2 + i);
    }
    expect_end(list);
}

static void a_stray_quote_costs_one_line(void **state) {
    for (int more = 0; more < 200; more++) {
        expect_one_line_lost(state, "\n", more);
        expect_one_line_lost(state, "\r\n", more);
        expect_one_line_lost(state, "\r", more);
    }
}

/* Cut and garbled lists: any answer but a crash, an endless loop or a leak. */
static void read_to_the_end(const char *path, size_t size) {
    imgmatch_photo_list *list = NULL;
    if (imgmatch_photo_list_open(&list, path, NULL, NULL) != IMGMATCH_OK) {
        return;
    }
    const imgmatch_photo *photo = NULL;
    size_t calls = 0;
    imgmatch_status status;
    do {
        status = imgmatch_photo_list_next(&photo, list, NULL);
        assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_SYNTAX);
        assert_true(++calls <= size + 2);
    } while (photo != NULL || status != IMGMATCH_OK);
    imgmatch_photo_list_close(list);
}

static void garbage_is_survived(void **state) {
    static const char csv[] = "path,id,note\n\"a \"\"x\"\".jpg\",1,\"two\r\nlines\"\nb.jpg,2,\n";
    static const char json[] =
        "{\"path\":\"/\\udce9\\ud83d\\ude00\",\"x\":{\"y\":[1e5,\"\\u0001\"]}}"
        "\n{\"path\":\"/b\",\"id\":2}\n";
    static const char alphabet[] = "\",\n\r{}[]\\u0dc9:a\xff\xc3";
    fixture *at = *state;
    imx_random random = {20240607};
    for (int round = 0; round < 2000; round++) {
        bool is_csv = round % 2 == 0;
        char text[200];
        size_t size = is_csv ? sizeof csv - 1 : sizeof json - 1;
        memcpy(text, is_csv ? csv : json, size);
        size = round % 3 == 0 ? imx_random_below(&random, (uint32_t)size + 1) : size;
        for (uint32_t i = imx_random_below(&random, 6); i > 0 && size > 0; i--) {
            text[imx_random_below(&random, (uint32_t)size)] =
                alphabet[imx_random_below(&random, sizeof alphabet)];
        }
        write_list(at, is_csv ? "a.csv" : "a.jsonl", text, size);
        read_to_the_end(at->path, size);
    }
}

static void standard_input_is_told_by_its_first_byte(void **state) {
    static const char *const texts[] = {"{\"path\":\"a.jpg\"}\n", "path\na.jpg\n"};
    fixture *at = *state;
    for (size_t i = 0; i < 2; i++) {
        write_list(at, "stdin", texts[i], strlen(texts[i]));
        assert_non_null(freopen(at->path, "rb", stdin));
        imgmatch_photo_list *list = NULL;
        assert_int_equal(imgmatch_photo_list_open(&list, "-", NULL, NULL), IMGMATCH_OK);
        assert_string_equal(next_good(list)->path, "a.jpg");
        expect_end(list);
    }
}

static void what_is_no_list_is_an_error(void **state) {
    fixture *at = *state;
    imgmatch_photo_list *list = NULL;
    const imgmatch_photo *photo = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_photo_list_open(&list, "/nonexistent.csv", NULL, &diag),
                     IMGMATCH_ERR_NOT_FOUND);
    assert_non_null(strstr(diag.message, "/nonexistent.csv"));
    assert_int_equal(imgmatch_photo_list_open(&list, at->folder, NULL, NULL), IMGMATCH_ERR_IO);
    assert_null(list);
    assert_int_equal(imgmatch_photo_list_open(NULL, "a.csv", NULL, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_photo_list_next(&photo, NULL, NULL), IMGMATCH_ERR_ARGUMENT);
    imgmatch_photo_list_close(NULL);
}

static void write_to_pipe(int fd, const char *text) {
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* Answers must not wait for lines that come later, and reading must not wait in the middle of one.
 */
static void expect_waits(const char *start, const char *entry, const char *id) {
    int ends[2];
    int fd = -1;
    int input = dup(STDIN_FILENO);
    imgmatch_photo_list *list = NULL;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    write_to_pipe(ends[1], start);
    assert_int_equal(imgmatch_photo_list_open(&list, "-", NULL, NULL), IMGMATCH_OK);
    for (const char *at = entry; *at != '\0'; at++) {
        assert_true(imgmatch_photo_list_waits(&fd, list));
        assert_int_equal(fd, STDIN_FILENO);
        write_to_pipe(ends[1], (char[]){*at, '\0'});
    }
    assert_false(imgmatch_photo_list_waits(&fd, list));
    assert_string_equal(next_good(list)->id, id);
    write_to_pipe(ends[1], "\n\n");
    assert_true(imgmatch_photo_list_waits(&fd, list));
    assert_int_equal(close(ends[1]), 0);
    assert_false(imgmatch_photo_list_waits(&fd, list));
    assert_null(next_good(list));
    imgmatch_photo_list_close(list);
    assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(input) + close(ends[0]), 0);
}

static void a_list_says_when_it_waits(void **state) {
    (void)state;
    expect_waits("{\"path\":", "\"a.png\"}\n", "a.png");
    expect_waits("path,note\n\n", "b.png,\"two\nlines\"\n", "b.png");
    expect_waits("path,note\r\n", "b.png,\"two\r\nlines\"\r\n", "b.png");
}

static void a_file_never_waits(void **state) {
    int fd = -1;
    imgmatch_photo_list *list = open_text(state, "items.csv", "path\n\na.png\nb\"\nc.png", NULL);
    assert_false(imgmatch_photo_list_waits(&fd, list));
    expect_entry(list, "a.png", 3);
    assert_false(imgmatch_photo_list_waits(&fd, list));
    const imgmatch_photo *photo = NULL;
    assert_int_equal(imgmatch_photo_list_next(&photo, list, NULL), IMGMATCH_ERR_SYNTAX);
    assert_false(imgmatch_photo_list_waits(&fd, list));
    expect_entry(list, "c.png", 5);
    assert_false(imgmatch_photo_list_waits(&fd, list));
    imgmatch_photo_list_close(list);
}

#define LIST_TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIST_TEST(csv_columns_become_the_photo),
        LIST_TEST(csv_without_other_columns_has_no_metadata),
        LIST_TEST(csv_takes_quotes_line_ends_and_a_byte_order_mark),
        LIST_TEST(csv_takes_lines_that_end_with_cr),
        LIST_TEST(csv_paths_keep_bytes_that_are_no_utf8),
        LIST_TEST(a_bad_csv_line_is_named_and_the_next_is_read),
        LIST_TEST(a_csv_header_must_make_sense),
        LIST_TEST(many_wrong_names_are_cut),
        LIST_TEST(other_tables_and_encodings_are_named),
        LIST_TEST(json_keys_become_the_photo),
        LIST_TEST(a_bad_json_line_is_named_and_the_next_is_read),
        LIST_TEST(csv_under_another_name_is_told_once),
        LIST_TEST(json_faults_are_told_by_the_parser),
        LIST_TEST(a_path_printed_as_json_is_read_back),
        LIST_TEST(a_long_list_is_read_through_a_small_window),
        LIST_TEST(a_stray_quote_costs_one_line),
        LIST_TEST(garbage_is_survived),
        LIST_TEST(standard_input_is_told_by_its_first_byte),
        LIST_TEST(what_is_no_list_is_an_error),
        LIST_TEST(a_list_says_when_it_waits),
        LIST_TEST(a_file_never_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
