/* A job array and MPI under a real Slurm: one node, this machine, started by the test. */
#include <signal.h>
#include <sys/stat.h>

#include "core/base/ranks.h"
#include "tests/cluster/cluster.h"

static pid_t munged, controller, node;

static pid_t start_daemon(const char *line)
{
    char command[2048];

    snprintf(command, sizeof command, "exec %s >>daemons.log 2>&1 </dev/null", line);
    return start_shell(command);
}

static void write_configuration(void)
{
    char text[4096], host[65] = "";
    int port = 20000 + (int)(getpid() % 20000);

    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    snprintf(text, sizeof text,
             "ClusterName=test\nSlurmctldHost=%s(127.0.0.1)\nSlurmUser=root\n"
             "AuthType=auth/munge\nAuthInfo=socket=%s/munge.socket\n"
             "SlurmctldPort=%d\nSlurmdPort=%d\nProctrackType=proctrack/linuxproc\n"
             "TaskPlugin=task/none\nReturnToService=2\nKillWait=20\n"
             "SlurmctldPidFile=%s/controller.pid\nSlurmdPidFile=%s/node.pid\n"
             "StateSaveLocation=%s/state\nSlurmdSpoolDir=%s/spool\n"
             "SlurmctldLogFile=%s/controller.log\nSlurmdLogFile=%s/node.log\n"
             "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n"
             "NodeName=%s NodeAddr=127.0.0.1 CPUs=%ld State=UNKNOWN\n"
             "PartitionName=all Nodes=%s Default=YES MaxTime=INFINITE State=UP\n",
             host, folder, port, port + 1, folder, folder, folder, folder, folder, folder,
             host, sysconf(_SC_NPROCESSORS_ONLN), host);
    write_text("slurm.conf", text);
    sample_folder(folder, "state");
    sample_folder(folder, "spool");
    snprintf(text, sizeof text, "%s/slurm.conf", folder);
    setenv("SLURM_CONF", text, 1);
}

static void start_munge(void)
{
    char line[2048];

    ck_assert_int_eq(
        run_line("umask 077; head -c 1024 /dev/urandom >munge.key; chmod 755 ."), 0);
    snprintf(line, sizeof line,
             "munged --foreground --force --key-file=%s/munge.key "
             "--socket=%s/munge.socket --pid-file=%s/munge.pid --seed-file=%s/munge.seed "
             "--log-file=%s/munge.log",
             folder, folder, folder, folder, folder);
    munged = start_daemon(line);
}

static void wait_for_node(void)
{
    for (int i = 0; i < 300; i++) {
        if (run_line("sinfo -h -o %T | grep -q idle") == 0)
            return;
        pause_ms(200);
    }
    ck_abort_msg("the node never came up");
}

static void set_up_slurm(void)
{
    set_up();
    write_configuration();
    start_munge();
    for (int i = 0; i < 100 && run_line("test -S munge.socket") != 0; i++)
        pause_ms(100);
    controller = start_daemon("slurmctld -D -i");
    pause_ms(1000);
    node = start_daemon("slurmd -D");
    wait_for_node();
}

static void tear_down_slurm(void)
{
    const pid_t daemons[] = {node, controller, munged};

    run_line("scancel --user=root");
    for (int i = 0; i < 3; i++) {
        kill(daemons[i], SIGTERM);
        finish(daemons[i]);
    }
    unsetenv("SLURM_CONF");
    tear_down();
}

/* The script of docs/cluster.md, for this machine. */
static void write_array(void)
{
    char text[1024];

    snprintf(text, sizeof text,
             "#!/bin/sh\n#SBATCH --array=1-4\n#SBATCH --ntasks=1\n"
             "#SBATCH --cpus-per-task=1\n#SBATCH --output=array-%%a.log\n"
             "exec srun %s run s.yaml --out out --shard slurm "
             "--jobs \"$SLURM_CPUS_PER_TASK\"\n",
             getenv("BENCH_PROGRAM"));
    write_text("array.sh", text);
}

static void wait_until_no_job_is_left(void)
{
    for (int i = 0; i < 600; i++) {
        if (run_line("test -z \"$(squeue -h)\"") == 0)
            return;
        pause_ms(200);
    }
    ck_abort_msg("the jobs never ended");
}

/* Four tasks, cancelled in the middle and submitted once more. */
START_TEST(a_job_array_that_is_killed_and_submitted_again)
{
    write_study(80000); /* scancel takes its time */
    write_array();
    ck_assert_int_eq(run_line("sbatch array.sh"), 0);
    for (int i = 0; i < 600 && count_logs("begins") == 0; i++)
        pause_ms(50);
    pause_ms(600);
    ck_assert_int_eq(run_line("scancel --user=root"), 0);
    wait_until_no_job_is_left();
    ck_assert_int_lt(count_logs("ends: ok"), CELLS);
    ck_assert_int_eq(run_line("sbatch --wait array.sh"), 0);
    ck_assert_int_eq(count_logs("ends: ok"), CELLS);
    ck_assert_int_ge(count_logs("goes on from a checkpoint"), 1);
    ck_assert_int_eq(run_line("cat array-*.log | grep -c 'report: out/report' >n; "
                              "grep -qx 1 n"),
                     0);
    assert_as_alone();
}
END_TEST

START_TEST(ranks_under_srun)
{
    char text[1024];

    snprintf(text, sizeof text,
             "#!/bin/sh\n#SBATCH --ntasks=2\n#SBATCH --output=mpi.log\n"
             "exec srun --mpi=pmix %s run s.yaml --out out --no-report\n",
             getenv("BENCH_PROGRAM"));
    write_text("mpi.sh", text);
    write_study(2000);
    ck_assert_int_eq(run_line("sbatch --wait mpi.sh"), 0);
    ck_assert(holds("mpi.log", "1 at a time on each of 2 ranks"));
    assert_as_alone();
}
END_TEST

Suite *slurm_suite(void)
{
    Suite *suite = suite_create("slurm");
    TCase *tcase;

    if (!needs_program("sbatch") || !needs_program("slurmctld") ||
        !needs_program("slurmd") || !needs_program("munged") ||
        !needs(geteuid() == 0, "a Slurm of its own can be started by root alone") ||
        !needs(!is_sanitized(), "Slurm starts the optimised program alone"))
        return suite;
    tcase = tcase_create("slurm");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up_slurm, tear_down_slurm);
    tcase_add_test(tcase, a_job_array_that_is_killed_and_submitted_again);
    if (ranks_library())
        tcase_add_test(tcase, ranks_under_srun);
    suite_add_tcase(suite, tcase);
    return suite;
}
