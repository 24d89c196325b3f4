#include "bench/study/machine.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 1024 };

/* The number after `key` in the first line that begins with it ("" = the first line); NAN
 * where there is none: "max", or no such file. */
static double number_in(const char *path, const char *key)
{
    FILE *in = fopen(path, "re");
    char line[256], *end;
    double value = NAN;
    size_t n = strlen(key);

    while (in && fgets(line, sizeof line, in)) {
        if (strncmp(line, key, n) != 0)
            continue;
        value = strtod(line + n, &end);
        if (end == line + n)
            value = NAN;
        break;
    }
    if (in)
        fclose(in);
    return value;
}

/* The number in a file of a group. */
static double of_group(const char *group, const char *file, const char *key)
{
    char path[PATH + 64];

    snprintf(path, sizeof path, "%s/%s", group, file);
    return number_in(path, key);
}

/* The files of a version: processor time, memory. */
static const struct version {
    const char *quota, *period; /* NULL: quota holds both */
    const char *limit, *usage, *cached;
} versions[] = {
    {"cpu.cfs_quota_us", "cpu.cfs_period_us", "memory.limit_in_bytes",
     "memory.usage_in_bytes", "total_inactive_file "},
    {"cpu.max", NULL, "memory.max", "memory.current", "inactive_file "},
};

/* "200000 100000": of the two the period. */
static double period_of(const char *group, const struct version *version)
{
    char path[PATH + 64];
    double quota, period = NAN;
    FILE *in;

    if (version->period)
        return of_group(group, version->period, "");
    snprintf(path, sizeof path, "%s/%s", group, version->quota);
    in = fopen(path, "re");
    if (in && fscanf(in, "%lf %lf", &quota, &period) != 2)
        period = NAN;
    if (in)
        fclose(in);
    return period;
}

static void limit_cores(struct machine *machine, const char *group,
                        const struct version *version)
{
    double quota = of_group(group, version->quota, "");
    double cores = quota > 0 ? quota / period_of(group, version) : NAN;

    if (cores < machine->cores)
        machine->cores = cores > 1 ? (int)cores : 1;
}

static void limit_memory(struct machine *machine, const char *group,
                         const struct version *version)
{
    double limit = of_group(group, version->limit, "");
    double used = of_group(group, version->usage, "");
    double cached = of_group(group, "memory.stat", version->cached);
    double left = limit - (isfinite(used) ? used : 0) + (isfinite(cached) ? cached : 0);

    if (!(left < machine->memory))
        return;
    machine->memory = left > 0 ? left : 0;
    machine->limited = true;
}

/* A group and all above it, up to where the groups are mounted. In a container the path may
 * be that of the host, of which only the end, or nothing, can be seen. */
static void limit_by(struct machine *machine, const char *mount, const char *path,
                     const struct version *version)
{
    char group[PATH];
    size_t root = strlen(mount);

    snprintf(group, sizeof group, "%s%s", mount, path);
    for (;;) {
        limit_cores(machine, group, version);
        limit_memory(machine, group, version);
        if (strlen(group) <= root)
            return;
        *strrchr(group + root, '/') = '\0';
    }
}

static bool has_controller(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (; *list; list += strcspn(list, ",") + (list[strcspn(list, ",")] == ','))
        if (strncmp(list, name, n) == 0 && (list[n] == ',' || list[n] == '\0'))
            return true;
    return false;
}

/* A line of /proc/self/cgroup: "0::/user.slice", "5:cpu,cpuacct:/docker/1f". */
static void limit_by_line(struct machine *machine, const char *root, char *line)
{
    char *controllers = strchr(line, ':'), *path, mount[PATH];

    line[strcspn(line, "\n")] = '\0';
    path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path || path[1] != '/')
        return;
    *controllers++ = *path++ = '\0';
    if (path[1] == '\0')
        path = "";
    if (!*controllers) {
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
        limit_by(machine, mount, path, &versions[1]);
    }
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "cpu" : "memory";

        if (!has_controller(controllers, name))
            continue;
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, name);
        limit_by(machine, mount, path, &versions[0]);
    }
}

struct machine machine_read_at(const char *root, int cores)
{
    struct machine machine = {.cores = cores};
    char path[PATH], line[PATH];
    FILE *in;

    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    machine.memory = 1024 * number_in(path, "MemAvailable:");
    if (!isfinite(machine.memory))
        machine.memory = INFINITY;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in))
        limit_by_line(&machine, root, line);
    if (in)
        fclose(in);
    return machine;
}

struct machine machine_read(void)
{
    cpu_set_t set;
    int cores = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cores = CPU_COUNT(&set);
    return machine_read_at("", cores);
}
