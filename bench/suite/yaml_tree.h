/* A YAML file as a tree whose nodes know their line and column. No other file uses
 * libyaml.
 *
 * The tree is a subset of YAML: one document of scalars, lists and mappings; keys are
 * scalars and unique; an alias becomes a copy of what its anchor names; tags and merge
 * keys are refused. Scalars stay text, and the caller decides what they mean. */
#ifndef BENCH_SUITE_YAML_TREE_H
#define BENCH_SUITE_YAML_TREE_H

#include <stdbool.h>

#include "bench/suite/diagnostics.h"
#include "core/base/arena.h"

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
    enum node_kind kind;
    const char *text;   /* NODE_SCALAR: UTF-8, no control characters but \n and \t */
    bool plain;         /* NODE_SCALAR: written without quotes */
    struct node *key;   /* in a mapping: the scalar before the colon; else NULL */
    struct node *child; /* NODE_SEQUENCE, NODE_MAPPING: the first; NULL where empty */
    struct node *next;  /* the next child of the same parent, or NULL */
    struct place place;
};

/* The root of n bytes of text; the tree and its texts are taken from the arena. `file` is
 * what its places and errors are shown with. */
enum status node_parse(struct node **root, const char *text, size_t n, const char *file,
                       struct arena *arena, struct error *err);

/* The member of a mapping with that key, or NULL. */
struct node *node_get(const struct node *mapping, const char *key);

int node_count(const struct node *parent); /* children */

/* Whether a key has no value: "", "~" or "null" without quotes. */
bool node_is_null(const struct node *node);

/* "a list", "a mapping", "a single value" */
const char *node_kind_name(enum node_kind kind);

#endif
