/*
 * The table of all domains: sorted, filtered and searched in memory; only the rows in sight exist
 * as elements, so that 50,000 cost no more than 50. Rows take the focus one at a time, by their
 * first cell (a grid's roving tabindex, WAI-ARIA Authoring Practices).
 */

const ROW_HEIGHT = 36; /* as in page.css */
const OVERSCAN = 8;
const PRINTED_MAX = 1000;
const NOT_PRINTED = ['score', 'country'];

const OPPORTUNISTIC_SHORT = {yes: 'yes', partial: 'partial', no: 'no', unknown: 'unknown',
    no_mail: '\u2013'};
const ENFORCED_SHORT = {both: 'DANE + MTA-STS', dane: 'DANE', 'mta-sts': 'MTA-STS', none: 'no',
    unknown: 'unknown', no_mail: '\u2013'};
const ANSWER_TONES = {yes: 'a-good', partial: 'a-warn', no: 'a-bad', unknown: 'a-dim',
    both: 'a-good', dane: 'a-good', 'mta-sts': 'a-good', none: 'a-poor', no_mail: 'a-dim'};

/* A column: how a cell looks, and the number or text that it is sorted by (null last). */
function makeColumns(model) {
    const opportunisticRank = rankIn(['yes', 'partial', 'no', 'unknown', 'no_mail']);
    const enforcedRank = rankIn(['both', 'dane', 'mta-sts', 'none', 'unknown', 'no_mail']);
    const answer = (words, value) => el('span', {class: 'answer-word ' +
        (ANSWER_TONES[value] ?? 'a-dim')}, words[value] ?? value);
    const several = (values, label) => values.length === 0 ? el('span', {class: 'muted'}, 'unknown')
        : label(values[0]) + (values.length > 1 ? ' +' + (values.length - 1) : '');
    const expiry = (row) => row.expires === null ? el('span', {class: 'muted'}, '\u2013')
        : el('span', {class: row.expires < model.today ? 'a-bad'
            : row.expires < model.today + SOON_DAYS ? 'a-warn' : ''}, dayText(row.expires));
    /* F before D; within a letter the lower score. U and N have no place in that order. */
    const gradeKeys = new Map(GRADES.filter((grade) => grade !== 'U' && grade !== 'N')
        .map((grade, rank) => [grade, Array.from({length: 101}, (_, score) => rank * 1000 - score)]));
    const supplier = {id: 'supplier', title: model.supplierTitle, key: (row) => row.supplier,
        cell: (row) => el('span', {class: 'supplier', title: row.supplier}, row.supplier ?? '\u2013')};
    return [
        ...(model.supplierTitle === null ? [] : [supplier]),
        {id: 'name', title: model.ofHosts ? 'Server' : 'Domain', key: (row) => row.name,
            cell: (row) => el('span', {class: 'name', title: row.name}, row.name)},
        {id: 'grade', title: 'Grade', cell: (row) => letterOf(row.grade, row.accepted),
            key: (row) => gradeKeys.get(row.grade)?.[row.score ?? 0] ?? null},
        {id: 'score', title: 'Score', number: true, key: (row) => row.score,
            cell: (row) => row.score ?? '\u2013'},
        {id: 'opportunistic', title: 'Encrypted', key: (row) =>
            opportunisticRank(row.opportunistic),
        cell: (row) => answer(OPPORTUNISTIC_SHORT, row.opportunistic)},
        {id: 'enforced', title: 'Enforced', key: (row) => enforcedRank(row.enforced),
            cell: (row) => answer(ENFORCED_SHORT, row.enforced)},
        {id: 'expires', title: 'Expires', key: (row) => row.expires, cell: expiry},
        {id: 'provider', title: 'Provider', key: (row) => row.providers[0] ?? null,
            cell: (row) => several(row.providers, (value) => value)},
        {id: 'country', title: 'Country', key: (row) => row.countries[0] ?? null,
            cell: (row) => several(row.countries, (value) => value)},
        {id: 'finding', title: 'Gravest finding', key: (row) => row.worst === null ? null
            : model.severityOf(row.worst) + row.worst,
        cell: (row) => row.worst === null ? el('span', {class: 'muted'}, 'none')
            : el('span', {title: model.titleOf(row.worst), class: 'finding-cell s-text-' +
                SEVERITIES[model.severityOf(row.worst)]}, model.titleOf(row.worst))},
    ];
}

/* The rank of each row's key among all keys of the column, counted from 0; -1 where it has none. */
function rankRows(rows, column) {
    const keys = rows.map(column.key);
    const distinct = [...new Set(keys)].filter((key) => key !== null);
    distinct.sort(typeof distinct[0] === 'number' ? (a, b) => a - b : undefined);
    const rankOf = new Map(distinct.map((key, rank) => [key, rank]));
    return {ranks: keys.map((key) => rankOf.get(key) ?? -1), count: distinct.length};
}

class Table {
    constructor(model, place, onOpen, onSort) {
        this.model = model;
        this.columns = makeColumns(model);
        this.onOpen = onOpen;
        this.onSort = onSort;
        this.ranks = new Map();
        this.order(null);
        this.accepts = () => true;
        this.rows = model.domains;
        this.active = 0;
        this.build(place);
    }

    /* ---- Elements ---- */

    build(place) {
        this.headers = new Map(this.columns.map((column) => [column.id,
            el('div', {role: 'columnheader', class: 'cell c-' + column.id, 'aria-sort': 'none'},
                button({class: 'sort'}, () => this.sortBy(column), column.title,
                    el('span', {class: 'arrow', 'aria-hidden': 'true'})))]));
        this.spacer = el('div', {class: 'spacer', role: 'rowgroup'});
        this.viewport = el('div', {class: 'viewport', role: 'presentation'}, this.spacer);
        const withSupplier = this.model.supplierTitle !== null;
        this.grid = el('div', {class: withSupplier ? 'grid with-supplier' : 'grid', role: 'grid', 'aria-labelledby': 'list-title',
            'aria-colcount': this.columns.length},
        el('div', {role: 'rowgroup', class: 'head-group'},
            el('div', {role: 'row', class: 'row head', 'aria-rowindex': 1},
                ...this.headers.values())), this.viewport);
        this.printed = el('div', {class: 'printed'});
        place.append(this.grid, this.printed);
        this.viewport.addEventListener('scroll', () => this.scheduleDraw(), {passive: true});
        window.addEventListener('resize', () => this.scheduleDraw());
        this.spacer.addEventListener('click', (event) => this.onClick(event));
        this.spacer.addEventListener('keydown', (event) => this.onKey(event));
    }

    rowElement(row, position) {
        return el('div', {role: 'row', class: 'row' + (position === this.active ? ' active' : ''),
            'aria-rowindex': position + 2, 'data-position': position},
        this.columns.map((column, i) => el('div', {role: 'gridcell', class: 'cell c-' + column.id +
            (column.number ? ' num' : ''), tabindex: i > 0 ? null
            : position === this.active ? 0 : -1}, column.cell(row))));
    }

    scheduleDraw() {
        if (!this.scheduled) {
            this.scheduled = true;
            requestAnimationFrame(() => {
                this.scheduled = false;
                this.draw();
            });
        }
    }

    draw() {
        this.spacer.style.height = Math.max(1, this.rows.length) * ROW_HEIGHT + 'px';
        const hadFocus = this.spacer.contains(document.activeElement);
        const first = Math.max(0, Math.floor(this.viewport.scrollTop / ROW_HEIGHT) - OVERSCAN);
        const last = Math.min(this.rows.length, first + 2 * OVERSCAN +
            Math.ceil(this.viewport.clientHeight / ROW_HEIGHT) + 1);
        const made = [];
        for (let position = first; position < last; position++) {
            const element = this.rowElement(this.rows[position], position);
            element.style.top = position * ROW_HEIGHT + 'px';
            made.push(element);
        }
        if (this.rows.length === 0) {
            made.push(el('p', {class: 'empty'}, 'Nothing matches. Take a filter away or search ' +
                'for less.'));
        }
        this.spacer.replaceChildren(...made);
        this.grid.setAttribute('aria-rowcount', this.rows.length + 1);
        if (hadFocus) {
            this.focusActive();
        }
    }

    /* The first cell has the focus for its row. */
    focusActive() {
        this.spacer.querySelector(`[data-position="${this.active}"] [tabindex]`)
            ?.focus({preventScroll: true});
    }

    /* ---- What is shown ---- */

    show(accepts) {
        this.accepts = accepts;
        this.arrange();
    }

    sortBy(column) {
        this.order({id: column.id, down: this.sort.column === column && !this.sort.down});
        this.arrange();
        this.onSort();
    }

    /* {id, down}, or null for the order at the start: the worst first. */
    order(sort) {
        const column = this.columns.find((one) => one.id === sort?.id);
        this.sort = column === undefined
            ? {column: this.columns.find((one) => one.id === 'grade'), down: true}
            : {column, down: sort.down};
    }

    /* {id, down}, or null where it is the order at the start. */
    get sorted() {
        const {column, down} = this.sort;
        return column.id === 'grade' && down ? null : {id: column.id, down};
    }

    markSorted() {
        const {column, down} = this.sort;
        for (const [id, header] of this.headers) {
            header.setAttribute('aria-sort', id !== column.id ? 'none'
                : down ? 'descending' : 'ascending');
        }
    }

    ranksBy(column) {
        let ranks = this.ranks.get(column.id);
        if (ranks === undefined) {
            ranks = rankRows(this.model.domains, column);
            this.ranks.set(column.id, ranks);
        }
        return ranks;
    }

    arrange() {
        const rows = this.model.domains.filter(this.accepts);
        const {ranks, count} = this.ranksBy(this.sort.column);
        const places = new Float64Array(rows.length);
        const all = this.model.domains.length;
        rows.forEach((row, i) => {
            const rank = ranks[row.order];
            const place = rank < 0 ? count : this.sort.down ? count - 1 - rank : rank;
            places[i] = place * all + row.order;
        });
        places.sort(); /* as numbers; what ranks alike stays in the order of the list */
        this.markSorted();
        this.rows = Array.from(places, (place) => this.model.domains[place % all]);
        this.active = 0;
        this.viewport.scrollTop = 0;
        this.draw();
    }

    /* ---- Moving about ---- */

    focusRow(position) {
        if (this.rows.length === 0) {
            return;
        }
        this.active = Math.max(0, Math.min(this.rows.length - 1, position));
        const top = this.active * ROW_HEIGHT;
        const height = this.viewport.clientHeight;
        if (top < this.viewport.scrollTop) {
            this.viewport.scrollTop = top;
        } else if (top + ROW_HEIGHT > this.viewport.scrollTop + height) {
            this.viewport.scrollTop = top + ROW_HEIGHT - height;
        }
        this.draw();
        this.focusActive();
    }

    onClick(event) {
        const element = event.target.closest('[data-position]');
        if (element !== null) {
            this.focusRow(Number(element.dataset.position));
            this.onOpen(this.rows[this.active]);
        }
    }

    onKey(event) {
        const page = Math.max(1, Math.floor(this.viewport.clientHeight / ROW_HEIGHT) - 1);
        const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page,
            Home: -Infinity, End: Infinity};
        if (event.key === 'Enter' || event.key === ' ') {
            this.onOpen(this.rows[this.active]);
        } else if (event.key === 'ArrowUp' && this.active === 0) {
            byId('search').focus();
        } else if (steps[event.key] !== undefined) {
            this.focusRow(this.active + steps[event.key]);
        } else {
            return;
        }
        event.preventDefault();
    }

    /* The neighbour of a row in the order shown; undefined at the ends. */
    neighbour(row, step) {
        const position = this.rows.indexOf(row);
        return position < 0 ? undefined : this.rows[position + step];
    }

    /* ---- Paper ---- */

    /* `filter` says in words which rows these are. */
    drawPrinted(filter) {
        const rows = this.rows.slice(0, PRINTED_MAX);
        const columns = this.columns.filter((column) => !NOT_PRINTED.includes(column.id));
        const attributes = (column) => ({class: 'p-' + column.id + (column.number ? ' num' : '')});
        this.printed.replaceChildren(el('p', {class: 'paper-filter'}, filter), el('table', {},
            el('thead', {}, el('tr', {}, columns.map((column) =>
                el('th', {scope: 'col', ...attributes(column)}, column.title)))),
            el('tbody', {}, rows.map((row) => el('tr', {}, columns.map((column) =>
                el('td', attributes(column), column.cell(row))))))),
        rows.length < this.rows.length ? el('p', {}, 'The first ' + countText(rows.length) +
            ' of ' + countText(this.rows.length) + ' rows; filter the table to print others.') : '');
    }

    dropPrinted() {
        this.printed.replaceChildren();
    }
}
