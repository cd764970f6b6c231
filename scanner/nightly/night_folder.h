/*
 * The folder of the nights. A night that is under way has a name of its own, and gets the name of
 * its moment once it is whole; links name the night that holds now and the one before it.
 *
 *     under-way.jsonl.zst              scanned now, or cut short
 *     night-20261130T020000Z.jsonl.zst a whole night
 *     changes-20261130T020000Z.jsonl   what differs from the night before it
 *     cut-20261130T020000Z.jsonl.zst   cut short, and set aside: nobody can go on with it
 *     latest, previous, notified       links: notified is the night that somebody was told of
 *     notification.jsonl               what they were told last
 *     lock, notify.lock
 */
#ifndef MXGRADE_SCANNER_NIGHT_FOLDER_H
#define MXGRADE_SCANNER_NIGHT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define NIGHT_NAME_SIZE  (NAME_MAX + 1)
#define NIGHT_PATH_SIZE  PATH_MAX
#define NIGHT_STAMP_SIZE 24 /* "20261130T020000Z" */

struct night_folder {
    const char *path; /* borrowed */
    int fd;
};

/* Opens it, and makes it (not what is above it) where it is not there. False: errno. */
bool night_folder_open(struct night_folder *folder, const char *path);
void night_folder_close(struct night_folder *folder);

/* "FOLDER/NAME". False: it is longer than a path can be. */
bool night_folder_path(const struct night_folder *folder, const char *name,
                       char out[NIGHT_PATH_SIZE]);

/*
 * Takes a lock that lasts as long as the descriptor, or a child's copy of it, is open. Returns the
 * descriptor; -1: errno, EWOULDBLOCK where somebody else has it.
 */
int night_folder_lock(const struct night_folder *folder, const char *name);

bool night_folder_has(const struct night_folder *folder, const char *name);

/* The name that a link names, where such a file is in the folder. */
bool night_folder_read_link(const struct night_folder *folder, const char *link,
                            char out[NIGHT_NAME_SIZE]);
/* Makes the link name `target`, at once: whoever looks sees the old or the new one. False: errno.
 */
bool night_folder_set_link(const struct night_folder *folder, const char *link, const char *target);

/* Renames a file of the folder, and syncs the folder, so that the new name outlives a power cut.
 * False: errno says why. */
bool night_folder_rename(const struct night_folder *folder, const char *from, const char *to);

/* "20261130T020000Z" of a moment in seconds since 1970. */
void night_stamp(double seconds, char out[NIGHT_STAMP_SIZE]);

/*
 * Removes the oldest files whose name begins with `prefix`, but for the `keep` newest and those
 * that `latest`, `previous` and `notified` name. Names are in the order of their moments. False:
 * errno.
 */
bool night_folder_prune(const struct night_folder *folder, const char *prefix, unsigned keep);

#endif
