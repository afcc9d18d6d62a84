/*
 * What was installed beside a program is found by where the program is, whatever it was called by
 * and wherever it runs: never in the current folder, where somebody else may have put a model.
 */
#include "base/own_folder.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PRINT "--print"

/* What this program finds when it is called `name` in the folder `/`. */
static void find_as(char out[PATH_MAX], const char *file, const char *name) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (chdir("/") == 0 && dup2(ends[1], STDOUT_FILENO) >= 0) {
            (void)execl(file, name, PRINT, (char *)NULL);
        }
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *printed = fdopen(ends[0], "r");
    assert_non_null(printed);
    assert_non_null(fgets(out, PATH_MAX, printed));
    (void)fclose(printed);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_program_is_found_by_its_file(void **state) {
    (void)state;
    char file[PATH_MAX], expected[PATH_MAX], found[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", file, sizeof file - 1);
    assert_true(length > 0);
    file[length] = '\0';
    int folder = (int)(strrchr(file, '/') - file);
    assert_true(snprintf(expected, sizeof expected, "%.*s/../model", folder, file) < PATH_MAX);
    const char *const names[] = {file, "test_own_folder", "./bin/test_own_folder", "/tmp/test", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        find_as(found, file, names[i]);
        assert_string_equal(found, expected);
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], PRINT) == 0) {
        char *path = imx_own_folder_join("../model");
        bool printed = path != NULL && printf("%s", path) >= 0 && fflush(stdout) == 0;
        free(path);
        return printed ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_program_is_found_by_its_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
