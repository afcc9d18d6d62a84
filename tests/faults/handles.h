/* Objects of FAISS and ONNX Runtime that imgmatch has at the moment, by kind. A leak checker sees
 * them only where nothing points to them any more, and not what a library keeps a list of; here
 * what was made has to be given back. */
#ifndef TESTS_FAULTS_HANDLES_H
#define TESTS_FAULTS_HANDLES_H

typedef enum handle_kind {
    HANDLE_FAISS_INDEX,
    HANDLE_FAISS_CLUSTERING,
    HANDLE_FAISS_SPACE,
    HANDLE_ORT_STATUS,
    HANDLE_ORT_ENV,
    HANDLE_ORT_OPTIONS,
    HANDLE_ORT_SESSION,
    HANDLE_ORT_MEMORY_INFO,
    HANDLE_ORT_NAME,
    HANDLE_ORT_TYPE_INFO,
    HANDLE_ORT_SHAPE_INFO,
    HANDLE_ORT_VALUE,
    HANDLE_KINDS
} handle_kind;

/* On any thread. */
void handle_made(handle_kind kind);
void handle_released(handle_kind kind, const void *handle); /* NULL is none. */

const char *handle_name(handle_kind kind);
/* All that were made without those that were released; negative where one was released twice. */
long handles_held(handle_kind kind);

typedef struct handle_balance {
    long held[HANDLE_KINDS];
} handle_balance;

handle_balance handle_balance_now(void);
/* The test fails when another number of some kind is held now; it was call n of `fault` in `job`.
 */
void handle_balance_check(const handle_balance *before, const char *job, const char *fault, long n);

/* Including those that are gone. */
long handles_ever_made(handle_kind kind);

#endif
