/* The folder of the nights: names, links, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "scanner/nightly/night_folder.h"
#include "tests/unit/temp_file.h"

struct scene {
    struct temp_file place;
    struct night_folder folder;
};

static void begin(struct scene *scene)
{
    temp_file_init(&scene->place, "nights");
    assert_true(night_folder_open(&scene->folder, scene->place.path));
}

static void make(const struct scene *scene, const char *name)
{
    int fd = openat(scene->folder.fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void end(struct scene *scene, const char *const *left)
{
    for (; *left != NULL; left++) {
        assert_int_equal(unlinkat(scene->folder.fd, *left, 0), 0);
    }
    night_folder_close(&scene->folder);
    assert_int_equal(rmdir(scene->place.path), 0); /* nothing else was there */
    assert_int_equal(rmdir(scene->place.folder), 0);
}

#define END(scene, ...) end((scene), (const char *const[]){__VA_ARGS__, NULL})

static void a_stamp_sorts_as_its_moment(void **state)
{
    char stamp[NIGHT_STAMP_SIZE];
    (void)state;
    night_stamp(1795953600.9, stamp);
    assert_string_equal(stamp, "20261129T120000Z");
    night_stamp(0, stamp);
    assert_string_equal(stamp, "19700101T000000Z");
}

static void a_link_names_what_is_there(void **state)
{
    struct scene scene;
    char name[NIGHT_NAME_SIZE];
    (void)state;
    begin(&scene);
    assert_false(night_folder_read_link(&scene.folder, "latest", name));
    assert_true(night_folder_set_link(&scene.folder, "latest", "night-1"));
    assert_false(night_folder_read_link(&scene.folder, "latest", name)); /* it leads nowhere */
    make(&scene, "night-1");
    assert_true(night_folder_read_link(&scene.folder, "latest", name));
    assert_string_equal(name, "night-1");
    /* What a crash has left of another change is in nobody's way. */
    make(&scene, "latest.part");
    make(&scene, "night-2");
    assert_true(night_folder_set_link(&scene.folder, "latest", "night-2"));
    assert_true(night_folder_read_link(&scene.folder, "latest", name));
    assert_string_equal(name, "night-2");
    /* Nothing outside is ever a night. */
    assert_true(night_folder_set_link(&scene.folder, "latest", "/etc/passwd"));
    assert_false(night_folder_read_link(&scene.folder, "latest", name));
    END(&scene, "latest", "night-1", "night-2");
}

static void the_newest_stay_and_what_links_name(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    make(&scene, "night-1");
    make(&scene, "night-2");
    make(&scene, "night-3");
    make(&scene, "night-4");
    make(&scene, "changes-1");
    make(&scene, "nightly");
    assert_true(night_folder_set_link(&scene.folder, "notified", "night-1"));
    assert_true(night_folder_prune(&scene.folder, "night-", 2));
    assert_true(night_folder_has(&scene.folder, "night-1"));
    assert_false(night_folder_has(&scene.folder, "night-2"));
    assert_true(night_folder_prune(&scene.folder, "night-", 5));
    END(&scene, "notified", "night-1", "night-3", "night-4", "changes-1", "nightly");
}

static void a_lock_has_one_holder(void **state)
{
    struct scene scene;
    (void)state;
    begin(&scene);
    int first = night_folder_lock(&scene.folder, "lock");
    assert_true(first >= 0);
    assert_int_equal(night_folder_lock(&scene.folder, "lock"), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    close(first);
    int second = night_folder_lock(&scene.folder, "lock");
    assert_true(second >= 0);
    close(second);
    END(&scene, "lock");
}

static void a_folder_that_cannot_be_is_told(void **state)
{
    struct night_folder folder;
    char path[NIGHT_PATH_SIZE], name[NIGHT_NAME_SIZE];
    (void)state;
    assert_false(night_folder_open(&folder, "/nonexistent/nights"));
    assert_int_equal(errno, ENOENT);
    night_folder_close(&folder);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    char *deep = malloc(NIGHT_PATH_SIZE);
    assert_non_null(deep);
    memset(deep, 'y', NIGHT_PATH_SIZE - 10);
    deep[NIGHT_PATH_SIZE - 10] = '\0';
    folder.path = deep;
    assert_false(night_folder_path(&folder, name, path));
    assert_int_equal(errno, ENAMETOOLONG);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stamp_sorts_as_its_moment),
        cmocka_unit_test(a_link_names_what_is_there),
        cmocka_unit_test(the_newest_stay_and_what_links_name),
        cmocka_unit_test(a_lock_has_one_holder),
        cmocka_unit_test(a_folder_that_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
