#include "io/workbook/xml_stream.h"

#include <expat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/table.h"

#define BLOCK_MAX    (4u << 20) /* that expat may ask for, to hold a tag or a name */
#define NAME_BITS    4096u
#define NAMES_MAX    800u /* a sheet has about a hundred */
#define NAME_LEN_MAX 256u

struct xml_stream {
    XML_Parser parser;
    const struct xml_events *events;
    void *user;
    const char *problem; /* NULL: none yet */
    unsigned depth;
    struct table_seed seed;
    unsigned num_names; /* bits that are set below: about as many names were seen */
    uint64_t names[NAME_BITS / 64];
};

/* ---- Memory: a longer tag or comment than a MiB or so ends the document ---- */

static void *allocate(size_t size)
{
    return size <= BLOCK_MAX ? malloc(size) : NULL;
}

static void *allocate_again(void *block, size_t size)
{
    return size <= BLOCK_MAX ? realloc(block, size) : NULL;
}

/* ---- Names ---- */

static const char *without_prefix(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

const char *xml_attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2) {
        if (strcmp(without_prefix(attributes[0]), name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

/* Counts different names without keeping them; the secret seed keeps anybody from making names
 * that count as one. */
static void count_name(struct xml_stream *stream, const char *name)
{
    size_t len = strnlen(name, NAME_LEN_MAX + 1);
    uint64_t bit = table_hash(&stream->seed, name, len) % NAME_BITS;
    uint64_t mask = UINT64_C(1) << bit % 64;
    if ((stream->names[bit / 64] & mask) == 0) {
        stream->names[bit / 64] |= mask;
        stream->num_names++;
    }
    if (len > NAME_LEN_MAX || stream->num_names > NAMES_MAX) {
        xml_stream_refuse(stream, "it has too many names, or too long ones");
    }
}

/* ---- Events ---- */

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct xml_stream *stream = user;
    stream->depth++;
    if (stream->depth > XML_DEPTH_MAX) {
        xml_stream_refuse(stream, "its elements are nested too deep");
    }
    count_name(stream, name);
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        count_name(stream, attributes[i]);
    }
    if (stream->problem == NULL) {
        stream->events->start(stream->user, without_prefix(name), attributes);
    }
}

static void on_end(void *user, const XML_Char *name)
{
    struct xml_stream *stream = user;
    stream->depth--;
    if (stream->problem == NULL) {
        stream->events->end(stream->user, without_prefix(name));
    }
}

static void on_text(void *user, const XML_Char *bytes, int len)
{
    struct xml_stream *stream = user;
    if (stream->problem == NULL && len > 0) {
        stream->events->text(stream->user, bytes, (size_t)len);
    }
}

/* ECMA-376 part 2 section 9.1.4: a package has none. */
static void on_document_type(void *user, const XML_Char *name, const XML_Char *system_id,
                             const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    xml_stream_refuse(user, "it declares a document type, which a workbook may not");
}

/* ---- The document ---- */

struct xml_stream *xml_stream_new(const struct xml_events *events, void *user)
{
    static const XML_Memory_Handling_Suite memory = {allocate, allocate_again, free};
    struct xml_stream *stream = malloc(sizeof(*stream));
    XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (stream == NULL || parser == NULL) {
        free(stream);
        if (parser != NULL) {
            XML_ParserFree(parser);
        }
        return NULL;
    }
    *stream = (struct xml_stream){
        .parser = parser, .events = events, .user = user, .seed = table_seed_random()};
    XML_SetUserData(parser, stream);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_document_type);
    return stream;
}

void xml_stream_free(struct xml_stream *stream)
{
    if (stream != NULL) {
        XML_ParserFree(stream->parser);
        free(stream);
    }
}

void xml_stream_pause(struct xml_stream *stream)
{
    XML_StopParser(stream->parser, XML_TRUE);
}

void xml_stream_refuse(struct xml_stream *stream, const char *problem)
{
    if (stream->problem == NULL) {
        stream->problem = problem;
        XML_StopParser(stream->parser, XML_FALSE);
    }
}

static enum xml_status status_of(struct xml_stream *stream, enum XML_Status status)
{
    if (status == XML_STATUS_ERROR && stream->problem == NULL) {
        stream->problem = XML_GetErrorCode(stream->parser) == XML_ERROR_NO_MEMORY
                              ? "a tag in it is too long, or there is no memory for it"
                              : "it is no well-formed XML";
    }
    if (stream->problem != NULL) {
        return XML_STREAM_BAD;
    }
    return status == XML_STATUS_SUSPENDED ? XML_STREAM_PAUSED : XML_STREAM_FED;
}

enum xml_status xml_stream_feed(struct xml_stream *stream, const char *bytes, size_t len,
                                bool is_end)
{
    return status_of(stream, XML_Parse(stream->parser, bytes, (int)len, is_end));
}

enum xml_status xml_stream_resume(struct xml_stream *stream)
{
    return status_of(stream, XML_ResumeParser(stream->parser));
}

const char *xml_stream_problem(const struct xml_stream *stream)
{
    return stream->problem;
}
