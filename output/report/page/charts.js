/*
 * Charts of shares and counts, as inline SVG beside text that says the same. Each part that the
 * table can be filtered by is a button; `press(dimension, key)` is what it does.
 */

/* A rectangle of a share, in a drawing as wide as its place. */
function bar(count, total, tone) {
    const width = total === 0 ? 0 : 100 * count / total;
    return svg('svg', {class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none',
        'aria-hidden': 'true', focusable: 'false'},
    svg('rect', {class: 'bar-track', width: 100, height: 10}),
    svg('rect', {class: 'bar-fill ' + tone, height: 10,
        width: count > 0 ? Math.max(width, 0.6) : 0}));
}

/* A bar of several shares. */
function strip(parts, total) {
    let x = 0;
    const drawing = svg('svg', {class: 'strip', viewBox: '0 0 1000 10',
        preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false'});
    for (const part of parts) {
        const width = total === 0 ? 0 : 1000 * part.count / total;
        drawing.append(svg('rect', {class: 'bar-fill ' + part.tone, x, width, height: 10},
            svg('title', {}, part.label + ': ' + countText(part.count))));
        x += width;
    }
    return drawing;
}

/* `note` is a sentence, or an element. */
function card(title, note, ...content) {
    return el('article', {class: 'card'}, el('h2', {}, title),
        typeof note === 'string' ? el('p', {class: 'muted note'}, note) : note, ...content);
}

function emptyNote(text) {
    return el('p', {class: 'empty'}, text);
}

/*
 * Rows of label, bar, count and share. An item: {key, label, count, tone, mark}, where `mark` is an
 * element before the label. Labels that are sentences ("wordy") take a second line where they need
 * one, names are cut.
 */
function barList(items, total, dimension, press, kind = 'names') {
    return el('ul', {class: 'bars ' + kind}, items.map((item) => el('li', {},
        button({class: 'bar-row', 'data-dimension': dimension, 'data-key': item.key,
            'aria-pressed': 'false', disabled: item.count === 0, title: item.hint ?? item.label},
        () => press(dimension, item.key),
        el('span', {class: 'bar-label'}, item.mark ?? null,
            el('span', {class: 'bar-text'}, item.label)),
        bar(item.count, total, item.tone),
        el('span', {class: 'num'}, countText(item.count)),
        el('span', {class: 'num muted'}, percentText(item.count, total))))));
}

/* A strip and its key, in which each part is a button. */
function answerStrip(title, items, total, dimension, press) {
    return el('div', {class: 'answer'}, el('h3', {}, title), strip(items, total),
        el('ul', {class: 'legend'}, items.filter((item) => item.count > 0).map((item) =>
            el('li', {}, button({class: 'legend-row', 'data-dimension': dimension,
                'data-key': item.key, 'aria-pressed': 'false'}, () => press(dimension, item.key),
            el('span', {class: 'swatch ' + item.tone}),
            el('span', {class: 'bar-text'}, item.label),
            el('span', {class: 'num'}, countText(item.count)),
            el('span', {class: 'num muted'}, percentText(item.count, total)))))));
}

/* ---- Calendar ---- */

const CALENDAR_MONTHS = 13;
const HEAT_LEVELS = 4;
const CELL = 12;

function nextMonth(month) {
    const [year, number] = month.split('-').map(Number);
    return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}

function daysIn(month) {
    const [year, number] = month.split('-').map(Number);
    return new Date(Date.UTC(year, number, 0)).getUTCDate();
}

/* How dark: by logarithm, as the busiest day may have a hundred times the usual. */
function heat(count, most) {
    const level = most <= 1 ? 1 : 1 + Math.log(count) / Math.log(most) * (HEAT_LEVELS - 1);
    return 'heat' + Math.min(HEAT_LEVELS, Math.max(1, Math.round(level)));
}

function monthDrawing(month, perDay, most, today) {
    const first = dayOf(month + '-01');
    const drawing = svg('svg', {class: 'month', viewBox: `0 0 ${31 * CELL} ${CELL}`,
        'aria-hidden': 'true', focusable: 'false'});
    for (let i = 0; i < daysIn(month); i++) {
        const count = perDay.get(first + i) ?? 0;
        const tone = first + i < today ? 'heat-past' : count > 0 ? heat(count, most) : 'heat0';
        drawing.append(svg('rect', {class: tone, x: i * CELL + 1, y: 1, width: CELL - 2,
            height: CELL - 2, rx: 2},
        svg('title', {}, dayText(first + i) + ': ' + counted(count, 'certificate'))));
    }
    return drawing;
}

/* `days` holds the last day of each certificate. */
function calendar(days, today, press) {
    const perDay = new Map();
    for (const day of days.filter((value) => value >= today)) {
        perDay.set(day, (perDay.get(day) ?? 0) + 1);
    }
    const rows = [];
    let month = monthOf(today, today);
    const rowOf = (key, drawing, count) => el('li', {},
        button({class: 'month-row', 'data-dimension': 'expiry', 'data-key': key,
            'aria-pressed': 'false', disabled: count === 0}, () => press('expiry', key),
        el('span', {class: 'bar-text'}, monthText(key)), drawing,
        el('span', {class: 'num'}, countText(count))));
    const expired = days.filter((day) => day < today).length;
    rows.push(rowOf('expired', bar(expired, days.length, 'bad'), expired));
    const most = Math.max(1, ...perDay.values());
    for (let i = 0; i < CALENDAR_MONTHS; i++) {
        const first = dayOf(month + '-01');
        let inMonth = 0;
        for (let day = first; day < first + daysIn(month); day++) {
            inMonth += perDay.get(day) ?? 0;
        }
        rows.push(rowOf(month, monthDrawing(month, perDay, most, today), inMonth));
        month = nextMonth(month);
    }
    const later = days.filter((day) => day >= dayOf(month + '-01')).length;
    return el('div', {}, el('ul', {class: 'months'}, rows),
        el('p', {class: 'muted note'}, 'Later: ' + counted(later, 'certificate') + '.'));
}
