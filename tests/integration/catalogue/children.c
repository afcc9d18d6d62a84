#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "catalogue/store.h"
#include "integration/catalogue/children.h"

#include <sys/wait.h>
#include <unistd.h>

pid_t child_start_writer(int *until, const char *path) {
    int opened[2], wanted[2];
    char word;
    assert_int_equal(pipe(opened), 0);
    assert_int_equal(pipe(wanted), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        imx_store *writer = NULL;
        (void)close(wanted[1]);
        bool done = imx_store_open(&writer, path, NULL, true, NULL) == IMGMATCH_OK &&
                    write(opened[1], "o", 1) == 1 && read(wanted[0], &word, 1) == 0;
        imx_store_close(writer);
        _exit(done ? 0 : 1);
    }
    (void)close(opened[1]);
    (void)close(wanted[0]);
    assert_int_equal(read(opened[0], &word, 1), 1);
    (void)close(opened[0]);
    *until = wanted[1];
    return child;
}

void child_expect_done(pid_t child) {
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}
