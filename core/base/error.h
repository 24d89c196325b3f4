/* Errors: a code, a text, and where known the place in a file.
 *
 * A function that can fail for reasons outside the program returns enum status and fills
 * the caller's struct error. The first error wins: setting a second one changes nothing.
 * Wrong shapes and broken invariants are bugs, not errors: assert them. */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

enum status {
    OK = 0,
    ERR_USAGE,       /* a flag or argument of the command line */
    ERR_SUITE,       /* a suite file */
    ERR_DATA,        /* a data set */
    ERR_RESULT,      /* a result folder or file */
    ERR_DAMAGED,     /* a result file that is not whole, or not as it was written */
    ERR_IO,          /* the operating system refused */
    ERR_MEMORY,      /* a limit on memory was reached */
    ERR_DIVERGED,    /* a loss or score was not finite */
    ERR_TIME,        /* a limit on time was reached */
    ERR_INTERRUPTED, /* the user asked to stop */
};

struct error {
    enum status status; /* OK while nothing went wrong */
    char file[256];     /* "" = no file */
    int line, column;   /* from 1; 0 = unknown */
    char text[768];     /* one line, without a full stop at the end; a control character
                           that came with an argument is a '?' */
};

/* Both return the status given, so that a caller can write `return error_set(...)`. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum status error_at(struct error *err, enum status status, const char *file, int line,
                     int column, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* What malloc and its kin refuse: ERR_MEMORY. */
enum status error_no_memory(struct error *err);

#endif
