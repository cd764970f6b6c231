/*
 * The runs of a history: for each letter and each answer a row with a column for each run, so that
 * no series is told from another by its colour, and the first and the latest count beside it. The
 * numbers of all runs stand in a table below.
 */

const TREND_HEIGHT = 24;

/* {key, label, tone, mark, of(run)} of what is counted in each run. */
function trendSeries(model) {
    const letters = GRADES.map((grade) => ({key: grade, label: model.grades.get(grade) ?? grade,
        tone: GRADE_CLASS[grade], mark: gradeBadge(grade), of: (run) => run.domain_grades[grade]}));
    return [...letters,
        {key: 'opportunistic', label: 'Encrypt everywhere', tone: 'good', mark: null,
            of: (run) => run.opportunistic_tls.yes},
        {key: 'enforced', label: 'Can be held to it (DANE or MTA-STS)', tone: 'good2', mark: null,
            of: (run) => run.enforced_tls.dane + run.enforced_tls['mta-sts'] +
                run.enforced_tls.both}];
}

/* Columns on a scale of their own, from nothing to the most. */
function trendDrawing(series, runs) {
    const most = Math.max(1, ...runs.map(series.of));
    const drawing = svg('svg', {class: 'trend-drawing', preserveAspectRatio: 'none',
        viewBox: `0 0 ${runs.length} ${TREND_HEIGHT}`, 'aria-hidden': 'true', focusable: 'false'},
    svg('rect', {class: 'bar-track', width: runs.length, height: TREND_HEIGHT}));
    runs.forEach((run, i) => {
        const height = series.of(run) === 0 ? 0
            : Math.max(1, TREND_HEIGHT * series.of(run) / most);
        drawing.append(svg('rect', {class: 'bar-fill ' + series.tone, x: i + 0.06,
            y: TREND_HEIGHT - height, width: 0.88, height},
        svg('title', {}, timeText(run.started) + ': ' + countText(series.of(run)))));
    });
    return drawing;
}

function changeText(from, to) {
    return to === from ? 'as before' : (to > from ? '+' : '\u2212') + countText(Math.abs(to - from));
}

function trendRow(series, runs) {
    const first = series.of(runs[0]);
    const latest = series.of(runs[runs.length - 1]);
    return el('li', {class: 'trend-row', 'data-series': series.key},
        el('span', {class: 'bar-label'}, series.mark,
            el('span', {class: 'bar-text'}, series.label)),
        trendDrawing(series, runs),
        el('span', {class: 'num'}, countText(first) + ' \u2192 ' + countText(latest)),
        el('span', {class: 'num muted'}, changeText(first, latest)));
}

function trendTable(series, runs) {
    const cells = (name, values) => values.map((value) => el(name, {class: 'num'}, value));
    return el('details', {class: 'more'}, el('summary', {}, 'The numbers of each run'),
        el('div', {class: 'trend-table'}, el('table', {},
            el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Run'),
                el('th', {scope: 'col', class: 'num'}, 'Domains'),
                series.map((one) => el('th', {scope: 'col', class: 'num'}, one.mark === null
                    ? one.label : one.key)))),
            el('tbody', {}, runs.map((run) => el('tr', {},
                el('th', {scope: 'row'}, timeText(run.started)),
                ...cells('td', [countText(run.domains)]),
                ...cells('td', series.map((one) => countText(one.of(run))))))))));
}

/* Where letters on both sides of a run are not by the same weights. */
function policyNotes(runs) {
    return runs.filter((run, i) => i > 0 && run.policy !== runs[i - 1].policy).map((run) =>
        el('p', {class: 'muted note'}, 'From ' + timeText(run.started) + ' on by another grading ' +
            'policy: letters before and after are not by the same weights.'));
}

function trendChart(model) {
    const runs = model.trend;
    if (runs.length === 0) {
        return card('Trend', null, emptyNote('The history has no runs.'));
    }
    const series = trendSeries(model).filter((one) => one.mark === null || runs.some(one.of));
    const made = card('Trend', counted(runs.length, 'run') + ' from ' + timeText(runs[0].started) +
        ' to ' + timeText(runs[runs.length - 1].started) + '. Each row has a scale of its own; ' +
        'its numbers are those of the first and of the latest run.',
    el('ul', {class: 'trend wordy'}, series.map((one) => trendRow(one, runs))), ...policyNotes(runs),
    trendTable(series, runs));
    made.classList.add('wide');
    return made;
}
