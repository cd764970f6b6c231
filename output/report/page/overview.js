/* The upper half of the page: what the run was, key figures, charts, the worst suppliers. */

const GRADE_CLASS = {'A+': 'g-ap', A: 'g-a', B: 'g-b', C: 'g-c', D: 'g-d', F: 'g-f', U: 'g-u',
    N: 'g-n'};
const VERSION_TONES = {SSLv2: 'bad', SSLv3: 'bad', 'TLSv1.0': 'poor', 'TLSv1.1': 'poor',
    'TLSv1.2': 'good', 'TLSv1.3': 'good'};
const SEVERITY_TONES = {critical: 'bad', high: 'poor', medium: 'warn', low: 'calm', info: 'dim'};
const TOP = 10;
const WORST = 15;
const SOON_DAYS = 30;
const UNUSABLE_SHOWN = 100;

function gradeBadge(grade) {
    return el('span', {class: 'grade ' + (GRADE_CLASS[grade] ?? 'g-u')}, grade);
}

/* The letter, and what it is accepted as: {grade, until} or null. */
function letterOf(grade, accepted) {
    return accepted === null || accepted === undefined ? gradeBadge(grade)
        : el('span', {class: 'letters', title: 'accepted as ' + accepted.grade + ' until ' +
            accepted.until}, gradeBadge(grade), el('span', {class: 'accepted'}, 'as ', accepted.grade,
            el('span', {class: 'sr'}, ' accepted until ' + accepted.until)));
}

function severityChip(severity) {
    return el('span', {class: 'severity s-' + (SEVERITIES.includes(severity) ? severity : 'info')},
        severity ?? 'info');
}

/* ---- The head ---- */

function subtitleOf(model) {
    const parts = [counted(model.domains.length, model.noun),
        counted(model.endpoints.length, 'server address').replace('addresss', 'addresses')];
    if (typeof model.run.list === 'string') {
        parts.unshift(model.run.list);
    }
    parts.push('observed ' + timeText(model.summary?.finished ?? model.run.started));
    return parts.filter((part) => part !== '').join('  \u00b7  ');
}

function noticesOf(model) {
    const notices = [];
    if (model.isVoid) {
        notices.push('Something on the way spoke in place of the servers where this was run: ' +
            'the run is void, and nothing follows from it about the suppliers. Run it from ' +
            'another network; \u201cmxgrade scan --resume\u201d asks for all of them again.');
    }
    if (model.summary === null || model.damaged) {
        notices.push('The result file ends before its summary: the scan was cut short or is ' +
            'still running. This page shows what the file holds; suppliers may be missing.');
    } else if (model.summary.complete !== true) {
        notices.push('The scan did not reach the end of its list. \u201cmxgrade scan ' +
            '--resume\u201d continues it.');
    }
    if (model.summary?.port_blocked === true) {
        notices.push('Outbound port 25 looks blocked where this was run: most servers could not ' +
            'be observed, and nothing follows from that about them.');
    }
    if (model.summary?.dns_failed === true) {
        notices.push('The DNS did not work where this was run: the resolver was silent, failed or ' +
            'answered falsely, and nothing follows from that about the suppliers.');
    }
    if (model.unreadable > 0) {
        notices.push(counted(model.unreadable, 'line') + ' of the result file could not be read ' +
            'and are left out.');
    }
    if (model.ofHosts) {
        notices.push('This was a scan of a list of hosts: each row is one server, and what a ' +
            'domain publishes (MTA-STS, its MX) is not part of it.');
    }
    const made = notices.map((text) => el('p', {class: 'notice', role: 'note'}, text));
    return model.unusable.length === 0 ? made : [...made, unusableNotice(model)];
}

/* They are in no count of the page, so they are named here. */
function unusableNotice(model) {
    const rows = model.unusable.slice(0, UNUSABLE_SHOWN);
    const are = model.unusable.length === 1 ? ' of the list is no ' : ' of the list are no ';
    const left = model.unusable.length - rows.length;
    return el('details', {class: 'notice'},
        el('summary', {}, counted(model.unusable.length, 'row') + are +
            (model.unusable.length === 1 ? model.noun : model.noun + 's') +
            ' and are not counted on this page.'),
        el('ul', {}, rows.map((row) => el('li', {}, 'line ' + row.line + ': ' + row.name)),
            left === 0 ? null : el('li', {}, countText(left) + ' more')));
}

/* ---- Key figures ---- */

function figure(number, label, detail) {
    return el('div', {class: 'figure'}, el('div', {class: 'figure-number'}, number),
        el('div', {class: 'figure-label'}, label), el('p', {class: 'muted'}, detail));
}

function certificateDays(model) {
    const days = new Map();
    for (const endpoint of model.endpoints) {
        if (endpoint.certificate !== null && endpoint.expires !== null) {
            days.set(endpoint.certificate, endpoint.expires);
        }
    }
    return [...days.values()];
}

/*
 * Shares are of the domains that take mail: of others nothing can be said. Where none is known to,
 * as in a scan that asks for no MX records, they are of all.
 */
function drawFigures(model) {
    const withMail = model.domains.filter((row) => row.hasMail);
    const asked = withMail.length > 0 ? withMail : model.domains;
    const some = (test) => asked.filter(test).length;
    const total = asked.length;
    const encrypted = some((row) => row.opportunistic === 'yes');
    const held = some((row) => ['dane', 'mta-sts', 'both'].includes(row.enforced));
    const top = some((row) => row.grade === 'A+' || row.grade === 'A');
    const unseen = model.domains.filter((row) => row.grade === 'U' &&
        row.opportunistic !== 'no_mail').length;
    const open = model.domains.filter((row) => row.open.length > 0).length;
    const soon = certificateDays(model).filter((day) => day >= model.today &&
        day < model.today + SOON_DAYS).length;
    const ofMail = 'of ' + counted(total, model.noun) + (model.ofHosts || asked !== withMail ? '' : ' with mail');
    byId('figures').append(
        figure(percentText(encrypted, total), 'encrypt everywhere',
            countText(encrypted) + ' ' + ofMail),
        figure(percentText(held, total), 'can be held to it',
            model.ofHosts ? 'a question about domains' : countText(held) + ' by DANE or MTA-STS'),
        figure(percentText(top, total), 'graded A or better', countText(top) + ' ' + ofMail),
        figure(countText(soon), 'certificates expire',
            'within ' + SOON_DAYS + ' days of ' + dayText(model.today)),
        figure(countText(unseen), 'not observed', 'no verdict: unknown is not a failure'),
        figure(countText(open), 'rest on a part', 'a question without an answer might lower them'));
}

/* ---- Charts ---- */

function gradeChart(model, dimensions, press) {
    const counts = new Map(countBy(model.domains, dimensions.grade));
    const items = GRADES.map((grade) => ({key: grade, count: counts.get(grade) ?? 0,
        label: model.grades.get(grade) ?? grade, tone: GRADE_CLASS[grade],
        mark: gradeBadge(grade)}));
    return card('Grades', terms('Grade', 'Finding', 'Cap'), barList(items, model.domains.length, 'grade', press, 'wordy'));
}

function answerItems(model, dimension, tones) {
    const counts = new Map(countBy(model.domains, dimension));
    return Object.entries(tones).map(([key, tone]) => ({key, tone, label: dimension.label(key),
        count: counts.get(key) ?? 0}));
}

function answersChart(model, dimensions, press) {
    const total = model.domains.length;
    if (model.ofHosts) {
        return null; /* these are asked of domains */
    }
    return card('The two answers', 'What the receiving side shows; how a supplier sends mail ' +
        'cannot be seen from here.', terms('Encrypted', 'Enforced', 'STARTTLS', 'DANE', 'MTA-STS'),
    answerStrip('Is TLS offered on all mail servers?', answerItems(model,
        dimensions.opportunistic, {yes: 'good', partial: 'warn', no: 'bad', unknown: 'dim',
            no_mail: 'void'}), total, 'opportunistic', press),
    answerStrip('Can senders enforce it?', answerItems(model, dimensions.enforced,
        {both: 'good', dane: 'good2', 'mta-sts': 'good3', none: 'poor', unknown: 'dim',
            no_mail: 'void'}), total, 'enforced', press));
}

function versionChart(model, dimensions, press) {
    const counts = new Map(countBy(model.domains, dimensions.version));
    const observed = model.domains.filter((row) =>
        row.endpoints.some((endpoint) => endpoint.hasTls)).length;
    const items = VERSIONS.map((version) => ({key: version, count: counts.get(version) ?? 0,
        label: VERSION_WORDS[version] ?? version, tone: VERSION_TONES[version]}));
    return observed === 0 ? null : card('TLS versions accepted', 'By any server of a ' +
        model.noun + '; shares of the ' + countText(observed) + ' where TLS was observed.',
    terms('TLS'), barList(items, observed, 'version', press));
}

function findingChart(model, dimensions, press) {
    const counts = countBy(model.domains, dimensions.finding)
        .map(([code, count]) => ({code, count, rank: model.severityOf(code)}))
        .filter((item) => item.rank < SEVERITIES.indexOf('info'))
        .sort((a, b) => a.rank - b.rank || b.count - a.count);
    const items = counts.map((item) => ({key: item.code, count: item.count,
        label: model.titleOf(item.code), tone: SEVERITY_TONES[SEVERITIES[item.rank]],
        hint: item.code + ': ' + model.titleOf(item.code),
        mark: severityChip(SEVERITIES[item.rank])}));
    const list = (part) => barList(part, model.domains.length, 'finding', press, 'wordy');
    return items.length === 0 ? null : card('Findings', 'The gravest first, by ' + model.noun +
        's concerned.', terms('Finding', 'Cap'), list(items.slice(0, TOP + 2)),
        items.length <= TOP + 2 ? null : el('details', {class: 'more'},
            el('summary', {}, countText(items.length - TOP - 2) + ' more'), list(items.slice(TOP + 2))));
}

function calendarChart(model, press) {
    const days = certificateDays(model);
    return days.length === 0 ? null : card('Certificate expiry', 'Distinct certificates by their ' +
        'last day; today is ' + dayText(model.today) + '.', terms('Certificate'),
    calendar(days, model.today, press));
}

/* Questions without an answer: the letters of these domains rest on a part. */
function openChart(model, dimensions, press) {
    const counts = countBy(model.domains, dimensions.open);
    return counts.length === 0 ? null : card('Not answered', 'Questions of which an answer might ' +
        'lower the letter, by ' + model.noun + 's concerned.', terms('Not answered'),
    barList(counts.map(([key, count]) => ({key, count, label: dimensions.open.label(key),
        tone: 'dim'})), model.domains.length, 'open', press, 'wordy'));
}

/* The largest, and how much of the list depends on each. */
function concentrationChart(model, title, dimension, dimensionName, press) {
    const counts = countBy(model.domains, dimension);
    const total = model.domains.length;
    const items = counts.slice(0, TOP).map(([key, count]) => ({key, count,
        label: dimension.label(key), tone: 'accent'}));
    const without = model.domains.filter((row) => dimension.keys(row).length === 0).length;
    return items.length === 0 ? null : card(title, GLOSSARY.has(dimension.title)
        ? terms(dimension.title) : null, barList(items, total, dimensionName, press), el('p', {class: 'muted note'},
        (counts.length > TOP ? counted(counts.length - TOP, 'more').replace('mores', 'more') + '. '
            : '') + 'Unknown: ' + countText(without) + '.'));
}

/* F before D; within a letter the lower score. What was not graded is no supplier's fault. */
function worstRows(model) {
    const rank = rankIn(GRADES);
    const worse = (a, b) => rank(b.grade) - rank(a.grade) || (a.score ?? 0) - (b.score ?? 0) ||
        model.severityOf(a.worst) - model.severityOf(b.worst) || a.order - b.order;
    const rows = [];
    for (const row of model.domains.filter(isGraded)) {
        if (rows.length < WORST || worse(row, rows[WORST - 1]) < 0) {
            rows.push(row);
            rows.sort(worse);
            rows.splice(WORST);
        }
    }
    return rows;
}

function worstChart(model, open) {
    const rows = worstRows(model);
    const list = rows.map((row) => el('li', {}, button({class: 'worst-row'},
        () => open(row), gradeBadge(row.grade), el('span', {class: 'num'}, row.score ?? ''),
        el('span', {class: 'who'}, row.supplier === null ? null
            : el('span', {class: 'supplier'}, row.supplier), ' ',
        el('span', {class: 'name'}, row.name)),
        el('span', {class: 'muted bar-text'}, model.titleOf(row.worst)))));
    if (rows.length === 0) {
        return null;
    }
    const made = card('Worst suppliers first', null, el('ol', {class: 'worst'}, list));
    made.classList.add('wide');
    return made;
}

/* What a run did not see has no card; one line names it. */
function missingNote(model, dimensions) {
    const noneHas = (test) => !model.domains.some(test);
    const missing = [
        [noneHas((row) => isGraded(row)), 'Nothing was graded'],
        [noneHas((row) => row.endpoints.some((endpoint) => endpoint.hasTls)), 'No TLS was observed'],
        [certificateDays(model).length === 0, 'No certificate was seen'],
        [countBy(model.domains, dimensions.provider).length === 0, 'No provider is known'],
        [countBy(model.domains, dimensions.country).length === 0 &&
            countBy(model.domains, dimensions.network).length === 0,
        'Countries and networks are not known: run the scan with --geo FILE.mmdb'],
    ].filter(([is]) => is).map(([, text]) => text + '.');
    return missing.length === 0 ? null : el('p', {class: 'muted missing'},
        'Not on this page: ' + missing.join(' '));
}

/* Cards one below the other; null where there are none. */
function columnOf(...cards) {
    const made = cards.filter((one) => one !== null);
    return made.length === 0 ? null : el('div', {class: 'column'}, made);
}

function drawCharts(model, dimensions, calls, press, open) {
    const ofDimension = (title, name) =>
        concentrationChart(model, title, dimensions[name], name, press);
    byId('charts').append(...[
        model.trend === null ? null : trendChart(model),
        model.since === null ? null : sinceChart(model, press, open),
        callsCard(calls, press),
        columnOf(gradeChart(model, dimensions, press), answersChart(model, dimensions, press),
            versionChart(model, dimensions, press)),
        columnOf(findingChart(model, dimensions, press), openChart(model, dimensions, press),
            calendarChart(model, press)),
        ofDimension('Providers', 'provider'), ofDimension('Countries', 'country'),
        ofDimension('Networks', 'network'), worstChart(model, open),
        missingNote(model, dimensions)].filter((part) => part !== null));
}

function drawHead(model) {
    byId('subtitle').textContent = subtitleOf(model);
    byId('notices').append(...noticesOf(model));
    byId('list-title').textContent = 'All ' + model.noun + 's';
    byId('list-terms').append(terms('Grade', 'Score', 'Encrypted', 'Enforced', 'Provider', 'Finding',
        'Not answered', 'Not observed'));
    byId('foot').append(el('p', {}, 'Made by mxgrade ', model.run.version, ', policy ',
        model.run.policy, ' (', model.run.policy_digest, '). What is marked unknown could not be ' +
        'observed and counts against nobody.'));
    if (typeof model.run.list === 'string') {
        document.title = show('Mail TLS: ' + model.run.list);
    }
}
