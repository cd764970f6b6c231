/*
 * A stranger's XML, read piece by piece by expat, with bounds: no document type (and so no entity
 * of its own), elements nested XML_DEPTH_MAX deep at most, no tag or comment longer than a MiB or
 * so, and no more than some hundreds of different names, as expat keeps each of them.
 *
 * Names are given without their prefix: which one stands for a namespace is up to the program that
 * wrote the file.
 */
#ifndef MXGRADE_IO_XML_STREAM_H
#define MXGRADE_IO_XML_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#define XML_DEPTH_MAX 64

/* `attributes` are pairs of name and value, with prefixes, NULL behind the last. Texts are valid
 * until the function returns. */
struct xml_events {
    void (*start)(void *user, const char *name, const char **attributes);
    void (*end)(void *user, const char *name);
    void (*text)(void *user, const char *bytes, size_t len);
};

/* The value of an attribute by its name without prefix, or NULL. */
const char *xml_attribute(const char **attributes, const char *name);

struct xml_stream;

enum xml_status {
    XML_STREAM_FED,    /* all bytes were read */
    XML_STREAM_PAUSED, /* as an event asked for */
    XML_STREAM_BAD     /* see xml_stream_problem() */
};

/* `events` and `user` are borrowed. NULL on lack of memory. */
struct xml_stream *xml_stream_new(const struct xml_events *events, void *user);
void xml_stream_free(struct xml_stream *stream); /* NULL is fine */

/* The next bytes of the document, or with `is_end` its last ones. Not while it is paused. */
enum xml_status xml_stream_feed(struct xml_stream *stream, const char *bytes, size_t len,
                                bool is_end);
/* Goes on with what was fed before the pause. */
enum xml_status xml_stream_resume(struct xml_stream *stream);

/* From within an event: reading pauses behind it. */
void xml_stream_pause(struct xml_stream *stream);
/* From within an event: the document cannot be used. `problem` is a constant. */
void xml_stream_refuse(struct xml_stream *stream, const char *problem);

/* Why it is bad: a part of a sentence. */
const char *xml_stream_problem(const struct xml_stream *stream);

#endif
