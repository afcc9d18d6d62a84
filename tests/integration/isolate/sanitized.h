/* Whether AddressSanitizer watches: its shadow is terabytes, so that memory cannot be bounded, and
 * what it counts is not what a release takes. */
#ifndef TESTS_ISOLATE_SANITIZED_H
#define TESTS_ISOLATE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#endif
