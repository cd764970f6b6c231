/* What changed since an earlier run, as `mxgrade diff` tells it: counts that filter the table, and the
 * domains that changed with what is new about them. */

const CHANGES_SHOWN = 12;
const CHANGE_WORDS = {regression: 'Worse', mixed: 'Partly worse, partly better',
    improvement: 'Better', new: 'New in the list', vanished: 'No longer in the list',
    not_observed: 'No longer observed', observed_again: 'Observed again',
    changed: 'Changed, neither better nor worse',
    accepted: 'Changed by accepted findings alone', expiring: 'A certificate is about to expire'};
const CHANGE_TONES = {regression: 'bad', mixed: 'poor', improvement: 'good', new: 'accent',
    vanished: 'dim', not_observed: 'dim', observed_again: 'good3', changed: 'calm', accepted: 'dim',
    expiring: 'warn'};

class Since {
    constructor(raw) {
        this.started = raw.started;
        this.ending = raw.ending;
        this.samePolicy = raw.same_policy;
        this.compared = raw.compared;
        this.unchanged = raw.unchanged;
        this.changes = raw.changes.map(([name, verdict, before, after, opened, closed, certain]) =>
            ({name, verdict, before, after, opened, closed, certain}));
        /* A name that is in the list twice is compared once. */
        this.keys = new Map(this.changes.map((change) => [change.name, [change.verdict]]));
    }

    keysOf(row) {
        return this.keys.get(row.name) ?? NOTHING;
    }

    of(verdict) {
        return this.changes.filter((change) => change.verdict === verdict);
    }
}

function changeRow(model, change, open) {
    const row = model.rowOf(change.name);
    const letters = [change.before === null ? null : gradeBadge(change.before),
        change.before === null || change.after === null ? null : ' \u2192 ',
        change.after === null ? null : gradeBadge(change.after)];
    const titles = (codes) => codes.map((code) => model.titleOf(code)).join('; ');
    const what = [change.opened.length === 0 ? null : 'new: ' + titles(change.opened),
        change.closed.length === 0 ? null : 'mended: ' + titles(change.closed),
        change.certain || (change.before !== null && change.after !== null) ? null
            : 'not certain: one of the runs was cut short'].filter((part) => part !== null);
    const content = [el('span', {class: 'letters'}, letters),
        el('span', {class: 'who'}, row?.supplier ? el('span', {class: 'supplier'}, row.supplier)
            : null, ' ', el('span', {class: 'name'}, change.name)),
        el('span', {class: 'muted change-what'}, what.join('. '))];
    return el('li', {}, row === undefined ? el('div', {class: 'change-row'}, content)
        : button({class: 'change-row'}, () => open(row), content));
}

/* All changes of a kind: those that are gone are in no row of the table, so all are listed here. */
function changeList(model, verdict, changes, open) {
    const rows = (part) => el('ol', {class: 'changes'}, part.map((change) =>
        changeRow(model, change, open)));
    const rest = el('details', {class: 'more'}, el('summary', {},
        countText(changes.length - CHANGES_SHOWN) + ' more'));
    rest.addEventListener('toggle', () => rest.append(rows(changes.slice(CHANGES_SHOWN))),
        {once: true});
    return el('div', {class: 'change-kind'}, el('h3', {}, CHANGE_WORDS[verdict] ?? verdict, ' ',
        el('span', {class: 'muted'}, countText(changes.length))), rows(changes.slice(0, CHANGES_SHOWN)),
    changes.length > CHANGES_SHOWN ? rest : null);
}

function sinceChart(model, press, open) {
    const {since} = model;
    const kinds = Object.keys(CHANGE_WORDS).map((verdict) => [verdict, since.of(verdict)])
        .filter(([, changes]) => changes.length > 0);
    const note = counted(since.compared, 'domain') + ' compared with the run of ' +
        timeText(since.started) + ': ' + countText(since.unchanged) + ' as before. What one of the ' +
        'runs could not observe is never worse or better.' + (since.samePolicy ? ''
        : ' The runs were graded by different policies: letters may have moved for that.') +
        (since.ending === 'complete' ? '' : ' The earlier run was cut short: what looks new may not be.');
    /* What is gone has no row that the table could show. */
    const items = kinds.filter(([verdict]) => verdict !== 'vanished').map(([verdict, changes]) => ({key: verdict, count: changes.length,
        label: CHANGE_WORDS[verdict], tone: CHANGE_TONES[verdict]}));
    const made = card('Since the last run', note,
        kinds.length === 0 ? emptyNote('Nothing changed.')
            : barList(items, since.compared, 'since', press, 'wordy'),
        kinds.length === 0 ? null : el('div', {class: 'change-kinds'},
            kinds.map(([verdict, changes]) => changeList(model, verdict, changes, open))));
    made.classList.add('wide');
    return made;
}
