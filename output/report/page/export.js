/* The rows that are shown as a CSV file (docs/csv.md): the same columns, as far as the page has them,
 * the same quotes, and the same guard against formulas. */

/* OWASP, "CSV Injection": what a spreadsheet takes for a formula, full-width forms included. */
const FORMULA = /^ *[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const CSV_QUOTED = /[",;\t\r\n\0]|^ | $/;
const CELL_MAX = 32767; /* characters of a spreadsheet's cell */

function csvText(value) {
    const text = value === null || value === undefined ? '' : String(value).slice(0, CELL_MAX);
    const guarded = (FORMULA.test(text) ? '\'' : '') + text.replaceAll('\0', '\ufffd');
    return CSV_QUOTED.test(text) ? '"' + guarded.replaceAll('"', '""') + '"' : guarded;
}

/* Names of columns and what a row has there; `number`: of our own, written as it is. */
function csvColumns(model) {
    const listed = (values) => values.join(' ');
    const own = [
        ['line', (row) => row.line, 'number'],
        ['domain', (row) => row.name],
        ['grade', (row) => row.grade],
        ['accepted_grade', (row) => row.accepted?.grade],
        ['accepted_until', (row) => row.accepted?.until],
        ['score', (row) => row.score, 'number'],
        ['opportunistic_tls', (row) => row.answer('opportunistic')],
        ['enforced_tls', (row) => row.answer('enforced')],
        ['partial', (row) => row.partial],
        ['findings', (row) => listed(row.findings)],
        ['mail', (row) => row.mail],
        ['mx_hosts', (row) => listed(row.hosts)],
        ['dane', (row) => row.dane],
        ['mta_sts', (row) => row.mtaSts],
        ['open', (row) => listed(row.open)],
        ['worst_finding', (row) => model.titleOf(row.worst)],
        ['providers', (row) => listed(row.providers)],
        ['countries', (row) => listed(row.countries)],
        ['certificate_expires', (row) => row.expires === null ? null
            : new Date(row.expires * DAY_MS).toISOString().slice(0, 10)],
    ];
    return [...own, ...model.titles.map((title) => ['input.' + title, (row) => row.field(title)])];
}

function csvOf(model, rows) {
    const columns = csvColumns(model);
    const lines = [columns.map(([name]) => csvText(name)), ...rows.map((row) =>
        columns.map(([, cell, kind]) => kind === 'number' ? cell(row) ?? '' : csvText(cell(row))))];
    return '\ufeff' + lines.map((cells) => cells.join(',') + '\r\n').join('');
}

/* Hands a file to the browser's downloads; nothing leaves the machine. */
function download(name, text) {
    const url = URL.createObjectURL(new Blob([text], {type: 'text/csv;charset=utf-8'}));
    const link = el('a', {href: url, download: name});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}
