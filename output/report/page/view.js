/*
 * What is shown, as the fragment of the page's address: a link with it opens the same filters,
 * search, order and domain. Whoever makes a link can write what they like into it: names that are
 * not known are passed over, and values are only ever compared and shown as text.
 */

/* {filters: Map of dimension name to key, words, sort: {id, down} or null, domain: name or null} */
function viewOfFragment(fragment, dimensions) {
    const said = new URLSearchParams(fragment.replace(/^#/, ''));
    const filters = new Map([...said].filter(([name]) => Object.hasOwn(dimensions, name)));
    const sort = said.get('sort');
    return {filters, words: said.get('search') ?? '', domain: said.get('domain'),
        sort: sort === null ? null : {id: sort.replace(/^-/, ''), down: sort.startsWith('-')}};
}

function fragmentOfView({filters, words, sort, domain}) {
    const said = new URLSearchParams([...filters]);
    if (words !== '') {
        said.set('search', words);
    }
    if (sort !== null) {
        said.set('sort', (sort.down ? '-' : '') + sort.id);
    }
    if (domain !== null) {
        said.set('domain', domain);
    }
    const text = said.toString();
    return text === '' ? '' : '#' + text;
}
