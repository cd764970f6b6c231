/*
 * The evidence of one domain, read from its block when it is asked for. A block is an array of
 * records as arrays, in the order of the fields' table; see report_fields.h for the kinds.
 */

const BLOCKS_KEPT = 16;

/* The evidence stands behind the script, and the last block may be there by half. */
function documentLoaded() {
    return document.readyState !== 'loading' ? Promise.resolve()
        : new Promise((done) => document.addEventListener('DOMContentLoaded', () => done(),
            {once: true}));
}

class Evidence {
    constructor(model) {
        this.model = model;
        this.blocks = new Map();
        this.commonValues = null;
    }

    common(number) {
        return number === null ? null : this.commonValues[number] ?? null;
    }

    /* The record with that number; undefined where the page has none. */
    async raw(kind, index) {
        const id = kind + Math.floor(index / this.model.block);
        let block = this.blocks.get(id);
        if (block === undefined) {
            if (this.blocks.size >= BLOCKS_KEPT) {
                this.blocks.delete(this.blocks.keys().next().value);
            }
            block = readIsland(id);
            this.blocks.set(id, block);
        }
        return ((await block) ?? [])[index % this.model.block];
    }

    named(row, which) {
        const readers = {
            own: (value) => value,
            common: (value) => this.common(value),
            certificate: (value) => value === null ? null : this.named(value, 'certificate'),
            findings: (value) => value.map(([code, severity, detail, accepted]) => ({
                code: this.common(code), severity: this.common(severity), detail,
                accepted: this.common(accepted)})),
        };
        return Object.fromEntries(this.model.fields[which].map(([name, kind], i) =>
            [name, readers[kind](row[i])]));
    }

    async endpoint(index) {
        const row = await this.raw('endpoints', index);
        if (row === undefined) {
            return null;
        }
        const {name, providers, countries, networks} = this.model.endpoints[index];
        return {name, providers, countries, networks, ...this.named(row, 'endpoint')};
    }

    /* What an MX host's record says of an address that has no endpoint record. */
    withoutRecord([address, port, outcome, grade, score]) {
        return {address, port, outcome, grade, score, missing: true, findings: []};
    }

    async host([mx, addresses], name) {
        return {...this.named(mx, 'mx'), host: name,
            endpoints: await Promise.all(addresses.map((address) => Array.isArray(address)
                ? this.withoutRecord(address) : this.endpoint(address)))};
    }

    /* {line, dns, ..., mx: [{host, ..., endpoints: [...]}]}; null where the page has none. */
    async domain(row) {
        await documentLoaded();
        this.commonValues ??= await readIsland('common0') ?? [];
        if (this.model.ofHosts) {
            const endpoint = await this.endpoint(row.index);
            return {findings: endpoint.findings, mx: [{host: endpoint.name,
                outcome: endpoint.outcome, grade: endpoint.grade, endpoints: [endpoint]}]};
        }
        const raw = await this.raw('domains', row.index);
        if (raw === undefined) {
            return null;
        }
        const [fields, hosts] = raw;
        return {...this.named(fields, 'domain'), mx: await Promise.all(hosts.map((host, i) =>
            this.host(host, row.hosts[i])))};
    }
}
