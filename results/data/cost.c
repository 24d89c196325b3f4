#include "results/data/cost.h"

const struct metric_info cost_table[] = {
    {
        .name = "peak_bytes",
        .title = "peak memory",
        .definition =
            "high-water mark of what learner, strategy and batch took, every piece "
            "rounded "
            "up to 64 bytes; its parts at that moment, which add up to it: weight_bytes, "
            "gradient_bytes, optimizer_bytes, activation_bytes, buffer_bytes, "
            "scratch_bytes, state_bytes",
        .source = "-",
        .elsewhere = "most suites print the resident size of the process "
                     "(peak_rss_bytes), with data set and libraries in it; Avalanche "
                     "samples it and misses peaks; Mammoth takes ru_maxrss, which cannot "
                     "fall, also for the average and the final figure",
    },
    {
        .name = "blocks_in_memory",
        .title = "blocks in memory",
        .definition =
            "of a net of like blocks: of how many the activations of a training "
            "step are held at the same time; activation_bytes grows with it",
        .source = "-",
        .elsewhere = "-",
    },
    {
        .name = "buffer_bytes",
        .title = "memory of the strategy at the peak",
        .definition = "stored images and logits, old networks, importance vectors",
        .source = "-",
        .elsewhere = "many papers give the number of stored images alone",
    },
    {
        .name = "train_flops",
        .title = "work of training",
        .definition =
            "multiply-adds x 2 of all training passes of the stream, by direct "
            "count whatever kernel runs; recomputation and replayed rows count, "
            "evaluation does not",
        .source = "-",
        .elsewhere = "a multiply-add is often counted once",
    },
    {
        .name = "train_seconds",
        .title = "time of training",
        .definition = "elapsed seconds in training, evaluation and checkpoints left out; "
                      "varies from run to run (timing.csv)",
        .source = "-",
        .elsewhere = "often with evaluation, which can be most of it",
    },
    {
        .name = "peak_rss_bytes",
        .title = "resident memory",
        .definition = "the kernel's high-water mark of the whole process, data set and "
                      "libraries included (timing.csv)",
        .source = "-",
        .elsewhere = "what suites usually print as memory",
    },
    {0},
};
