/* What release builds are linked and compiled with against overflows: the program lies at
 * a random address, its table of foreign functions is filled and made read-only before it
 * starts, and stack and buffers are guarded. Read from the program itself, as an ELF file.
 * CMake says in HARDENED whether this build is such a one. */
#include <check.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "tests/support/needs.h"

static struct arena arena;
static const char *program;
static size_t size;

static void read_program(const char *path)
{
    struct error err = {0};
    char *all;

    ck_assert_msg(file_read(path, &arena, &all, &size, &err) == OK, "%s", err.text);
    ck_assert(size > sizeof(ElfW(Ehdr)) && memcmp(all, ELFMAG, SELFMAG) == 0);
    program = all;
}

static void read_bench(void)
{
    struct error err = {0};

    ck_assert_ptr_nonnull(getenv("BENCH_PROGRAM"));
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    read_program(getenv("BENCH_PROGRAM"));
}

static void drop_program(void)
{
    arena_close(&arena);
}

static const ElfW(Ehdr) * header(void)
{
    return (const void *)program;
}

static const ElfW(Phdr) * segment(ElfW(Word) type)
{
    const ElfW(Phdr) *p = (const void *)(program + header()->e_phoff);

    for (int i = 0; i < header()->e_phnum; i++)
        if (p[i].p_type == type)
            return &p[i];
    return NULL;
}

/* The value of a tag of the dynamic section, 0 where it is absent. */
static unsigned long dynamic(long tag)
{
    const ElfW(Phdr) *of = segment(PT_DYNAMIC);
    const ElfW(Dyn) * d;

    ck_assert_ptr_nonnull(of);
    for (d = (const void *)(program + of->p_offset); d->d_tag != DT_NULL; d++)
        if (d->d_tag == tag)
            return d->d_un.d_val;
    return 0;
}

static bool names(const char *function)
{
    return memmem(program, size, function, strlen(function) + 1) != NULL;
}

START_TEST(its_address_is_random)
{
    ck_assert_int_eq(header()->e_type, ET_DYN);
}
END_TEST

START_TEST(its_table_of_functions_is_read_only)
{
    ck_assert_ptr_nonnull(segment(PT_GNU_RELRO));
    ck_assert((dynamic(DT_FLAGS) & DF_BIND_NOW) || (dynamic(DT_FLAGS_1) & DF_1_NOW));
}
END_TEST

START_TEST(its_buffers_are_guarded)
{
    ck_assert(names("__fprintf_chk")); /* of glibc; not one that OpenBLAS calls */
    ck_assert(names("__vsnprintf_chk"));
}
END_TEST

/* This test program: made of the same libraries, but for OpenBLAS, which is guarded. */
START_TEST(its_stack_is_guarded)
{
    char name[] = "__stack_chk_?ail"; /* not the name itself: this program has it, too */

    name[12] = 'f';
    read_program("/proc/self/exe");
    ck_assert(names(name));
}
END_TEST

Suite *hardening_suite(void)
{
    Suite *suite = suite_create("hardening");
    TCase *tcase;

    if (!needs(HARDENED, "the flags are those of release builds without sanitizers"))
        return suite;
    tcase = tcase_create("hardening");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_bench, drop_program);
    tcase_add_test(tcase, its_address_is_random);
    tcase_add_test(tcase, its_table_of_functions_is_read_only);
    tcase_add_test(tcase, its_buffers_are_guarded);
    tcase_add_test(tcase, its_stack_is_guarded);
    return suite;
}
