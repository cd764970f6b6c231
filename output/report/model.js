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

/* {name: index} of a list of column names */
function positions(names) {
    return Object.fromEntries(names.map((name, index) => [name, index]));
}

function wordOr(value, other) {
    return typeof value === 'string' ? value : other;
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
        this.summary = raw.summary;
        this.damaged = raw.damaged;
        this.unreadable = raw.unreadable;
        this.block = raw.block;
        this.fields = raw.fields;
        this.outcomes = new Map(Object.entries(raw.outcomes));
        this.grades = new Map(Object.entries(raw.grades));
        this.findings = new Map(Object.entries(raw.findings));
        this.values = raw.values;
        this.today = dayOf(this.run.now) ?? Math.floor(Date.now() / DAY_MS);
        this.endpoints = this.readEndpoints(raw.endpoints, positions(raw.columns.endpoint));
        this.ofHosts = raw.domains.length === 0 && this.endpoints.length > 0;
        this.domains = this.ofHosts ? this.hostsAsRows()
            : this.readDomains(raw.domains, positions(raw.columns.domain))
                .sort((a, b) => a.line - b.line);
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

    codes(number) {
        const codes = this.value(number);
        return Array.isArray(codes) ? codes : [];
    }

    readEndpoints(rows, at) {
        return rows.map((row, index) => ({
            index,
            name: this.word(row[at.name]),
            provider: this.word(row[at.provider]),
            country: this.word(row[at.country]),
            network: this.word(row[at.network]),
            certificate: row[at.certificate],
            expires: dayOf(this.value(row[at.expires])),
            versions: this.value(row[at.versions]),
            findings: this.codes(row[at.findings]),
            grade: wordOr(this.word(row[at.grade]), 'U'),
            score: row[at.score],
            outcome: this.word(row[at.outcome]),
            service: this.word(row[at.service]),
            port: row[at.port],
        }));
    }

    readDomains(rows, at) {
        return rows.map((row, index) => {
            const mail = wordOr(this.word(row[at.mail]), 'unknown');
            const takesNoMail = mail === 'null_mx' || mail === 'none';
            const fields = this.codes(row[at.fields]);
            return this.complete({
                index, /* of its evidence */
                line: row[at.line] ?? 0,
                name: wordOr(row[at.name], ''),
                grade: wordOr(this.word(row[at.grade]), 'U'),
                score: row[at.score],
                mail,
                opportunistic: takesNoMail ? 'no_mail'
                    : wordOr(this.word(row[at.opportunistic]), 'unknown'),
                enforced: takesNoMail ? 'no_mail'
                    : wordOr(this.word(row[at.enforced]), 'unknown'),
                mtaSts: wordOr(this.word(row[at.mta_sts]), 'unknown'),
                dane: wordOr(this.word(row[at.dane]), 'unknown'),
                outcome: this.word(row[at.outcome]),
                fields: fields.map((name, i) => [name, row[at.field_values][i]]),
                findings: this.codes(row[at.findings]),
                hosts: row[at.hosts].map((number) => this.word(number)),
                endpoints: row[at.endpoints].map((number) => this.endpoints[number])
                    .filter((endpoint) => endpoint !== undefined),
                partial: row[at.partial] === true,
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
            mail: 'mx',
            opportunistic: endpoint.findings.some((code) => clear.includes(code)) ? 'no'
                : endpoint.versions !== null ? 'yes' : 'unknown',
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
        const endpoints = row.endpoints;
        const days = endpoints.map((endpoint) => endpoint.expires).filter((day) => day !== null);
        row.expires = days.length === 0 ? null : Math.min(...days);
        row.providers = unique(endpoints.map((endpoint) => endpoint.provider)
            .filter((provider) => provider !== null));
        row.countries = unique(endpoints.map((endpoint) => endpoint.country)
            .filter((country) => country !== null));
        row.networks = unique(endpoints.map((endpoint) => endpoint.network)
            .filter((network) => network !== null));
        row.worst = this.worstOf(row.findings);
        return row;
    }

    severityOf(code) {
        const rank = SEVERITIES.indexOf(this.findings.get(code)?.severity);
        return rank < 0 ? SEVERITIES.length - 1 : rank;
    }

    worstOf(codes) {
        let worst = null;
        for (const code of codes) {
            if (worst === null || this.severityOf(code) < this.severityOf(worst)) {
                worst = code;
            }
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

/* Whether some server of the domain speaks the version. */
function speaks(row, version) {
    let answer = 'no';
    for (const endpoint of row.endpoints) {
        const seen = endpoint.versions === null ? 'unknown' : endpoint.versions[version];
        if (seen === 'yes') {
            return 'yes';
        }
        if (seen !== 'no') {
            answer = 'unknown';
        }
    }
    return row.endpoints.length === 0 ? 'unknown' : answer;
}

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
            keys: (row) => VERSIONS.filter((version) => speaks(row, version) === 'yes')},
        expiry: {title: 'Certificate expires', label: monthText,
            keys: (row) => unique(row.endpoints.filter((endpoint) => endpoint.expires !== null)
                .map((endpoint) => monthOf(endpoint.expires, model.today)))},
    };
}

/* How many rows have each key: [[key, count], ...], most first. */
function countBy(rows, dimension) {
    const counts = new Map();
    for (const row of rows) {
        for (const key of unique(dimension.keys(row))) {
            counts.set(key, (counts.get(key) ?? 0) + 1);
        }
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
