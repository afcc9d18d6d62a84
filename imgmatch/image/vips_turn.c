#include "image/vips_turn.h"

#include <pthread.h>

/* Who waits for a turn alone goes before those who come later: there may be no end of them. */
static pthread_rwlock_t turns = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned begun;
static unsigned inside;

/* In a process that was forked meanwhile nobody would end the turns that there were. */
static void forget_turns(void) {
    turns = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
    mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    inside = 0;
}

static void watch_forks(void) { (void)pthread_atfork(NULL, NULL, forget_turns); }

imx_vips_turn imx_vips_turn_begin(bool alone) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, watch_forks);
    if (alone) {
        (void)pthread_rwlock_wrlock(&turns);
    } else {
        (void)pthread_rwlock_rdlock(&turns);
    }
    (void)pthread_mutex_lock(&mutex);
    imx_vips_turn turn = {.number = ++begun, .others = inside > 0};
    inside++;
    (void)pthread_mutex_unlock(&mutex);
    return turn;
}

bool imx_vips_turn_end(imx_vips_turn turn) {
    (void)pthread_mutex_lock(&mutex);
    bool alone = !turn.others && begun == turn.number;
    inside--;
    (void)pthread_mutex_unlock(&mutex);
    (void)pthread_rwlock_unlock(&turns);
    return alone;
}
