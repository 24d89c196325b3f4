#include "bench/library.h"

#include <string.h>

#include "tasks/load.h"

enum status library_get(struct library *library, const struct stream_setup *setup,
                        const struct dataset **data, struct error *err)
{
    struct book *book;

    for (int i = 0; i < library->n; i++) {
        book = &library->book[i];
        if (book->pad == setup->pad && strcmp(book->name, setup->dataset) == 0) {
            *data = &book->data;
            return OK;
        }
    }
    if (library->n == LIBRARY_MAX)
        return error_set(err, ERR_SUITE, "more than %d data sets in one suite",
                         LIBRARY_MAX);
    book = &library->book[library->n];
    if (dataset_load(&book->data, setup->dataset, library->folder, setup->pad, err) != OK)
        return err->status;
    strcpy(book->name, setup->dataset);
    book->pad = setup->pad;
    library->n++;
    *data = &book->data;
    return OK;
}

void library_close(struct library *library)
{
    for (int i = 0; i < library->n; i++)
        dataset_close(&library->book[i].data);
    library->n = 0;
}
