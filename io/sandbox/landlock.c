#include "io/sandbox/landlock.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What <linux/landlock.h> of Debian 12 does not have yet. */
#define ACCESS_TRUNCATE    (1ull << 14) /* ABI 3 */
#define ACCESS_IOCTL_DEV   (1ull << 15) /* ABI 5 */
#define NET_BIND           (1ull << 0)  /* ABI 4 */
#define NET_CONNECT        (1ull << 1)  /* ABI 4 */
#define SCOPE_UNIX_SOCKETS (1ull << 0)  /* ABI 6 */
#define SCOPE_SIGNALS      (1ull << 1)  /* ABI 6 */
#define RULE_NET_PORT      2

#define ACCESS_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define ACCESS_ABI_2 (ACCESS_ABI_1 | LANDLOCK_ACCESS_FS_REFER)

#define TO_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TO_WRITE                                                                                   \
    (TO_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                    \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | ACCESS_TRUNCATE)
/* Of these the kernel takes no others for what is no folder. */
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)

/* As the kernel has it; an older one takes its beginning. */
struct ruleset {
    uint64_t access_fs;
    uint64_t access_net; /* ABI 4 */
    uint64_t scoped;     /* ABI 6 */
};

struct port_rule {
    uint64_t access;
    uint64_t port;
};

static uint64_t file_rights(int abi)
{
    uint64_t rights = abi >= 2 ? ACCESS_ABI_2 : ACCESS_ABI_1;
    rights |= abi >= 3 ? ACCESS_TRUNCATE : 0;
    return rights | (abi >= 5 ? ACCESS_IOCTL_DEV : 0);
}

int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

int landlock_begin(int abi, bool connects)
{
    struct ruleset set = {.access_fs = file_rights(abi)};
    size_t size = sizeof(set.access_fs);
    if (abi >= 4) {
        set.access_net = NET_BIND | (connects ? 0 : NET_CONNECT);
        size += sizeof(set.access_net);
    }
    /* Who connects has started helpers, which it stops by signals. */
    if (abi >= 6) {
        set.scoped = SCOPE_UNIX_SOCKETS | (connects ? 0 : SCOPE_SIGNALS);
        size += sizeof(set.scoped);
    }
    int rules = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
    if (rules >= 0 && abi >= 4 && connects) {
        /* Connections come from addresses that may be chosen, and from ports that may not. */
        const struct port_rule rule = {.access = NET_BIND, .port = 0};
        syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0);
    }
    return rules;
}

static void add_rule(int rules, int abi, const char *path, uint64_t rights)
{
    struct stat info;
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place >= 0 && fstat(place, &info) == 0) {
        rights &= file_rights(abi) & (S_ISDIR(info.st_mode) ? ~0ull : OF_A_FILE);
        const struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                                        .parent_fd = place};
        /* It fails for a pipe, which Landlock does not forbid. */
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    if (place >= 0) {
        close(place);
    }
}

/* The folder of a file, which may not be there yet. Of a device or pipe it is none of ours. */
static void add_folder_of(int rules, int abi, const char *path)
{
    struct stat info;
    char copy[PATH_MAX];
    if ((stat(path, &info) == 0 && !S_ISREG(info.st_mode)) || strlen(path) >= sizeof(copy)) {
        return;
    }
    strcpy(copy, path);
    add_rule(rules, abi, dirname(copy), TO_WRITE);
}

void landlock_allow(int rules, int abi, const char *path, enum sandbox_access access)
{
    switch (access) {
    case SANDBOX_READ:
        add_rule(rules, abi, path, TO_READ);
        break;
    case SANDBOX_WRITE: {
        char *target = realpath(path, NULL); /* it may be a link that leads elsewhere */
        add_folder_of(rules, abi, path);
        if (target != NULL) {
            add_folder_of(rules, abi, target);
        }
        add_rule(rules, abi, path, TO_WRITE);
        free(target);
        break;
    }
    case SANDBOX_FOLDER:
        add_rule(rules, abi, path, TO_WRITE);
        break;
    }
}

bool landlock_enter(int rules)
{
    bool ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return ok;
}
