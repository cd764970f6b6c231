/*
 * The data of the page: what is known of every domain from the start, and the dimensions by which
 * charts count and the table filters. Field names are those of the records (docs/records.md).
 */

const GRADES = ['A+', 'A', 'B', 'C', 'D', 'F', 'U', 'N'];
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'];
const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const OPPORTUNISTIC_WORDS = {
    yes: 'Yes, everywhere', partial: 'On some servers only', no: 'No', unknown: 'Unknown',
    no_mail: 'Takes no mail',
};
const ENFORCED_WORDS = {
    both: 'DANE and MTA-STS', dane: 'DANE', 'mta-sts': 'MTA-STS', none: 'No', unknown: 'Unknown',
    no_mail: 'Takes no mail',
};

function readIsland(id) {
    const island = byId(id);
    return island === null ? null : JSON.parse(island.textContent);
}

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
        this.severities = new Map([...this.findings].map(([code, words]) =>
            [code, rankIn(SEVERITIES)(words.severity)]));
        this.worstCodes = new Map();
        this.values = raw.values;
        this.names = raw.names;
        this.today = dayOf(this.run.now) ?? Math.floor(Date.now() / DAY_MS);
        this.endpoints = this.readEndpoints(raw.endpoints);
        const rows = this.readDomains(raw.domains).sort((a, b) => a.line - b.line);
        this.unusable = rows.filter((row) => row.isUnusable);
        const domains = rows.filter((row) => !row.isUnusable);
        this.ofHosts = domains.length === 0 && this.endpoints.length > 0;
        this.domains = this.ofHosts ? this.hostsAsRows() : domains;
        this.domains.forEach((row, order) => {
            row.order = order;
        });
        this.noun = this.ofHosts ? 'server' : 'domain';
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

    codes(number) {
        const codes = this.value(number);
        return Array.isArray(codes) ? codes : [];
    }

    /*
     * What rows count by is a list in each endpoint, so that a row with one endpoint, as most are,
     * shares it.
     */
    readEndpoints(columns) {
        const acceptedBy = this.values.map((value) => VERSIONS.filter((version) =>
            value !== null && value[version] === 'yes'));
        const listed = (value) => value === null ? NOTHING : [value];
        return columns.name.map((name, index) => {
            const expires = dayOf(this.value(columns.expires[index]));
            return {
                index,
                name: this.name(name),
                providers: listed(this.name(columns.provider[index])),
                countries: listed(this.word(columns.country[index])),
                networks: listed(this.name(columns.network[index])),
                certificate: columns.certificate[index],
                expires,
                months: listed(expires === null ? null : monthOf(expires, this.today)),
                accepts: acceptedBy[columns.versions[index]] ?? NOTHING,
                hasTls: columns.versions[index] !== null,
                findings: this.codes(columns.findings[index]),
                grade: wordOr(this.word(columns.grade[index]), 'U'),
                score: columns.score[index],
                outcome: this.word(columns.outcome[index]),
                service: this.word(columns.service[index]),
                port: columns.port[index],
            };
        });
    }

    readDomains(columns) {
        return columns.name.map((name, index) => {
            const mail = wordOr(this.word(columns.mail[index]), 'unknown');
            const takesNoMail = mail === 'null_mx' || mail === 'none';
            const outcome = this.word(columns.outcome[index]);
            const fields = this.codes(columns.fields[index]);
            return this.complete({
                index, /* of its evidence */
                line: columns.line[index] ?? 0,
                name: wordOr(name, ''),
                grade: wordOr(this.word(columns.grade[index]), 'U'),
                score: columns.score[index],
                hasMail: mail === 'mx' || mail === 'implicit',
                opportunistic: takesNoMail ? 'no_mail'
                    : wordOr(this.word(columns.opportunistic[index]), 'unknown'),
                enforced: takesNoMail ? 'no_mail'
                    : wordOr(this.word(columns.enforced[index]), 'unknown'),
                mtaSts: wordOr(this.word(columns.mta_sts[index]), 'unknown'),
                dane: wordOr(this.word(columns.dane[index]), 'unknown'),
                outcome,
                isUnusable: outcome === 'invalid_input', /* a row of the list that is no domain */
                fields: fields.map((name, i) => [name, columns.field_values[index][i]]),
                findings: this.codes(columns.findings[index]),
                hosts: listOf(columns.hosts[index]).map((number) => this.name(number)),
                endpoints: listOf(columns.endpoints[index]).map((number) => this.endpoints[number]),
                partial: columns.partial[index] === true,
            });
        });
    }

    /* A scan of hosts has no domains: each of its endpoints stands for itself. */
    hostsAsRows() {
        const clear = ['no_starttls', 'starttls_refused', 'handshake_refused'];
        return this.endpoints.map((endpoint, index) => this.complete({
            index,
            name: endpoint.name ?? '',
            grade: endpoint.grade,
            score: endpoint.score,
            hasMail: true,
            opportunistic: endpoint.findings.some((code) => clear.includes(code)) ? 'no'
                : endpoint.hasTls ? 'yes' : 'unknown',
            enforced: 'unknown',
            mtaSts: 'unknown',
            dane: 'unknown',
            outcome: endpoint.outcome,
            fields: [['port', endpoint.port], ['service', endpoint.service]],
            findings: endpoint.findings,
            hosts: [],
            endpoints: [endpoint],
            partial: false,
        }));
    }

    /* What follows from a row and its endpoints. */
    complete(row) {
        const joined = (list) => {
            if (row.endpoints.length === 1) {
                return row.endpoints[0][list];
            }
            return unique(row.endpoints.flatMap((endpoint) => endpoint[list]));
        };
        row.expires = null;
        for (const {expires} of row.endpoints) {
            if (expires !== null && (row.expires === null || expires < row.expires)) {
                row.expires = expires;
            }
        }
        row.providers = joined('providers');
        row.countries = joined('countries');
        row.networks = joined('networks');
        row.months = joined('months');
        row.accepts = joined('accepts');
        row.worst = this.worstOf(row.findings);
        return row;
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

    titleOf(code) {
        return code === null ? '' : this.findings.get(code)?.title ?? code;
    }

    /* What a search looks through; made when it is first wanted. */
    textOf(row) {
        if (row.text === undefined) {
            row.text = [row.name, ...row.fields.map((field) => show(field[1])), ...row.hosts,
                ...row.providers, ...row.networks, ...row.findings].join('\n').toLowerCase();
        }
        return row.text;
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

/* By name: a title for people, the keys that a row has, and a key's label. */
function makeDimensions(model) {
    const same = (key) => key;
    return {
        grade: {title: 'Grade', keys: (row) => [row.grade], label: same},
        opportunistic: {title: 'Encrypted', keys: (row) => [row.opportunistic],
            label: (key) => OPPORTUNISTIC_WORDS[key] ?? key},
        enforced: {title: 'Enforced', keys: (row) => [row.enforced],
            label: (key) => ENFORCED_WORDS[key] ?? key},
        finding: {title: 'Finding', keys: (row) => row.findings,
            label: (key) => model.titleOf(key)},
        provider: {title: 'Provider', keys: (row) => row.providers, label: same},
        country: {title: 'Country', keys: (row) => row.countries, label: countryText},
        network: {title: 'Network', keys: (row) => row.networks, label: same},
        version: {title: 'Accepts', label: same,
            keys: (row) => row.accepts},
        expiry: {title: 'Certificate expires', label: monthText, keys: (row) => row.months},
    };
}

/* How many rows have each key: [[key, count], ...], most first; counted once. */
function countBy(rows, dimension) {
    if (dimension.counts === undefined) {
        const counts = new Map();
        for (const row of rows) {
            for (const key of unique(dimension.keys(row))) {
                counts.set(key, (counts.get(key) ?? 0) + 1);
            }
        }
        dimension.counts = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    }
    return dimension.counts;
}
