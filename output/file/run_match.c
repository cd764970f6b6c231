#include "output/file/run_match.h"

#include <stdio.h>
#include <string.h>

/* From where a run asked, and in which part of the list: this may differ from machine to machine.
 */
static const char *const of_the_machine[] = {"shard", "source", "proxy", "ehlo", "resolver"};

/* These options name files. The names may differ: the digest of what a file says is an option of
 * its own, and that one is compared. */
static const char *const of_files[] = {"ca-file", "extra-ca", "exclude", "resolver-config",
                                       RUN_OPTION_ACCEPT};

/* These options say how a list is read. They may differ between two runs of different lists. */
static const char *const of_the_list[] = {"column", "encoding", "sheet"};

#define HAS(names, name) has((names), sizeof(names) / sizeof((names)[0]), (name))

static bool has(const char *const *names, size_t num, const char *name)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

const char *run_option_value(const struct run_record *run, const char *name)
{
    for (size_t i = 0; i < run->num_options; i++) {
        if (strcmp(run->options[i].name, name) == 0) {
            return run->options[i].value;
        }
    }
    return NULL;
}

struct shard run_shard(const struct run_record *run)
{
    struct shard shard;
    const char *text = run_option_value(run, "shard");
    return text != NULL && shard_read(text, &shard) ? shard : (struct shard){1, 1};
}

bool run_same_list(const struct run_record *a, const struct run_record *b)
{
    if (a->list_sha256 == NULL || b->list_sha256 == NULL) {
        return a->list_sha256 == b->list_sha256 && run_shard(a).of > 1 && run_shard(b).of > 1;
    }
    return strcmp(a->list_sha256, b->list_sha256) == 0;
}

static bool differ(struct run_named a, struct run_named b, const char *what, const char *value_a,
                   const char *value_b, char *out_error, size_t error_size)
{
    snprintf(out_error, error_size,
             "%s and %s do not belong together: %s is \"%s\" in %s and \"%s\" "
             "in %s",
             a.name, b.name, what, value_a != NULL ? value_a : "", a.name,
             value_b != NULL ? value_b : "", b.name);
    return false;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Programs of the same schema may differ; what an older one did not write is not compared. */
static bool options_match(struct run_named a, struct run_named b, char *out_error,
                          size_t error_size)
{
    bool same_list = run_same_list(a.run, b.run);
    for (size_t i = 0; i < a.run->num_options; i++) {
        const struct run_option *option = &a.run->options[i];
        const char *other = run_option_value(b.run, option->name);
        char what[64];
        if (other == NULL || strcmp(option->value, other) == 0 ||
            HAS(of_the_machine, option->name) || HAS(of_files, option->name) ||
            (!same_list && HAS(of_the_list, option->name))) {
            continue;
        }
        snprintf(what, sizeof(what), "--%s", option->name);
        return differ(a, b, what, option->value, other, out_error, error_size);
    }
    return true;
}

/* Parts of a list are parts of one list, and of one division of it. */
static bool shards_match(struct run_named a, struct run_named b, char *out_error, size_t error_size)
{
    const char *text_a = run_option_value(a.run, "shard");
    const char *text_b = run_option_value(b.run, "shard");
    if (run_shard(a.run).of == 1 || run_shard(b.run).of == 1) {
        return true;
    }
    if (!run_same_list(a.run, b.run)) {
        return differ(a, b, "they are shards, and the digest of the list", a.run->list_sha256,
                      b.run->list_sha256, out_error, error_size);
    }
    return run_shard(a.run).of == run_shard(b.run).of ||
           differ(a, b, "--shard", text_a, text_b, out_error, error_size);
}

bool run_match(struct run_named a, struct run_named b, char *out_error, size_t error_size)
{
    if (a.run->schema_version != b.run->schema_version) {
        char text_a[16], text_b[16];
        snprintf(text_a, sizeof(text_a), "%u", a.run->schema_version);
        snprintf(text_b, sizeof(text_b), "%u", b.run->schema_version);
        return differ(a, b, "the schema version", text_a, text_b, out_error, error_size);
    }
    if (!is_same(a.run->policy, b.run->policy)) {
        return differ(a, b, "the grading policy", a.run->policy, b.run->policy, out_error,
                      error_size);
    }
    if (!is_same(a.run->policy_digest, b.run->policy_digest)) {
        return differ(a, b, "the digest of the grading policy", a.run->policy_digest,
                      b.run->policy_digest, out_error, error_size);
    }
    return shards_match(a, b, out_error, error_size) && options_match(a, b, out_error, error_size);
}
