#include "bench/registry/registry.h"

#include <string.h>

#define LEARNER(name) extern const struct learner learner_##name;
#include "bench/registry/learners.def"
#undef LEARNER

#define STRATEGY(name) extern const struct strategy strategy_##name;
#include "bench/registry/strategies.def"
#undef STRATEGY

#define STREAM(name) extern const struct stream stream_##name;
#include "tasks/streams/streams.def"
#undef STREAM

const struct learner *const registry_learners[] = {
#define LEARNER(name) &learner_##name,
#include "bench/registry/learners.def"
#undef LEARNER
    NULL,
};

const struct strategy *const registry_strategies[] = {
#define STRATEGY(name) &strategy_##name,
#include "bench/registry/strategies.def"
#undef STRATEGY
    NULL,
};

const struct stream *const registry_streams[] = {
#define STREAM(name) &stream_##name,
#include "tasks/streams/streams.def"
#undef STREAM
    NULL,
};

#define REQUIRE(kind, plug, hook)                                                        \
    if (!(plug)->hook)                                                                   \
    return error_set(err, ERR_USAGE, "the %s '%s' lacks .%s; see core/plug/%s.h", kind,  \
                     (plug)->name, #hook, kind)

enum status registry_check(struct error *err)
{
    for (size_t i = 0; registry_learners[i]; i++) {
        REQUIRE("learner", registry_learners[i], init);
        REQUIRE("learner", registry_learners[i], train);
        REQUIRE("learner", registry_learners[i], score);
        REQUIRE("learner", registry_learners[i], weights);
        REQUIRE("learner", registry_learners[i], flops);
        REQUIRE("learner", registry_learners[i], score_flops);
    }
    for (size_t i = 0; registry_streams[i]; i++) {
        REQUIRE("stream", registry_streams[i], init);
        REQUIRE("stream", registry_streams[i], n_task);
        REQUIRE("stream", registry_streams[i], subset);
        REQUIRE("stream", registry_streams[i], classes);
    }
    return OK;
}

#define FIND(table, wanted)                                                              \
    for (size_t i = 0; table[i]; i++)                                                    \
        if (strcmp(table[i]->name, wanted) == 0)                                         \
            return table[i];                                                             \
    return NULL

const struct learner *registry_learner(const char *name)
{
    FIND(registry_learners, name);
}

const struct strategy *registry_strategy(const char *name)
{
    FIND(registry_strategies, name);
}

const struct stream *registry_stream(const char *name)
{
    FIND(registry_streams, name);
}
