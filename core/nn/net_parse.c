/* The text of a net: presets and lists of layers. */
#include "core/nn/net.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/suggest.h"

enum { WORDS = 8, TEXT_MAX = 1024, WIDTH_MAX = 1000000, CHANNELS_MAX = 65536 };

const struct net_preset net_presets[] = {
    {"mlp-A-B-...", NULL, "dense layers of A, B, ... units with ReLU; any mlp-A-B-..."},
    {"lenet",
     "conv 6 5 same, relu, pool 2, conv 16 5 valid, relu, pool 2, dense 120, relu, "
     "dense 84, relu",
     "LeNet-5 with ReLU and max-pooling (LeCun 1998)"},
    {"small-cnn", "conv 16 3, relu, pool 2, conv 32 3, relu, pool 2, dense 64, relu",
     "a small padded convolutional net for quick runs"},
    {"noprop-cnn",
     "conv 32 3 valid, relu, pool 2, dropout 0.2, conv 64 3 valid, relu, dropout 0.2, "
     "conv 128 3 valid, relu, pool 2, dropout 0.2",
     "the image branch of a NoProp block up to its flattened maps (Li 2025, figure 5)"},
    {"noprop-cnn-half",
     "conv 16 3 valid, relu, pool 2, dropout 0.2, conv 32 3 valid, relu, dropout 0.2, "
     "conv 64 3 valid, relu, pool 2, dropout 0.2",
     "noprop-cnn with half the channels; with `width: 128` a NoProp block at half width"},
    {"peer-cnn",
     "conv 32 3 same, relu, pool 2, conv 64 3 same, relu, pool 2, conv 128 3 same, relu, "
     "pool 2, dense 256, relu",
     "three padded convolutions and a dense layer"},
    {"peer-block",
     "conv 32 3 same, batchnorm, relu, pool 2, conv 64 3 same, batchnorm, relu, pool 2, "
     "conv 128 3 same, batchnorm, relu, pool 2, dense 256, relu",
     "peer-cnn with batch norm after each convolution"},
    {NULL, NULL, NULL},
};

enum { PRESETS = sizeof net_presets / sizeof *net_presets };

/* A list of layers as the text of a preset, or the text itself. */
static enum status expand(const char *text, char *out, struct error *err)
{
    size_t used = 0;

    if (strncmp(text, "mlp-", 4) == 0) {
        for (const char *at = text + 3; *at == '-';) {
            char *end;
            long n = strtol(at + 1, &end, 10);

            if (end == at + 1 || n < 1 || used + 40 > TEXT_MAX)
                break;
            if (n > WIDTH_MAX)
                return error_set(err, ERR_USAGE,
                                 "'%s' is too wide: a layer has at most %d units", text,
                                 WIDTH_MAX);
            used += (size_t)snprintf(out + used, TEXT_MAX - used, "%sdense %ld, relu",
                                     used ? ", " : "", n);
            at = end;
            if (*at == '\0')
                return OK;
        }
        return error_set(err, ERR_USAGE,
                         "'%s' is not a net; write mlp-A-B-... with whole numbers", text);
    }
    for (const struct net_preset *p = net_presets; p->name; p++)
        if (strcmp(p->name, text) == 0 && p->layers)
            text = p->layers;
    if (strlen(text) >= TEXT_MAX)
        return error_set(err, ERR_USAGE, "the net is longer than %d characters",
                         TEXT_MAX);
    strcpy(out, text);
    return OK;
}

static bool read_int(const char *word, int low, int high, int *value)
{
    char *end;
    long n = strtol(word, &end, 10);

    *value = (int)n;
    return end != word && *end == '\0' && n >= low && n <= high;
}

static enum status bad_layer(const struct net *net, const char *layer, const char *why,
                             struct error *err)
{
    return error_set(err, ERR_USAGE, "layer %d of the net, '%s': %s", net->n_layer + 1,
                     layer, why);
}

static bool parse_conv(struct layer *layer, char **word, int n)
{
    int channels, size, stride = 1;
    bool same = true;

    if (n < 3 || !read_int(word[1], 1, CHANNELS_MAX, &channels) ||
        !read_int(word[2], 1, 16, &size))
        return false;
    for (int i = 3; i < n; i++) {
        if (strcmp(word[i], "valid") == 0)
            same = false;
        else if (strcmp(word[i], "stride") == 0 && i + 1 < n &&
                 read_int(word[i + 1], 1, 16, &stride))
            i++;
        else if (strcmp(word[i], "same") != 0)
            return false;
    }
    if (same && size % 2 == 0)
        return false;
    layer->kind = LAYER_CONV;
    layer->n_in = size * size * layer->in.channels;
    layer->n_unit = channels;
    return window_make(&layer->window, layer->in, channels, size, stride,
                       same ? (size - 1) / 2 : 0);
}

static bool parse_pool(struct layer *layer, char **word, int n)
{
    int size;

    layer->kind = LAYER_POOL;
    return n == 2 && read_int(word[1], 1, 16, &size) &&
           window_make(&layer->window, layer->in, layer->in.channels, size, size, 0);
}

static bool parse_dense(struct layer *layer, char **word, int n)
{
    layer->kind = LAYER_DENSE;
    layer->n_in = shape_size(layer->in);
    return n == 2 && read_int(word[1], 1, WIDTH_MAX, &layer->n_unit);
}

static bool parse_batchnorm(struct layer *layer, char **word, int n)
{
    layer->kind = LAYER_BATCHNORM;
    layer->n_unit = layer->in.channels;
    return n == 1;
}

static bool parse_dropout(struct layer *layer, char **word, int n)
{
    char *end;

    layer->kind = LAYER_DROPOUT;
    if (n != 2)
        return false;
    layer->rate = strtod(word[1], &end);
    return *end == '\0' && layer->rate >= 0 && (float)layer->rate < 1;
}

static bool parse_plain(struct layer *layer, char **word, int n)
{
    static const char *const activation[] = {[ACT_RELU] = "relu",
                                             [ACT_ELU] = "elu",
                                             [ACT_TANH] = "tanh",
                                             [ACT_SILU] = "silu",
                                             [ACT_SIGMOID] = "sigmoid"};

    layer->kind = strcmp(word[0], "layernorm") == 0 ? LAYER_LAYERNORM
                  : strcmp(word[0], "rmsnorm") == 0 ? LAYER_RMSNORM
                                                    : LAYER_ACTIVATION;
    for (int i = 0; i < ACTIVATIONS; i++)
        if (strcmp(word[0], activation[i]) == 0)
            layer->activation = (enum activation)i;
    return n == 1;
}

static const struct {
    const char *name, *form;
    bool (*parse)(struct layer *layer, char **word, int n);
} forms[] = {
    {"conv",
     "conv CHANNELS SIZE [stride N] [valid|same], within the image; same needs an odd "
     "SIZE; at most 65536 channels, SIZE and N at most 16",
     parse_conv},
    {"pool", "pool SIZE, within the image and at most 16", parse_pool},
    {"dense", "dense UNITS, 1 to 1000000", parse_dense},
    {"batchnorm", "batchnorm", parse_batchnorm},
    {"dropout", "dropout P with 0 <= P < 1", parse_dropout},
    {"relu", "relu", parse_plain},
    {"elu", "elu", parse_plain},
    {"tanh", "tanh", parse_plain},
    {"silu", "silu", parse_plain},
    {"sigmoid", "sigmoid", parse_plain},
    {"layernorm", "layernorm", parse_plain},
    {"rmsnorm", "rmsnorm", parse_plain},
};

enum { FORMS = sizeof forms / sizeof *forms };

/* "mlp_400x30" -> "mlp-400-30" */
static const char *near_mlp(const char *word, char out[TEXT_MAX])
{
    static const char digits[] = "0123456789";
    size_t used = (size_t)snprintf(out, TEXT_MAX, "mlp");

    while (*(word += strcspn(word, digits)) && used + strlen(word) + 2 < TEXT_MAX) {
        int n = (int)strspn(word, digits);

        used += (size_t)snprintf(out + used, TEXT_MAX - used, "-%.*s", n, word);
        word += n;
    }
    return used > 3 ? out : net_presets[0].name;
}

/* The layer that a word may mean, or the net where it is the first; NULL = none. */
static const char *nearest(const char *word, bool first, char out[TEXT_MAX])
{
    const char *words[FORMS + PRESETS];
    size_t n = 0;

    if (first && strncasecmp(word, "mlp", 3) == 0)
        return near_mlp(word, out);
    for (; n < FORMS; n++)
        words[n] = forms[n].name;
    for (const struct net_preset *p = net_presets; first && p->name; p++)
        if (strcmp(p->name, word) != 0)
            words[n++] = p->name;
    return suggest(word, words, n);
}

static enum status unknown(const char *word, bool first, struct error *err)
{
    char net[TEXT_MAX], hint[SUGGEST_TEXT];

    return error_set(
        err, ERR_USAGE, "'%s' is neither a net nor a layer%s", word,
        suggest_text(nearest(word, first, net), "; see `bench list nets`", hint));
}

/* Of one image: values are counted in ints. */
static bool countable(struct shape s)
{
    return (int64_t)s.height * s.width <= INT_MAX / s.channels;
}

/* The layer's weights and state lie behind those of the layers before it. */
static void place(struct net *net, struct layer *layer)
{
    layer->weight = net->n_weight;
    layer->state = net->n_state;
    if (layer->kind == LAYER_BATCHNORM) {
        net->n_weight += 2 * (size_t)layer->n_unit;
        net->n_state += 2 * (size_t)layer->n_unit;
    } else if (layer->n_unit) {
        net->n_weight += (size_t)(layer->n_in + 1) * (size_t)layer->n_unit;
    }
}

static enum status add_layer(struct net *net, char *text, struct error *err)
{
    struct layer layer = {.in = net->out};
    char whole[TEXT_MAX], *word[WORDS], *rest = NULL;
    int n = 0, form = 0;

    snprintf(whole, sizeof whole, "%s", text + strspn(text, " \t\n"));
    for (char *w = strtok_r(text, " \t\n", &rest); w && n < WORDS;
         w = strtok_r(NULL, " \t\n", &rest))
        word[n++] = w;
    if (n == 0)
        return bad_layer(net, whole, "empty; remove a comma", err);
    if (net->n_layer == NET_LAYERS)
        return bad_layer(net, whole, "too many layers, 64 are allowed", err);
    while (form < FORMS && strcmp(forms[form].name, word[0]) != 0)
        form++;
    if (form == FORMS)
        return unknown(word[0], net->n_layer == 0, err);
    if (!forms[form].parse(&layer, word, n))
        return bad_layer(net, whole, forms[form].form, err);
    layer.out = layer.kind == LAYER_CONV || layer.kind == LAYER_POOL ? layer.window.out
                : layer.kind == LAYER_DENSE ? (struct shape){1, 1, layer.n_unit}
                                            : layer.in;
    if (!countable(layer.out))
        return bad_layer(net, whole, "more than 2147483647 values for one image", err);
    place(net, &layer);
    net->layer[net->n_layer++] = layer;
    net->out = layer.out;
    return OK;
}

enum status net_add(struct net *net, const char *layers, struct error *err)
{
    char text[TEXT_MAX], *next = text;

    snprintf(text, sizeof text, "%s", layers);
    while (next)
        if (add_layer(net, strsep(&next, ","), err) != OK)
            return err->status;
    net_plan(net);
    return OK;
}

enum status net_parse(struct net *net, const char *text, struct shape in,
                      struct error *err)
{
    char layers[TEXT_MAX];

    if (text[0] >= '0' && text[0] <= '9' && strlen(text) < TEXT_MAX &&
        text[strspn(text, "0123456789 ,")] == '\0')
        return error_set(err, ERR_USAGE, "'%s' is not a net; did you mean '%s'?", text,
                         near_mlp(text, layers));

    *net = (struct net){.in = in, .out = in, .kernels = kernels_default()};
    if (expand(text, layers, err) != OK)
        return err->status;
    return net_add(net, layers, err);
}
