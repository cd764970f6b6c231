/*
 * A sheet as lines, out of any bytes: the first one says whether the others are the whole archive,
 * or one of the parts of an archive whose others are sound. Reading ends, gives no more rows than a
 * sheet has and no line that is longer than promised, and says why where it fails.
 */
#include "io/workbook/workbook_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output/workbook/zip_parts.h"

#define ROWS_MAX 1048576u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static const struct {
    const char *name, *sound;
} parts[] = {
    {"_rels/.rels", "<r><Relationship Type=\"x/officeDocument\" Target=\"b.xml\"/></r>"},
    {"_rels/b.xml.rels", "<r><Relationship Id=\"1\" Type=\"x/worksheet\" Target=\"s.xml\"/>"
                         "<Relationship Id=\"2\" Type=\"x/sharedStrings\" Target=\"t.xml\"/>"
                         "<Relationship Id=\"3\" Type=\"x/styles\" Target=\"f.xml\"/></r>"},
    {"b.xml", "<w><sheet name=\"a\" id=\"1\"/></w>"},
    {"t.xml", "<s><si><t>domain</t></si><si><r><t>a.exam</t></r><r><t>ple</t></r></si></s>"},
    {"f.xml", "<f><cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs></f>"},
    {"s.xml", "<w><sheetData><row><c t=\"s\"><v>0</v></c></row><row><c t=\"s\"><v>1</v></c>"
              "<c s=\"1\"><v>46356</v></c></row></sheetData></w>"},
};

#define NUM_PARTS (sizeof(parts) / sizeof(parts[0]))

static void write_parts(FILE *stream, size_t number, const uint8_t *data, size_t size)
{
    struct zip_parts *zip = zip_parts_new(stream);
    require(zip != NULL);
    for (size_t i = 0; i < NUM_PARTS; i++) {
        zip_parts_begin(zip, parts[i].name);
        if (i == number) {
            zip_parts_put(zip, data, size);
        } else {
            zip_parts_put(zip, parts[i].sound, strlen(parts[i].sound));
        }
    }
    require(zip_parts_end(zip));
    zip_parts_free(zip);
}

static void read_all(int fd)
{
    char piece[509];
    size_t num_lines = 0, len = 0;
    ssize_t got;
    struct workbook_text *text = workbook_text_new(fd, NULL);
    require(text != NULL);
    while ((got = workbook_text_read(text, piece, sizeof(piece))) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            len = piece[i] == '\n' ? 0 : len + 1;
            num_lines += piece[i] == '\n';
            require(len <= WORKBOOK_ROW_MAX && piece[i] != '\0' && piece[i] != '\r');
        }
    }
    require(num_lines <= ROWS_MAX && (got < 0) == (workbook_text_problem(text) != NULL));
    workbook_text_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    int fd = memfd_create("workbook", MFD_CLOEXEC);
    FILE *stream = fd >= 0 ? fdopen(fd, "w+") : NULL;
    require(stream != NULL);
    if (data[0] % (NUM_PARTS + 1) == NUM_PARTS) {
        require(fwrite(data + 1, 1, size - 1, stream) == size - 1);
    } else {
        write_parts(stream, data[0] % (NUM_PARTS + 1), data + 1, size - 1);
    }
    require(fflush(stream) == 0);
    read_all(fd);
    fclose(stream);
    return 0;
}
