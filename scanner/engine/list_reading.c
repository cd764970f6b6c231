#include "scanner/engine/list_reading.h"

#include <string.h>

#include "io/list/domain_cell.h"
#include "scanner/engine/run.h"

static enum domain_form form_of(enum domain_cell_form form)
{
    switch (form) {
    case DOMAIN_CELL_NAME:
        break;
    case DOMAIN_CELL_MAIL_ADDRESS:
        return DOMAIN_FORM_MAIL_ADDRESS;
    case DOMAIN_CELL_URL:
        return DOMAIN_FORM_URL;
    }
    return DOMAIN_FORM_NAME;
}

struct list_reading list_reading_of(const struct run *run, const struct supplier *supplier)
{
    struct list_reading reading = {.problem = supplier->problem};
    if (reading.problem == NULL && run->config->hosts) {
        reading.problem = target_read_place(supplier->cell, supplier->cell_len, &reading.place);
        if (reading.place.port != 0 && run->num_services > 1) {
            reading.problem = "a port is of one service, and --services names more";
        }
    } else if (reading.problem == NULL) {
        enum domain_cell_form form;
        struct csv_cell cell = {supplier->cell, supplier->cell_len};
        struct csv_cell name = domain_cell_find(cell, supplier->is_web, &form);
        reading.form = form_of(form);
        enum hostname_status status = hostname_parse(name.bytes, name.len, &reading.domain);
        reading.problem = status != HOSTNAME_OK ? hostname_status_text(status) : NULL;
    }
    return reading;
}

void list_reading_release(struct list_reading *reading)
{
    hostname_release(reading->domain);
    hostname_release(reading->place.host);
}

bool list_reading_is_own(const struct config *config, const struct supplier *supplier,
                         const struct list_reading *reading)
{
    char address[ADDRESS_TEXT_MAX];
    const struct hostname *name = reading->domain != NULL ? reading->domain : reading->place.host;
    if (name != NULL) {
        return shard_has(config->shard, hostname_text(name), hostname_len(name));
    }
    if (reading->place.address.family != 0) {
        address_format(&reading->place.address, address);
        return shard_has(config->shard, address, strlen(address));
    }
    return shard_has(config->shard, supplier->raw, supplier->raw_len);
}
