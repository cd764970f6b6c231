/*
 * Whom to call first: groups of domains whose letter is held down by the same findings at the same
 * provider, and by nothing else. A domain's letter is the lowest cap of its findings, by the
 * policy; so once these are mended there, the letter rises.
 */

const CALLS_SHOWN = 12;
const ENDS = {best: 'A', worst: 'F'}; /* better than A asks for more than that findings end */

class Calls {
    constructor(model, importance) {
        this.model = model;
        this.importance = importance;
        this.ranks = new Map(GRADES.map((grade, rank) => [grade, rank]));
        this.caps = new Map(); /* by list of findings */
        this.keys = new Map(); /* by row */
        this.groups = new Map();
        this.numBelow = 0;
        this.numRaised = 0;
        for (const row of model.domains) {
            this.take(row);
        }
        const byWeight = (a, b) => b.weight - a.weight || b.number - a.number ||
            (a.key < b.key ? -1 : 1);
        this.list = [...this.groups.values()].sort(byWeight);
    }

    take(row) {
        const rank = this.ranks.get(row.grade);
        if (row.accepted) {
            return; /* somebody lives with what holds it down */
        }
        if (rank === undefined || rank <= this.ranks.get(ENDS.best) ||
            rank > this.ranks.get(ENDS.worst)) {
            return;
        }
        this.numBelow++;
        const held = this.heldBy(row, rank);
        if (held === null) {
            return;
        }
        const key = held.provider + ' ' + held.codes.join(' ');
        let group = this.groups.get(key);
        if (group === undefined) {
            group = {key, keys: [key], ...held, number: 0, weight: 0};
            this.groups.set(key, group);
        }
        group.number++;
        group.weight += this.importance.weightOf(row);
        this.keys.set(row, group.keys);
        this.numRaised++;
    }

    /* {lowest: the rank of the lowest cap, codes: that have it}, once for each list of findings. */
    capOf(findings) {
        let cap = this.caps.get(findings);
        if (cap === undefined) {
            const rankOf = (code) => this.ranks.get(this.model.findings.get(code)?.cap) ?? -1;
            const lowest = Math.max(-1, ...findings.map(rankOf));
            cap = {lowest, codes: lowest < 0 ? NOTHING : unique(findings.filter((code) =>
                rankOf(code) === lowest)).sort()};
            this.caps.set(findings, cap);
        }
        return cap;
    }

    /*
     * {provider, codes} of what alone holds the letter down; null where that is not of one provider,
     * where the domain's own policies do it too, or where the caps do not explain the letter.
     */
    heldBy(row, rank) {
        const own = this.capOf(row.findings);
        let codes = NOTHING;
        let provider = null;
        if (own.lowest !== rank) {
            return null;
        }
        for (const endpoint of row.endpoints) {
            const cap = this.capOf(endpoint.findings);
            if (cap.lowest > rank) {
                return null;
            }
            if (cap.lowest === rank) {
                const [its] = endpoint.providers;
                if (its === undefined || (provider !== null && provider !== its)) {
                    return null;
                }
                provider = its;
                codes = codes === NOTHING ? cap.codes : unique([...codes, ...cap.codes]).sort();
            }
        }
        return provider === null || own.codes.some((code) => !codes.includes(code)) ? null
            : {provider, codes};
    }

    keysOf(row) {
        return this.keys.get(row) ?? NOTHING;
    }

    labelOf(key) {
        const group = this.groups.get(key);
        return group === undefined ? key
            : group.provider + ': ' + group.codes.map((code) => this.model.titleOf(code)).join('; ');
    }
}

/* ---- Importance ---- */

const IMPORTANCE_TITLES = [
    /^(importance|wichtigkeit)\b/i,
    /^(business[ _-]?)?(criticality|critical|kritikalit.{1,2}t)\b/i,
    /^(supplier[ _-]?)?tier\b/i,
    /^(weight|gewicht|gewichtung)\b/i,
    /^((annual|yearly|total)[ _-]?)?(spend|spending|umsatz|ausgaben|volume|volumen)\b/i,
];
const IMPORTANCE_WORDS = {'very high': 4, critical: 4, kritisch: 4, 'sehr hoch': 4, high: 3, hoch: 3,
    medium: 2, mittel: 2, normal: 2, moderate: 2, low: 1, niedrig: 1, gering: 1, none: 0, keine: 0};

/*
 * "1,234.50", "1.234,50", "€ 1 000", "0,5": a separator that comes twice, or before the other one,
 * groups digits; so does one before just three digits at the end, for a comma. NaN: no number.
 */
function numberOf(text) {
    let digits = text.replace(/[\s'\u00a0\u202f]|[A-Z]{3}(?![a-z])|\p{Sc}|%/gu, '');
    const comma = digits.lastIndexOf(','), point = digits.lastIndexOf('.');
    const commaGroups = comma >= 0 && (point > comma || /^\d{1,3}(,\d{3})+$/.test(digits));
    digits = commaGroups ? digits.replaceAll(',', '')
        : comma >= 0 ? digits.replaceAll('.', '').replace(',', '.')
            : /^\d{1,3}(\.\d{3}){2,}$/.test(digits) ? digits.replaceAll('.', '') : digits;
    return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : NaN;
}

/* How much a domain weighs, by a column of the list; without one each weighs 1. */
class Importance {
    constructor(model, asked) {
        this.title = asked ?? model.findTitle(IMPORTANCE_TITLES);
        this.weights = new Map();
        this.numUnread = 0;
        this.isRank = false;
        if (this.title !== null) {
            this.read(model.domains.map((row) => row.field(this.title)));
        }
        this.isUsed = this.weights.size > 0;
    }

    read(cells) {
        const numbers = new Map();
        const isTier = /tier|class|klasse|rang|rank|prio/i.test(this.title);
        for (const cell of new Set(cells)) {
            const text = show(cell).trim();
            const number = IMPORTANCE_WORDS[text.toLowerCase()] ??
                numberOf(isTier ? text.replace(/^\D*(\d).*$/, '$1') : text);
            if (text !== '' && Number.isFinite(number)) {
                numbers.set(cell, number);
            }
        }
        /* Tier 1 is the most important one. */
        this.isRank = isTier && [...numbers.keys()].every((cell) => /\d/.test(cell));
        const most = Math.max(0, ...numbers.values());
        for (const [cell, number] of numbers) {
            this.weights.set(cell, this.isRank ? most + 1 - number : number);
        }
        this.numUnread = cells.filter((cell) => !this.weights.has(cell)).length;
    }

    weightOf(row) {
        return this.isUsed ? this.weights.get(row.field(this.title)) ?? 0 : 1;
    }

    /* How the page weighs, as a sentence. */
    get note() {
        if (this.title === null) {
            return 'Each domain weighs the same; a column of the list can weigh them (--importance).';
        }
        if (!this.isUsed) {
            return 'Each domain weighs the same: the column \u201c' + this.title + '\u201d holds ' +
                'neither numbers nor high, medium, low.';
        }
        return 'Weighed by the column \u201c' + this.title + '\u201d of the list' +
            (this.isRank ? ', of which 1 weighs most' : '') + '.' + (this.numUnread === 0 ? ''
            : ' ' + countText(this.numUnread) + ' without a value there weigh nothing.');
    }
}

/* ---- The card ---- */

function callRow(calls, group, press) {
    const {model} = calls;
    return el('li', {}, button({class: 'call-row', 'data-dimension': 'call', 'data-key': group.key,
        'aria-pressed': 'false'}, () => press('call', group.key),
    el('span', {class: 'call-number'}, el('b', {class: 'num'}, countText(group.number)),
        ' ' + model.noun + (group.number === 1 ? '' : 's')),
    el('span', {class: 'name'}, group.provider),
    el('span', {class: 'call-what'}, group.codes.map((code) => el('span', {class: 'call-finding'},
        severityChip(SEVERITIES[model.severityOf(code)]), ' ', model.titleOf(code)))),
    calls.importance.isUsed ? el('span', {class: 'num muted'},
        'weight ' + countText(group.weight)) : null));
}

function callsCard(calls, press) {
    const {model, list} = calls;
    if (list.length === 0) {
        return null;
    }
    const top = list.slice(0, CALLS_SHOWN);
    const made = card('Who to call first', 'One call to a provider, about what holds letters down ' +
        'there. A ' + model.noun + ' is counted where these findings alone cap its letter, by the ' +
        'caps of the grading policy: mended on that provider\u2019s servers, its letter rises, ' +
        'whatever the others are. ' + calls.importance.note,
    el('ol', {class: 'calls'}, top.map((group) => callRow(calls, group, press))),
    el('p', {class: 'muted note'}, 'Of ' + counted(calls.numBelow, model.noun) + ' below A, ' +
        countText(calls.numRaised) + ' would rise by one call each, ' + countText(list.length) +
        ' calls in all. The others are held down by several providers, or by what they publish ' +
        'themselves.'));
    made.classList.add('wide');
    return made;
}
