#include "results/data/environment.h"

#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/kernels/kernels.h"
#include "core/nn/mat.h"
#include "results/data/embedded.h"
#include "results/data/field.h"

#ifndef BENCH_VERSION
#define BENCH_VERSION "unknown"
#endif
#ifndef BENCH_COMPILER
#define BENCH_COMPILER "unknown"
#endif
#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown"
#endif

#define MEMBER(key, kind, member) FIELD(key, kind, struct environment, member)

static const struct field field_table[] = {
    {MEMBER("version", KIND_TEXT, version)},
    {MEMBER("commit", KIND_TEXT, commit)},
    {MEMBER("compiler", KIND_TEXT, compiler)},
    {MEMBER("flags", KIND_TEXT, flags)},
    {MEMBER("blas", KIND_TEXT, blas)},
    {MEMBER("blas_core", KIND_TEXT, blas_core)},
    {MEMBER("isa", KIND_TEXT, isa)},
    {MEMBER("libc", KIND_TEXT, libc)},
    {MEMBER("cpu", KIND_TEXT, cpu)},
    {MEMBER("cores", KIND_INT, cores)},
    {MEMBER("kernel", KIND_TEXT, kernel)},
    {MEMBER("host", KIND_TEXT, host)},
    {0},
};

/* "unknown" where the kernel gives the processor no name. */
static void read_cpu(char *cpu, size_t n)
{
    FILE *in = fopen("/proc/cpuinfo", "re");
    char line[256];

    snprintf(cpu, n, "unknown");
    while (in && fgets(line, sizeof line, in)) {
        const char *colon = strchr(line, ':');

        if (!colon || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " ");
        snprintf(cpu, n, "%.*s", (int)strcspn(colon, "\n"), colon);
        break;
    }
    if (in)
        fclose(in);
}

void environment_read(struct environment *env, const char *blas, const char *blas_core)
{
    struct utsname system = {.sysname = "unknown"};

    uname(&system);
    *env = (struct environment){
        .version = BENCH_VERSION,
        .cores = (int)sysconf(_SC_NPROCESSORS_ONLN),
    };
    snprintf(env->commit, sizeof env->commit, "%s", embedded_commit);
    snprintf(env->compiler, sizeof env->compiler, "%s", BENCH_COMPILER);
    snprintf(env->flags, sizeof env->flags, "%s", BENCH_FLAGS);
    snprintf(env->blas, sizeof env->blas, "%s", blas);
    snprintf(env->blas_core, sizeof env->blas_core, "%s", blas_core);
    snprintf(env->isa, sizeof env->isa, "%s", isa_name(kernels_best()));
    snprintf(env->libc, sizeof env->libc, "glibc %s", gnu_get_libc_version());
    snprintf(env->kernel, sizeof env->kernel, "%s %s", system.sysname, system.release);
    snprintf(env->host, sizeof env->host, "%s", system.nodename);
    read_cpu(env->cpu, sizeof env->cpu);
}

enum status environment_save(const struct environment *env, const char *path,
                             struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fprintf(file.out, "{\n");
    fields_write(field_table, env, true, file.out);
    fprintf(file.out, "}\n");
    return file_commit(&file, err);
}

static enum status read_members(const json_t *root, struct environment *env,
                                const char *path, struct error *err)
{
    struct environment read = {.cores = 0};
    const struct field *bad = fields_read(field_table, root, &read);

    if (bad)
        return error_set(err, ERR_DAMAGED,
                         "%s is damaged: '%s' is missing or has no fit value", path,
                         bad->key);
    *env = read;
    return OK;
}

enum status environment_load(struct environment *env, const char *path, struct error *err)
{
    FILE *in = file_open(path, err);
    json_error_t why;
    json_t *root;

    if (!in)
        return err->status;
    root = json_loadf(in, JSON_REJECT_DUPLICATES, &why);
    fclose(in);
    if (!root)
        return error_set(err, ERR_DAMAGED, "%s:%d:%d: %s", path, why.line, why.column,
                         why.text);
    read_members(root, env, path, err);
    json_decref(root);
    return err->status;
}
