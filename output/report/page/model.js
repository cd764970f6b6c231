/*
 * The data of the page: what is known of every domain from the start, and the dimensions by which
 * charts count and the table filters. Field names are those of the records (docs/records.md).
 */

const GRADES = ['A+', 'A', 'B', 'C', 'D', 'F', 'U', 'N'];
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];
const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const VERSION_WORDS = {'TLSv1.0': 'TLS 1.0', 'TLSv1.1': 'TLS 1.1', 'TLSv1.2': 'TLS 1.2',
    'TLSv1.3': 'TLS 1.3'};

const OPPORTUNISTIC_WORDS = {
    yes: 'Yes, everywhere', partial: 'On some servers only', no: 'No', unknown: 'Unknown',
    no_mail: 'Takes no mail',
};
const ENFORCED_WORDS = {
    both: 'DANE and MTA-STS', dane: 'DANE', 'mta-sts': 'MTA-STS', none: 'No', unknown: 'Unknown',
    no_mail: 'Takes no mail',
};

/* A list of one is written as that one. */
function listOf(value) {
    return Array.isArray(value) ? value : [value];
}

function wordOr(value, other) {
    return typeof value === 'string' ? value : other;
}

const NOTHING = [];

/* The place of a value in an order; what is not in it comes last. */
function rankIn(order) {
    const ranks = new Map(order.map((value, rank) => [value, rank]));
    return (value) => ranks.get(value) ?? order.length;
}

function unique(values) {
    return values.length < 2 ? values : [...new Set(values)];
}

/* U was not observed and N takes no mail: neither is better or worse than a letter. */
function isGraded(row) {
    return row.grade !== 'U' && row.grade !== 'N' && GRADES.includes(row.grade);
}

/* The titles by which a list names its suppliers, the likeliest first. */
const SUPPLIER_TITLES = [
    /^(supplier|vendor|lieferant(in)?|kreditor)([ _-]?name)?$/i,
    /^(company|firma|firm|unternehmen|organi[sz]ation|partner|customer|kunde|account)([ _-]?name)?$/i,
    /^name([ _-]?1)?$/i,
];

/*
 * What a row is asked for, it takes from the columns at that moment: 50,000 rows with all their
 * values as objects would take a second to make, most of it the garbage collector's.
 */
class Endpoint {
    constructor(model, index) {
        this.model = model;
        this.index = index;
    }

    cell(column) {
        return this.model.endpointColumns[column][this.index];
    }

    get name() {
        return this.model.name(this.cell('name'));
    }

    /* What rows count by is a list, which those with the same value share. */
    get providers() {
        return this.model.listOfName(this.cell('provider'));
    }

    get countries() {
        return this.model.listOfWord(this.cell('country'));
    }

    get networks() {
        return this.model.listOfName(this.cell('network'));
    }

    get certificate() {
        return this.cell('certificate');
    }

    get expires() {
        return this.model.dayOfValue(this.cell('expires'));
    }

    get months() {
        return this.model.monthsOfValue(this.cell('expires'));
    }

    get accepts() {
        return this.model.versionsOfValue(this.cell('versions'));
    }

    get hasTls() {
        return this.cell('versions') !== null;
    }

    get findings() {
        return this.model.list(this.cell('findings'));
    }

    get open() {
        return this.model.list(this.cell('open'));
    }

    get grade() {
        return wordOr(this.model.value(this.cell('grade')), 'U');
    }

    get score() {
        return this.cell('score');
    }

    get outcome() {
        return this.model.word(this.cell('outcome'));
    }
}

/* What rows of domains and of hosts have in common. */
class Row {
    constructor(model, index) {
        this.model = model;
        this.index = index; /* of its evidence */
        this.order = 0;
        this.shownText = undefined;
    }

    /* All that the endpoints have in that list, each once. */
    joined(list) {
        const endpoints = this.endpoints;
        return endpoints.length === 1 ? endpoints[0][list]
            : unique(endpoints.flatMap((endpoint) => endpoint[list]));
    }

    get providers() {
        return this.joined('providers');
    }

    get countries() {
        return this.joined('countries');
    }

    get networks() {
        return this.joined('networks');
    }

    get months() {
        return this.joined('months');
    }

    get accepts() {
        return this.joined('accepts');
    }

    /* The first of its certificates' last days. */
    get expires() {
        let first = null;
        for (const {expires} of this.endpoints) {
            if (expires !== null && (first === null || expires < first)) {
                first = expires;
            }
        }
        return first;
    }

    get worst() {
        return this.model.worstOf(this.findings);
    }

    /* What a search looks through; made when it is first wanted. */
    get text() {
        this.shownText ??= [this.name, ...this.fields.map((field) => show(field[1])), ...this.hosts,
            ...this.providers, ...this.networks, ...this.findings].join('\n').toLowerCase();
        return this.shownText;
    }
}

class DomainRow extends Row {
    constructor(model, index) {
        super(model, index);
        const numbers = this.cell('endpoints');
        this.endpoints = Array.isArray(numbers)
            ? numbers.map((number) => model.endpoints[number]) : model.lonely(numbers);
    }

    cell(column) {
        return this.model.domainColumns[column][this.index];
    }

    get line() {
        return this.cell('line') ?? 0;
    }

    get name() {
        return wordOr(this.cell('name'), '');
    }

    get grade() {
        return wordOr(this.model.value(this.cell('grade')), 'U');
    }

    /* {grade, until}, or null where it is the letter itself. */
    get accepted() {
        return this.model.value(this.cell('accepted'));
    }

    get score() {
        return this.cell('score');
    }

    get mail() {
        return wordOr(this.model.value(this.cell('mail')), 'unknown');
    }

    get hasMail() {
        return this.mail === 'mx' || this.mail === 'implicit';
    }

    get takesNoMail() {
        return this.mail === 'null_mx' || this.mail === 'none';
    }

    /* As the record has it: "opportunistic" or "enforced". */
    answer(which) {
        return wordOr(this.model.value(this.cell(which)), 'unknown');
    }

    get opportunistic() {
        return this.takesNoMail ? 'no_mail' : this.answer('opportunistic');
    }

    get enforced() {
        return this.takesNoMail ? 'no_mail' : this.answer('enforced');
    }

    get dane() {
        return this.model.word(this.cell('dane'));
    }

    get mtaSts() {
        return this.model.word(this.cell('mta_sts'));
    }

    get outcome() {
        return this.model.word(this.cell('outcome'));
    }

    /* A row of the list that is no domain. */
    get isUnusable() {
        return this.outcome === 'invalid_input';
    }

    /* [[title, value], ...] */
    get fields() {
        const values = this.cell('field_values');
        return this.model.list(this.cell('fields')).map((title, i) => [title, values[i]]);
    }

    /* The value of that column of the list; null where the row has none. */
    field(title) {
        const place = title === null ? -1 : this.model.list(this.cell('fields')).indexOf(title);
        return place < 0 ? null : this.cell('field_values')[place];
    }

    get supplier() {
        return this.field(this.model.supplierTitle) || null;
    }

    get findings() {
        return this.model.list(this.cell('findings'));
    }

    get open() {
        return this.model.list(this.cell('open'));
    }

    get hosts() {
        return listOf(this.cell('hosts')).map((number) => this.model.name(number));
    }

    get partial() {
        return this.cell('partial') === true;
    }
}

/* A scan of hosts has no domains: each of its endpoints stands for itself. */
const CLEAR = ['no_starttls', 'starttls_refused', 'handshake_refused'];

class HostRow extends Row {
    constructor(model, index) {
        super(model, index);
        this.endpoints = model.lonely(index);
        this.line = 0;
        this.hasMail = true;
        this.takesNoMail = false;
        this.enforced = 'unknown';
        this.mail = null;
        this.dane = null;
        this.mtaSts = null;
        this.isUnusable = false;
        this.supplier = null;
        this.hosts = NOTHING;
        this.partial = false;
    }

    get endpoint() {
        return this.endpoints[0];
    }

    get name() {
        return this.endpoint.name ?? '';
    }

    get grade() {
        return this.endpoint.grade;
    }

    get score() {
        return this.endpoint.score;
    }

    answer(which) {
        return this[which];
    }

    get opportunistic() {
        return this.findings.some((code) => CLEAR.includes(code)) ? 'no'
            : this.endpoint.hasTls ? 'yes' : 'unknown';
    }

    get outcome() {
        return this.endpoint.outcome;
    }

    get fields() {
        return [['port', this.endpoint.cell('port')],
            ['service', this.model.word(this.endpoint.cell('service'))]];
    }

    field() {
        return null;
    }

    get findings() {
        return this.endpoint.findings;
    }

    get open() {
        return this.endpoint.open;
    }
}

/* What a function makes of each number, kept. */
function remember(make) {
    const made = [];
    return (number) => made[number] ??= make(number);
}

class Model {
    constructor(raw) {
        this.run = raw.run || {};
        this.trend = raw.trend; /* null: no history was given */
        this.summary = raw.summary;
        this.isVoid = raw.void;
        this.damaged = raw.damaged;
        this.unreadable = raw.unreadable;
        this.block = raw.block;
        this.fields = raw.fields;
        this.outcomes = new Map(Object.entries(raw.outcomes));
        this.grades = new Map(Object.entries(raw.grades));
        this.findings = new Map(Object.entries(raw.findings));
        this.questions = new Map(Object.entries(raw.questions));
        this.severities = new Map([...this.findings].map(([code, words]) =>
            [code, rankIn(SEVERITIES)(words.severity)]));
        this.worstCodes = new Map();
        this.values = raw.values;
        this.names = raw.names;
        this.today = dayOf(this.run.now) ?? Math.floor(Date.now() / DAY_MS);
        this.buildLists();
        this.endpointColumns = raw.endpoints;
        this.domainColumns = raw.domains;
        this.endpoints = raw.endpoints.name.map((name, index) => new Endpoint(this, index));
        this.lonely = remember((number) => [this.endpoints[number]]);
        this.supplierTitle = this.findTitle(SUPPLIER_TITLES);
        this.since = raw.since === null ? null : new Since(raw.since);
        this.importance = raw.importance; /* the column that was asked for, or null */
        const rows = this.inOrder(raw.domains.name.map((name, index) => new DomainRow(this, index)));
        this.unusable = rows.filter((row) => row.isUnusable);
        const domains = rows.filter((row) => !row.isUnusable);
        this.ofHosts = domains.length === 0 && this.endpoints.length > 0;
        this.domains = this.ofHosts
            ? this.endpoints.map((endpoint, index) => new HostRow(this, index)) : domains;
        this.domains.forEach((row, order) => {
            row.order = order;
        });
        this.noun = this.ofHosts ? 'server' : 'domain';
    }

    /* Lists, days and months of the values that have them. */
    buildLists() {
        const orNothing = (list) => (number) => number === null ? NOTHING : list(number);
        this.listOfName = orNothing(remember((number) => [wordOr(this.names[number], '')]));
        this.listOfWord = orNothing(remember((number) => [wordOr(this.values[number], '')]));
        this.list = orNothing(remember((number) =>
            Array.isArray(this.values[number]) ? this.values[number] : NOTHING));
        this.versionsOfValue = orNothing(remember((number) =>
            VERSIONS.filter((version) => this.values[number]?.[version] === 'yes')));
        const dayOfNumber = remember((number) => dayOf(this.values[number]) ?? NaN);
        this.dayOfValue = (number) => number === null || Number.isNaN(dayOfNumber(number)) ? null
            : dayOfNumber(number);
        this.monthsOfValue = orNothing(remember((number) => {
            const day = this.dayOfValue(number);
            return day === null ? NOTHING : [monthOf(day, this.today)];
        }));
    }

    /* A scan writes its records as they are done; the page begins in the order of the list. */
    inOrder(rows) {
        const isAhead = rows.some((row, i) => i > 0 && row.line < rows[i - 1].line);
        return isAhead ? rows.sort((a, b) => a.line - b.line) : rows;
    }

    /* The titles of the list's columns, as far as records have them. */
    get titles() {
        return unique([...new Set(this.domainColumns.fields)].flatMap((number) =>
            this.list(number)));
    }

    /* The first title that one of the patterns knows, the earlier patterns first; or null. */
    findTitle(patterns) {
        for (const pattern of patterns) {
            const found = this.titles.find((title) => pattern.test(title.trim()));
            if (found !== undefined) {
                return found;
            }
        }
        return null;
    }

    value(number) {
        return number === null ? null : this.values[number] ?? null;
    }

    word(number) {
        return wordOr(this.value(number), null);
    }

    name(number) {
        return number === null ? null : wordOr(this.names[number], null);
    }

    /* The first row with that name; undefined: there is none. */
    rowOf(name) {
        this.byName ??= new Map([...this.domains].reverse().map((row) => [row.name, row]));
        return this.byName.get(name);
    }

    severityOf(code) {
        return this.severities.get(code) ?? SEVERITIES.length - 1;
    }

    /* Lists of codes are shared by the rows that have the same: asked once for each. */
    worstOf(codes) {
        let worst = this.worstCodes.get(codes);
        if (worst === undefined) {
            worst = null;
            for (const code of codes) {
                if (worst === null || this.severityOf(code) < this.severityOf(worst)) {
                    worst = code;
                }
            }
            this.worstCodes.set(codes, worst);
        }
        return worst;
    }

    /* "whether TLS 1.0 is spoken" */
    questionText(question) {
        return this.questions.get(question) ?? show(question);
    }

    titleOf(code) {
        return code === null ? '' : this.findings.get(code)?.title ?? code;
    }
}

/* ---- Dimensions ---- */

const monthsSeen = new Map();

/* "2026-11", or "expired" */
function monthOf(day, today) {
    if (day < today) {
        return 'expired';
    }
    let month = monthsSeen.get(day);
    if (month === undefined) {
        month = new Date(day * DAY_MS).toISOString().slice(0, 7);
        monthsSeen.set(day, month);
    }
    return month;
}

function monthText(month) {
    return month === 'expired' ? 'Expired'
        : MONTHS[Number(month.slice(5)) - 1] + ' ' + month.slice(0, 4);
}

const countryNames = new Intl.DisplayNames('en', {type: 'region', fallback: 'code'});

function countryText(code) {
    return /^[A-Z]{2}$/.test(code) ? countryNames.of(code) + ' (' + code + ')' : code;
}

/*
 * By name: a title for people, the keys that a row has, and a key's label. Rows with the same
 * signature have the same keys, so that those are made once for each; undefined: no signature.
 */
function makeDimensions(model, calls) {
    const same = (key) => key;
    const {domainColumns, endpointColumns, ofHosts} = model;
    const own = (column) => {
        const cells = (ofHosts ? endpointColumns : domainColumns)[column];
        return cells === undefined ? () => undefined : (row) => cells[row.index];
    };
    const answer = (column) => ofHosts ? () => undefined
        : (row) => ((domainColumns.mail[row.index] ?? -1) + 1) * (model.values.length + 1) +
            (domainColumns[column][row.index] ?? -1) + 1;
    const ofOneEndpoint = (column) => {
        const cells = endpointColumns[column];
        const numbers = domainColumns.endpoints;
        return ofHosts ? (row) => cells[row.index] : (row) => cells[numbers[row.index]];
    };
    return {
        grade: {title: 'Grade', keys: (row) => [row.grade], label: same, signature: own('grade')},
        opportunistic: {title: 'Encrypted', keys: (row) => [row.opportunistic],
            label: (key) => OPPORTUNISTIC_WORDS[key] ?? key, signature: answer('opportunistic')},
        enforced: {title: 'Enforced', keys: (row) => [row.enforced],
            label: (key) => ENFORCED_WORDS[key] ?? key, signature: answer('enforced')},
        finding: {title: 'Finding', keys: (row) => row.findings,
            label: (key) => model.titleOf(key), signature: own('findings')},
        provider: {title: 'Provider', keys: (row) => row.providers, label: same,
            signature: ofOneEndpoint('provider')},
        country: {title: 'Country', keys: (row) => row.countries, label: countryText,
            signature: ofOneEndpoint('country')},
        network: {title: 'Network', keys: (row) => row.networks, label: same,
            signature: ofOneEndpoint('network')},
        version: {title: 'Accepts', label: (key) => VERSION_WORDS[key] ?? key,
            keys: (row) => row.accepts, signature: ofOneEndpoint('versions')},
        expiry: {title: 'Certificate expires', label: monthText, keys: (row) => row.months,
            signature: ofOneEndpoint('expires')},
        open: {title: 'Not answered', label: (key) => model.questionText(key),
            keys: (row) => row.open, signature: own('open')},
        since: {title: 'Since the last run', label: (key) => CHANGE_WORDS[key] ?? key,
            keys: (row) => model.since === null ? NOTHING : model.since.keysOf(row),
            signature: () => undefined},
        call: {title: 'Call', label: (key) => calls.labelOf(key), keys: (row) => calls.keysOf(row),
            signature: () => undefined},
    };
}

/* Of more keys than this only those with the most rows are put in order: no more are ever shown. */
const COUNTS_SORTED = 200;

/* Those with the most rows first; of alike ones the first by name. */
function mostFirst(counts) {
    const inOrder = (pairs) => pairs.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (counts.size <= 2 * COUNTS_SORTED) {
        return inOrder([...counts]);
    }
    const least = Int32Array.from(counts.values()).sort().at(-COUNTS_SORTED);
    const top = [], others = [];
    for (const pair of counts) {
        (pair[1] > least ? top : others).push(pair);
    }
    return [...inOrder(top), ...others.filter((pair) => pair[1] === least),
        ...others.filter((pair) => pair[1] < least)];
}

/* How many rows have each key: [[key, count], ...], most first; counted once. */
function countBy(rows, dimension) {
    if (dimension.counts === undefined) {
        const counts = new Map();
        const add = (row, number) => {
            for (const key of unique(dimension.keys(row))) {
                counts.set(key, (counts.get(key) ?? 0) + number);
            }
        };
        for (const {row, number} of bySignature(rows, dimension.signature, (one) => add(one, 1))) {
            add(row, number);
        }
        dimension.counts = mostFirst(counts);
    }
    return dimension.counts;
}

/* One row of each signature, and how many have it; others are handed to `single`. */
function bySignature(rows, signature, single) {
    const groups = new Map();
    for (const row of rows) {
        const sign = signature(row);
        const group = sign === undefined ? undefined : groups.get(sign);
        if (group !== undefined) {
            group.number++;
        } else if (sign === undefined) {
            single(row);
        } else {
            groups.set(sign, {row, number: 1});
        }
    }
    return groups.values();
}
