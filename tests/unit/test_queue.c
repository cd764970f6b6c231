/*
 * What a queue hands on: prepared lists, parts of them, results that wait on disk, and what of all
 * this is believed.
 */
#include "scanner/queue/queue_outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/list/prepared_list.h"
#include "scanner/queue/queue_chunk.h"
#include "scanner/queue/queue_options.h"
#include "scanner/queue/queue_source.h"
#include "tests/unit/temp_file.h"

/* ---- Prepared lists ---- */

static int open_bytes(const char *bytes, size_t len)
{
    char path[] = "/tmp/mxgrade-queue-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes, len), len);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static struct prepared_text prepare(const char *list)
{
    struct prepared_text text = {0};
    struct supplier supplier;
    int fd = open_bytes(list, strlen(list));
    struct supplier_list *from = supplier_list_new(fd, &(struct supplier_list_options){0});
    while (supplier_list_next(from, &supplier) == SUPPLIER_LIST_ITEM) {
        assert_true(prepared_list_add(&text, &supplier));
    }
    supplier_list_free(from);
    close(fd);
    return text;
}

static void expect_cell(const char *a, size_t a_len, const char *b, size_t b_len)
{
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
}

/* Through the magic line and supplier_list, as a scan reads it. */
static void expect_the_same(const char *list)
{
    static const char magic[] = PREPARED_LIST_MAGIC;
    struct prepared_text text = prepare(list);
    char *whole = malloc(sizeof(magic) + text.len);
    memcpy(whole, magic, sizeof(magic) - 1);
    memcpy(whole + sizeof(magic) - 1, text.bytes, text.len);
    int fd = open_bytes(list, strlen(list));
    int prepared_fd = open_bytes(whole, sizeof(magic) - 1 + text.len);
    struct supplier_list *from = supplier_list_new(fd, &(struct supplier_list_options){0});
    struct supplier_list *to = supplier_list_new(prepared_fd, &(struct supplier_list_options){0});
    struct supplier a, b;
    enum supplier_list_status status;
    do {
        status = supplier_list_next(from, &a);
        assert_int_equal(supplier_list_next(to, &b), status);
        if (status != SUPPLIER_LIST_ITEM) {
            break;
        }
        assert_int_equal(a.line, b.line);
        assert_int_equal(a.is_web, b.is_web);
        assert_ptr_equal(a.problem, b.problem);
        expect_cell(a.raw, a.raw_len, b.raw, b.raw_len);
        expect_cell(a.cell, a.cell_len, b.cell, b.cell_len);
        assert_int_equal(a.num_fields, b.num_fields);
        for (size_t i = 0; i < a.num_fields; i++) {
            expect_cell(a.fields[i].name, a.fields[i].name_len, b.fields[i].name,
                        b.fields[i].name_len);
            assert_string_equal(a.fields[i].name, b.fields[i].name);
            expect_cell(a.fields[i].value, a.fields[i].value_len, b.fields[i].value,
                        b.fields[i].value_len);
        }
    } while (true);
    assert_int_equal(status, SUPPLIER_LIST_END);
    supplier_list_free(from);
    supplier_list_free(to);
    close(fd);
    close(prepared_fd);
    free(whole);
    prepared_text_fini(&text);
}

static void prepared_list_is_the_list_that_it_was_made_of(void **state)
{
    (void)state;
    expect_the_same("a.example\n\n# no line\nb.example # why\nc.example");
    expect_the_same("name;domain;note\n\"A; \"\"B\"\"\";a.example;\"two\nlines\t\\n\"\nC;;\n");
    expect_the_same("id,website,id\n1,https://a.example/x,\n\"open,b.example\n2,c.example,\\\n");
    expect_the_same("domain\nm\xc3\xbcller.example\n");
}

static void broken_prepared_list_is_an_error(void **state)
{
    static const char *const lines[] = {
        "x\t0\t0\ta\ta\n",       "1\t9\t0\ta\ta\n", "1\t0\t0\ta\n",  "1\t0\t0\ta\\x\ta\n",
        "1\t0\t0\ta\ta\tname\n", "0\t0\t0\ta\ta\n", "1\t0\t0\ta\ta", "1\t0\t0\ta\\\ta\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[128];
        struct supplier supplier;
        snprintf(text, sizeof(text), PREPARED_LIST_MAGIC "%s", lines[i]);
        int fd = open_bytes(text, strlen(text));
        struct supplier_list *list = supplier_list_new(fd, &(struct supplier_list_options){0});
        assert_int_equal(supplier_list_next(list, &supplier), SUPPLIER_LIST_ERROR);
        assert_non_null(supplier_list_problem(list));
        supplier_list_free(list);
        close(fd);
    }
}

/* ---- Parts ---- */

static void part_knows_what_of_it_is_left(void **state)
{
    static const char text[] = "3\t0\t0\ta\ta\n5\t0\t0\tb\tb\n9\t0\t0\tc\tc\n";
    struct prepared_text rest = {0};
    struct queue_chunk *chunk = queue_chunk_new("1-0", text, sizeof(text) - 1);
    (void)state;
    assert_non_null(chunk);
    assert_int_equal(chunk->num_open, 3);
    assert_null(queue_chunk_line(chunk, 4));
    assert_null(queue_chunk_line(chunk, 10));
    queue_chunk_set(chunk, queue_chunk_line(chunk, 5), QUEUE_LINE_RECORDED);
    assert_int_equal(chunk->num_open, 2);
    assert_int_equal(chunk->num_left, 3);
    assert_true(queue_chunk_rest(chunk, &rest)); /* a record that is not delivered may be lost */
    expect_cell(rest.bytes, rest.len, text, sizeof(text) - 1);
    rest.len = 0;
    queue_chunk_set(chunk, queue_chunk_line(chunk, 5), QUEUE_LINE_DONE);
    assert_int_equal(chunk->num_left, 2);
    assert_true(queue_chunk_rest(chunk, &rest));
    expect_cell(rest.bytes, rest.len, "3\t0\t0\ta\ta\n9\t0\t0\tc\tc\n", 20);
    rest.len = 0;
    chunk->is_doubtful = true; /* so may be what was delivered */
    assert_true(queue_chunk_rest(chunk, &rest));
    expect_cell(rest.bytes, rest.len, text, sizeof(text) - 1);
    queue_chunk_set(chunk, queue_chunk_line(chunk, 5), QUEUE_LINE_OPEN);
    assert_int_equal(chunk->num_open, 3);
    prepared_text_fini(&rest);
    queue_chunk_free(chunk);
}

static void odd_part_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "1\t0\t0\ta\ta",
                                        "2\t0\t0\ta\ta\n2\t0\t0\tb\tb\n",
                                        "2\t0\t0\ta\ta\n1\t0\t0\tb\tb\n",
                                        "999999999999\t0\t0\ta\ta\n",
                                        "1 a.example\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        errno = 0;
        assert_null(queue_chunk_new("1-0", texts[i], strlen(texts[i])));
        assert_int_equal(errno, EINVAL); /* it is not for lack of memory */
    }
}

/* ---- Names and options ---- */

static void names_and_options_of_strangers_are_looked_at(void **state)
{
    static const char *const bad_names[] = {"", "a b", "a:b", "../a", ".a", "-a", "a\n", "a*"};
    static const struct {
        const char *text;
        bool is_fine;
    } options[] = {
        {"--depth=deep", true},
        {"--retry-wait=0.5", true},
        {"--output=/etc/passwd", false},
        {"--resolver=192.0.2.1", false},
        {"--depth", false},
        {"depth=deep", false},
        {"--allow-net=0.0.0.0/0", false},
        {"--depth=a\nb", false},
        {"--dep=deep", false},
        {"--config=/etc/passwd", false},
        {"", false},
        {"--=", false},
    };
    (void)state;
    assert_true(queue_is_name("20261201-031500-9f3a"));
    assert_true(queue_is_name("w.1_a"));
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
        assert_false(queue_is_name(bad_names[i]));
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        assert_int_equal(queue_option_is_fine(options[i].text, strlen(options[i].text)),
                         options[i].is_fine);
    }
}

/* ---- A shared source ---- */

/* What HGETALL says of workers: "NAME TIME PARTS" each. */
static struct queue_sharing share(const char *const *workers, size_t num, unsigned max)
{
    char names[8][16], values[8][32];
    redisReply items[16], *pointers[16];
    for (size_t i = 0; i < num; i++) {
        sscanf(workers[i], "%15s %31[^\n]", names[i], values[i]);
        items[2 * i] =
            (redisReply){.type = REDIS_REPLY_STRING, .str = names[i], .len = strlen(names[i])};
        items[2 * i + 1] =
            (redisReply){.type = REDIS_REPLY_STRING, .str = values[i], .len = strlen(values[i])};
        pointers[2 * i] = &items[2 * i];
        pointers[2 * i + 1] = &items[2 * i + 1];
    }
    const redisReply reply = {.type = REDIS_REPLY_ARRAY, .elements = 2 * num, .element = pointers};
    return queue_sharing_of(&reply, "me", 1000, 60, max);
}

static void source_is_shared_by_those_who_live(void **state)
{
    static const char *const alone[] = {"me 1000 1"};
    static const char *const full[] = {"me 1000 0", "a 990 1"};
    static const char *const half[] = {"me 1000 0", "a 990 2"};
    static const char *const dead[] = {"me 1000 0", "a 939 1"};
    static const char *const odd[] = {"me 1000 0", "a x", "b 990"};
    static const char *const many[] = {"a 990 2", "me 1000 0", "b 990 0", "c 990 2"};
    struct queue_sharing sharing = share(alone, 1, 4);
    (void)state;
    assert_int_equal(sharing.num_parts, 1);
    assert_true(sharing.is_free);
    sharing = share(full, 2, 4);
    assert_int_equal(sharing.num_parts, 2);
    assert_false(sharing.is_free); /* until its scan has ended */
    assert_true(share(half, 2, 4).is_free);
    assert_int_equal(share(dead, 2, 4).num_parts, 1);
    assert_true(share(dead, 2, 4).is_free);
    assert_int_equal(share(odd, 3, 4).num_parts, 1);
    sharing = share(many, 4, 2);
    assert_int_equal(sharing.num_parts, 2); /* as many as one address takes connections */
    assert_false(sharing.is_free);
    assert_int_equal(share(many, 4, 9).num_parts, 4);
}

static void pace_is_divided(void **state)
{
    const struct queue_pace all = {
        .rate = 500, .provider_rate = 0, .per_address = 2, .per_provider = 60};
    struct queue_pace part = queue_pace_part(&all, 4);
    (void)state;
    assert_true(part.rate == 125 && part.provider_rate == 0);
    assert_int_equal(part.per_address, 1);
    assert_int_equal(part.per_provider, 15);
    part = queue_pace_part(&all, 1);
    assert_int_equal(part.per_address, 2);
}

/* ---- Results on disk ---- */

static void results_are_kept_on_disk_and_found_again(void **state)
{
    char folder[] = "/tmp/mxgrade-spool-XXXXXX";
    struct queue_outbox outbox, later;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_true(queue_outbox_init(&outbox, folder, "w1"));
    assert_true(queue_outbox_add(&outbox, "job", "{\"a\":1}", 7, 3));
    assert_true(queue_outbox_add(&outbox, "job", "{\"b\":2}", 7, 0));
    assert_null(queue_outbox_first(&outbox)); /* it is open */
    queue_outbox_close(&outbox);
    assert_true(queue_outbox_add(&outbox, "job", "{\"c\":3}", 7, 4));
    assert_true(queue_outbox_spill(&outbox));
    assert_false(queue_outbox_init(&later, folder, "w2")); /* the folder is in use */
    queue_outbox_fini(&later);
    queue_outbox_close(&outbox);
    queue_outbox_fini(&outbox); /* what was in memory alone is lost with it */

    assert_true(queue_outbox_init(&later, folder, "w2"));
    struct queue_batch *batch = queue_outbox_first(&later);
    assert_non_null(batch);
    assert_string_equal(batch->job, "job");
    assert_int_equal(batch->num_lines, 1);
    assert_int_equal(batch->lines[0], 3);
    expect_cell(batch->text, batch->len, "{\"a\":1}\n{\"b\":2}\n", 16);
    queue_outbox_remove(&later, batch);
    assert_null(queue_outbox_first(&later));
    queue_outbox_fini(&later);
    assert_int_equal(rmdir(folder), 0); /* nothing is left */
}

static void file_that_was_written_and_cannot_be_read_is_told_of(void **state)
{
    char folder[] = "/tmp/mxgrade-spool-XXXXXX", path[512];
    struct queue_outbox outbox;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_true(queue_outbox_init(&outbox, folder, "w1"));
    assert_true(queue_outbox_add(&outbox, "job", "{\"a\":1}", 7, 3));
    queue_outbox_close(&outbox);
    assert_true(queue_outbox_spill(&outbox));
    (void)snprintf(path, sizeof(path), "%s", TAILQ_FIRST(&outbox.batches)->path);
    assert_int_equal(truncate(path, 0), 0);
    assert_false(outbox.has_lost);
    assert_null(queue_outbox_first(&outbox));
    assert_true(outbox.has_lost);
    queue_outbox_fini(&outbox);
    unlink(path);
    rmdir(folder);
}

static void file_that_is_none_of_ours_is_left_alone(void **state)
{
    struct temp_file file;
    struct queue_outbox outbox;
    (void)state;
    temp_file_init(&file, "job.w.0.results");
    temp_file_write(&file, "#mxgrade results ../job 1\n{}\n", 29);
    assert_true(queue_outbox_init(&outbox, file.folder, "w1"));
    assert_null(queue_outbox_first(&outbox));
    assert_false(outbox.has_lost);
    queue_outbox_fini(&outbox);
    assert_int_equal(access(file.path, F_OK), 0);
    temp_file_fini(&file);
}

static void file_that_waits_is_not_replaced(void **state)
{
    struct temp_file file;
    struct queue_outbox outbox;
    (void)state;
    temp_file_init(&file, "job.w1.00000000.results");
    temp_file_write(&file, "#mxgrade results job 1\n{}\n", 26);
    assert_true(queue_outbox_init(&outbox, file.folder, "w1"));
    assert_true(queue_outbox_add(&outbox, "job", "{\"a\":1}", 7, 2));
    queue_outbox_close(&outbox);
    assert_true(queue_outbox_spill(&outbox));
    struct queue_batch *batch = queue_outbox_first(&outbox);
    assert_non_null(batch);
    expect_cell(batch->text, batch->len, "{}\n", 3);
    queue_outbox_remove(&outbox, batch);
    batch = queue_outbox_first(&outbox);
    assert_non_null(batch);
    assert_int_equal(batch->lines[0], 2);
    queue_outbox_remove(&outbox, batch);
    queue_outbox_fini(&outbox);
    temp_file_fini(&file);
}

static void folder_that_others_may_write_to_is_refused(void **state)
{
    char folder[] = "/tmp/mxgrade-spool-XXXXXX", alias[sizeof(folder) + 2];
    struct queue_outbox outbox;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(alias, sizeof(alias), "%s.l", folder);
    assert_int_equal(symlink(folder, alias), 0);
    assert_false(queue_outbox_init(&outbox, alias, "w1"));
    queue_outbox_fini(&outbox);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_false(queue_outbox_init(&outbox, folder, "w1"));
    queue_outbox_fini(&outbox);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_true(queue_outbox_init(&outbox, folder, "w1"));
    queue_outbox_fini(&outbox);
    unlink(alias);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prepared_list_is_the_list_that_it_was_made_of),
        cmocka_unit_test(broken_prepared_list_is_an_error),
        cmocka_unit_test(part_knows_what_of_it_is_left),
        cmocka_unit_test(odd_part_is_refused),
        cmocka_unit_test(names_and_options_of_strangers_are_looked_at),
        cmocka_unit_test(source_is_shared_by_those_who_live),
        cmocka_unit_test(pace_is_divided),
        cmocka_unit_test(results_are_kept_on_disk_and_found_again),
        cmocka_unit_test(file_that_was_written_and_cannot_be_read_is_told_of),
        cmocka_unit_test(file_that_is_none_of_ours_is_left_alone),
        cmocka_unit_test(file_that_waits_is_not_replaced),
        cmocka_unit_test(folder_that_others_may_write_to_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
