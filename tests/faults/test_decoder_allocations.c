/*
 * Every format, with allocation n of imgmatch, libjpeg, GLib, libvips or the codecs below it
 * failing (of imgmatch and libjpeg also with all after it), for every n.
 *
 * Of imgmatch, and of libjpeg and libpng where libvips has no part: IMGMATCH_ERR_MEMORY, nothing
 * handed out, no leak; or the right pixels all the same. Of the others that cannot be had: GLib
 * ends the process by SIGTRAP when g_malloc gets no memory, codecs crash, throw, call the photo
 * damaged, or leave the colour profile or the orientation out. Whatever became of it, the same
 * photo decodes well afterwards, unless the process ended.
 *
 * So attempts are made in children: one goes on from allocation to allocation and notes its
 * verdicts in shared memory, and where it ends, another one takes over behind that.
 *
 * Leaks are told by counting: a photo that failed in the same way several times leaves no more
 * blocks behind each time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "faults/decoder_photos.h"
#include "faults/fault_malloc.h"
#include "faults/trigger.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_SECONDS 60 /* For one allocation: a child that hangs is ended, and the test fails. */
#define MOST_ALLOCATIONS 200000 /* A photo that needs more than that is caught in a loop. */

static const char *const owner_names[OWNER_COUNT] = {[OWNER_OTHERS] = "codecs",
                                                     [OWNER_PROGRAM] = "imgmatch",
                                                     [OWNER_JPEG] = "libjpeg",
                                                     [OWNER_GLIB] = "GLib",
                                                     [OWNER_VIPS] = "libvips"};

typedef enum verdict {
    RIGHT_STATUS, /* Out of memory. */
    RIGHT_PIXELS, /* It did without. */
    WRONG_STATUS,
    WRONG_PIXELS,
    WRONG_AFTERWARDS, /* The next photo. */
    LEAK,
    VERDICT_COUNT
} verdict;

/* What children and the parent share. */
typedef struct board {
    long n; /* Being tried. */
    bool finished;
    long count[VERDICT_COUNT];
    char what[VERDICT_COUNT][300]; /* The last one. */
} board;

typedef struct series {
    const decoder_photo *photo;
    fault_owner owner;
    bool lasts;
    bool first; /* Of a process: each attempt is made in another one. */
    board *board;
    long ended;
    int last_signal;
} series;

/* From allocation `n` on, the next one to try. There are thousands, much alike: of GLib's and the
 * codecs' all of the first ones, then some, or all when this is run with --all. */
static bool try_all;
static long next_after(const series *this, long n) {
    bool glib = this->owner == OWNER_GLIB;
    bool some = !try_all && ((glib && n >= 20) || (this->owner == OWNER_OTHERS && n >= 40));
    return n + (!some ? 1 : this->first ? 397 : glib ? 41 : 7);
}

static void note(const series *this, verdict found, imgmatch_status status,
                 const imgmatch_diag *diag) {
    board *on = this->board;
    on->count[found]++;
    (void)snprintf(on->what[found], sizeof on->what[found], "allocation %ld: %s: %.200s", on->n,
                   imgmatch_status_text(status), diag->message);
}

/* False when decoding has no allocation n. */
static bool try_once(const series *this, bool noted) {
    const decoder_photo *photo = this->photo;
    imgmatch_image *image = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    fault_arm((int)this->owner, this->board->n, this->lasts);
    imgmatch_status status = imgmatch_image_decode(&image, photo->bytes, photo->size, NULL, &diag);
    bool hit = fault_disarm();
    bool right = status == IMGMATCH_OK ? decoder_photo_is(photo, image) : image == NULL;
    imgmatch_image_free(image);
    if (!hit || !noted) {
        return hit;
    }
    bool told = status == IMGMATCH_ERR_MEMORY ||
                (status == IMGMATCH_ERR_PHOTO && diag.reason == IMGMATCH_REASON_OUT_OF_MEMORY);
    note(this,
         !right                  ? WRONG_PIXELS
         : status == IMGMATCH_OK ? RIGHT_PIXELS
         : told                  ? RIGHT_STATUS
                                 : WRONG_STATUS,
         status, &diag);
    image = NULL;
    status = imgmatch_image_decode(&image, photo->bytes, photo->size, NULL, &diag);
    if (status != IMGMATCH_OK || !decoder_photo_is(photo, image)) {
        note(this, WRONG_AFTERWARDS, status, &diag);
    }
    imgmatch_image_free(image);
    return true;
}

static bool leaves_blocks(const series *this) {
    long before = fault_malloc_live();
    (void)try_once(this, false);
    return fault_malloc_live() > before;
}

static _Noreturn void be_child(const series *this) {
    board *on = this->board;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(nowhere, STDERR_FILENO); /* GLib says why it ends. */
    static const int signals[] = {SIGTRAP, SIGABRT, SIGSEGV, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        (void)signal(signals[i], SIG_DFL); /* The parent is to see how this ends. */
    }
    for (;; on->n = next_after(this, on->n)) {
        (void)alarm(MOST_SECONDS);
        if (!try_once(this, true)) {
            on->finished = true;
            _exit(0);
        }
        if (this->first) {
            _exit(0);
        }
        /* What is kept for the next time is kept once, or twice. */
        if (leaves_blocks(this) && leaves_blocks(this) && leaves_blocks(this) &&
            leaves_blocks(this)) {
            const imgmatch_diag none = IMGMATCH_DIAG_INIT;
            note(this, LEAK, IMGMATCH_OK, &none);
        }
    }
}

/* Try all allocations of an owner; where a child ends, the next one goes on behind it. */
static void run_series(series *this) {
    board *on = this->board;
    memset(on, 0, sizeof *on);
    this->ended = 0;
    for (;; on->n = next_after(this, on->n)) {
        assert_true(on->n < MOST_ALLOCATIONS);
        pid_t child = fork();
        if (child == 0) {
            be_child(this);
        }
        int how = 0;
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &how, 0), child);
        if (on->finished) {
            return;
        }
        if (this->first && WIFEXITED(how)) {
            continue;
        }
        assert_true(WIFSIGNALED(how));
        this->ended++;
        this->last_signal = WTERMSIG(how);
        if (this->last_signal == SIGALRM) {
            fail_msg("%s, allocation %ld of %s: hangs", this->photo->name, on->n,
                     owner_names[this->owner]);
        }
    }
}

static void refuse(const series *this, verdict found) {
    if (this->board->count[found] > 0) {
        fail_msg("%s, allocations of %s: %s", this->photo->name, owner_names[this->owner],
                 this->board->what[found]);
    }
}

typedef struct tally {
    long allocations;
    long tried;
    long ended;
    long count[VERDICT_COUNT];
} tally;

/* What has to be true whoever had no memory, and what of our own and libjpeg's allocations. */
static void check_series(tally *sum, const series *this) {
    const board *on = this->board;
    long tried = this->ended + on->count[RIGHT_STATUS] + on->count[RIGHT_PIXELS] +
                 on->count[WRONG_STATUS] + on->count[WRONG_PIXELS];
    refuse(this, WRONG_AFTERWARDS);
    if (this->owner == OWNER_PROGRAM || decoder_photo_is_direct(this->photo)) {
        refuse(this, WRONG_STATUS);
        refuse(this, WRONG_PIXELS);
        refuse(this, LEAK);
        if (this->ended > 0) {
            fail_msg("%s, %s: ended by signal %d", this->photo->name, owner_names[this->owner],
                     this->last_signal);
        }
    }
    sum->allocations += on->n;
    sum->tried += tried;
    sum->ended += this->ended;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        sum->count[i] += on->count[i];
    }
}

static void print_tally(const char *format, fault_owner owner, const tally *sum) {
    print_message("%s: %ld allocations of %s, %ld tried: %ld out of memory, %ld did without, %ld "
                  "another status, %ld other pixels, %ld ended the process; %ld leaked\n",
                  format, sum->allocations, owner_names[owner], sum->tried,
                  sum->count[RIGHT_STATUS], sum->count[RIGHT_PIXELS], sum->count[WRONG_STATUS],
                  sum->count[WRONG_PIXELS], sum->ended, sum->count[LEAK]);
}

typedef struct bench {
    decoder_photo photos[MOST_DECODER_PHOTOS];
    size_t count;
    board *board;
} bench;

/* libvips keeps the threads of a decode for a quarter of a minute, and a child would wait for them:
 * they do not outlive a fork. */
static bool wait_for_threads(void) {
    for (int i = 0; i < 600; i++) {
        int count = 0;
        DIR *folder = opendir("/proc/self/task");
        for (; folder != NULL && readdir(folder) != NULL; count++) {
        }
        if (folder == NULL || closedir(folder) != 0 || count == 3) { /* With . and .. */
            return folder != NULL;
        }
        const struct timespec pause = {.tv_nsec = 100000000};
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

static board *new_board(void) {
    void *at = mmap(NULL, sizeof(board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    const struct rlimit none = {0, 0};
    assert_int_equal(setrlimit(RLIMIT_CORE, &none), 0);
    return at;
}

/* While libvips is being started, by the first photo that needs it. */
static void test_first_photo(void **state) {
    (void)state;
    static const char *const photos[][2] = {{"gif", "one"}, {"webp", "lossy"}};
    static const fault_owner owners[] = {OWNER_PROGRAM, OWNER_VIPS, OWNER_OTHERS, OWNER_GLIB};
    fault_malloc_find_owners();
    for (int i = 0; i < 2; i++) {
        decoder_photo photo;
        decoder_photo_read(&photo, photos[i][0], photos[i][1]);
        for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
            tally sum = {0};
            series this = {
                .photo = &photo, .owner = owners[j], .first = true, .board = new_board()};
            run_series(&this);
            check_series(&sum, &this);
            print_tally(photo.name, owners[j], &sum);
            assert_int_equal(munmap(this.board, sizeof *this.board), 0);
        }
        free(photo.bytes);
    }
}

static int open_bench(void **state) {
    static bench on;
    on.count = decoder_photos_read(on.photos);
    on.board = new_board();
    assert_true(wait_for_threads());
    fault_malloc_find_owners();
    *state = &on;
    return 0;
}

static int close_bench(void **state) {
    bench *on = *state;
    decoder_photos_free(on->photos, on->count);
    return munmap(on->board, sizeof *on->board);
}

/* Photos of the formats that libvips has a part in, or not. */
static tally run_photos(bench *on, bool direct, fault_owner owner, bool lasts) {
    tally all = {0};
    char format[16] = "";
    tally sum = {0};
    for (size_t i = 0; i <= on->count; i++) {
        const decoder_photo *photo = i < on->count ? &on->photos[i] : NULL;
        size_t length = photo == NULL ? 0 : strcspn(photo->name, "/");
        if (photo == NULL || strncmp(format, photo->name, length + 1) != 0) {
            if (sum.tried > 0) {
                print_tally(format, owner, &sum);
            }
            sum = (tally){0};
            (void)snprintf(format, sizeof format, "%.*s/", (int)length,
                           photo == NULL ? "" : photo->name);
        }
        if (photo != NULL && decoder_photo_is_direct(photo) == direct) {
            series this = {.photo = photo, .owner = owner, .lasts = lasts, .board = on->board};
            run_series(&this);
            check_series(&sum, &this);
            check_series(&all, &this);
        }
    }
    return all;
}

static void test_imgmatch(void **state) {
    for (int i = 0; i < 4; i++) {
        tally all = run_photos(*state, i % 2 == 0, OWNER_PROGRAM, i / 2 == 1);
        assert_true(all.count[RIGHT_STATUS] > 10);
    }
}

/* No photo that is decoded without libvips ends the process, or asks anybody else for memory. */
static void test_direct(void **state) {
    static const fault_owner strangers[] = {OWNER_GLIB, OWNER_VIPS, OWNER_OTHERS};
    for (int lasts = 0; lasts < 2; lasts++) {
        tally all = run_photos(*state, true, OWNER_JPEG, lasts == 1);
        assert_true(all.count[RIGHT_STATUS] > 10);
    }
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        assert_int_equal(run_photos(*state, true, strangers[i], false).allocations, 0);
    }
}

/* Every allocation of GLib's that finds no memory ends the process. */
static void test_glib(void **state) {
    tally all = run_photos(*state, false, OWNER_GLIB, false);
    assert_true(all.tried > 100);
    assert_int_equal(all.ended, all.tried);
}

/* What libvips itself finds no memory for is told, but for places in which it crashes. */
static void test_libvips(void **state) {
    tally all = run_photos(*state, false, OWNER_VIPS, false);
    assert_true(all.count[RIGHT_STATUS] > 50);
    assert_int_equal(all.count[WRONG_PIXELS], 0);
}

/* Codecs crash, throw, call a photo damaged or leave out what they had no room for: what can be
 * asked is that the next photo is well. */
static void test_codecs(void **state) {
    tally all = run_photos(*state, false, OWNER_OTHERS, false);
    assert_true(all.tried > 100);
    /* Of their words for it only libde265's is asked. */
    assert_true(all.count[RIGHT_STATUS] <= all.tried / 100);
    all = run_photos(*state, false, OWNER_JPEG, false);
    assert_true(all.tried > 5);
}

/* Arguments: a test's name, --all. */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imgmatch), cmocka_unit_test(test_direct), cmocka_unit_test(test_glib),
        cmocka_unit_test(test_libvips),  cmocka_unit_test(test_codecs),
    };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0) {
            try_all = true;
        } else {
            cmocka_set_test_filter(argv[i]);
        }
    }
    /* Before anything is decoded here. */
    const struct CMUnitTest first[] = {cmocka_unit_test(test_first_photo)};
    int failed = cmocka_run_group_tests(first, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, open_bench, close_bench);
}
