#include "io/sandbox/sandbox.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "io/sandbox/landlock.h"
#include "io/sandbox/syscall_filter.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER true
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER false
#endif

void sandbox_begin(struct sandbox *sandbox, const struct sandbox_options *options)
{
    *sandbox = (struct sandbox){.options = *options, .rules = -1};
    if (options->is_off || options->lacks_landlock || HAS_SANITIZER) {
        return;
    }
    int abi = landlock_abi();
    int most = options->landlock_most;
    sandbox->landlock_abi = most > 0 && abi > most ? most : abi;
    if (abi > 0) {
        sandbox->rules = landlock_begin(sandbox->landlock_abi, options->connects);
    }
}

void sandbox_allow(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
    if (sandbox->rules >= 0 && path != NULL && strcmp(path, "-") != 0) {
        landlock_allow(sandbox->rules, sandbox->landlock_abi, path, access);
    }
}

void sandbox_allow_temporary(struct sandbox *sandbox)
{
    sandbox_allow(sandbox, getenv("TMPDIR"), SANDBOX_FOLDER);
    sandbox_allow(sandbox, P_tmpdir, SANDBOX_FOLDER);
}

static bool is_open(const struct sandbox_options *options)
{
    return options->is_off || HAS_SANITIZER;
}

/* Without it neither can be had by who is not root; where even that is lacking, both fail. */
static void give_up_privileges(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int sandbox_enter_files(struct sandbox *sandbox)
{
    if (is_open(&sandbox->options) || sandbox->rules < 0) {
        return 0;
    }
    give_up_privileges();
    bool ok = landlock_enter(sandbox->rules);
    sandbox->rules = -1;
    return ok ? sandbox->landlock_abi : 0;
}

bool sandbox_enter_calls(const struct sandbox_options *options)
{
    if (is_open(options) || options->lacks_filter) {
        return false;
    }
    give_up_privileges();
    return syscall_filter_enter(options->connects);
}

struct sandbox_state sandbox_enter(struct sandbox *sandbox)
{
    struct sandbox_state state = {.landlock_abi = sandbox_enter_files(sandbox)};
    state.has_filter = sandbox_enter_calls(&sandbox->options);
    return state;
}
