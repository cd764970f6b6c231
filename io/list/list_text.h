/*
 * The bytes of a supplier list, read from a descriptor and given out as UTF-8.
 *
 * The encoding is the one that the user names, else the one that a byte order mark or the zero
 * bytes of UTF-16 show, else UTF-8. Where bytes that are not ASCII are no UTF-8 either, uchardet
 * guesses from what lies ahead (up to 1 MiB of a regular file, up to 64 KiB of a pipe), and the
 * list is converted from there on: what came before was ASCII, which all those encodings share.
 * A file of UTF-8 in which a few bytes are broken stays UTF-8.
 *
 * The Encoding Standard (WHATWG) reads ISO-8859-1 as Windows-1252, and so does this: the bytes in
 * which the two differ are control characters in the one, quotes and the euro sign in the other.
 */
#ifndef MXGRADE_IO_LIST_TEXT_H
#define MXGRADE_IO_LIST_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct list_text;

/* Does iconv know the name of this encoding? */
bool list_text_knows(const char *encoding);

/* The caller closes `fd` after list_text_free(). `encoding` is copied; NULL: find it out. NULL on
 * lack of memory, or where iconv does not know the encoding. */
struct list_text *list_text_new(int fd, const char *encoding);
void list_text_free(struct list_text *text); /* NULL is fine */

/* From now on `on_bytes` is shown all bytes that are read, as they were in the file. */
void list_text_watch(struct list_text *text,
                     void (*on_bytes)(void *user, const void *bytes, size_t len), void *user);

/* Like read(): some of the text, at most `size` bytes, of which there are UTF8_MAX at least. 0 at
 * the end, -1 with errno otherwise (EAGAIN: nothing now). */
ssize_t list_text_read(struct list_text *text, char *out, size_t size);

/* The name of an encoding that was found out and is not UTF-8; NULL as long as there is none. */
const char *list_text_found(const struct list_text *text);

/* How many bytes so far were not of the encoding. */
uint64_t list_text_num_broken(const struct list_text *text);

#endif
