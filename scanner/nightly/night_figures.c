#include "scanner/nightly/night_figures.h"

#include <errno.h>
#include <string.h>

#include "io/base/placed_file.h"
#include "scanner/base/log.h"
#include "scanner/nightly/night_results.h"

static bool fail(const char *what)
{
    log_message("%s: %s", what, strerror(errno));
    return false;
}

/* The name of the file; NULL after a message. */
static const char *path_of(const struct night_figures *figures, char buffer[NIGHT_PATH_SIZE])
{
    if (figures->path != NULL) {
        return figures->path;
    }
    if (!night_folder_path(figures->folder, "mxgrade.prom", buffer)) {
        (void)fail(figures->folder->path);
        return NULL;
    }
    return buffer;
}

bool night_figures_write(const struct night_figures *figures, struct night_metrics metrics)
{
    char buffer[NIGHT_PATH_SIZE], latest[NIGHT_PATH_SIZE], name[NIGHT_NAME_SIZE];
    struct night_results results = {.has_run = false};
    struct placed_file file;
    const char *path = path_of(figures, buffer);
    if (path == NULL) {
        return false;
    }
    if (night_folder_read_link(figures->folder, "latest", name) &&
        night_folder_path(figures->folder, name, latest) && night_results_read(&results, latest) &&
        results.has_run && results.has_summary) {
        metrics.run = &results.run;
        metrics.summary = &results.summary;
    }
    bool ok = placed_file_open(&file, path);
    if (ok) {
        night_metrics_write(file.stream, &metrics);
        ok = placed_file_close(&file, true);
    }
    ok = ok || fail(path);
    night_results_fini(&results);
    return ok;
}

bool night_figures_set_status(const struct night_figures *figures, int instead_of, unsigned status)
{
    char buffer[NIGHT_PATH_SIZE];
    struct placed_file file;
    const char *path = path_of(figures, buffer);
    if (path == NULL) {
        return false;
    }
    FILE *before = fopen(path, "re");
    if (before == NULL) {
        return errno == ENOENT || fail(path);
    }
    bool ok = placed_file_open(&file, path);
    if (ok) {
        bool is_copied = night_metrics_copy(before, file.stream, instead_of, status);
        ok = placed_file_close(&file, is_copied) && is_copied;
    }
    ok = ok || fail(path);
    fclose(before);
    return ok;
}
