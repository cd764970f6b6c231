#include "io/sandbox/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

bool privileges_find(const char *name, struct privileges *out, char *error, size_t error_size)
{
    const struct passwd *account = getpwnam(name);
    if (account == NULL) {
        snprintf(error, error_size, "there is no account \"%s\" to become", name);
        return false;
    }
    if (account->pw_uid == 0 || account->pw_gid == 0) {
        snprintf(error, error_size, "the user to become, %s, is root, or of root's group", name);
        return false;
    }
    if (geteuid() != 0) {
        snprintf(error, error_size, "only root can become another user, such as %s", name);
        return false;
    }
    *out = (struct privileges){account->pw_uid, account->pw_gid};
    return true;
}

bool privileges_drop(const struct privileges *privileges)
{
    const gid_t group = privileges->group;
    const uid_t user = privileges->user;
    if (setgroups(1, &group) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0) {
        return false;
    }
    errno = EPERM;
    return setuid(0) != 0 && geteuid() == user; /* there is no way back */
}
