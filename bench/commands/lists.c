#include <stdio.h>

#include "bench/commands/commands.h"
#include "bench/commands/explain.h"
#include "bench/commands/list.h"

static enum status list(int argc, char **argv, int *exit_status, struct error *err)
{
    return list_command(argc, argv, stdout, err);
}

static enum status explain(int argc, char **argv, int *exit_status, struct error *err)
{
    return explain_command(argc, argv, stdout, err);
}

const struct command command_list = {
    .name = "list",
    .about = "what there is: learners, strategies, streams, datasets, nets, metrics",
    .usage =
        "usage: bench list [learners|strategies|streams|datasets|nets|metrics|plots|\n"
        "                   settings] [NAME]\n"
        "       bench list NAME\n"
        "\n"
        "Lists what a suite file can name. With NAME: its parameters, defaults, ranges,\n"
        "help and paper.\n",
    .run = list,
};

const struct command command_explain = {
    .name = "explain",
    .about = "a metric's formula and source, and who computes it differently",
    .usage =
        "usage: bench explain [METRIC]\n"
        "\n"
        "Prints the formula and source of a metric (without METRIC: of all), and which\n"
        "other suites compute it differently.\n",
    .run = explain,
};
