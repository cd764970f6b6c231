/* Puts the page together: the filters in use, the search, the dialog, the keys, printing. */

const SEARCH_WAIT_MS = 60;
const CHOICES_MAX = 200;

function wordsOf(text) {
    return text.toLowerCase().split(/\s+/).filter((word) => word !== '');
}

class Page {
    constructor(model) {
        this.model = model;
        this.calls = new Calls(model, new Importance(model, model.importance));
        this.dimensions = makeDimensions(model, this.calls);
        this.evidence = new Evidence(model);
        this.filters = new Map(); /* dimension name: key */
        this.words = [];
        this.selects = new Map();
        this.dialog = byId('detail');
        this.shown = null;
    }

    start() {
        const press = (dimension, key) => this.toggle(dimension, key);
        drawHead(this.model);
        drawFigures(this.model);
        drawCharts(this.model, this.dimensions, this.calls, press, (row) => this.open(row));
        drawGlossary();
        this.buildTools();
        this.table = new Table(this.model, byId('table'), (row) => this.open(row),
            () => this.noteView());
        this.buildDialog();
        this.listen();
        this.takeView();
    }

    /* ---- The address ---- */

    /* Shows what the fragment of the address says. */
    takeView() {
        const view = viewOfFragment(location.hash, this.dimensions);
        this.filters = view.filters;
        this.search.value = view.words;
        this.words = wordsOf(view.words);
        this.table.order(view.sort);
        this.apply();
        const row = view.domain === null ? undefined : this.model.rowOf(view.domain);
        if (row !== undefined) {
            this.open(row);
        } else if (this.dialog.open) {
            this.dialog.close();
        }
    }

    /* Writes what is shown into the address; no entry of the browser's history is made. */
    noteView() {
        const fragment = fragmentOfView({filters: this.filters, words: this.search.value.trim(),
            sort: this.table.sorted, domain: this.dialog.open ? this.shown.name : null});
        if (fragment !== location.hash) {
            history.replaceState(null, '', fragment === ''
                ? location.pathname + location.search : fragment);
        }
    }

    /* In words, for paper. */
    get filterText() {
        const parts = [...this.filters].map(([name, key]) =>
            this.dimensions[name].title + ': ' + this.dimensions[name].label(key));
        if (this.words.length > 0) {
            parts.push('search: \u201c' + this.words.join(' ') + '\u201d');
        }
        return (parts.length === 0 ? 'No filter' : 'Filter \u2013 ' + parts.join('; ')) + '. ' +
            byId('matches').textContent + '.';
    }

    /* ---- Filters and search ---- */

    buildTools() {
        this.search = el('input', {id: 'search', type: 'search', autocomplete: 'off',
            spellcheck: 'false', placeholder: 'Search names, hosts, providers, findings, columns',
            'aria-label': 'Search the table'});
        byId('tools').append(this.search);
        for (const name of ['grade', 'opportunistic', 'enforced', 'finding', 'provider', 'country',
            'open']) {
            const select = this.buildSelect(name);
            if (select !== null) {
                byId('tools').append(select);
            }
        }
        byId('tools').append(button({id: 'export', class: 'quiet'},
            () => download('mxgrade-rows.csv', csvOf(this.model, this.table.rows)),
            'Download rows (CSV)'));
    }

    buildSelect(name) {
        const dimension = this.dimensions[name];
        const counts = countBy(this.model.domains, dimension);
        if (counts.length === 0) {
            return null;
        }
        const rank = rankIn(GRADES);
        if (name === 'grade') {
            counts.sort((a, b) => rank(a[0]) - rank(b[0]));
        }
        const select = el('select', {'aria-label': dimension.title},
            el('option', {value: ''}, dimension.title + ': all'),
            counts.slice(0, CHOICES_MAX).map(([key, count]) => el('option', {value: key},
                dimension.label(key) + ' (' + countText(count) + ')')));
        select.addEventListener('change', () => this.set(name,
            select.selectedIndex === 0 ? null : counts[select.selectedIndex - 1][0]));
        this.selects.set(name, {select, keys: counts.slice(0, CHOICES_MAX).map((pair) => pair[0])});
        return select;
    }

    set(name, key) {
        if (key === null) {
            this.filters.delete(name);
        } else {
            this.filters.set(name, key);
        }
        this.apply();
    }

    toggle(name, key) {
        this.set(name, this.filters.get(name) === key ? null : key);
    }

    accepts(row) {
        for (const [name, key] of this.filters) {
            if (!this.dimensions[name].keys(row).includes(key)) {
                return false;
            }
        }
        return this.words.every((word) => row.text.includes(word));
    }

    apply() {
        this.table.show((row) => this.accepts(row));
        const total = this.model.domains.length;
        byId('matches').textContent = this.table.rows.length === total
            ? counted(total, this.model.noun)
            : countText(this.table.rows.length) + ' of ' + counted(total, this.model.noun);
        this.drawChips();
        for (const [name, {select, keys}] of this.selects) {
            select.selectedIndex = keys.indexOf(this.filters.get(name)) + 1;
        }
        for (const part of document.querySelectorAll('[data-dimension]')) {
            part.setAttribute('aria-pressed',
                String(this.filters.get(part.dataset.dimension) === part.dataset.key));
        }
        this.noteView();
    }

    drawChips() {
        const chips = [...this.filters].map(([name, key]) => button({class: 'chip',
            title: 'Take this filter away'}, () => this.set(name, null),
        this.dimensions[name].title + ': ' + this.dimensions[name].label(key),
        el('span', {'aria-hidden': 'true'}, ' \u00d7')));
        if (chips.length > 1 || (chips.length > 0 && this.words.length > 0)) {
            chips.push(button({class: 'chip quiet'}, () => this.clear(), 'Clear all'));
        }
        byId('chips').replaceChildren(...chips);
    }

    clear() {
        this.filters.clear();
        this.search.value = '';
        this.words = [];
        this.apply();
    }

    readSearch() {
        this.words = wordsOf(this.search.value);
        this.apply();
    }

    /* ---- The dialog ---- */

    buildDialog() {
        this.dialog.addEventListener('close', () => this.closed());
        this.dialog.addEventListener('click', (event) => {
            if (event.target === this.dialog) {
                this.dialog.close(); /* the page behind it */
            }
        });
        this.dialog.addEventListener('keydown', (event) => {
            const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
            const next = step === undefined ? undefined : this.table.neighbour(this.shown, step);
            if (next !== undefined) {
                this.open(next);
                event.preventDefault();
            }
        });
    }

    open(row) {
        const previous = this.table.neighbour(row, -1);
        const next = this.table.neighbour(row, 1);
        if (!this.dialog.open) {
            this.opener = document.activeElement;
        }
        this.shown = row;
        drawDetail(this.dialog, this.model, this.evidence, row, {
            close: () => this.dialog.close(),
            previous: previous && (() => this.open(previous)),
            next: next && (() => this.open(next)),
        });
        if (!this.dialog.open) {
            this.dialog.showModal();
        }
        byId('detail-title').focus();
        this.noteView();
    }

    /* Back to where it was opened: to the row shown last if that was the table. */
    closed() {
        if (this.dialog.open) {
            return; /* the event comes late: another one has been opened since */
        }
        const position = this.table.rows.indexOf(this.shown);
        this.dialog.replaceChildren();
        this.noteView();
        if (position >= 0 && !byId('charts').contains(this.opener)) {
            this.table.focusRow(position);
        } else {
            this.opener?.focus();
        }
    }

    /* ---- Keys and paper ---- */

    listen() {
        let timer;
        this.search.addEventListener('input', () => {
            clearTimeout(timer);
            timer = setTimeout(() => this.readSearch(), SEARCH_WAIT_MS);
        });
        this.search.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                this.search.value = '';
                this.readSearch();
            } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
                this.readSearch();
                this.table.focusRow(0);
                event.preventDefault();
            }
        });
        document.addEventListener('keydown', (event) => {
            const typing = event.target.closest('input, select, textarea') !== null;
            if (event.key === '/' && !typing && !this.dialog.open) {
                this.search.focus();
                this.search.select();
                event.preventDefault();
            } else if (event.key === 'Escape' && !typing && !this.dialog.open &&
                this.filters.size > 0) {
                this.clear();
            }
        });
        window.addEventListener('hashchange', () => this.takeView());
        document.querySelector('.skip').addEventListener('click', (event) => {
            byId('list').focus();
            byId('list').scrollIntoView();
            event.preventDefault(); /* the fragment of the address is the view's */
        });
        window.addEventListener('beforeprint', () => this.beforePrint());
        window.addEventListener('afterprint', () => this.table.dropPrinted());
    }

    beforePrint() {
        if (!this.dialog.open) {
            this.table.drawPrinted(this.filterText);
        }
        for (const part of this.dialog.querySelectorAll('details')) {
            part.open = true;
        }
    }
}

/* A page that cannot be drawn says why: the text of `starting` is for browsers that are too old even
 * to read this script. */
async function startPage() {
    try {
        if (typeof DecompressionStream === 'undefined') {
            throw new Error('it cannot unpack the data (DecompressionStream)');
        }
        new Page(new Model(await readIsland('data0'))).start();
        byId('starting').remove();
        performance.mark('page-ready');
    } catch (error) {
        byId('starting').classList.add('failed');
        byId('why').textContent = show('This browser says: ' + error.message);
    }
    document.querySelector('main').removeAttribute('aria-busy');
}

startPage();
