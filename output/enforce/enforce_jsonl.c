#include "output/enforce/enforce_format.h"
#include "output/record/record_json.h"

static void put_object(struct enforce_out *out, const struct record_object *object,
                       const void *record)
{
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_object(&writer, object, record);
    struct text text = json_writer_text(&writer);
    if (text.bytes != NULL) {
        fwrite(text.bytes, 1, text.len, out->stream);
        fputc('\n', out->stream);
    } else {
        out->has_failed = true;
    }
    json_writer_fini(&writer);
}

static void begin_jsonl(struct enforce_out *out, const struct enforce_head *head)
{
    (void)out;
    (void)head;
}

static void entry_jsonl(struct enforce_out *out, const struct enforce_record *record)
{
    put_object(out, &record_of_enforce, record);
}

static void end_jsonl(struct enforce_out *out)
{
    (void)out;
}

const struct enforce_format enforce_jsonl = {begin_jsonl, entry_jsonl, end_jsonl};

void would_fail_jsonl(struct enforce_out *out, const struct would_fail_record *record)
{
    put_object(out, &record_of_would_fail, record);
}
