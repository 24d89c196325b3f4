/* Gives every file of the folders named to the target once: for compilers without
 * libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static int replay(const char *path)
{
    static uint8_t data[1 << 20];
    FILE *in = fopen(path, "rb");
    uint8_t *exact;
    size_t n;

    if (!in)
        return 0;
    n = fread(data, 1, sizeof data, in);
    fclose(in);
    exact = (uint8_t *)fuzz_text(data, n); /* a block of its own, for the sanitizers */
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 1;
}

static int replay_all(const char *folder)
{
    const struct dirent *entry;
    DIR *at = opendir(folder);
    char path[1024];
    int n = 0;

    while (at && (entry = readdir(at))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n += entry->d_name[0] != '.' && replay(path);
    }
    if (at)
        closedir(at);
    return n;
}

int main(int n_argument, char **argument)
{
    int n = 0;

    for (int i = 1; i < n_argument; i++)
        n += replay_all(argument[i]);
    printf("%d inputs\n", n);
    return n == 0;
}
