/* What the machine lets a process use, by files as Linux writes them: those of control
 * groups of both versions, alone and nested. */
#include <math.h>

#include "bench/study/machine.h"
#include "tests/support/program.h"

#define GIB (1024.0 * 1024 * 1024)

static void write_machine(const char *groups)
{
    sample_open(folder);
    sample_folder(folder, "proc");
    sample_folder(folder, "proc/self");
    sample_folder(folder, "sys");
    sample_folder(folder, "sys/fs");
    sample_folder(folder, "sys/fs/cgroup");
    write_text("proc/meminfo",
               "MemTotal:       16777216 kB\nMemFree:         1048576 kB\n"
               "MemAvailable:    8388608 kB\n");
    write_text("proc/self/cgroup", groups);
}

START_TEST(without_groups)
{
    struct machine machine;

    write_machine("0::/\n");
    machine = machine_read_at(folder, 6);
    ck_assert_int_eq(machine.cores, 6);
    ck_assert_double_eq(machine.memory, 8 * GIB);
    ck_assert(!machine.limited);
    sample_close(folder);
}
END_TEST

/* The job has no quota, the step below it has half of the job's memory; and a group above
 * both has a quota of three and a half processors. */
START_TEST(version_2_nested)
{
    struct machine machine;

    write_machine("0::/slurm/job_7/step_0\n");
    sample_folder(folder, "sys/fs/cgroup/slurm");
    sample_folder(folder, "sys/fs/cgroup/slurm/job_7");
    sample_folder(folder, "sys/fs/cgroup/slurm/job_7/step_0");
    write_text("sys/fs/cgroup/slurm/cpu.max", "350000 100000\n");
    write_text("sys/fs/cgroup/slurm/memory.max", "max\n");
    write_text("sys/fs/cgroup/slurm/job_7/cpu.max", "max 100000\n");
    write_text("sys/fs/cgroup/slurm/job_7/memory.max", "4294967296\n");
    write_text("sys/fs/cgroup/slurm/job_7/memory.current", "1073741824\n");
    write_text("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "2147483648\n");
    write_text("sys/fs/cgroup/slurm/job_7/step_0/memory.current", "1073741824\n");
    write_text("sys/fs/cgroup/slurm/job_7/step_0/memory.stat",
               "anon 536870912\ninactive_file 536870912\n");
    machine = machine_read_at(folder, 8);
    ck_assert_int_eq(machine.cores, 3);
    ck_assert_double_eq(machine.memory, 1.5 * GIB); /* 2 - 1 + 0.5 */
    ck_assert(machine.limited);
    sample_close(folder);
}
END_TEST

/* In a container: the path is that of the host, the files are at the root. */
START_TEST(version_1_in_a_container)
{
    struct machine machine;

    write_machine("6:cpu,cpuacct:/docker/1f\n5:memory:/docker/1f\n4:cpuset:/docker/1f\n");
    sample_folder(folder, "sys/fs/cgroup/cpu");
    sample_folder(folder, "sys/fs/cgroup/memory");
    write_text("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    write_text("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    write_text("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
    write_text("sys/fs/cgroup/memory/memory.usage_in_bytes", "805306368\n");
    write_text("sys/fs/cgroup/memory/memory.stat",
               "inactive_file 1\ntotal_inactive_file 268435456\n");
    machine = machine_read_at(folder, 8);
    ck_assert_int_eq(machine.cores, 1); /* half a one */
    ck_assert_double_eq(machine.memory, 0.5 * GIB);
    sample_close(folder);
}
END_TEST

/* -1 is no quota, and the largest number no limit. */
START_TEST(version_1_without_limits)
{
    struct machine machine;

    write_machine("1:cpu:/\n2:memory:/\n");
    sample_folder(folder, "sys/fs/cgroup/cpu");
    sample_folder(folder, "sys/fs/cgroup/memory");
    write_text("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    write_text("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    write_text("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    machine = machine_read_at(folder, 2);
    ck_assert_int_eq(machine.cores, 2);
    ck_assert_double_eq(machine.memory, 8 * GIB);
    ck_assert(!machine.limited);
    sample_close(folder);
}
END_TEST

START_TEST(a_machine_that_tells_nothing)
{
    struct machine machine = machine_read_at("/nonexistent", 2);

    ck_assert_int_eq(machine.cores, 2);
    ck_assert(isinf(machine.memory));
}
END_TEST

Suite *machine_suite(void)
{
    Suite *suite = suite_create("machine");
    TCase *tcase = tcase_create("machine");

    tcase_add_test(tcase, without_groups);
    tcase_add_test(tcase, version_2_nested);
    tcase_add_test(tcase, version_1_in_a_container);
    tcase_add_test(tcase, version_1_without_limits);
    tcase_add_test(tcase, a_machine_that_tells_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
