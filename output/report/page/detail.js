/* One domain: the two answers, what to do about it, its servers with what was seen, its policies. */

const PROFILE_WORDS = {rfc9325: 'RFC 9325', ncsc_nl_2025_05: 'NCSC-NL 2025-05',
    mozilla: 'Mozilla', pci_dss: 'PCI DSS'};

/* "yes", or "unknown (not_tested)" in words */
function verdictText(model, object, field) {
    const value = object?.[field];
    if (value === undefined || value === null) {
        return null;
    }
    const reason = object[field + '_reason'];
    return reason === undefined || reason === null ? value
        : value + ' (' + outcomeText(model, reason) + ')';
}

function outcomeText(model, name) {
    if (name === 'not_tested') {
        return 'not tested';
    }
    return model.outcomes.get(name) ?? name;
}

function listText(value) {
    return Array.isArray(value) && value.length > 0 ? value.map(show).join(', ') : null;
}

/* Rows of name and value; those without a value are left out. */
function facts(pairs) {
    const shown = pairs.filter((pair) => pair[1] !== null && pair[1] !== undefined &&
        pair[1] !== '');
    return shown.length === 0 ? null : el('dl', {class: 'facts'}, shown.map(([name, value]) =>
        el('div', {}, el('dt', {}, GLOSSARY.has(name) ? term(name) : name), el('dd', {}, value))));
}

/* ---- Findings ---- */

function bySeverity(findings) {
    const groups = new Map();
    for (const finding of findings) {
        const group = groups.get(finding.code) ?? {...finding, details: []};
        if (finding.detail !== null && finding.detail !== undefined) {
            group.details.push(finding.detail);
        }
        groups.set(finding.code, group);
    }
    const rank = rankIn(SEVERITIES);
    return [...groups.values()].sort((a, b) => rank(a.severity) - rank(b.severity));
}

function acceptedText(accepted) {
    return accepted === null || accepted === undefined ? null : el('p', {class: 'accepted'},
        'Accepted until ' + accepted.until + ' by ' + accepted.by + ': ' + accepted.reason);
}

function findingCard(model, group) {
    const words = model.findings.get(group.code) ?? {};
    return el('li', {class: 'finding'},
        el('div', {class: 'finding-head'}, severityChip(group.severity),
            el('h4', {}, words.title ?? group.code), el('code', {class: 'muted'}, group.code)),
        acceptedText(group.accepted),
        group.details.length === 0 ? null : el('ul', {class: 'seen'}, group.details.map((detail) =>
            el('li', {}, detail))),
        words.why === undefined ? null : el('p', {}, words.why),
        words.remedy === undefined ? null : el('p', {class: 'remedy'},
            el('strong', {}, 'What to do: '), words.remedy),
        words.source === undefined ? null : el('p', {class: 'muted'}, 'Source: ' + words.source));
}

function findingsSection(model, findings) {
    const groups = bySeverity(findings);
    const grave = groups.filter((group) => group.severity !== 'info');
    const notes = groups.filter((group) => group.severity === 'info');
    const cards = (part) => el('ul', {class: 'findings'},
        part.map((group) => findingCard(model, group)));
    return el('section', {}, el('h3', {}, 'Findings and what to do'), terms('Finding', 'Cap'),
        grave.length === 0 ? el('p', {class: 'muted'}, 'Nothing to object to.') : cards(grave),
        notes.length === 0 ? null : el('details', {class: 'more', open: grave.length === 0},
            el('summary', {}, counted(notes.length, 'note') + ' for information'), cards(notes)));
}

/* ---- A server ---- */

function starttlsText(model, endpoint) {
    const steps = endpoint.starttls ?? {};
    return ['advertised', 'accepted', 'handshake'].map((step) =>
        step + ': ' + (verdictText(model, steps, step) ?? 'unknown')).join(', ');
}

function versionsList(model, tls) {
    const versions = tls.versions ?? {};
    return el('ul', {class: 'versions'}, VERSIONS.map((version) => {
        const answer = versions[version] ?? 'unknown';
        const reason = tls.versions_reason?.[version];
        const seen = tls.versions_evidence?.[version];
        const accepted = VERSION_TONES[version] === 'good' ? 'v-good' : 'v-bad';
        return el('li', {class: answer === 'yes' ? accepted : answer === 'no' ? 'v-no'
            : 'v-unknown', title: seen ?? (reason && outcomeText(model, reason))},
        (VERSION_WORDS[version] ?? version) + ' ', el('b', {}, answer));
    }));
}

function weakText(tls) {
    const accepted = listText(tls.weak);
    const open = listText(tls.weak_unknown);
    return (accepted ?? 'none accepted') + (open === null ? '' : ' (unknown: ' + open + ')');
}

function tlsFacts(model, endpoint) {
    const tls = endpoint.tls;
    if (tls === null || tls === undefined || typeof tls !== 'object') {
        return null;
    }
    const said = (field) => verdictText(model, tls, field);
    return [
        ['Versions', versionsList(model, tls)],
        ['Negotiated', [tls.version, tls.cipher, tls.group].filter((part) => part).map(show)
            .join(', ')],
        ['Weak suites', weakText(tls)],
        ['DH prime', tls.dh_bits === null ? null : show(tls.dh_bits) + ' bits'],
        ['Post-quantum', said('post_quantum')],
        ['Extended master secret', said('ems')],
        ['Secure renegotiation', said('secure_renegotiation')],
        ['Compression', said('compression')],
        ['Client certificate', tls.client_certificate],
        ['Preference', tls.preference === 'unknown' ? null : tls.preference],
        ['Groups', listText(tls.groups)],
        ['Suites', listText(tls.suites)],
    ];
}

function certificateFacts(model, certificate) {
    if (certificate === null || certificate === undefined) {
        return null;
    }
    const left = certificate.days_left;
    const key = show(certificate.key);
    return [
        ['Subject', certificate.subject],
        ['Names', listText(certificate.names)],
        ['Issuer', certificate.issuer],
        ['Valid', timeText(certificate.not_before) + ' to ' + timeText(certificate.not_after) +
            (typeof left !== 'number' ? '' : left < 0 ? ' (expired)' : ` (${counted(left, 'day')} left)`)],
        ['Key', certificate.key_bits === null || /\d/.test(key) ? key
            : key + ' ' + show(certificate.key_bits) + ' bits'],
        ['Signature', certificate.signature],
        ['Trusted', verdictText(model, certificate, 'trusted')],
        ['Names this host', certificate.name_match],
        ['Problems', listText(certificate.problems)],
        ['Chain', [certificate.chain_length === null ? null
            : counted(Number(certificate.chain_length), 'certificate') + ' sent',
        listText(certificate.chain_notes)].filter((part) => part !== null).join('; ')],
        ['OCSP staple', certificate.ocsp_staple],
        ['SCT', certificate.sct],
        ['SHA-256', el('span', {class: 'mono'}, certificate.sha256)],
    ];
}

function profileText(profiles) {
    const lines = Object.entries(PROFILE_WORDS).map(([name, words]) => {
        const verdict = profiles?.[name];
        if (verdict === null || verdict === undefined) {
            return null;
        }
        const plain = (word) => show(word).replaceAll('_', ' ');
        const array = (value) => Array.isArray(value) ? value : [];
        const levels = array(verdict.failed_levels);
        const failed = array(verdict.failed).map((rule, i) => plain(rule) +
            (levels[i] === undefined || levels[i] === 'not_met' ? '' : ' (' + plain(levels[i]) + ')'));
        const open = array(verdict.open).map(plain);
        return el('li', {}, words + ': ', el('b', {}, plain(verdict.level)),
            failed.length === 0 ? '' : ' \u2013 ' + failed.join(', '),
            open.length === 0 ? '' : el('span', {class: 'muted'},
                ' \u2013 not decided: ' + open.join(', ')));
    }).filter((line) => line !== null);
    return lines.length === 0 ? null : el('ul', {class: 'plain'}, lines);
}

function replyText(reply) {
    if (reply === null || reply === undefined) {
        return null;
    }
    const code = show(reply.code), text = show(reply.text);
    return text.startsWith(code) ? text : code + ' ' + text;
}

function dialogueFacts(model, endpoint) {
    const injection = endpoint.injection ?? {};
    const dane = endpoint.dane ?? {};
    return [
        ['Outcome', [outcomeText(model, endpoint.outcome), endpoint.outcome_detail]
            .filter((part) => part).map(show).join(': ')],
        ['Last refusal', replyText(endpoint.reply)],
        ['Greeting', endpoint.banner === null ? null
            : el('span', {class: 'mono'}, endpoint.banner)],
        ['STARTTLS', starttlsText(model, endpoint)],
        ['Not answered', listText(endpoint.open?.map((question) =>
            model.questionText(question)))],
        ['Offered now and then', endpoint.inconsistent === true ? 'yes' : null],
        ['Commands injected', injection.commands],
        ['Mail without TLS', endpoint.plaintext_mail],
        ['REQUIRETLS', endpoint.requiretls],
        ['DANE', [dane.status, dane.matched, listText(dane.problems)].filter((part) => part)
            .map(show).join('; ')],
        ['Provider', listText(endpoint.providers)],
        ['Network', listText(endpoint.networks)],
        ['Country', listText(endpoint.countries.map(countryText)) ?? 'unknown'],
        ['Observed', timeText(endpoint.started)],
    ];
}

function factsPart(title, pairs) {
    const list = pairs === null ? null : facts(pairs);
    return list === null ? null : el('div', {class: 'part'}, el('h5', {}, title), list);
}

function endpointPlace(endpoint) {
    const address = show(endpoint.address ?? 'no address');
    return endpoint.port === null || endpoint.port === undefined ? address
        : (address.includes(':') ? '[' + address + ']' : address) + ':' + show(endpoint.port);
}

function endpointDetails(model, endpoint, isOpen) {
    const profiles = profileText(endpoint.profiles);
    return el('details', {class: 'endpoint', open: isOpen},
        el('summary', {}, gradeBadge(endpoint.grade ?? 'U'),
            el('span', {class: 'mono'}, endpointPlace(endpoint)),
            el('span', {class: 'muted bar-text'}, outcomeText(model, endpoint.outcome))),
        endpoint.missing
            ? el('p', {class: 'muted'}, 'The result file has no record of this server.')
            : el('div', {class: 'parts'},
                endpoint.findings.length === 0 ? null : el('div', {class: 'part'},
                    el('h5', {}, 'Findings'),
                    el('ul', {class: 'plain'}, bySeverity(endpoint.findings).map((group) =>
                        el('li', {}, severityChip(group.severity), ' ',
                            model.titleOf(group.code), group.details.length === 0 ? ''
                                : ': ' + group.details.map(show).join('; '))))),
                factsPart('Dialogue', dialogueFacts(model, endpoint)),
                factsPart('TLS', tlsFacts(model, endpoint)),
                factsPart('Certificate', certificateFacts(model, endpoint.certificate)),
                factsPart('Second certificate',
                    certificateFacts(model, endpoint.certificates)),
                profiles === null ? null
                    : el('div', {class: 'part'}, el('h5', {}, 'Guidelines'), profiles)));
}

function serversSection(model, evidence) {
    const total = evidence.mx.reduce((sum, mx) => sum + mx.endpoints.length, 0);
    return el('section', {}, el('h3', {}, 'Mail servers'),
        evidence.mx.length === 0 ? el('p', {class: 'muted'}, 'None were found.') : null,
        evidence.mx.map((mx) => el('div', {class: 'mx'},
            el('h4', {}, gradeBadge(mx.grade ?? 'U'), el('span', {class: 'name'}, mx.host),
                el('span', {class: 'muted'}, [
                    mx.preference === null || mx.preference === undefined ? null
                        : 'preference ' + show(mx.preference),
                    mx.outcome === 'ok' ? null : outcomeText(model, mx.outcome),
                    mx.dane === undefined ? null : 'DANE ' + show(mx.dane),
                    mx.mta_sts === undefined || mx.mta_sts === null
                        ? null : 'MTA-STS ' + show(mx.mta_sts)]
                    .filter((part) => part !== null).join(', '))),
            mx.endpoints.filter((endpoint) => endpoint !== null).map((endpoint) =>
                endpointDetails(model, endpoint, total === 1)))));
}

/* ---- The rest ---- */

function answersSection(row, evidence) {
    return el('section', {class: 'two'},
        el('div', {}, el('h3', {}, 'Is TLS offered on all mail servers?'),
            terms('Encrypted', 'STARTTLS'), el('div', {class: 'verdict ' + (ANSWER_TONES[row.opportunistic] ?? '')},
                OPPORTUNISTIC_WORDS[row.opportunistic] ?? row.opportunistic),
            el('p', {class: 'muted'}, evidence.opportunistic_reason)),
        el('div', {}, el('h3', {}, 'Can senders enforce it?'),
            terms('Enforced', 'DANE', 'MTA-STS'), el('div', {class: 'verdict ' + (ANSWER_TONES[row.enforced] ?? '')},
                ENFORCED_WORDS[row.enforced] ?? row.enforced),
            el('p', {class: 'muted'}, evidence.enforced_reason)));
}

/* A letter with open questions may turn out lower. */
function openSection(model, evidence) {
    const open = Array.isArray(evidence.open) ? evidence.open : [];
    return open.length === 0 ? null : el('section', {}, el('h3', {}, 'Not answered'), terms('Not answered'),
        el('p', {class: 'muted'}, 'An answer to one of these might lower the letter.'),
        el('ul', {class: 'plain'}, open.map((question) => el('li', {},
            model.questionText(question), ' ', el('code', {class: 'muted'}, question)))));
}

function policiesSection(model, evidence) {
    const sts = evidence.mta_sts ?? {};
    const rpt = evidence.tls_rpt ?? {};
    return el('section', {}, el('h3', {}, 'Published policies'), facts([
        ['MX look-up', evidence.dns && (evidence.dns.outcome === 'ok' ? 'answered'
            : outcomeText(model, evidence.dns.outcome))],
        ['DNSSEC', verdictText(model, evidence.dns, 'dnssec')],
        ['DANE', evidence.dane?.status],
        ['MTA-STS', [sts.status, sts.mode && 'mode ' + show(sts.mode),
            sts.max_age && 'max_age ' + show(sts.max_age) + ' s'].filter((part) => part)
            .map(show).join(', ')],
        ['MTA-STS mx', listText(sts.mx)],
        ['MTA-STS problems', listText(sts.problems)],
        ['TLS reports', verdictText(model, rpt, 'status')],
        ['TLS reports to', listText(rpt.rua)],
    ]) ?? el('p', {class: 'muted'}, 'None were looked for.'));
}

function listSection(row, evidence) {
    const list = facts([['Line', evidence.line],
        ...row.fields.filter((field) => field[1] !== null)]);
    return list === null ? null : el('section', {}, el('h3', {}, 'From the list'), list);
}

function detailHead(model, row, moves) {
    return el('header', {class: 'detail-head'},
        el('div', {class: 'detail-name'}, gradeBadge(row.grade),
            el('h2', {id: 'detail-title', tabindex: -1}, row.supplier === null ? null
                : el('span', {class: 'supplier'}, row.supplier),
            row.supplier === null ? null : ' ', el('span', {class: 'domain'}, row.name)),
            el('span', {class: 'muted'}, row.score === null ? null : 'score ' + row.score)),
        el('div', {class: 'detail-tools'},
            button({class: 'quiet', title: 'Previous (left arrow)', disabled: !moves.previous},
                moves.previous, '\u2190', el('span', {class: 'sr'}, 'Previous')),
            button({class: 'quiet', title: 'Next (right arrow)', disabled: !moves.next},
                moves.next, '\u2192', el('span', {class: 'sr'}, 'Next')),
            button({class: 'quiet'}, () => window.print(), 'Print'),
            button({class: 'quiet', title: 'Close (Esc)'}, moves.close, 'Close')));
}

function evidenceSections(model, row, seen) {
    if (seen === null) {
        return [emptyNote('The result file has no evidence for this domain.')];
    }
    return [answersSection(row, seen), findingsSection(model, seen.findings),
        openSection(model, seen), serversSection(model, seen),
        model.ofHosts ? null : policiesSection(model, seen), listSection(row, seen)]
        .filter((section) => section !== null);
}

/*
 * `moves`: close, and previous and next where there is one. The evidence comes when it is unpacked;
 * by then another domain may be shown.
 */
async function drawDetail(dialog, model, evidence, row, moves) {
    const loading = emptyNote('Still loading.');
    const body = el('div', {class: 'detail-body', 'aria-busy': 'true', tabindex: 0, role: 'region',
        'aria-label': 'Evidence'},
    el('p', {class: 'muted'}, model.grades.get(row.grade),
        row.accepted ? '. Accepted as ' + row.accepted.grade + ' until ' + row.accepted.until : '',
        row.partial ? '. Some of its servers could not be observed.' : ''), loading);
    dialog.replaceChildren(detailHead(model, row, moves), body);
    try {
        loading.replaceWith(...evidenceSections(model, row, await evidence.domain(row)));
    } catch (error) {
        loading.textContent = show('The evidence in this page cannot be unpacked: the file is ' +
            'damaged. ' + error.message);
    }
    body.removeAttribute('aria-busy');
}
