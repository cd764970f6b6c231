#include "scanner/cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT 80

struct terminal terminal_of_stdout(void)
{
    struct winsize size;
    const char *term = getenv("TERM");
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    bool is_dumb = term == NULL || strcmp(term, "dumb") == 0;
    bool has_size = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    setlocale(LC_CTYPE, "");
    return (struct terminal){
        .colour = is_terminal && !is_dumb && getenv("NO_COLOR") == NULL,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = has_size ? size.ws_col : WIDTH_DEFAULT,
    };
}
